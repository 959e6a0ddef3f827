"""Which groups and windows there are, which pages stand in them, and where a person works."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from kdesk.ui.docks.area import Area
from kdesk.ui.docks.group import Group
from kdesk.ui.docks.torn import TornWindow
from kdesk.ui.look.theme import Theme


class Places(QObject):
    """``changed``: pages came, went or moved, another is shown in some group, or a person works in another group.

    ``closing(page)`` asks for a page to be closed, ``add`` for a new one, ``menu_wanted(page, at)`` for what can be
    done with one; ``pulled(page)``: it is being dragged away; ``escaped``: Esc in a torn-off window.
    """

    changed = Signal()
    closing = Signal(QWidget)
    add = Signal()
    menu_wanted = Signal(QWidget, QPoint)
    pulled = Signal(QWidget)
    escaped = Signal()

    def __init__(self, theme: Theme, actions: Callable[[], Sequence[QAction]], parent: QObject) -> None:
        """``actions`` gives those of the main window, whose keys are to work in torn-off ones too."""
        super().__init__(parent)
        self._theme, self._actions = theme, actions
        self._holds = 0
        self.windows: list[TornWindow] = []
        # They have no parent, above which they would always stay: somebody else has to see to their end.
        parent.destroyed.connect(functools.partial(_delete, self.windows))
        self.area = Area(self._new_group)
        self._front = self._home = self.area.groups[0]

    @property
    def areas(self) -> list[Area]:
        """The main window's first."""
        return [self.area, *(window.area for window in self.windows)]

    @property
    def groups(self) -> list[Group]:
        return [group for area in self.areas for group in area.groups]

    @property
    def pages(self) -> list[QWidget]:
        """By group, in the order of their tabs."""
        return [page for group in self.groups for page in group.pages]

    @property
    def shown(self) -> list[QWidget]:
        """The page in front of each group."""
        return [page for group in self.groups if (page := group.currentWidget()) is not None]

    @property
    def front(self) -> Group:
        """Where a person works."""
        return self._front

    @property
    def current(self) -> QWidget | None:
        """The page that a person works with."""
        return self._front.currentWidget()

    def current_in(self, window: QWidget | None) -> QWidget | None:
        """The page that a person works with in a window; ``window``: a torn-off one, or else the main one is meant."""
        area = next((torn.area for torn in self.windows if torn is window), self.area)
        last = (
            self._front if self._front in area.groups else self._home if area is self.area else area.groups[0]
        )
        return last.currentWidget()

    def find_page(self, name: str) -> QWidget | None:
        """A page that is not a table, by its object name."""
        return next((page for page in self.pages if page.objectName() == name), None)

    def group_of(self, page: QWidget) -> Group | None:
        return next((group for group in self.groups if group.indexOf(page) >= 0), None)

    def window_of(self, page: QWidget) -> TornWindow | None:
        """The torn-off window that it stands in; None for the main one."""
        return next((w for w in self.windows if any(page in group.pages for group in w.area.groups)), None)

    def enter(self, group: Group) -> None:
        """A person works there."""
        if group is not self._front and group in self.groups:
            with self.steady():
                self._front = group

    def go_home(self) -> None:
        """A person turned to the main window: works in the group there that was the last one."""
        if self._front not in self.area.groups:
            self.enter(self._home)

    def beside(self, group: Group, by: int = 1) -> Group:
        """The next group, or the one before; round the ends."""
        groups = self.groups
        return groups[(groups.index(group) + by) % len(groups)]

    def move(self, page: QWidget, group: Group, at: int = -1) -> None:
        """To the front of a group, before the tab that is at ``at`` (negative: at the end)."""
        held = self.group_of(page)
        if held is not None:
            if held is group and 0 <= held.indexOf(page) < at:
                at -= 1
            group.put(page, held.take(page), at)

    def new_window(self) -> TornWindow:
        """Hidden, with one empty group; within ``steady`` until it has a page."""
        window = TornWindow(Area(self._new_group))
        window.addActions(self._actions())
        window.leaving.connect(lambda: self._leave(window))
        window.escaped.connect(self.escaped)
        self.windows.append(window)
        return window

    @contextlib.contextmanager
    def steady(self) -> Iterator[None]:
        """However much is moved in it: ``changed`` comes once, at the end, when empty groups and windows are gone."""
        self._holds += 1
        try:
            yield
            if self._holds == 1:
                self.tidy()
        finally:
            self._holds -= 1
            self._say()

    def retitle(self) -> None:
        """Windows are called by their pages."""
        for window in self.windows:
            groups = window.area.groups
            group = self._front if self._front in groups else groups[0]
            page = group.currentWidget()
            window.entitle(group.label(page).title if page is not None and page in group.pages else "")

    def tidy(self) -> None:
        """Empty groups and windows go; the main window keeps one group."""
        for area in self.areas:
            for group in [group for group in area.groups if not group.count()]:
                area.discard(group)
        for window in [window for window in self.windows if not window.area.groups[0].count()]:
            self.windows.remove(window)
            window.hide()
            window.deleteLater()
        groups = self.groups
        if self._front not in groups:
            self._front = next((group for group in groups if group.count()), groups[0])
        if self._front in self.area.groups or self._home not in groups:
            self._home = self._front if self._front in self.area.groups else groups[0]
        for place, group in enumerate(groups, 1):
            group.set_front(group is self._front)
            group.name(f"Open pages, group {place}" if len(groups) > 1 else "Open pages")

    def _say(self) -> None:
        if not self._holds:
            self.retitle()
            self.changed.emit()

    def _leave(self, window: TornWindow) -> None:
        """Closed by its cross."""
        for page in [page for group in window.area.groups for page in group.pages]:
            self.closing.emit(page)

    def _new_group(self) -> Group:
        group = Group(self._theme)
        group.closing.connect(self.closing)
        group.menu_wanted.connect(self.menu_wanted)
        group.add.connect(self.add)
        group.pulled.connect(self.pulled)
        group.entered.connect(lambda: self.enter(group))
        group.currentChanged.connect(self._say)
        return group


def _delete(windows: list[TornWindow]) -> None:
    for window in windows:
        if isValid(window):  # at the very end Qt deletes windows itself, in an order of its own
            window.deleteLater()
