"""The shape of rows that are on their way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent

from kdesk.ui.parts.skeleton import BAR, Skeleton
from kdesk.ui.tables.header import HEIGHT
from kdesk.ui.tables.row_painter import PADDING

# (width of the column, share of it that is filled, row by row); those behind the name come again while there is room.
_Column = tuple[float, tuple[float, ...]]
_NAME: _Column = (280, (0.9, 0.7, 0.8, 0.6, 0.85))
_OTHERS: tuple[_Column, ...] = (
    (72, (0.5, 0.5)),
    (120, (0.7, 0.7, 0.9)),
    (72, (0.3, 0.4)),
    (160, (0.8, 0.6, 0.7, 0.8)),
)
_ROWS = 14


class TableSkeleton(Skeleton):
    """A table's: columns of bars under the header's line."""

    def bars(self) -> Iterator[tuple[QRectF, float]]:
        height = self._theme.row_height
        columns = list(self._columns())
        for row in range(_ROWS):
            top = HEIGHT + row * height + (height - BAR) / 2
            left = float(PADDING)
            for width, shares in columns:
                filled = (width - 2 * PADDING) * shares[row % len(shares)]
                yield QRectF(left, top, filled, BAR), 0.18 * (1 - row / _ROWS)
                left += width

    def _columns(self) -> Iterator[_Column]:
        """As many as there is room for, stretched to all of the width; a name at least."""
        width, columns = self.width() - PADDING, [_NAME]
        for column in itertools.cycle(_OTHERS):
            if sum(taken for taken, _ in columns) + column[0] > width:
                break
            columns.append(column)
        stretch = width / sum(taken for taken, _ in columns)
        return ((taken * stretch, shares) for taken, shares in columns)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, HEIGHT - 1, self.width(), 1, self._theme.color("border"))
        painter.end()
