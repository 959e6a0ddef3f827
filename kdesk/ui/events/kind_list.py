"""The list of kinds to watch: type to search, tick to choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kdesk.ui.look.icons import icon, kind_icon
from kdesk.ui.look.theme import Theme
from kdesk.viewmodel.events.kind_choices import KindChoice

_PLACE = Qt.ItemDataRole.UserRole
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class KindList(QWidget):
    """``toggled(label, bool)`` for every tick; the label is empty for the line of everything. Enter ticks."""

    toggled = Signal(str, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[KindChoice] = []
        self.search = QLineEdit(placeholderText="Search kinds; Enter ticks", clearButtonEnabled=True)
        self.search.setAccessibleName("Search kinds")
        self._list = QTreeWidget()
        self._list.setRootIsDecorated(False)
        self._list.setHeaderHidden(True)
        self._list.setUniformRowHeights(True)
        self._list.setColumnCount(2)
        self._list.setAccessibleName("Kinds to watch")
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._empty = QLabel("No kind matches.", alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("tone", "text2")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.search)
        box.addWidget(self._list, 1)
        box.addWidget(self._empty, 1)
        self.search.textChanged.connect(self._sift)
        self.search.installEventFilter(self)
        self._list.itemChanged.connect(self._ticked)

    def show_kinds(self, rows: Sequence[KindChoice]) -> None:
        """These may be chosen."""
        self._rows = list(rows)
        self._list.blockSignals(True)
        self._list.clear()
        if rows:
            self._list.addTopLevelItem(self._everything())
        for place, row in enumerate(self._rows):
            self._list.addTopLevelItem(self._item(place, row))
        self._list.blockSignals(False)
        self.search.clear()
        self._sift("")

    def tick(self, wanted: Callable[[str], bool], *, everything: bool) -> None:
        """Tick the kinds whose labels are wanted, and no others."""
        self._list.blockSignals(True)
        for at in range(self._list.topLevelItemCount()):
            item = self._list.topLevelItem(at)
            if item is not None:
                place = item.data(0, _PLACE)
                on = everything if place < 0 else wanted(self._rows[place].label)
                item.setCheckState(0, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._list.blockSignals(False)

    def _everything(self) -> QTreeWidgetItem:
        item = self._line("Everything that can be watched", "except noisy kinds", -1)
        item.setIcon(0, icon("layers", "text2", self._theme))
        item.setForeground(1, self._theme.color("text2"))
        return item

    def _item(self, place: int, row: KindChoice) -> QTreeWidgetItem:
        kind = row.resource
        item = self._line(kind.kind, f"noisy: {row.noise}" if row.noise else kind.gvr.group or "core", place)
        item.setIcon(0, icon(kind_icon(kind, row.category), "text2", self._theme))
        item.setForeground(1, self._theme.color("warn" if row.noise else "text2"))
        clusters = f"{row.clusters} cluster{'' if row.clusters == 1 else 's'}"
        for column in (0, 1):
            item.setToolTip(column, f"{kind.label}, {row.category}, in {clusters}")
        return item

    def _line(self, text: str, more: str, place: int) -> QTreeWidgetItem:
        item = QTreeWidgetItem([text, more])
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
        )
        item.setCheckState(0, Qt.CheckState.Unchecked)
        item.setData(0, _PLACE, place)
        return item

    def _sift(self, text: str) -> None:
        first: QTreeWidgetItem | None = None
        for at in range(self._list.topLevelItemCount()):
            item = self._list.topLevelItem(at)
            if item is None:
                continue
            place = item.data(0, _PLACE)
            item.setHidden(bool(text) if place < 0 else not self._rows[place].matches(text))
            if first is None and not item.isHidden():
                first = item
        if first is not None:
            self._list.setCurrentItem(first)
        self._empty.setText("No kind matches." if self._rows else "No cluster is open.")
        self._empty.setVisible(first is None)
        self._list.setVisible(first is not None)

    def _ticked(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 0:
            place = item.data(0, _PLACE)
            label = "" if place < 0 else self._rows[place].label
            self.toggled.emit(label, item.checkState(0) is Qt.CheckState.Checked)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys typed into the search move and tick in the list, too."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _MOVES:
                self._list.keyPressEvent(event)
                return True
            item = self._list.currentItem()
            plain = event.modifiers() & Qt.KeyboardModifier.ControlModifier == Qt.KeyboardModifier.NoModifier
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and item is not None:
                on = item.checkState(0) is Qt.CheckState.Checked
                item.setCheckState(0, Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)
                return True
        return super().eventFilter(watched, event)
