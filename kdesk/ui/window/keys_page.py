"""Every command with its keys, from the one list."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from kdesk.ui.look.theme import fixed_font
from kdesk.viewmodel.commands import Command, CommandSet

#: Keys that belong to a widget rather than to a command.
_OTHERS = (
    ("In a table", "Open the object in Detail", "Enter, Space"),
    ("In a table", "Filter", "/"),
    ("In Detail", "Close it", "Esc"),
    ("In the tree", "Open a context, open a table", "Enter"),
)


def keys_text(command: Command) -> str:
    """The keys of a command as this system writes them."""
    form = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(form) for key in command.keys)


class KeysPage(QWidget):
    """A list by category, with a filter above it."""

    def __init__(self, commands: CommandSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keys")
        self._groups: dict[str, tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = {}
        self._filter = QLineEdit(placeholderText="Filter commands and keys", clearButtonEnabled=True)
        self._filter.setAccessibleName("Filter commands and keys")
        self._filter.textChanged.connect(self._narrow)
        self._tree = QTreeWidget()
        self._tree.setHeaderLabels(["Command", "Keys", "On the command line"])
        self._tree.setRootIsDecorated(False)
        self._tree.setUniformRowHeights(True)
        self._tree.setIndentation(16)
        self._tree.setAccessibleName("Commands and keys")
        self._tree.setStyleSheet("QTreeView::item { min-height: 24px; padding: 0 6px; }")
        self._tree.header().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._tree.header().resizeSection(0, 280)
        self._tree.header().resizeSection(1, 200)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 0)
        box.setSpacing(8)
        box.addWidget(self._filter)
        box.addWidget(self._tree)
        for command in commands:
            line = f"{command.id} {command.usage}".strip()
            self._add(command.category, command.title, keys_text(command), line)
        for place, title, keys in _OTHERS:
            self._add(place, title, keys, "")
        self._tree.expandAll()
        self.setFocusProxy(self._filter)

    def _add(self, category: str, title: str, keys: str, line: str) -> None:
        if category not in self._groups:
            parent = QTreeWidgetItem([category])
            font = self.font()
            font.setBold(True)
            parent.setFont(0, font)
            parent.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self._tree.addTopLevelItem(parent)
            self._groups[category] = (parent, [])
        parent, items = self._groups[category]
        item = QTreeWidgetItem(parent, [title, keys, line])
        item.setFont(2, fixed_font())
        items.append(item)

    def _narrow(self, text: str) -> None:
        words = text.lower().split()
        for parent, items in self._groups.values():
            hidden = [not all(word in _line(item) for word in words) for item in items]
            for item, hide in zip(items, hidden, strict=True):
                item.setHidden(hide)
            parent.setHidden(all(hidden))


def _line(item: QTreeWidgetItem) -> str:
    return " ".join(item.text(column) for column in range(item.columnCount())).lower()
