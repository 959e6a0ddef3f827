"""Search in a YamlView: a line to type in, how many were found, next and previous; Esc closes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from kdesk.ui.look.theme import Theme
from kdesk.ui.objects.yaml_view import YamlView
from kdesk.ui.parts.buttons import dress, tool_button

_MOST = 999  # matches that are counted and highlighted


class FindBar(QWidget):
    """Hidden until ``begin``."""

    def __init__(self, view: YamlView, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view, self._theme = view, theme
        self._found: list[QTextCursor] = []
        self._current = -1
        self._text = QLineEdit(placeholderText="Find in YAML", clearButtonEnabled=True)
        self._text.setAccessibleName("Find in YAML")
        self._count = QLabel()
        self._count.setProperty("tone", "text2")
        self._count.setMinimumWidth(64)
        self._previous = tool_button("Previous match (Shift+Enter)")
        self._next = tool_button("Next match (Enter)")
        self._close = tool_button("Close search (Esc)")
        box = QHBoxLayout(self)
        box.setContentsMargins(8, 4, 8, 4)
        box.setSpacing(4)
        for widget in (self._text, self._count, self._previous, self._next, self._close):
            box.addWidget(widget)
        self._text.textChanged.connect(self._search)
        self._text.installEventFilter(self)
        self._previous.clicked.connect(lambda: self.step(-1))
        self._next.clicked.connect(lambda: self.step(1))
        self._close.clicked.connect(self.end)
        view.document().contentsChanged.connect(self._again)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def begin(self) -> None:
        """Show, take the selection as the text to find, and the keyboard."""
        selected = self._view.textCursor().selectedText()
        self.show()
        if selected and "\u2029" not in selected:
            self._text.setText(selected)
        self._text.selectAll()
        self._text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search()

    def end(self) -> None:
        self.hide()
        self._view.show_found([], -1)
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def step(self, by: int) -> None:
        """Go to the next (1) or previous (-1) match, round and round."""
        if self._found:
            self._current = (self._current + by) % len(self._found)
            self._view.setTextCursor(self._found[self._current])
            self._view.centerCursor()
            self._show()

    @property
    def matches(self) -> int:
        return len(self._found)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.end()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.step(-1 if back else 1)
                return True
        return super().eventFilter(watched, event)

    def _search(self) -> None:
        """Find all, and go to the first at or after the cursor."""
        self._collect()
        start = self._view.textCursor().selectionStart()
        after = (number for number, cursor in enumerate(self._found) if cursor.selectionStart() >= start)
        self._current = next(after, 0) - 1
        self.step(1)
        self._show()

    def _again(self) -> None:
        """The document changed underneath: count anew, move nothing."""
        if self.isVisible():
            self._collect()
            self._current = min(self._current, len(self._found) - 1)
            self._show()

    def _collect(self) -> None:
        text, document = self._text.text(), self._view.document()
        self._found = []
        position = 0
        while text and len(self._found) < _MOST:
            cursor = document.find(text, position, QTextDocument.FindFlag(0))
            if cursor.isNull():
                break
            self._found.append(cursor)
            position = cursor.selectionEnd()

    def _show(self) -> None:
        total = f"{len(self._found)}{'+' if len(self._found) == _MOST else ''}"
        if not self._text.text():
            self._count.clear()
        elif self._found:
            self._count.setText(f"{self._current + 1} of {total}")
        else:
            self._count.setText("not found")
        self._view.show_found(self._found, self._current)

    def _restyle(self) -> None:
        dress(
            self._theme,
            (self._previous, "chevron-up"),
            (self._next, "chevron-down"),
            (self._close, "x"),
        )
