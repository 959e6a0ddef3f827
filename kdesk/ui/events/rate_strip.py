"""Events per second over time, per kind; dragging over it chooses a span of time.

Plotted with pyqtgraph, which takes its time to load: this file is imported when the strip is first shown.
"""

from __future__ import annotations

import time
from typing import Any

import pyqtgraph as pg  # type: ignore[import-untyped]
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kdesk.ui.look.theme import Theme, mix
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.events.rates import Series

_HEIGHT = 104
_INTERVAL_MS = 1_000
_MOST_KINDS = 6
_PIXELS = 4  # of a bar, at least
_SHORTEST_S, _SHORTEST_OF_FILE_S = 60.0, 20.0
_NOTHING = 10  # events a second at the top, while there were none
# As the bands of clusters: away from the green, amber and red of states.
_HUES = (212, 268, 190, 316, 236)

Span = tuple[float, float]


class _Box(pg.ViewBox):  # type: ignore[misc]
    """A drag with the left button chooses a span; nothing is zoomed or moved."""

    dragged = Signal(float, float, bool)  # from, to, whether the button was let go
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseEnabled(x=False, y=False)

    def mouseDragEvent(self, event: Any, axis: Any = None) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            start = self.mapToView(event.buttonDownPos()).x()
            end = self.mapToView(event.pos()).x()
            self.dragged.emit(min(start, end), max(start, end), event.isFinish())

    def mouseDoubleClickEvent(self, event: Any) -> None:
        event.accept()
        self.cleared.emit()

    def wheelEvent(self, event: Any, axis: Any = None) -> None:
        event.ignore()


class RateStrip(QWidget):
    """Follows a log once a second while visible. ``chosen(span or None)``: the person dragged, or double-clicked."""

    chosen = Signal(object)

    def __init__(self, log: EventLog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log, self._theme = log, theme
        self._bars: list[Any] = []
        self._box = _Box()
        self._axis = pg.DateAxisItem(orientation="bottom")
        self.plot = pg.PlotWidget(viewBox=self._box, axisItems={"bottom": self._axis})
        self.plot.setAccessibleName("Events a second, by kind; drag to choose a span of time")
        self.plot.setToolTip("Drag to show a span of time only; double-click for all")
        menu = self.plot.getPlotItem().ctrlMenu  # never shown; without a parent it would outlive the plot
        menu.setParent(self, menu.windowFlags())
        self.plot.hideButtons()
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._region = pg.LinearRegionItem(movable=False)
        self._region.setZValue(10)
        self.plot.addItem(self._region)
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._peak = QLabel()
        self._peak.setProperty("tone", "text2")
        head = QHBoxLayout()
        head.setContentsMargins(8, 2, 0, 0)
        head.addWidget(self._legend, 1)
        head.addWidget(self._peak)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(0)
        box.addLayout(head)
        box.addWidget(self.plot, 1)
        self.setFixedHeight(_HEIGHT)
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self.refresh)
        self._box.dragged.connect(self._dragged)
        self._box.cleared.connect(lambda: self.chosen.emit(None))
        theme.changed.connect(self._restyle)
        self._restyle()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def refresh(self) -> None:
        """Read the log now."""
        now = time.time() if self._log.feed.running else None
        series = self._log.rates.series(max(30, self.width() // _PIXELS), _MOST_KINDS, now)
        for bar in self._bars:
            self.plot.removeItem(bar)
        self._bars = []
        if series is not None:
            self._draw(series)
        else:
            end = time.time()
            self._box.setXRange(end - _SHORTEST_S, end, padding=0)
            self._box.setYRange(0, _NOTHING, padding=0.05)
            self._legend.setText("")
            self._peak.setText("No events yet")
        self.show_span(self._log.span)

    def show_span(self, span: Span | None) -> None:
        """The span in force; None: all of it."""
        self._region.setVisible(span is not None)
        if span is not None:
            self._region.setRegion(span)

    def _draw(self, series: Series) -> None:
        rates = series.counts / series.width
        bins = rates.shape[1]
        starts = [series.start + series.width * number for number in range(bins)]
        below = rates[0] * 0
        for place, kind in enumerate(series.kinds):
            bar = pg.BarGraphItem(
                x0=starts,
                width=series.width,
                height=rates[place],
                y0=below,
                brush=self._colour(place, kind),
                pen=None,
            )
            below = below + rates[place]
            self.plot.addItem(bar)
            self._bars.append(bar)
        end = series.start + series.width * bins
        shortest = _SHORTEST_S if self._log.file is None else _SHORTEST_OF_FILE_S
        self._box.setXRange(min(series.start, end - shortest), end, padding=0)
        self._box.setYRange(0, max(1.0, float(below.max())), padding=0.05)
        self._legend.setText(
            "&nbsp;&nbsp;&nbsp;".join(self._key(n, kind) for n, kind in enumerate(series.kinds))
        )
        each = "" if series.width == 1 else f", means over {series.width:g} s"
        self._peak.setText(f"peak {float(below.max()):,.4g} events a second{each}")

    def _key(self, place: int, kind: str) -> str:
        return f'<span style="color:{self._colour(place, kind).name()}">■</span> {kind}'

    def _colour(self, place: int, kind: str) -> QColor:
        if kind == "others" or place >= len(_HUES):
            return mix(self._theme.color("surface"), self._theme.color("text2"), 0.6)
        return QColor.fromHsl(_HUES[place], 140, 140 if self._theme.dark else 120)

    def _dragged(self, start: float, end: float, done: bool) -> None:
        self.show_span((start, end))
        if done:
            self.chosen.emit((start, end) if end > start else None)

    def _restyle(self) -> None:
        theme = self._theme
        self.plot.setBackground(theme.color("surface"))
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(pg.mkPen(theme.color("border")))
            axis.setTextPen(pg.mkPen(theme.color("text2")))
            axis.setStyle(tickLength=-3, maxTickLevel=0, hideOverlappingLabels=True)
        self.plot.getAxis("left").setWidth(48)
        self.plot.getAxis("bottom").setHeight(20)
        fill, line = theme.color("accent"), theme.color("accent")
        fill.setAlphaF(0.18)
        self._region.setBrush(fill)
        for edge in self._region.lines:
            edge.setPen(pg.mkPen(line))
        self.refresh()
