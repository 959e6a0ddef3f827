"""A line to type in that hands the keyboard on: Esc clears, the second one leaves; Enter and Down leave."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

_LEAVING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down)


# A subclass, not an event filter: that one would be Python for every event, paints included.
class LineInput(QLineEdit):
    """``left`` asks the owner to put the keyboard elsewhere."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Escape or event.key() in _LEAVING:
            self.left.emit()
        else:
            super().keyPressEvent(event)
