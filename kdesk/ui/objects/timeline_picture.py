"""A workload's story as a picture: a lane for each object, bars for its states, marks for what happened."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from kdesk.ui.look.theme import Theme
from kdesk.ui.objects.timeline_axis import Axis
from kdesk.ui.objects.timeline_painter import AXIS_HEIGHT, LANE_HEIGHT, LanePainter, Marks
from kdesk.viewmodel.moments import moment_text
from kdesk.viewmodel.objects.timeline_story import Lane, Line, Story

_LABELS = (0.34, 110, 210)  # share of the width, at least, at most
_NEAR = 6  # pixels
_ZOOM = 1.25
_STEP = 0.15
_SECOND_MS = 1_000
_FALLEN_BEHIND = 1.02
_BELOW = 8


class TimelinePicture(QAbstractScrollArea):
    """``chosen(key)``: the line of a mark that was clicked. The list of lines says the same in words."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.axis = Axis()
        self._painter = LanePainter(theme, self.axis)
        self._story = Story()
        self._marks: dict[str, Marks] = {}
        self._key: object = None
        self._subject = ""
        self._live = self._follows = True
        self._pressed: QPoint | None = None
        self._dragged = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Picture of the timeline")
        self.setAccessibleDescription(
            "Plus and minus zoom, Left and Right move; the list says the same in words"
        )
        self.setMinimumHeight(AXIS_HEIGHT + 2 * LANE_HEIGHT)
        self.viewport().setMouseTracking(True)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        theme.changed.connect(self.viewport().update)

    @property
    def most_height(self) -> int:
        """All lanes, and the axis."""
        return AXIS_HEIGHT + max(2, len(self._story.lanes)) * LANE_HEIGHT + _BELOW

    def show_story(self, story: Story, *, live: bool) -> None:
        """``live``: it goes on. What is shown of it stays as long as the subject does."""
        self._story, self._live = story, live
        by_lane: dict[str, list[Line]] = {}
        for line in story.lines:
            by_lane.setdefault(line.lane, []).append(line)
        self._marks = {lane: Marks(lines) for lane, lines in by_lane.items()}
        moments = [line.at for line in story.lines]
        if moments:
            self.axis.oldest = moments[-1]
        subject = story.lanes[0].member.uid if story.lanes else ""
        if subject != self._subject or (self._follows and not self._grown(moments)):
            self._subject, self._follows = subject, True
            self.axis.show_story(moments, time.time())
        self._lay_out()
        self._tick()

    def select(self, key: object) -> None:
        """Mark a line, and come to see it."""
        if key == self._key:
            return
        self._key = key
        line = next((line for line in self._story.lines if line.key == key), None)
        if line is not None:
            if not self.axis.begin <= line.at <= self.axis.end:
                self._follows = False
                self.axis.end_at(line.at + self.axis.seconds / 2)
            row = [lane.member.uid for lane in self._story.lanes].index(line.lane)
            bar, top = self.verticalScrollBar(), row * LANE_HEIGHT
            page = self.viewport().height() - AXIS_HEIGHT
            bar.setValue(min(top, max(bar.value(), top + LANE_HEIGHT - page)))
        self.viewport().update()

    def zoom(self, factor: float, around: float | None = None) -> None:
        """In (over 1) or out, around a moment: the newest where it follows what happens, else the middle."""
        axis = self.axis
        middle = axis.end if self._follows else (axis.begin + axis.end) / 2
        axis.zoom(factor, middle if around is None else around)
        self._follows = self._follows and around is None
        self._pace()
        self.viewport().update()

    def fit(self) -> None:
        """All of it, from the first that is known."""
        self._follows = False
        newest = self._story.lines[0].at if self._story.lines else self.axis.end
        self.axis.show(self.axis.oldest, max(newest, time.time() if self._live else newest))
        self.viewport().update()

    def follow(self) -> None:
        """The newest, and on from there."""
        self._follows = True
        self.axis.show_story([line.at for line in self._story.lines], time.time())
        self._pace()
        self._tick()

    def _grown(self, moments: Sequence[float]) -> bool:
        """Whether the newest of the story still has room."""
        return not moments or moments[0] <= self.axis.end + self.axis.seconds * (_FALLEN_BEHIND - 1)

    def _tick(self) -> None:
        if self._follows and self._live:
            self.axis.end_at(time.time())
        self.viewport().update()

    def _pace(self) -> None:
        """Once for each pixel that time moves by."""
        if self._timer.isActive():
            self._timer.start(round(min(max(_SECOND_MS, self.axis.seconds / self.axis.width * 1000), 3.6e6)))

    def _lay_out(self) -> None:
        share, least, most = _LABELS
        width = self.viewport().width()
        self.axis.left = round(min(max(width * share, least), most))
        self.axis.width = max(1, width - self.axis.left - 8)
        height = len(self._story.lanes) * LANE_HEIGHT
        page = self.viewport().height() - AXIS_HEIGHT
        self.verticalScrollBar().setRange(0, max(0, height - page))
        self.verticalScrollBar().setPageStep(max(1, page))
        self.verticalScrollBar().setSingleStep(LANE_HEIGHT)

    def _lane_at(self, y: int) -> Lane | None:
        row = (y - AXIS_HEIGHT + self.verticalScrollBar().value()) // LANE_HEIGHT
        return self._story.lanes[row] if y >= AXIS_HEIGHT and row < len(self._story.lanes) else None

    def _line_at(self, point: QPoint) -> Line | None:
        lane = self._lane_at(point.y())
        marks = self._marks.get(lane.member.uid) if lane is not None else None
        if marks is None or point.x() < self.axis.left:
            return None
        return marks.nearest(self.axis.at(point.x()), self.axis.seconds / self.axis.width * _NEAR)

    # What Qt asks and tells.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        area = self.viewport().rect()
        self._painter.begin(painter, area, self.font(), self.devicePixelRatioF())
        now = time.time() if self._live else max(self.axis.end, self._story.since)
        scrolled = self.verticalScrollBar().value()
        first = scrolled // LANE_HEIGHT
        last = (scrolled + area.height()) // LANE_HEIGHT + 1
        for row, lane in enumerate(self._story.lanes[first:last], first):
            rect = QRect(0, AXIS_HEIGHT + row * LANE_HEIGHT - scrolled, area.width(), LANE_HEIGHT)
            self._painter.lane(painter, rect, lane, self._marks.get(lane.member.uid), now, self._key)
        self._painter.axis(painter, area, self._story.since if self._story.lanes else 0.0)
        if self.hasFocus():
            self._painter.focus(painter, area)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start(_SECOND_MS)
        self._pace()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def wheelEvent(self, event: QWheelEvent) -> None:
        step, modifiers = event.angleDelta(), event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            if step.y():
                self.zoom(_ZOOM ** (step.y() / 120), self.axis.at(event.position().x()))
        elif step.x() or modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._move(-(step.x() or step.y()) / 120 * _STEP)
        else:
            super().wheelEvent(event)
            return
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        match event.key():
            case key.Key_Plus | key.Key_Equal:
                self.zoom(_ZOOM)
            case key.Key_Minus:
                self.zoom(1 / _ZOOM)
            case key.Key_Left:
                self._move(-_STEP)
            case key.Key_Right:
                self._move(_STEP)
            case key.Key_Home:
                self.fit()
            case key.Key_End:
                self.follow()
            case _:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position().toPoint(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._pressed is None:
            hand = Qt.CursorShape.PointingHandCursor if self._line_at(point) else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(hand)
            return
        moved = point.x() - self._pressed.x()
        if self._dragged or abs(moved) > _NEAR:
            self._dragged = True
            self._pressed = point
            self._move(-moved / self.axis.width)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not self._dragged:
            line = self._line_at(pressed)
            if line is not None:
                self.chosen.emit(line.key)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip(event.pos()), self.viewport())
            return True
        return super().viewportEvent(event)

    def _move(self, share: float) -> None:
        self._follows = False
        self.axis.move(share * self.axis.seconds)
        self.viewport().update()

    def _tip(self, point: QPoint) -> str:
        lane, line, now = self._lane_at(point.y()), self._line_at(point), time.time()
        if lane is None:
            return ""
        name = f"{lane.member.resource.kind} {lane.member.name}"
        if line is not None:
            return f"{name}\n{moment_text(line.at, now)}, {line.known}  {line.words}"
        if point.x() < self.axis.left:
            return name
        at = self.axis.at(QPointF(point).x())
        for stretch in lane.stretches:
            if stretch.begin <= at < (stretch.end or now) and stretch.state.word:
                return f"{name}\n{stretch.state.word} since {moment_text(stretch.begin, now)}"
        return name
