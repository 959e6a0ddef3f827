"""How a lane of a timeline looks: its label, the bars of its states, the marks of what happened."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF

from kdesk.kube.api.discovery import category
from kdesk.ui.look.icons import kind_icon, pixmap
from kdesk.ui.look.theme import Theme, mix, tabular
from kdesk.ui.objects.timeline_axis import Axis
from kdesk.viewmodel.objects.timeline_story import Lane, Line, Stretch

LANE_HEIGHT = 26
AXIS_HEIGHT = 24
_BAR_HEIGHT = 14
_INDENT, _ICON = 12, 14
_TICKS_APART = 76
_SMALL = 0.85
_LEAST_WORD = 44  # pixels: for less than that a word is a riddle
_WORST = ("", "ok", "warn", "bad")
#: How much of its tone a bar has: seen, and told by the object itself.
_SEEN, _TOLD = 0.42, 0.14


class Marks:
    """The lines of one lane, by time."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = sorted(lines, key=lambda line: line.at)
        self._moments = [line.at for line in self.lines]

    def nearest(self, at: float, within: float) -> Line | None:
        """Of several at one moment, the worst."""
        near = self.between(at - within, at + within)
        return min(near, key=lambda line: (abs(line.at - at), -_WORST.index(line.tone)), default=None)

    def between(self, begin: float, end: float) -> list[Line]:
        return self.lines[bisect_left(self._moments, begin) : bisect_left(self._moments, end)]


class LanePainter:
    """Paints one frame after ``begin``."""

    def __init__(self, theme: Theme, axis: Axis) -> None:
        self._theme, self._axis = theme, axis
        self._small = QFont()
        self._metrics = QFontMetrics(self._small)
        self._font_metrics = self._metrics
        self._ratio = 1.0
        self._ticks: list[tuple[float, str]] = []

    def begin(self, painter: QPainter, area: QRect, font: QFont, ratio: float) -> None:
        """The ground, with a hairline at each round moment."""
        self._small = tabular(font)
        self._small.setPointSizeF(font.pointSizeF() * _SMALL)
        self._metrics, self._font_metrics = QFontMetrics(self._small), QFontMetrics(font)
        self._ratio = ratio
        theme = self._theme
        painter.fillRect(area, theme.color("surface"))
        self._ticks = self._axis.ticks(_TICKS_APART)
        painter.setPen(QPen(mix(theme.color("surface"), theme.color("border"), 0.6), 1))
        for at, _ in self._ticks:
            x = round(self._axis.x(at))
            painter.drawLine(x, AXIS_HEIGHT, x, area.bottom())

    def axis(self, painter: QPainter, area: QRect, since: float) -> None:
        """Over the lanes, which scroll below it. ``since``: what is left of it was not seen."""
        theme, left = self._theme, self._axis.left
        painter.fillRect(QRect(0, 0, area.width(), AXIS_HEIGHT), theme.color("surface"))
        painter.setFont(self._small)
        painter.setPen(theme.color("text2"))
        for at, text in self._ticks:
            x = round(self._axis.x(at))
            width = self._metrics.horizontalAdvance(text)
            if x - width // 2 >= left and x + width // 2 <= area.right():
                painter.drawText(
                    QRect(x - width, 0, 2 * width, AXIS_HEIGHT), Qt.AlignmentFlag.AlignCenter, text
                )
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawLine(0, AXIS_HEIGHT - 1, area.right(), AXIS_HEIGHT - 1)
        x = round(self._axis.x(since))
        if since and left <= x <= area.right():
            painter.setPen(QPen(theme.color("accent"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(x, AXIS_HEIGHT, x, area.bottom())

    def focus(self, painter: QPainter, area: QRect) -> None:
        width = self._theme.data.focus_width
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.color("accent"), width))
        painter.drawRect(QRectF(area).adjusted(width / 2, width / 2, -width / 2, -width / 2))

    def lane(
        self, painter: QPainter, rect: QRect, lane: Lane, marks: Marks | None, now: float, key: object
    ) -> None:
        """``key``: that of the selected line."""
        axis = self._axis
        self._label(painter, rect, lane)
        painter.save()
        painter.setClipRect(QRect(axis.left, rect.top(), axis.width + 8, rect.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for stretch in lane.stretches:
            end = stretch.end or (lane.gone or now)
            if end > axis.begin and stretch.begin < axis.end:
                self._bar(painter, rect, stretch, end)
        if lane.gone:
            self._end(painter, rect, axis.x(lane.gone))
        if marks is not None:
            self._marks(painter, rect, marks, key)
        painter.restore()

    def _label(self, painter: QPainter, rect: QRect, lane: Lane) -> None:
        theme = self._theme
        left = 12 + lane.depth * _INDENT
        name = kind_icon(lane.member.resource, category(lane.member.resource))
        image = pixmap(name, "text2", theme, _ICON, self._ratio)
        painter.drawPixmap(left, rect.center().y() - _ICON // 2 + 1, image)
        left += _ICON + 6
        room = QRect(left, rect.top(), self._axis.left - left - 8, rect.height())
        text = self._font_metrics.elidedText(lane.short, Qt.TextElideMode.ElideMiddle, room.width())
        font = QFont(painter.font())
        font.setPointSizeF(self._small.pointSizeF() / _SMALL)
        painter.setFont(font)
        painter.setPen(theme.color("text2" if lane.gone else "text"))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _bar(self, painter: QPainter, rect: QRect, stretch: Stretch, end: float) -> None:
        theme = self._theme
        begin_x = max(self._axis.x(stretch.begin), self._axis.left - 4.0)
        end_x = min(self._axis.x(end), self._axis.left + self._axis.width + 4.0)
        top = rect.top() + (rect.height() - _BAR_HEIGHT) / 2
        bar = QRectF(begin_x, top, max(2.0, end_x - begin_x), _BAR_HEIGHT)
        tone = self._tone(stretch.state.tone)
        painter.setBrush(mix(theme.color("surface"), tone, _SEEN if stretch.seen else _TOLD))
        edge = QPen(tone, 1, Qt.PenStyle.SolidLine if stretch.seen else Qt.PenStyle.DotLine)
        painter.setPen(edge if theme.high_contrast or not stretch.seen else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        room = round(bar.width()) - 11
        if stretch.state.word and room >= _LEAST_WORD:
            word = self._metrics.elidedText(stretch.state.word, Qt.TextElideMode.ElideRight, room)
            painter.setFont(self._small)
            painter.setPen(theme.color("text"))
            painter.drawText(bar.adjusted(7, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, word)

    def _marks(self, painter: QPainter, rect: QRect, marks: Marks, key: object) -> None:
        axis = self._axis
        at_pixel: dict[tuple[int, bool], str] = {}
        chosen: Line | None = None
        for line in marks.between(axis.begin, axis.end):
            place = (round(axis.x(line.at)), bool(line.event))
            if _WORST.index(line.tone) >= _WORST.index(at_pixel.get(place, "")):
                at_pixel[place] = line.tone
            if line.key == key:
                chosen = line
        for (x, event), tone in at_pixel.items():
            (self._event if event else self._change)(painter, rect, x, tone, large=False)
        if chosen is not None:
            x = round(axis.x(chosen.at))
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(x - 6, rect.top() + 2, 12, rect.height() - 4), 4, 4)
            (self._event if chosen.event else self._change)(painter, rect, x, chosen.tone, large=True)

    def _change(self, painter: QPainter, rect: QRect, x: int, tone: str, *, large: bool) -> None:
        """A stroke through the bar."""
        half = _BAR_HEIGHT / 2 + (1 if tone in ("warn", "bad") or large else -2)
        middle = rect.top() + rect.height() / 2
        painter.setPen(QPen(self._tone(tone), 2 if tone or large else 1))
        painter.drawLine(QPointF(x, middle - half), QPointF(x, middle + half))

    def _event(self, painter: QPainter, rect: QRect, x: int, tone: str, *, large: bool) -> None:
        """A pin above it, of a warning pointing down on it."""
        top, size = rect.top() + 1.0, 5.0 if large else 4.0
        painter.setPen(QPen(self._theme.color("surface"), 1))
        painter.setBrush(self._tone(tone))
        if tone:
            painter.drawPolygon(
                QPolygonF([QPointF(x - size, top), QPointF(x + size, top), QPointF(x, top + 2 * size)])
            )
        else:
            painter.drawEllipse(QPointF(x, top + size), size - 0.5, size - 0.5)

    def _end(self, painter: QPainter, rect: QRect, x: float) -> None:
        """Where the object was deleted."""
        middle = rect.top() + rect.height() / 2
        painter.setPen(QPen(self._theme.color("text2"), 1.5))
        for sign in (1, -1):
            painter.drawLine(QPointF(x + 3, middle - 3.5 * sign), QPointF(x + 10, middle + 3.5 * sign))

    def _tone(self, tone: str) -> QColor:
        return self._theme.color(tone or "text2")
