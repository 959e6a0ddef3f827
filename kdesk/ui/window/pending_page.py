"""The page of a tab that a layout names while its table is not there: on its way, or the reason why it is not."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from kdesk.ui.docks.group import Label
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.state_page import StatePage
from kdesk.viewmodel.program.layouts import Tab


class PendingPage(StatePage):
    """``activated``: a person wants it to be tried again."""

    def __init__(self, tab: Tab, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.tab = tab
        self.busy = False  # somebody is seeing to it
        self.say_waiting()

    @property
    def label(self) -> Label:
        tab = self.tab
        if tab.command:
            return Label(tab.command, symbol="circle-help")
        kind = tab.kind.partition(".")[0]
        return Label(" · ".join((kind, " + ".join(tab.clusters))), tab.clusters, "table-2")

    def say_waiting(self) -> None:
        self.show_state("circle-dashed", f"Opening {' and '.join(self.tab.clusters) or self.tab.command}.")

    def say_lost(self, sentence: str, why: str) -> None:
        self.show_state("circle-help", sentence, hint=why, button="Try again", tone="warn")
