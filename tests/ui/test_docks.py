"""Pages in groups: split, moved, torn off, brought back, dragged; empty groups and windows go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAction, QCursor, QDrag, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMainWindow, QSplitter, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from kdesk.ui.docks.area import Edge
from kdesk.ui.docks.arrangement import arrange, arrangement
from kdesk.ui.docks.docks import Docks
from kdesk.ui.docks.drag import PAGE, DropZone, TabDrag, edge_at
from kdesk.ui.docks.group import Group, Label
from kdesk.ui.docks.torn import on_screens
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.viewmodel.program.layouts import Pane, Tab, Window


class Desk(QMainWindow):
    """A window of pages that are line edits, called by their names."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = Theme(load_theme("dark"))
        self.docks = Docks(self.theme, self.actions, self)
        self.places = self.docks.places
        self.changes: list[list[str]] = []
        self.places.changed.connect(lambda: self.changes.append(self.names(self.places.shown)))
        self.places.closing.connect(self.docks.remove)
        self.setCentralWidget(self.places.area)
        self.resize(1000, 700)

    def open(self, *names: str) -> None:
        for name in names:
            page = QLineEdit(name)
            self.docks.insert(page, Label(name, clusters=(f"of {name}",), symbol="box"))

    def page(self, name: str) -> QWidget:
        return next(page for page in self.places.pages if isinstance(page, QLineEdit) and page.text() == name)

    def names(self, pages: list[QWidget]) -> list[str]:
        return [page.text() for page in pages if isinstance(page, QLineEdit)]

    @property
    def groups(self) -> list[list[str]]:
        return [self.names(group.pages) for group in self.places.groups]

    @property
    def current(self) -> str:
        page = self.places.current
        return page.text() if isinstance(page, QLineEdit) else ""


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk()
    desk.show()
    qtbot.waitExposed(desk)
    yield desk
    desk.docks.hide_windows()
    desk.close()
    desk.deleteLater()


def sweep() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


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


# Dragging


def drop_event(at: QPoint) -> tuple[QDropEvent, QMimeData]:
    """Qt's other events of a drag are of its kind; the data lives as long as it is held."""
    data = QMimeData()
    data.setData(PAGE, b"1")
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return QDropEvent(QPointF(at), Qt.DropAction.MoveAction, data, left, none), data


class OwnZone(DropZone):
    """A drag that Qt knows nothing of has no source: every one is this program's."""

    def _is_ours(self, event: QDropEvent) -> bool:
        return event.mimeData().hasFormat(PAGE)


@pytest.mark.parametrize(
    ("at", "edge"),
    [((5, 300), Edge.LEFT), ((990, 300), Edge.RIGHT), ((500, 40), Edge.TOP), ((500, 690), Edge.BOTTOM),
     ((500, 350), Edge.INSIDE), ((5, 4), Edge.INSIDE)],
)  # fmt: skip
def test_where_a_tab_would_go_is_shown_and_where_it_is_dropped_is_told(
    desk: Desk, at: tuple[int, int], edge: Edge
) -> None:
    desk.open("a", "b")
    group = desk.places.front
    zone = OwnZone(group, desk.theme)
    found: list[tuple[Group, Edge]] = []
    zone.dropped.connect(lambda group, edge, place: found.append((group, edge)))
    before = zone.grab().toImage()
    event, _data = drop_event(QPoint(*at))
    zone.dragEnterEvent(event)
    assert event.isAccepted()
    assert zone.edge is edge
    assert zone.grab().toImage() != before
    event, _data = drop_event(QPoint(*at))
    zone.dropEvent(event)
    assert found == [(group, edge)]
    assert zone.edge is None


def test_what_another_program_drags_is_not_taken(desk: Desk) -> None:
    desk.open("a")
    zone = DropZone(desk.places.front, desk.theme)
    event, _data = drop_event(QPoint(100, 100))
    zone.dragEnterEvent(event)
    assert not event.isAccepted()
    assert zone.edge is None


def pull(desk: Desk, tab: int) -> None:
    """Drag a tab of the first group down, out of its bar."""
    bar = desk.places.groups[0].tabBar()
    start = bar.tabRect(tab).center()
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
    for at in (start + QPoint(8, 4), start + QPoint(20, 120)):
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at),
            bar.mapToGlobal(QPointF(at)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QCoreApplication.sendEvent(bar, event)


@pytest.mark.parametrize(
    ("where", "key", "torn"),
    [
        (QPoint(60, 60), Qt.Key.Key_A, False),  # on the window, beside all groups
        (QPoint(-500, 60), Qt.Key.Key_A, True),
        (QPoint(-500, 60), Qt.Key.Key_Escape, False),
    ],
)
def test_a_tab_that_is_pulled_out_of_its_bar_and_let_go_outside_is_torn_off_unless_esc_was_pressed(
    desk: Desk, qapp: QApplication, monkeypatch: pytest.MonkeyPatch, where: QPoint, key: Qt.Key, torn: bool
) -> None:
    desk.docks.follow(qapp)
    desk.open("a", "b")
    zones: list[int] = []

    def drag(*_: object) -> Qt.DropAction:
        """Qt's, as far as this program knows of it: events are handled while it lasts."""
        zones.append(len(desk.findChildren(DropZone)))
        QTest.mouseRelease(desk.places.groups[0].tabBar(), Qt.MouseButton.LeftButton)
        QCoreApplication.processEvents()
        QTest.keyClick(desk, key)
        return Qt.DropAction.IgnoreAction

    monkeypatch.setattr(QDrag, "exec", drag)
    monkeypatch.setattr(QCursor, "pos", lambda: desk.mapToGlobal(where))
    pull(desk, 1)
    assert zones == [1]
    assert desk.groups == ([["a"], ["b"]] if torn else [["a", "b"]])
    sweep()
    assert not desk.findChildren(DropZone)


def test_the_end_of_a_drag(desk: Desk) -> None:
    desk.open("a", "b")
    torn: list[QWidget] = []
    dropped: list[Edge] = []
    drag = TabDrag(desk.theme)
    drag.torn.connect(lambda page, at: torn.append(page))
    drag.dropped.connect(lambda page, group, edge, place: dropped.append(edge))
    drag.end(desk.page("a"), outside=False)
    assert (torn, dropped) == ([], [])
    drag.end(desk.page("a"), outside=True)
    assert torn == [desk.page("a")]
    [zone] = drag.zones([desk.places.front])
    zone.dropped.emit(desk.places.front, Edge.LEFT, -1)
    drag.end(desk.page("a"), outside=True)
    assert dropped == [Edge.LEFT]
    assert len(torn) == 1


def test_a_drop_on_a_tab_puts_it_before_that_one(desk: Desk) -> None:
    desk.open("a", "b", "c")
    desk.docks.split(desk.page("c"), Edge.RIGHT)
    left, right = desk.places.groups
    desk.docks.drop(desk.page("c"), left, Edge.INSIDE, 1)
    assert desk.groups == [["a", "c", "b"]]
    desk.docks.drop(desk.page("a"), left, Edge.INSIDE, 2)
    assert desk.groups == [["c", "a", "b"]]
    desk.docks.drop(desk.page("a"), right, Edge.INSIDE)  # it has gone meanwhile
    assert desk.groups == [["c", "a", "b"]]


def test_the_nearest_side() -> None:
    area = QRect(0, 0, 100, 100)
    assert edge_at(area, QPoint(10, 20)) is Edge.LEFT
    assert edge_at(area, QPoint(20, 10)) is Edge.TOP
    assert edge_at(area, QPoint(50, 50)) is Edge.INSIDE
    assert edge_at(QRect(), QPoint(0, 0)) is not None


# Arrangements


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
