"""Commands on the past of an object."""

from __future__ import annotations

from collections.abc import Sequence

from kdesk.app.panels import Panels
from kdesk.app.work import Work
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.commands import Command, CommandSet


class HistoryCommands(Work):
    """``register`` once; the commands ask for the panels only when they run."""

    def __init__(self, window: MainWindow, panels: Panels) -> None:
        self._window, self._panels = window, panels

    def register(self, commands: CommandSet) -> None:
        commands.add(
            Command(
                "detail.history",
                "History of the object",
                self._toggle,
                "Object",
                ("Ctrl+H",),
                "",
                self._needs_detail,
                icon="hourglass",
                checked=self._shown,
            ),
            Command(
                "detail.timeline",
                "Timeline of the object and what it owns",
                self._toggle_timeline,
                "Object",
                ("Ctrl+Shift+H",),
                "",
                self._needs_detail,
                icon="chart-column",
                checked=self._timeline_shown,
            ),
            Command(
                "diff.side-by-side",
                "Compare states side by side",
                lambda _: self._panels.columns.choose(not self._panels.columns.two),
                "Object",
                icon="columns-3",
                checked=lambda: self._panels.columns.two,
            ),
        )

    def _toggle(self, args: Sequence[str]) -> None:
        self._panels.pane.show_history(not self._panels.pane.history_shown)

    def _shown(self) -> bool:
        return not self._needs_detail() and self._panels.pane.history_shown

    def _toggle_timeline(self, args: Sequence[str]) -> None:
        self._panels.pane.show_timeline(not self._panels.pane.timeline_shown)

    def _timeline_shown(self) -> bool:
        return not self._needs_detail() and self._panels.pane.timeline_shown

    def _needs_detail(self) -> str:
        shown = self._window.detail is not None and self._window.detail.isVisible()
        return "" if shown else "The detail pane is closed."
