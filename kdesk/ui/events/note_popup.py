"""A line to write the note of a bookmark in: Enter keeps it, Esc leaves it as it was."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

_LONGEST = 200


class NotePopup(QFrame):
    """``noted(text)`` once, when Enter was pressed."""

    noted = Signal(str)

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("popup", True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.edit = QLineEdit(text, placeholderText="Why this line matters")
        self.edit.setMaxLength(_LONGEST)
        self.edit.setAccessibleName("Note")
        self.edit.selectAll()
        self.edit.returnPressed.connect(self._take)
        hint = QLabel("Enter keeps the note. It is saved with the lines.")
        hint.setProperty("tone", "text2")
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(8)
        box.addWidget(self.edit)
        box.addWidget(hint)
        self.setFixedWidth(360)

    def open_at(self, at: QPoint) -> None:
        """Show at ``at`` (global)."""
        self.move(at)
        self.show()
        self.edit.setFocus(Qt.FocusReason.PopupFocusReason)

    def _take(self) -> None:
        self.noted.emit(self.edit.text())
        self.close()
