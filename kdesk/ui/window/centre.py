"""The middle of the window: the tabs, or the page that says why there are none and what to do."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from kdesk.ui.docks.places import Places
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.state_page import StatePage
from kdesk.ui.window.welcome import WelcomePage
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.tree import short_path
from kdesk.viewmodel.commands import quote
from kdesk.viewmodel.tables.views import Views

_PATIENCE_MS = 150  # no word of waiting before that


class Centre(QStackedWidget):
    """Chooses the page by itself. ``command`` is a command line that a button stands for."""

    command = Signal(str)

    def __init__(
        self,
        clusters: Clusters,
        views: Views,
        places: Places,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._clusters, self._views, self._docked = clusters, views, places
        self._button = ""
        self.waiting_for = "Reading the kubeconfig files."
        self.state = StatePage(theme)
        self.welcome = WelcomePage(theme)
        self._blank = QWidget()
        for page in (self._blank, places.area, self.state, self.welcome):
            self.addWidget(page)
        self.state.activated.connect(lambda: self.command.emit(self._button))
        self.welcome.demo.connect(lambda: self.command.emit("demo.start"))
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self._still_waiting)
        self._late.start(_PATIENCE_MS)
        for signal in (clusters.listed, clusters.active_changed, views.opened, views.closed):
            signal.connect(self.choose)
        clusters.state_changed.connect(self.choose)
        places.changed.connect(self.choose)

    def choose(self) -> None:
        """Show the page that fits the moment."""
        if not self._clusters.loaded:
            if not self._late.isActive():
                self._still_waiting()
            return
        self._late.stop()
        if self._docked.area.groups[0].count() and not self._all_lost():
            self.setCurrentWidget(self._docked.area)
        elif not self._clusters.contexts:
            self.welcome.show_places(self._places(), self._faults())
            self.setCurrentWidget(self.welcome)
        else:
            self._say()
            self.setCurrentWidget(self.state)

    def _still_waiting(self) -> None:
        if not self._clusters.loaded:
            self.state.show_state("hourglass", self.waiting_for)
            self.setCurrentWidget(self.state)

    def _all_lost(self) -> bool:
        """After a switch that failed: tables of no cluster say less than the reason."""
        pages = len(self._docked.pages) - len(self._views.all)
        lost = all(view.live and view.session is None for view in self._views.all)
        return pages == 0 and lost and not self._clusters.is_open(self._clusters.active)

    def _say(self) -> None:
        name = self._clusters.active
        known = any(context.name == name for context in self._clusters.contexts)
        state = self._clusters.state(name) if name and known else None
        match state.name if state else "":
            case "OPENING":
                self._show("circle-dashed", f"Opening {name}.", hint="Asking the cluster what it serves.")
            case "FAILED" if state:
                again = f"context.open {quote(name)}"
                self._show(
                    "unplug",
                    f"{name} could not be opened.",
                    hint=state.detail,
                    button="Try again",
                    line=again,
                )
            case "UNAUTHORIZED" if state:
                line = f"context.login {quote(name)}"
                self._show(
                    "key-round",
                    f"{name} asks for a login.",
                    hint=state.detail,
                    button="Log in again",
                    line=line,
                )
            case "UNUSABLE" if state:
                self._show("ban", f"{name} cannot be used.", hint=state.detail)
            case "OPEN":
                hint = "Choose a kind in the tree, or press Ctrl+K and type its name."
                self._show(
                    "table-2",
                    f"{name} is open.",
                    hint=hint,
                    button="Show pods",
                    line="view.open pods",
                    tone="accent",
                )
            case _:
                self._offer()

    def _offer(self) -> None:
        """Nothing is open: offer the current context, or say how to open one."""
        current = self._clusters.current
        usable = [context.name for context in self._clusters.contexts if not context.problem]
        name = current if current in usable else next(iter(usable), "")
        if name:
            self._show(
                "ship-wheel",
                "No cluster is open.",
                hint="kdesk connects to nothing before you ask for it. Double-click a context in the tree to open it.",
                button=f"Open {name}",
                line=f"context.open {quote(name)}",
                tone="accent",
            )
        else:
            self._show(
                "triangle-alert",
                "None of the contexts can be used.",
                hint="The tree on the left says why for each. The demo works without any.",
                button="Try the demo clusters",
                line="demo.start",
                tone="warn",
            )

    def _show(
        self,
        icon: str,
        sentence: str,
        *,
        hint: str = "",
        button: str = "",
        line: str = "",
        tone: str = "text2",
    ) -> None:
        self._button = line
        if hint:
            hint = as_sentence(hint)
        self.state.show_state(icon, sentence, hint=hint, button=button, tone=tone)

    def _faults(self) -> Sequence[str]:
        """What is wrong with files that are there."""
        sources = self._clusters.sources
        paths = (*sources.files, *sources.extra) if sources is not None else ()
        there = [str(path) for path in paths if os.path.exists(path)]
        return [said for said in self._clusters.problems if any(path in said for path in there)]

    def _places(self) -> Sequence[str]:
        sources = self._clusters.sources
        if sources is None:
            return ()
        lines, faults = [], self._faults()
        for path in (*sources.files, *sources.extra):
            found = "not there"
            if os.path.exists(path):
                found = "cannot be read" if any(str(path) in said for said in faults) else "has no contexts"
            lines.append(f"{short_path(str(path))}  ({found})")
        if not os.environ.get("KUBECONFIG"):
            lines.append("KUBECONFIG  (not set)")
        return lines


def as_sentence(text: str) -> str:
    """With a capital, unless it begins with an address, and with an end."""
    first, _, _ = text.partition(" ")
    begun = text if "://" in first else f"{text[:1].upper()}{text[1:]}"
    return begun if begun.endswith((".", "?", "!")) else f"{begun}."
