"""The places of all pages as values, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from kdesk.ui.docks.docks import SIZE
from kdesk.ui.docks.group import Group
from kdesk.ui.docks.places import Places
from kdesk.viewmodel.program.layouts import Pane, Tab, Window

Fill = Callable[[Group, Pane], None]


def arrangement(places: Places, describe: Callable[[QWidget], Tab | None]) -> list[Window]:
    """How it all is: first the main window's pane, whose geometry is not known here, then those torn off.

    Pages of which ``describe`` knows nothing are left out, and torn-off windows of such pages alone.
    """
    found = [Window(places.area.pane(describe))]
    for window in places.windows:
        pane = window.area.pane(describe)
        if any(True for _ in pane.all_tabs):
            found.append(Window(pane, geometry(window), window.isMaximized()))
    return found


def arrange(places: Places, windows: Sequence[Window], page_of: Callable[[Tab], QWidget | None]) -> None:
    """Make it so. ``page_of`` gives the page for a tab, which is here already, once for each; None leaves it out.

    Pages that no tab stands for stay in the first group of the main window.
    """

    def fill(group: Group, pane: Pane) -> None:
        pages = [page_of(tab) for tab in pane.tabs]
        for page in pages:
            if page is not None:
                places.move(page, group)
        front = pages[pane.front] if 0 <= pane.front < len(pages) else None
        if front is not None:
            group.setCurrentWidget(front)

    with places.steady():
        home = places.area.groups[0]
        for page in [page for page in places.pages if page not in home.pages]:
            places.move(page, home)
        places.tidy()
        for at, window in enumerate(windows):
            if at == 0:
                places.area.build(window.pane, fill)
            elif any(True for _ in window.pane.all_tabs):
                _reopen(places, window, fill)
        places.enter(next((group for group in places.groups if group.count()), places.groups[0]))


def geometry(window: QWidget) -> tuple[int, int, int, int]:
    """Left, top, width, height, as it is when it is not maximized."""
    rect = window.normalGeometry() if window.isMaximized() else window.geometry()
    return rect.left(), rect.top(), rect.width(), rect.height()


def _reopen(places: Places, window: Window, fill: Fill) -> None:
    torn = places.new_window()
    torn.area.build(window.pane, fill)
    torn.resize(SIZE)
    if len(window.geometry) == 4:
        torn.place(QRect(*window.geometry))
    if window.maximized:
        torn.showMaximized()
    else:
        torn.show()
