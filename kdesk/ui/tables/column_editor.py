"""A strip over a table in which a person writes a column of their own, and sees what it would show."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from kdesk.kube.table.extraction import ValueType
from kdesk.kube.table.jsonpath import parse_path
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.buttons import push_button
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.viewmodel.tables.column_draft import ColumnDraft

_EXAMPLES = (
    ".spec.nodeName\n"
    ".metadata.labels['app']   or   label:app\n"
    ".metadata.annotations['note']   or   annotation:note\n"
    ".spec.containers[*].image\n"
    '.status.conditions[?(@.type=="Ready")].status'
)
_TYPES = {
    ValueType.TEXT: "Text",
    ValueType.NUMBER: "Number",
    ValueType.QUANTITY: "Quantity",
    ValueType.AGE: "Age",
}


class ColumnEditor(QWidget):
    """``begun``: it is shown; ``wanted(name, path, type)``: a person is content with it; ``left``: back to the rows."""

    begun = Signal()
    wanted = Signal(str, str, str)
    left = Signal()

    def __init__(self, draft: ColumnDraft, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.name, self.path, self.type = QLineEdit(), QLineEdit(), QComboBox()
        self.name.setPlaceholderText("Name")
        self.name.setAccessibleName("Name of the column")
        self.name.setFixedWidth(140)
        self.path.setPlaceholderText("Path, such as .spec.nodeName or label:app")
        self.path.setAccessibleName("Path of the value")
        self.path.setToolTip(_EXAMPLES)
        for value, word in _TYPES.items():
            self.type.addItem(word, value.value)
        self.type.setAccessibleName("Type of the value")
        self._add, cancel = push_button("Add column"), push_button("Cancel")
        self._add.setProperty("primary", True)
        self._add.clicked.connect(self._finish)
        cancel.clicked.connect(self.leave)
        self._value, self._cost = ElidedLabel(mode=Qt.TextElideMode.ElideRight), QLabel()
        self._value.setMinimumWidth(120)
        self._cost.setProperty("tone", "text2")
        self._cost.setTextFormat(Qt.TextFormat.PlainText)
        fields = QHBoxLayout()
        fields.setSpacing(8)
        for field in (self.name, self.path, self.type, self._add, cancel):
            fields.addWidget(field, stretch=1 if field is self.path else 0)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 4, 8, 8)
        grid.setVerticalSpacing(6)
        grid.setHorizontalSpacing(16)
        grid.addLayout(fields, 0, 0, 1, 2)
        grid.addWidget(self._value, 1, 0)
        grid.addWidget(self._cost, 1, 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)
        draft.changed.connect(self._refresh)
        self.name.textChanged.connect(self._refresh)
        self.path.textChanged.connect(self._refresh)
        self.type.currentIndexChanged.connect(self._refresh)
        self.path.returnPressed.connect(self._finish)
        self.name.returnPressed.connect(self._finish)
        self.hide()

    @property
    def said(self) -> str:
        """The value, or what is wrong."""
        return self._value.text()

    @property
    def cost(self) -> str:
        return self._cost.text()

    def begin(self, path: str = "", name: str = "") -> None:
        """Show it, with what is known of the column."""
        self.name.setText(name)
        self.path.setText(path)
        self.type.setCurrentIndex(0)
        self._refresh()
        self.show()
        self.type.setFixedHeight(self.path.height())  # the style makes it lower than the lines beside it
        self.begun.emit()
        self.path.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        self.hide()
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def _refresh(self) -> None:
        path, kind = self.path.text(), str(self.type.currentData())
        preview = self._draft.preview(self.name.text(), path, kind)
        blank = not path.strip()
        of = f"{self._draft.name}: " if self._draft.name and not preview.wrong else ""
        self._value.set_text("The value of the selected row shows here." if blank else f"{of}{preview.text}")
        self._value.setProperty("tone", "bad" if preview.wrong and not blank else "text2" if blank else "")
        self.path.setProperty("invalid", preview.wrong and not blank)
        for styled in (self._value, self.path):
            styled.style().unpolish(styled)
            styled.style().polish(styled)
        self._cost.setText(self._draft.cost(path, kind))
        self._add.setEnabled(not preview.wrong)

    def _finish(self) -> None:
        if self._add.isEnabled():
            path = self.path.text().strip()
            self.wanted.emit(self.name.text().strip() or _name_of(path), path, str(self.type.currentData()))


def _name_of(path: str) -> str:
    """A name for a column whose person gave it none: the last name of its path."""
    if ":" in path and not path.startswith((".", "{", "$", "[")):
        return path.partition(":")[2].rpartition("/")[2]
    names = parse_path(path).names
    return names[-1].rpartition("/")[2] if names else "Value"
