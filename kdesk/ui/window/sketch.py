"""The outline of the window that comes: its places, in its colours, before anything in them is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget

from kdesk.ui.look.theme import mix

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from kdesk.ui.look.theme import Theme

_TITLE, _MARGIN, _ROW, _BAR = 32, 12, 24, 8
# (indent, length) of the tree's lines, in logical pixels.
_LINES = ((0, 96), (14, 132), (28, 88), (28, 112), (28, 72), (28, 96))
_INK = 0.16


class Sketch(QWidget):
    """``side``: how wide the tree will be, in logical pixels; 0: nobody knows whether it will be there.

    Made of widgets that Qt paints by itself: what Python needs to paint takes longer to load than all of it.
    ``painted``: whoever comes in the next turn of the event loop finds it on the screen.
    """

    painted = Signal()

    def __init__(self, theme: Theme, side: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._side = theme, side
        self.setAccessibleName("Opening")
        self._line, self._bars = QWidget(self), [QWidget(self) for _ in _LINES]
        self._title, self._sentence = QLabel("Clusters", self), QLabel("", self)
        self._title.setProperty("tone", "text2")
        self._title.setContentsMargins(_MARGIN, 0, 8, 0)
        self._title.setGeometry(0, 0, side, _TITLE)
        for number, (bar, (indent, length)) in enumerate(zip(self._bars, _LINES, strict=True)):
            bar.setGeometry(_MARGIN + indent, _TITLE + number * _ROW + (_ROW - _BAR) // 2, length, _BAR)
        for part in (self._line, self._title, *self._bars):
            part.setVisible(side > 0)
        self._paint()
        theme.changed.connect(self._paint)

    def say(self, sentence: str) -> None:
        """In the middle, until another."""
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence or "Opening")
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._line.setGeometry(self._side, 0, 1, self.height())
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted.emit()  # the rest is its parts' affair

    def _place(self) -> None:
        size = self._sentence.sizeHint()
        left = self._side + max(_MARGIN, (self.width() - self._side - size.width()) // 2)
        self._sentence.setGeometry(
            left, (self.height() - size.height()) // 2, self.width() - left - _MARGIN, size.height()
        )

    def _paint(self) -> None:
        colors = self._theme.data.colors
        surface, ink = QColor(colors["surface"]), QColor(colors["text2"])
        self._line.setStyleSheet(f"background: {colors['border']}")
        for number, bar in enumerate(self._bars):
            shade = mix(surface, ink, _INK * (1 - number / len(_LINES))).name()
            bar.setStyleSheet(f"background: {shade}; border-radius: {_BAR // 2}px")
