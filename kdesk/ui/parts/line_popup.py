"""A line to write something short in, over what it is about: Enter takes it, Esc leaves all as it was."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

_MARGIN = 8


class LinePopup(QFrame):
    """``taken(text)`` once, when Enter was pressed. ``what`` names the line, ``hint`` says what Enter does."""

    taken = Signal(str)

    def __init__(self, what: str, text: str, hint: str, parent: QWidget, *, width: int = 304) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("popup", True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.edit = QLineEdit(text)
        self.edit.setAccessibleName(what)
        self.edit.selectAll()
        self.edit.returnPressed.connect(self._take)
        says = QLabel(hint)
        says.setProperty("tone", "text2")
        box = QVBoxLayout(self)
        box.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        box.setSpacing(_MARGIN)
        box.addWidget(self.edit)
        box.addWidget(says)
        self.setFixedWidth(width)

    def open_at(self, at: QPoint) -> None:
        """Show with the corner at ``at`` (global), the keyboard in the line."""
        self.move(at)
        self.show()
        self.edit.setFocus(Qt.FocusReason.PopupFocusReason)

    def _take(self) -> None:
        self.taken.emit(self.edit.text())
        self.close()
