"""The ring round a row that the keyboard is on, for views that paint their rows themselves."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter

from kdesk.ui.look.theme import Theme


def draw_focus_ring(painter: QPainter, row: QRect, theme: Theme) -> None:
    """Inside ``row``, as wide as the theme has it."""
    painter.setPen(theme.color("accent"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for inset in range(theme.data.focus_width):
        # A pen of one pixel draws a line more than the rectangle is wide and high.
        painter.drawRect(row.adjusted(inset, inset, -1 - inset, -1 - inset))
