"""Dragging tabs: where one would go is shown, and what comes of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QCursor, QDrag, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kdesk.ui.docks.area import Edge
from kdesk.ui.docks.drag import PAGE, DropZone, TabDrag, edge_at
from kdesk.ui.docks.group import Group
from tests.ui.docks.desk import Desk, sweep


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
