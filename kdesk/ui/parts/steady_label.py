"""A label for figures that change all the time: its window is laid out anew only when it needs more room, or less."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget


class SteadyLabel(QLabel):
    """One line, at the left of its place. Digits are best of one width (``tabular``).

    Qt's own label has every layout around it worked out again for each new text, up to the window.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = ""

    def text(self) -> str:
        return self._said

    def set_text(self, text: str) -> None:
        """Show this from now on."""
        if text == self._said:
            return
        before = self._width()
        self._said = text
        self.setAccessibleName(text)
        if self._width() != before:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._width(), self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._said)
        painter.end()

    def _width(self) -> int:
        return self.fontMetrics().horizontalAdvance(self._said)
