"""The ring round a row that the keyboard is on, for views that paint their rows themselves."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from kdesk.ui.look.theme import Theme


def draw_focus_ring(painter: QPainter, row: QRect, theme: Theme) -> None:
    """Inside ``row``, as wide as the theme has it."""
    width, color = theme.data.focus_width, theme.color("accent")
    # Filled, not drawn: at 150 % a pen of one pixel is half outside.
    for edge in (
        QRect(row.left(), row.top(), row.width(), width),
        QRect(row.left(), row.bottom() + 1 - width, row.width(), width),
        QRect(row.left(), row.top(), width, row.height()),
        QRect(row.right() + 1 - width, row.top(), width, row.height()),
    ):
        painter.fillRect(edge, color)
