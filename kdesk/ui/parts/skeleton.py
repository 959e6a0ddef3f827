"""The shape of what is on its way: never a blank page, and nothing that moves."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kdesk.ui.look.theme import Theme, mix

BAR = 8
_RADIUS = 4


class Skeleton(QWidget):
    """Bars that fade downwards; which, its kinds say."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName("Loading")
        theme.changed.connect(self.update)

    def bars(self) -> Iterator[tuple[QRectF, float]]:
        """Each bar and how much of the ink it has, from 0 to 1."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        surface, ink = self._theme.color("surface"), self._theme.color("text2")
        painter.fillRect(self.rect(), surface)
        painter.setPen(Qt.PenStyle.NoPen)
        for bar, strength in self.bars():
            painter.setBrush(mix(surface, ink, strength))
            painter.drawRoundedRect(bar, _RADIUS, _RADIUS)
        painter.end()


# (indent, length) of bars in eighths of the width: the outline of an object's YAML.
_LINES = (
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


class TextSkeleton(Skeleton):
    """A text's."""

    def bars(self) -> Iterator[tuple[QRectF, float]]:
        unit = min(self.width(), 640) / 8
        for number, (indent, length) in enumerate(_LINES):
            bar = QRectF(16 + indent * 16, 14 + number * _PITCH, length * unit - 16, BAR)
            yield bar, 0.16 * (1 - number / len(_LINES))
