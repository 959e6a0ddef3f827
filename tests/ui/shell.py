"""A window over stand-ins, for tests of the shell: nothing here connects to anything."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from kdesk.kube.gvk import Resource
from kdesk.ui.clusters.tree import ClusterTree
from kdesk.ui.docks.docks import Docks
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.window.centre import Centre
from kdesk.ui.window.contents import Contents
from kdesk.ui.window.main_window import MainWindow
from kdesk.ui.window.status_bar import StatusBar
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.clusters.tree import ClusterTreeModel
from tests.viewmodel.doubles import FakeView
from tests.viewmodel.stages import Tables


class Freshness:
    word = "live"


class SignalDouble:
    """What the window connects to on a table."""

    def __init__(self) -> None:
        self.slots: list[Any] = []

    def connect(self, slot: Any) -> None:
        self.slots.append(slot)

    def emit(self) -> None:
        for slot in self.slots:
            slot()


class ShellView(FakeView):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.freshness = Freshness()
        self.freshness_changed, self.namespaces_changed = SignalDouble(), SignalDouble()
        self.visible: bool | None = None

    def set_visible(self, visible: bool) -> None:
        self.visible = visible


def categorize(resource: Resource) -> str:
    return "Custom" if resource.gvr.group == "example.com" else "Workloads"


class Shell(Tables):
    """``lines``: the command lines that the window asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = Theme(load_theme("dark"))
        self.pulse = Pulse(self.clusters)
        self.model = ClusterTreeModel(self.clusters, self.pulse, categorize)
        self.window = MainWindow(self.theme)
        docks = Docks(self.theme, self.window.actions, self.window)
        self.inside = Contents(
            ClusterTree(self.model, self.theme),
            docks,
            Centre(self.clusters, self.views, docks.places, self.theme),
            StatusBar(self.clusters, self.pulse, self.theme),
        )
        self.window.furnish(self.inside, QIcon(), self.clusters, self.views, self._page)
        self.lines: list[str] = []
        self.window.command.connect(self.lines.append)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.window.docks.follow(app)

    def _view(self, *args: Any) -> Any:
        return ShellView(*args)

    def _page(self, view: Any) -> QWidget:
        return QLabel(view.resource.label)

    def end(self) -> None:
        self.pulse.stop()
        self.tasks.cancel()
        self.clusters.shut_down()
        assert self.tasks.wait_closed(5)
        self.window.close()
        self.window.deleteLater()
