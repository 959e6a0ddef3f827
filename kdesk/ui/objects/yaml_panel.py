"""A YAML viewer with what belongs to it: search, wrap, copy, and the path of the line the cursor is in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kdesk.ui.look.theme import Theme, fixed_font
from kdesk.ui.objects.find_bar import FindBar
from kdesk.ui.objects.yaml_view import YamlView
from kdesk.ui.parts.buttons import dress, tool_button
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.viewmodel.objects.yaml_text import Document


class YamlPanel(QWidget):
    """``tools`` is a row of buttons for the owner to place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.view = YamlView(theme)
        self.find_bar = FindBar(self.view, theme)
        self.tools = QWidget(self)
        self._find = tool_button("Find (Ctrl+F)")
        self._wrap = tool_button("Wrap long lines", checkable=True)
        self._copy = tool_button("Copy all")
        row = QHBoxLayout(self.tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for button in (self._find, self._wrap, self._copy):
            row.addWidget(button)
        self._footer = QWidget()
        self._path = ElidedLabel(mode=Qt.TextElideMode.ElideLeft)
        self._path.setFont(fixed_font())
        self._path.setProperty("tone", "text2")
        self._path.setAccessibleName("Path of the current line")
        self._copy_path = tool_button("Copy path")
        self._changes = QLabel()
        self._changes.setProperty("tone", "text2")
        foot = QHBoxLayout(self._footer)
        foot.setContentsMargins(12, 0, 4, 0)
        foot.setSpacing(8)
        foot.addWidget(self._path, 1)
        foot.addWidget(self._changes)
        foot.addWidget(self._copy_path)
        self._footer.setFixedHeight(28)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.find_bar)
        box.addWidget(self.view, 1)
        box.addWidget(self._footer)
        self._find.clicked.connect(self.find_bar.begin)
        self._wrap.toggled.connect(self.view.set_wrapped)
        self._copy.clicked.connect(self.copy_all)
        self._copy_path.clicked.connect(self.copy_path)
        self.view.path_changed.connect(self._show_path)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.find_bar.begin)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_document(self, document: Document | None) -> None:
        self.view.show_document(document)
        changes = document.changes if document is not None else None
        count = sum(max(1, hunk.new_end - hunk.new_start) for hunk in changes or ())
        if changes is None:
            self._changes.clear()
        elif count:
            self._changes.setText(f"{count:,} line{'' if count == 1 else 's'} changed")

    def copy_all(self) -> None:
        """The whole text to the clipboard, long lines uncut, secret values masked."""
        if self.view.shown is not None:
            QGuiApplication.clipboard().setText(self.view.shown.text)

    def copy_path(self) -> None:
        """The JSONPath of the current line to the clipboard."""
        if path := self.view.path():
            QGuiApplication.clipboard().setText(path)

    def _show_path(self, path: str) -> None:
        self._path.set_text(path)
        self._copy_path.setVisible(bool(path))

    def _restyle(self) -> None:
        dress(
            self._theme,
            (self._find, "search"),
            (self._wrap, "wrap-text"),
            (self._copy, "copy"),
            (self._copy_path, "clipboard"),
        )
