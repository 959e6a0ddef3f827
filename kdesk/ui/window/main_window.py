"""The main window: tree at the left, tabs in the middle, detail at the right, activity below, a line of status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QKeyEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QSplitter, QVBoxLayout, QWidget

from kdesk.ui.clusters.tree import ClusterTree
from kdesk.ui.docks.docks import Docks
from kdesk.ui.docks.group import Label
from kdesk.ui.look.icons import kind_icon
from kdesk.ui.look.resources import resource
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.centre import Centre
from kdesk.ui.window.status_bar import StatusBar
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.clusters.tree import ClusterTreeModel
from kdesk.viewmodel.program.settings import WindowState
from kdesk.viewmodel.tables.views import Views

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.viewmodel.tables.controller import TableController

#: The property of a page with the command that opens it, for layouts.
AGAIN = "again"

MakePage = Callable[["TableController"], QWidget]


class MainWindow(QMainWindow):
    """Shows what the viewmodels hold; what a person asks for goes out as command lines."""

    command = Signal(str)
    kind_wanted = Signal(str, object)  # a Resource of a context
    files_dropped = Signal(list)  # of paths
    front_changed = Signal(QWidget)  # a person works with this page now
    closing = Signal()

    def __init__(
        self,
        clusters: Clusters,
        views: Views,
        pulse: Pulse,
        tree: ClusterTreeModel,
        theme: Theme,
        make_page: MakePage,
    ) -> None:
        super().__init__()
        self._clusters, self._views, self._make_page = clusters, views, make_page
        self._pages: dict[int, QWidget] = {}
        self._front: QWidget | None = None
        self.setObjectName("kdesk")
        self.setWindowTitle("kdesk")
        self.setWindowIcon(QIcon(str(resource("kdesk.svg"))))
        self.setAcceptDrops(True)
        self.resize(1440, 900)
        self.tree = ClusterTree(tree, theme)
        self.docks = Docks(theme, self.actions, self)
        self.places = self.docks.places
        self.centre = Centre(clusters, views, self.places, theme)
        self.status = StatusBar(clusters, pulse, theme)
        self.setStatusBar(self.status)
        self.activity: QWidget | None = None
        self.detail: QWidget | None = None
        self._side = _titled("Clusters", self.tree)
        self._middle = QSplitter(Qt.Orientation.Vertical)
        self._middle.addWidget(self.centre)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(self._side)
        self._across.addWidget(self._middle)
        for splitter in (self._across, self._middle):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        self._across.setStretchFactor(1, 1)
        self._across.setSizes([280, 1160])
        self.setCentralWidget(self._across)
        self._side.setVisible(False)
        self._side_wanted = True
        self._connect()

    def _connect(self) -> None:
        self.tree.command.connect(self.command)
        self.tree.merging = lambda: self._views.current.clusters if self._views.current is not None else None
        self.tree.activated_kind.connect(self._open_kind)
        self.centre.command.connect(self.command)
        self.centre.welcome.add_file.connect(lambda: self.command.emit("kubeconfig.add"))
        self.places.add.connect(lambda: self.command.emit("palette.open"))
        self.places.closing.connect(self.close_page)
        self.places.escaped.connect(self._escape)
        self.places.changed.connect(self._places_changed)
        self.status.clicked.connect(lambda: self.command.emit("diagnostics.open"))
        self.status.palette_wanted.connect(lambda: self.command.emit("palette.open"))
        self._views.opened.connect(self._view_opened)
        self._views.closed.connect(self._view_closed)
        self._views.raised.connect(self._view_raised)
        self._clusters.active_changed.connect(self._retitle)
        self._clusters.listed.connect(self._listed)
        self._clusters.listed.connect(
            lambda: self.tree.theme.tell_clusters(context.name for context in self._clusters.contexts)
        )
        self._clusters.notice.connect(self.status.say)

    def _open_kind(self, context: str, kind: object) -> None:
        """From the tree: here, and not in the torn-off window where a person may have worked."""
        self.places.go_home()
        self.kind_wanted.emit(context, kind)

    def _listed(self) -> None:
        """An empty tree says nothing that the welcome page does not."""
        self._side.setVisible(self._side_wanted and bool(self._clusters.contexts))

    # Panels

    def attach_activity(self, panel: QWidget) -> None:
        """The panel below the tabs; hidden until ``show_activity``."""
        self.activity = panel
        panel.hide()
        self._middle.addWidget(panel)
        self._middle.setStretchFactor(0, 1)
        self._middle.setSizes([560, 260])

    def attach_detail(self, pane: QWidget) -> None:
        """The pane at the right; hidden until ``show_detail``."""
        self.detail = pane
        pane.hide()
        self._across.addWidget(pane)
        self._across.setStretchFactor(1, 1)
        sizes = self._across.sizes()
        self._across.setSizes([sizes[0], sizes[1] - 420, 420])

    def show_activity(self, shown: bool) -> None:
        if self.activity is not None:
            self.activity.setVisible(shown)

    def show_detail(self, shown: bool) -> None:
        if self.detail is not None:
            self.detail.setVisible(shown)

    def show_clusters(self, shown: bool) -> None:
        self._side_wanted = shown
        self._side.setVisible(shown)

    @property
    def clusters_shown(self) -> bool:
        return not self._side.isHidden()

    # Pages

    def page(self, view: TableController) -> QWidget | None:
        """The page of a table."""
        return self._pages.get(view.view_id)

    def open_page(self, page: QWidget, title: str, symbol: str, again: str = "") -> None:
        """A page that is not a table (Diagnostics, keys) in a tab of its own; ``again``: the command that opens it."""
        page.setProperty(AGAIN, again)
        self.docks.insert(page, Label(title, symbol=symbol))
        self.centre.choose()
        page.setFocus()

    def find_page(self, name: str) -> QWidget | None:
        """A page that is not a table, by its object name."""
        return next((page for page in self.places.pages if page.objectName() == name), None)

    def close_page(self, page: QWidget | None) -> None:
        """Close a tab, of whatever it is."""
        view = self.view_of(page)
        if view is not None:
            self._views.close(view)
        elif page is not None:
            self.docks.remove(page)
            page.deleteLater()
            self.centre.choose()

    def view_of(self, page: QWidget | None) -> TableController | None:
        """The table that a page shows."""
        return next((view for view in self._views.all if self.page(view) is page), None) if page else None

    def _view_opened(self, view: TableController) -> None:
        page = self._make_page(view)
        self._pages[view.view_id] = page
        self.docks.insert(page, _label(view))
        view.freshness_changed.connect(lambda: self._name(view))
        view.namespaces_changed.connect(lambda: self._name(view))
        self.centre.choose()
        page.setFocus()

    def _view_closed(self, view: TableController) -> None:
        page = self._pages.pop(view.view_id, None)
        if page is not None:
            self.docks.remove(page)
            page.deleteLater()
        self.centre.choose()

    def _view_raised(self, view: TableController) -> None:
        page = self.page(view)
        if page is not None:
            self.docks.show_page(page)
            self.centre.choose()

    def _places_changed(self) -> None:
        """Pages that nobody sees rest; new tables open on the cluster of the one that a person works with."""
        seen, front = self.places.shown, self.places.current
        for view in self._views.all:
            view.set_visible(self.page(view) in seen)
        shown = self._views.current = self.view_of(front)
        if shown is not None and shown.session is not None and self._clusters.active not in shown.clusters:
            self._clusters.activate(shown.session.name)
        self.tree.tick()
        if front is not None and front is not self._front:
            self.front_changed.emit(front)
        self._front = front

    def _name(self, view: TableController) -> None:
        page = self.page(view)
        if page is not None:
            self.docks.name(page, _label(view))
        if view is self._views.current:
            self.tree.tick()

    def _retitle(self) -> None:
        active = self._clusters.active
        self.setWindowTitle(f"{active} – kdesk" if active else "kdesk")

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.detail is not None and self.detail.isVisible():
            self._escape()
            return
        super().keyPressEvent(event)

    def _escape(self) -> None:
        if self.detail is not None and self.detail.isVisible():
            self.command.emit("detail.close")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = _paths(event)
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        self.docks.hide_windows()
        event.accept()

    def vanish(self) -> None:
        """Out of sight, with all that was torn off."""
        self.docks.hide_windows()
        self.hide()

    # What is remembered

    def remember(self, state: WindowState) -> None:
        """Put geometry and splitters into ``state``."""
        state.geometry = _text(self.saveGeometry())
        state.splitters = {
            "across": _text(self._across.saveState()),
            "middle": _text(self._middle.saveState()),
        }

    def restore(self, state: WindowState) -> None:
        """Take geometry and splitters from ``state``; what does not fit is ignored by Qt."""
        if state.geometry:
            self.restoreGeometry(_bytes(state.geometry))
        for name, splitter in (("across", self._across), ("middle", self._middle)):
            if name in state.splitters:
                parts = [part for i in range(splitter.count()) if (part := splitter.widget(i)) is not None]
                hidden = [part for part in parts if part.isHidden()]
                splitter.restoreState(_bytes(state.splitters[name]))
                splitter.setChildrenCollapsible(False)
                for part in hidden:
                    part.hide()


def _label(view: TableController) -> Label:
    spaces = ", ".join(view.namespaces) or ("all namespaces" if view.resource.namespaced else "")
    tip = " · ".join(filter(None, (view.resource.label, view.cluster, spaces, view.freshness.word)))
    name = view.resource.gvr.resource
    title = f"{name} · {view.cluster}" if view.cluster else name
    return Label(title, tuple(view.clusters), kind_icon(view.resource) if view.live else "hourglass", tip)


def _titled(title: str, inside: QWidget) -> QWidget:
    box = QWidget()
    label = QLabel(title)
    label.setProperty("tone", "text2")
    label.setContentsMargins(12, 0, 8, 0)
    label.setFixedHeight(32)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(label)
    column.addWidget(inside)
    return box


def _paths(event: QDropEvent) -> Sequence[str]:
    return [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii", "replace"))
