"""The shape of a text that is on its way: never a blank page, and nothing that moves."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kdesk.ui.look.theme import Theme, mix

# (indent, length) of bars in eighths of the width: the outline of an object's YAML.
_BARS = (
    (0, 2),
    (0, 1),
    (0, 2),
    (1, 3),
    (1, 2),
    (1, 4),
    (2, 3),
    (2, 3),
    (0, 1),
    (1, 2),
    (2, 4),
    (2, 3),
    (2, 2),
)
_PITCH = 22
_HEIGHT = 8


class Skeleton(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName("Loading")
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        surface = self._theme.color("surface")
        painter.fillRect(self.rect(), surface)
        painter.setPen(Qt.PenStyle.NoPen)
        unit = min(self.width(), 640) / 8
        for number, (indent, length) in enumerate(_BARS):
            fading = 0.16 * (1 - number / len(_BARS))
            painter.setBrush(mix(surface, self._theme.color("text2"), fading))
            bar = QRectF(16 + indent * 16, 14 + number * _PITCH, length * unit - 16, _HEIGHT)
            painter.drawRoundedRect(bar, 4, 4)
        painter.end()
