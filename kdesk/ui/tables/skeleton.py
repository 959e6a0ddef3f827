"""The shape of rows that are on their way: never a blank page, and nothing that moves."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kdesk.ui.look.theme import Theme, mix
from kdesk.ui.tables.header import HEIGHT
from kdesk.ui.tables.row_painter import PADDING

# (width of the column, share of it that is filled, row by row)
_COLUMNS = ((280, (0.9, 0.7, 0.8, 0.6, 0.85)), (72, (0.5, 0.5)), (120, (0.7, 0.7, 0.9)), (72, (0.3, 0.4)))
_ROWS = 14
_BAR = 8


class TableSkeleton(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName("Loading")
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self._theme.row_height
        surface, ink = self._theme.color("surface"), self._theme.color("text2")
        painter.fillRect(self.rect(), surface)
        painter.fillRect(0, HEIGHT - 1, self.width(), 1, self._theme.color("border"))
        painter.setPen(Qt.PenStyle.NoPen)
        for row in range(_ROWS):
            painter.setBrush(mix(surface, ink, 0.18 * (1 - row / _ROWS)))
            left = float(PADDING)
            for width, shares in _COLUMNS:
                top = HEIGHT + row * height + (height - _BAR) / 2
                filled = (width - 2 * PADDING) * shares[row % len(shares)]
                painter.drawRoundedRect(QRectF(left, top, filled, _BAR), 4, 4)
                left += width
        painter.end()
