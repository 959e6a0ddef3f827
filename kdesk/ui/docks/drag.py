"""Dragging a tab: where it may be dropped is shown over the groups while it is on its way."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCursor,
    QDrag,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
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

    def dragEnterEvent(self, event: QDropEvent) -> None:
        self._follow(event)

    def dragMoveEvent(self, event: QDropEvent) -> None:
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

    Its signals come when it is over: ``dropped(page, group, edge, place)``, ``torn(page, at)``. ``application``: where
    keys can be seen while Qt drags.
    """

    dropped = Signal(QWidget, Group, Edge, int)
    torn = Signal(QWidget, QPoint)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.application: QObject | None = None
        self._found: tuple[Group, Edge, int] | None = None
        self._escaped = False

    def zones(self, groups: list[Group]) -> list[DropZone]:
        """Shown until they are deleted; what is dropped on one is known to ``end``."""
        made = [DropZone(group, self._theme) for group in groups]
        for zone in made:
            zone.dropped.connect(self._note)
        return made

    def run(self, page: QWidget, group: Group, groups: list[Group], windows: list[QWidget]) -> None:
        """Drag it until it is dropped: on a group, or outside all ``windows``.

        The program lives on meanwhile (a nested event loop).
        """
        zones = self.zones(groups)
        data = QMimeData()
        data.setData(PAGE, b"1")
        drag = QDrag(group)
        drag.setMimeData(data)
        drag.setPixmap(group.tab_picture(page))
        drag.setHotSpot(QPoint(24, 16))
        self._escaped = False
        QTimer.singleShot(0, self, self._listen)
        drag.exec(Qt.DropAction.MoveAction)
        if self.application is not None:
            self.application.removeEventFilter(self)
        for zone in zones:
            if isValid(zone):  # its group may have gone meanwhile
                zone.hide()
                zone.deleteLater()
        self.end(page, outside=drag.target() is None and not self._given_up() and self._outside(windows))

    def end(self, page: QWidget, *, outside: bool) -> None:
        """It is over; ``outside``: it was let go where there is none of the program's windows."""
        found, self._found = self._found, None
        if found is not None:
            self.dropped.emit(page, *found)
        elif outside:
            self.torn.emit(page, QCursor.pos())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._escaped = True
        return False

    def _listen(self) -> None:
        """From within the drag: Qt's own filter, which lets no key through, is installed by now, and asked later."""
        if self.application is not None:
            self.application.installEventFilter(self)

    def _given_up(self) -> bool:
        """By Esc. Where the system itself drags, no key is seen, but the button is still down."""
        return self._escaped or bool(QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton)

    def _outside(self, windows: list[QWidget]) -> bool:
        """On Wayland no program knows where its windows are: a drop that nothing took was outside."""
        if QGuiApplication.platformName().startswith("wayland"):
            return True
        at = QCursor.pos()
        return not any(window.frameGeometry().contains(at) for window in windows)

    def _note(self, group: Group, edge: Edge, place: int) -> None:
        self._found = (group, edge, place)
