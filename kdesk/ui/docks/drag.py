"""Dragging a tab: where it may be dropped is shown over the groups while it is on its way."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QCursor,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from kdesk.ui.docks.area import Edge
from kdesk.ui.docks.group import Group
from kdesk.ui.look.theme import Theme

#: Of pages of this very program; another one's are not taken (``QDropEvent.source`` is None for them).
PAGE = "application/x-kdesk-page"
#: The part of a group at each side that stands for a new group there.
_SIDE = 0.25


class DropZone(QWidget):
    """Lies over a group while a tab is dragged. ``dropped(group, edge, place)``; ``place`` as ``Group.place_at``."""

    dropped = Signal(Group, Edge, int)

    def __init__(self, group: Group, theme: Theme) -> None:
        super().__init__(group)
        self._group, self._theme = group, theme
        self.edge: Edge | None = None
        self.setAcceptDrops(True)
        self.setGeometry(group.rect())
        self.raise_()
        self.show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._follow(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._follow(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show(None)

    def dropEvent(self, event: QDropEvent) -> None:
        self._follow(event)
        if self.edge is not None:
            self.dropped.emit(self._group, self.edge, self._group.place_at(event.position().toPoint()))
        self._show(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.edge is None:
            return
        accent = self._theme.color("accent")
        painter = QPainter(self)
        painter.setPen(QPen(accent, 2))
        accent.setAlphaF(0.2)
        painter.setBrush(accent)
        painter.drawRoundedRect(self._place(self.edge).adjusted(2, 2, -3, -3), 4, 4)
        painter.end()

    def _follow(self, event: QDropEvent) -> None:
        ours = self._is_ours(event)
        event.setAccepted(ours)
        if ours:
            event.setDropAction(Qt.DropAction.MoveAction)
            at = event.position().toPoint()
            self._show(Edge.INSIDE if self._group.in_bar(at) else edge_at(self.rect(), at))

    def _is_ours(self, event: QDropEvent) -> bool:
        """Another window's of this program; one of another program has no source."""
        return event.mimeData().hasFormat(PAGE) and event.source() is not None

    def _show(self, edge: Edge | None) -> None:
        if edge is not self.edge:
            self.edge = edge
            self.update()

    def _place(self, edge: Edge) -> QRect:
        """What a page would take that is dropped there."""
        whole = self.rect()
        wide, high = whole.width() // 2, whole.height() // 2
        match edge:
            case Edge.LEFT:
                return whole.adjusted(0, 0, -wide, 0)
            case Edge.RIGHT:
                return whole.adjusted(wide, 0, 0, 0)
            case Edge.TOP:
                return whole.adjusted(0, 0, 0, -high)
            case Edge.BOTTOM:
                return whole.adjusted(0, high, 0, 0)
            case Edge.INSIDE:
                return whole


def edge_at(area: QRect, point: QPoint) -> Edge:
    """The side that ``point`` is nearest to, when it is near any."""
    across = (point.x() - area.left()) / max(1, area.width())
    down = (point.y() - area.top()) / max(1, area.height())
    near = {Edge.LEFT: across, Edge.RIGHT: 1 - across, Edge.TOP: down, Edge.BOTTOM: 1 - down}
    edge = min(near, key=lambda one: near[one])
    return edge if near[edge] < _SIDE else Edge.INSIDE


class TabDrag(QObject):
    """One tab on its way.

    Its signals come when it is over: ``dropped(page, group, edge, place)``, ``torn(page, at)``.
    """

    dropped = Signal(QWidget, Group, Edge, int)
    torn = Signal(QWidget, QPoint)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._found: tuple[Group, Edge, int] | None = None

    def zones(self, groups: list[Group]) -> list[DropZone]:
        """Shown until they are deleted; what is dropped on one is known to ``end``."""
        made = [DropZone(group, self._theme) for group in groups]
        for zone in made:
            zone.dropped.connect(self._note)
        return made

    def run(self, page: QWidget, group: Group, groups: list[Group]) -> None:
        """Drag it until it is dropped. The window lives on meanwhile (a nested event loop)."""
        zones = self.zones(groups)
        data = QMimeData()
        data.setData(PAGE, b"1")
        drag = QDrag(group)
        drag.setMimeData(data)
        drag.setPixmap(group.tab_picture(page))
        drag.setHotSpot(QPoint(24, 16))
        drag.exec(Qt.DropAction.MoveAction)
        for zone in zones:
            if isValid(zone):  # its group may have gone meanwhile
                zone.hide()
                zone.deleteLater()
        # Esc ends a drag as a drop outside does; only then the button is still down.
        released = not QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton
        self.end(page, outside=released and drag.target() is None)

    def end(self, page: QWidget, *, outside: bool) -> None:
        """It is over; ``outside``: it was let go where nothing takes it."""
        found, self._found = self._found, None
        if found is not None:
            self.dropped.emit(page, *found)
        elif outside:
            self.torn.emit(page, QCursor.pos())

    def _note(self, group: Group, edge: Edge, place: int) -> None:
        self._found = (group, edge, place)
