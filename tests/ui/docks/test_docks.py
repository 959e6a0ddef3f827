"""Pages in groups: split, moved, torn off, brought back, dragged; empty groups and windows go."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSplitter, QTabBar
from pytestqt.qtbot import QtBot

from kdesk.ui.docks.area import Edge
from kdesk.ui.docks.group import Label
from tests.ui.counting import Counted
from tests.ui.docks.desk import Desk, sweep


def test_split_right_and_down_and_the_sides_share_the_place(desk: Desk) -> None:
    desk.open("a", "b", "c")
    desk.docks.split(desk.page("c"), Edge.RIGHT)
    assert desk.groups == [["a", "b"], ["c"]]
    assert desk.current == "c"
    desk.docks.show_page(desk.page("b"))
    desk.docks.split(desk.page("b"), Edge.BOTTOM)
    assert desk.groups == [["a"], ["b"], ["c"]]
    sweep()
    a, b, c = (group.geometry() for group in desk.places.groups)
    assert a.width() == b.width()
    assert abs(a.width() - c.width()) < 8
    assert abs(a.height() - b.height()) < 8
    assert c.height() > a.height() + b.height() - 1


def test_one_that_is_alone_is_not_split(desk: Desk) -> None:
    desk.open("a")
    desk.docks.split(desk.page("a"), Edge.RIGHT)
    desk.docks.move_on(desk.page("a"))
    assert desk.groups == [["a"]]


def test_a_group_that_is_left_empty_gives_its_place_back(desk: Desk) -> None:
    desk.open("a", "b", "c")
    desk.docks.split(desk.page("b"), Edge.RIGHT)
    desk.docks.split(desk.page("c"), Edge.BOTTOM)
    assert desk.groups == [["a"], ["c"], ["b"]]
    desk.docks.remove(desk.page("b"))
    assert desk.groups == [["a"], ["c"]]
    assert desk.current in ("a", "c")
    desk.docks.remove(desk.page("a"))
    sweep()
    assert desk.groups == [["c"]]
    assert not desk.places.area.findChildren(QSplitter)
    assert desk.places.groups[0].size() == desk.places.area.size()
    desk.docks.remove(desk.page("c"))
    assert desk.groups == [[]]


def test_splitters_of_one_direction_become_one(desk: Desk) -> None:
    desk.open("a", "b", "c", "d")
    desk.docks.split(desk.page("b"), Edge.RIGHT)  # a c d | b
    group = desk.places.group_of(desk.page("b"))
    assert group is not None
    desk.docks.drop(desk.page("c"), group, Edge.BOTTOM)  # a d | b / c
    desk.docks.drop(desk.page("d"), group, Edge.RIGHT)  # a | (b | d) / c
    desk.docks.remove(desk.page("c"))
    sweep()
    assert desk.groups == [["a"], ["b"], ["d"]]
    assert len(desk.places.area.findChildren(QSplitter)) == 1


def test_a_page_that_is_torn_off_has_a_window_and_comes_back(desk: Desk, qtbot: QtBot) -> None:
    desk.open("a", "b")
    page = desk.page("b")
    desk.docks.tear_off(page)
    [window] = desk.places.windows
    qtbot.waitExposed(window)
    assert window.isWindow()
    assert window.windowTitle() == "b – kdesk"
    assert desk.groups == [["a"], ["b"]]
    assert desk.current == "b"
    desk.docks.name(page, Label("other"))
    assert window.windowTitle() == "other – kdesk"
    desk.docks.bring_back(page)
    assert desk.groups == [["a", "b"]]
    assert desk.places.windows == []
    assert desk.current == "b"
    sweep()


def test_the_cross_of_a_torn_off_window_closes_its_pages(desk: Desk) -> None:
    desk.open("a", "b", "c")
    desk.docks.tear_off(desk.page("c"))
    [window] = desk.places.windows
    desk.docks.drop(desk.page("b"), window.area.groups[0], Edge.RIGHT)
    assert desk.groups == [["a"], ["c"], ["b"]]
    window.close()
    assert desk.groups == [["a"]]
    assert desk.places.windows == []
    sweep()


def test_keys_of_the_main_window_work_in_a_torn_off_one(desk: Desk, qtbot: QtBot) -> None:
    action, pressed = QAction(desk), []
    action.setShortcut("Ctrl+T")
    action.triggered.connect(lambda: pressed.append(1))
    desk.addAction(action)
    desk.open("a", "b")
    desk.docks.tear_off(desk.page("b"))
    [window] = desk.places.windows
    qtbot.waitActive(window)
    QTest.keyClick(desk.page("b"), Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert pressed == [1]
    QTest.keyClick(window, Qt.Key.Key_Escape)
    sweep()


def test_steps_go_through_all_groups_and_windows(desk: Desk) -> None:
    desk.open("a", "b", "c")
    desk.docks.split(desk.page("b"), Edge.RIGHT)
    desk.docks.tear_off(desk.page("c"))
    seen = []
    for _ in range(4):
        desk.docks.step(1)
        seen.append(desk.current)
    assert seen == ["a", "b", "c", "a"]
    desk.docks.step(-1)
    assert desk.current == "c"
    desk.docks.next_group()
    assert desk.current == "a"


def test_where_the_focus_is_a_person_works(desk: Desk) -> None:
    desk.open("a", "b")
    desk.docks.split(desk.page("b"), Edge.RIGHT)
    desk.docks.follow_focus(None, desk.page("a"))
    assert desk.current == "a"
    assert [group.tabBar().property("front") for group in desk.places.groups] == [True, False]
    desk.docks.follow_focus(None, QLabel(desk))  # elsewhere in the window
    assert desk.current == "a"
    desk.open("c")
    assert desk.groups == [["a", "c"], ["b"]], "new pages open where a person works"


def test_a_click_on_a_tab_or_beside_what_takes_the_focus_says_where_a_person_works(desk: Desk) -> None:
    desk.open("a")
    desk.docks.insert(QLabel("plain"), Label("plain"))
    desk.docks.split(desk.page("a"), Edge.RIGHT)
    plain, edit = desk.places.groups
    assert desk.places.front is edit
    # Through the window, as the system does it: a widget that is clicked in a test takes no focus.
    sweep()
    middle = plain.mapTo(desk, plain.rect().center())
    QTest.mouseClick(desk.windowHandle(), Qt.MouseButton.LeftButton, pos=middle)
    assert desk.places.front is plain
    QTest.mouseClick(edit.tabBar(), Qt.MouseButton.LeftButton, pos=edit.tabBar().tabRect(0).center())
    assert desk.places.front is edit


def test_however_much_moves_it_is_told_once_and_when_all_is_in_place(desk: Desk) -> None:
    desk.open("a", "b", "c")
    desk.changes.clear()
    desk.docks.split(desk.page("b"), Edge.RIGHT)
    assert desk.changes[0] == ["c", "b"]
    assert all(change == ["c", "b"] for change in desk.changes)


def test_one_takes_the_place_of_another_and_what_is_in_front_stays(desk: Desk) -> None:
    desk.open("a", "b", "c", "new")
    old = desk.page("b")
    desk.docks.show_page(desk.page("a"))
    desk.docks.replace(old, desk.page("new"))
    assert desk.groups == [["a", "new", "c"]]
    assert desk.current == "a"
    desk.open("late")
    desk.docks.replace(desk.page("late"), desk.page("new"))
    assert desk.groups == [["a", "c", "new"]]
    assert desk.current == "new"
    old.deleteLater()


def test_the_band_and_the_icon_come_along(desk: Desk) -> None:
    desk.open("a", "b")
    desk.docks.split(desk.page("b"), Edge.RIGHT)
    bar = desk.places.groups[1].tabBar()
    assert bar.tabData(0) == ("of b",)
    assert not bar.tabIcon(0).isNull()
    cross = bar.tabButton(0, QTabBar.ButtonPosition.RightSide)
    assert cross is not None
    assert cross.accessibleName() == "Close b"
    assert bar.accessibleName() == "Open pages, group 2"


def test_other_words_in_a_tip_leave_the_tab_and_its_group_as_they_are(desk: Desk, qtbot: QtBot) -> None:
    desk.open("a")
    desk.show()
    qtbot.waitExposed(desk)
    sweep()
    group = desk.places.groups[0]
    seen = Counted(group, QEvent.Type.Paint)
    for number in range(3):
        desk.docks.name(desk.page("a"), Label("a", ("of a",), "box", f"a, {number} so far"))
        sweep()
    assert group.tabToolTip(0) == "a, 2 so far"
    assert seen.count == 0
    desk.docks.name(desk.page("a"), Label("b", ("of a",), "box", "b"))
    sweep()
    assert group.tabText(0) == "b"
    assert seen.count > 0


def test_the_main_window_remembers_where_a_person_worked_in_it(desk: Desk) -> None:
    desk.open("a", "b", "c")
    desk.docks.split(desk.page("b"), Edge.RIGHT)
    desk.docks.tear_off(desk.page("c"))
    assert desk.current == "c"
    desk.docks.show_page(desk.page("b"))
    desk.docks.show_page(desk.page("c"))
    desk.places.go_home()
    assert desk.current == "b"
    desk.docks.bring_back(desk.page("c"))
    assert desk.groups == [["a"], ["b", "c"]]
