"""Where all pages stand, as values: told, and made again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QLineEdit, QWidget

from kdesk.ui.docks.area import Edge
from kdesk.ui.docks.arrangement import arrange, arrangement
from kdesk.ui.docks.torn import on_screens, whole
from kdesk.viewmodel.program.layouts import Pane, Tab, Window
from tests.ui.docks.desk import Desk


def tab(page: QWidget) -> Tab | None:
    assert isinstance(page, QLineEdit)
    return Tab(kind=page.text()) if page.text() != "unknown" else None


def test_an_arrangement_is_told_and_made_again(desk: Desk) -> None:
    desk.open("a", "b", "c", "d", "unknown")
    desk.docks.split(desk.page("b"), Edge.RIGHT)
    desk.docks.split(desk.page("c"), Edge.BOTTOM)
    desk.docks.tear_off(desk.page("d"))
    desk.docks.show_page(desk.page("a"))
    told = arrangement(desk.places, tab)
    groups = desk.groups
    assert groups == [["a", "unknown"], ["c"], ["b"], ["d"]]
    for name in ("b", "c", "d"):
        desk.docks.drop(desk.page(name), desk.places.groups[0], Edge.INSIDE)
    assert len(desk.places.groups) == 1
    arrange(desk.places, told, lambda wanted: desk.page(wanted.kind))
    assert desk.groups == groups
    assert [window.pane for window in arrangement(desk.places, tab)] == [window.pane for window in told]
    assert desk.places.windows[0].windowTitle() == "d – kdesk"


def test_a_layout_by_hand_with_gaps_is_made_as_far_as_it_goes(desk: Desk) -> None:
    desk.open("a", "b")
    left = Pane(tabs=(Tab("a"), Tab("gone")), front=7)
    wanted = Pane(
        "across", shares=(70, 30), panes=(left, Pane(), Pane("down", panes=(Pane(tabs=(Tab("b"),)),)))
    )
    known = {name: desk.page(name) for name in "ab"}
    arrange(desk.places, [Window(wanted), Window(), Window(Pane())], lambda tab: known.get(tab.kind))
    assert desk.groups == [["a"], ["b"]]
    assert desk.places.windows == []
    arrange(desk.places, [], lambda tab: None)
    assert desk.groups == [["a", "b"]]


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        (QRect(100, 50, 400, 300), QRect(100, 50, 400, 300)),
        (QRect(1100, 50, 400, 300), QRect(1100, 50, 400, 300)),  # on the second
        (QRect(3000, 50, 400, 300), QRect(300, 250, 400, 300)),  # the screen was unplugged
        (QRect(-390, 50, 400, 300), QRect(300, 250, 400, 300)),  # too little to take hold of
        (QRect(100, -200, 400, 300), QRect(300, 250, 400, 300)),  # its title bar is above
        (QRect(10, 10, 4000, 3000), QRect(10, 10, 1000, 800)),
    ],
)
def test_a_window_off_the_screens_is_brought_back(wanted: QRect, placed: QRect) -> None:
    assert on_screens(wanted, [QRect(0, 0, 1000, 800), QRect(1000, 0, 1000, 800)]) == placed
    assert on_screens(wanted, []) == wanted


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        (QRect(100, 100, 400, 300), QRect(100, 100, 400, 300)),
        (QRect(800, 600, 400, 300), QRect(600, 500, 400, 300)),
        (QRect(1700, -50, 400, 300), QRect(1600, 0, 400, 300)),
        (QRect(-100, 100, 1050, 3000), QRect(0, 0, 1000, 800)),
    ],
)
def test_all_of_a_window_is_moved_onto_the_screen_that_has_most_of_it(wanted: QRect, placed: QRect) -> None:
    assert whole(wanted, [QRect(0, 0, 1000, 800), QRect(1000, 0, 1000, 800)]) == placed
    assert whole(wanted, []) == wanted
