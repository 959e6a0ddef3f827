"""What a person does with pages: open, close, go from one to another, split, tear off, drag, bring back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, QRect, QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from kdesk.ui.docks.area import Edge
from kdesk.ui.docks.drag import TabDrag
from kdesk.ui.docks.group import Group, Label
from kdesk.ui.docks.places import Places
from kdesk.ui.docks.torn import screens, whole
from kdesk.ui.look.theme import Theme

#: Of a window for one page, when nothing else is known.
SIZE = QSize(900, 600)
#: From the pointer to the corner of a window that was torn off with it.
_GRIP = QPoint(48, 16)


class Docks(QObject):
    """``places`` says what there is, and when it changed."""

    def __init__(self, theme: Theme, actions: Callable[[], Sequence[QAction]], parent: QObject) -> None:
        """``actions`` gives those of the main window, whose keys are to work in torn-off ones too."""
        super().__init__(parent)
        self.places = Places(theme, actions, self)
        self._drag = TabDrag(theme, self)
        self._drag.dropped.connect(self.drop)
        self._drag.torn.connect(lambda page, at: self.tear_off(page, at - _GRIP))
        self.places.pulled.connect(self._pull)

    def insert(self, page: QWidget, label: Label) -> None:
        """A new tab where a person works, in front."""
        with self.places.steady():
            self.places.front.put(page, label)

    def name(self, page: QWidget, label: Label) -> None:
        """Other words for its tab; nothing happens where it is not here."""
        group = self.places.group_of(page)
        if group is not None:
            group.relabel(page, label)
            self.places.retitle()

    def remove(self, page: QWidget) -> None:
        """Let go of a page; nothing happens where it is not here."""
        group = self.places.group_of(page)
        if group is not None:
            with self.places.steady():
                group.take(page)

    def replace(self, old: QWidget, new: QWidget) -> None:
        """``new``, which is here already, takes the place of ``old``, which leaves; what is in front stays so."""
        group = self.places.group_of(old)
        if group is None:
            return
        shown = group.currentWidget()
        with self.places.steady():
            self.places.move(new, group, group.indexOf(old))
            group.take(old)
            group.setCurrentWidget(new if shown is old or shown is None else shown)

    def show_page(self, page: QWidget) -> None:
        """Bring it to the front, and work there."""
        group = self.places.group_of(page)
        if group is None:
            return
        with self.places.steady():
            group.setCurrentWidget(page)
            self.places.enter(group)
        if group.isVisible() and not group.isActiveWindow():
            group.window().activateWindow()
        page.setFocus()

    def step(self, by: int) -> None:
        """Work with the next page, or the one before: through all groups and windows, round the ends."""
        pages, current = self.places.pages, self.places.current
        if pages:
            at = pages.index(current) + by if current in pages else 0
            self.show_page(pages[at % len(pages)])

    def next_group(self, by: int = 1) -> None:
        """Work in the next group, or the one before."""
        page = self.places.beside(self.places.front, by).currentWidget()
        if page is not None:
            self.show_page(page)

    def follow(self, application: QApplication) -> None:
        """Where the focus is, a person works; and Esc ends a drag."""
        application.focusChanged.connect(self.follow_focus)
        self._drag.application = application

    def follow_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        """The keyboard's focus moved: a person works where it is now, when that is in a group."""
        at = new
        while at is not None and not isinstance(at, Group):
            at = at.parentWidget()
        if isinstance(at, Group):
            self.places.enter(at)

    def split(self, page: QWidget, edge: Edge) -> None:
        """Into a new group beside its own, which keeps the other pages; nothing happens to one that is alone."""
        group = self.places.group_of(page)
        if group is not None:
            self.drop(page, group, edge)

    def move_on(self, page: QWidget) -> None:
        """Into the next group; where there is only one, nothing happens."""
        group = self.places.group_of(page)
        if group is not None:
            self.drop(page, self.places.beside(group), Edge.INSIDE)

    def tear_off(self, page: QWidget, at: QPoint | None = None) -> None:
        """Into a window of its own, with its corner at ``at`` (of the screens) or near where the page was."""
        group, window = self.places.group_of(page), self.places.window_of(page)
        if group is None:
            return
        corner = at if at is not None else group.mapToGlobal(_GRIP)
        if window is not None and window.area.groups == [group] and group.count() == 1:
            window.place(QRect(corner, window.size()))  # it has one
            return
        size = group.size() if group.isVisible() else SIZE
        with self.places.steady():
            window = self.places.new_window()
            # Where a person drops it, it stays; where nobody said where, all of it is to be seen.
            window.place(QRect(corner, size) if at is not None else whole(QRect(corner, size), screens()))
            self.places.move(page, window.area.groups[0])
        window.show()
        self.show_page(page)

    def bring_back(self, page: QWidget) -> None:
        """From a torn-off window into the main one."""
        if self.places.window_of(page) is not None:
            self.places.go_home()
            self.drop(page, self.places.front, Edge.INSIDE)

    def drop(self, page: QWidget, group: Group, edge: Edge, place: int = -1) -> None:
        """Into a group, before the tab at ``place`` (negative: at the end), or into a new one at one of its sides.

        Nothing happens where page or group have gone meanwhile, and to a page that is alone in that group.
        """
        places = self.places
        held = places.group_of(page)
        area = next((area for area in places.areas if group in area.groups), None)
        alone = held is group and group.count() < 2
        if held is None or area is None or alone or (held is group and edge is Edge.INSIDE and place < 0):
            return
        with places.steady():
            target = group if edge is Edge.INSIDE else area.split(group, edge)
            places.move(page, target, place if edge is Edge.INSIDE else -1)
            places.enter(target)
        self.show_page(page)

    def hide_windows(self) -> None:
        """The program ends."""
        for window in self.places.windows:
            window.hide()

    def _pull(self, page: QWidget) -> None:
        group = self.places.group_of(page)
        if group is not None:
            windows = [self.places.area.window(), *self.places.windows]
            self._drag.run(page, group, self.places.groups, windows)
