"""The main window: tree at the left, tabs in the middle, detail at the right, activity below, a line of status.

It is painted before any of them is loaded; what this module imports delays the first paint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

# The names of Qt's modules are made when they are first asked for; ``QtCore.Qt`` takes longer than this whole window.
from PySide6 import QtCore
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMainWindow, QWidget

from kdesk.ui.window.packed import bytes_of, text_of
from kdesk.ui.window.sketch import Sketch

if TYPE_CHECKING:  # all of it is loaded after the first paint
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QKeyEvent

    from kdesk.ui.look.theme import Theme
    from kdesk.ui.window.contents import Contents
    from kdesk.viewmodel.clusters.clusters import Clusters
    from kdesk.viewmodel.program.settings import WindowState
    from kdesk.viewmodel.tables.controller import TableController
    from kdesk.viewmodel.tables.views import Views

#: The menus, in order; commands of other categories are in the palette only.
MENUS = ("File", "Clusters", "View", "Table", "Object", "Events", "Appearance", "Help")
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

    def __init__(self, theme: Theme, geometry: str = "", side: int = 0) -> None:
        """Bare: ``furnish`` it before anything is asked of what is in it.

        ``geometry`` and ``side``: as ``remember`` put them into the state.
        """
        super().__init__()
        self._furnished = False
        self._said: list[tuple[str, bool, bool]] = []
        self._pages: dict[int, QWidget] = {}
        self._front: QWidget | None = None
        self.activity: QWidget | None = None
        self.detail: QWidget | None = None
        self._side_wanted = True
        self.setObjectName("kdesk")
        self.setWindowTitle("kdesk")
        self.resize(1440, 900)
        for title in MENUS:
            self.menuBar().addAction(f"&{title}")
        self.statusBar().setSizeGripEnabled(False)
        self._sketched = side > 0
        self.sketch = Sketch(theme, side)
        self.setCentralWidget(self.sketch)
        if geometry:
            self.restoreGeometry(bytes_of(geometry))

    def furnish(
        self, contents: Contents, icon: QIcon, clusters: Clusters, views: Views, make_page: MakePage
    ) -> None:
        """Put in what it shows; nothing that was painted moves."""
        self._inside, self._clusters, self._views, self._make_page = contents, clusters, views, make_page
        self._side = contents.side
        self.tree, self.centre, self.status = contents.tree, contents.centre, contents.status
        self.docks = contents.docks
        self.places = self.docks.places
        self.setWindowIcon(icon)
        self.setAcceptDrops(True)
        self._connect()
        self._listed()
        self.setStatusBar(self.status)
        self.setCentralWidget(contents.across)  # the sketch goes
        self._furnished = True
        for sentence, bad, stay in self._said:
            self.status.say(sentence, bad=bad, stay=stay)

    def say(self, sentence: str, *, bad: bool = False, stay: bool = False) -> None:
        """As the status bar does; before there is one, in the middle, and there as soon as there is."""
        if self._furnished:
            self.status.say(sentence, bad=bad, stay=stay)
        else:
            self._said.append((sentence, bad, stay))
            self.sketch.say(sentence)

    def _connect(self) -> None:
        self.tree.command.connect(self.command)
        self.tree.merging = lambda: self._views.merged
        # In the window itself, and not in the torn-off one where a person may have worked.
        self.tree.activated_kind.connect(lambda *_: self.places.go_home())
        self.tree.activated_kind.connect(self.kind_wanted)
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
        self._clusters.notice.connect(self.status.say)
        self._retitle()

    def _listed(self) -> None:
        """An empty tree says nothing that the welcome page does not."""
        contexts = self._clusters.contexts
        # Before they are known: as the sketch has it, so that nothing comes and goes.
        there = bool(contexts) if self._clusters.loaded else self._sketched
        self._side.setVisible(self._side_wanted and there)
        self.tree.theme.tell_clusters(context.name for context in contexts)

    # Panels

    def attach_activity(self, panel: QWidget) -> None:
        """The panel below the tabs; hidden until ``show_activity``."""
        self.activity = panel
        self._inside.add_activity(panel)

    def attach_detail(self, pane: QWidget) -> None:
        """The pane at the right; hidden until ``show_detail``."""
        self.detail = pane
        self._inside.add_detail(pane)

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
        self._inside.open_page(page, title, symbol)
        self.centre.choose()
        page.setFocus()

    def show_page(
        self, name: str, title: str, symbol: str, again: str, make: Callable[[], QWidget]
    ) -> QWidget:
        """Bring the only page of this object name to the front; ``make`` one where none is open (see open_page)."""
        page = self.places.find_page(name)
        if page is not None:
            self.docks.show_page(page)
            return page
        page = make()
        self.open_page(page, title, symbol, again)
        return page

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
        self._inside.open_table(page, view)
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
            self._inside.name_table(page, view)
        if view is self._views.current:
            self.tree.tick()

    def _retitle(self) -> None:
        active = self._clusters.active
        self.setWindowTitle(f"{active} – kdesk" if active else "kdesk")

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape and self.detail is not None and self.detail.isVisible():
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
        if self._furnished:
            self.docks.hide_windows()
        event.accept()

    def vanish(self) -> None:
        """Out of sight, with all that was torn off."""
        if self._furnished:
            self.docks.hide_windows()
        self.hide()

    # What is remembered

    def remember(self, state: WindowState) -> None:
        """Put geometry and splitters into ``state``."""
        if self._furnished:
            state.geometry = text_of(self.saveGeometry())
            state.splitters = self._inside.splitters()
            state.side = self._side.width() if self.clusters_shown else 0


def _paths(event: QDropEvent) -> Sequence[str]:
    return [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
