"""The lines of the live-event log as Qt's item views (and screen readers) want them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from kdesk.viewmodel.events.lines import EventColumn, EventLine, cells, change_text

_Index = QModelIndex | QPersistentModelIndex
HEADERS = ("TIME", "CLUSTER", "TYPE", "KIND", "NAMESPACE", "NAME", "CHANGE", "WHO", "CREATED", "VERSION")
_NO_INDEX = QModelIndex()
_WORDS_KEPT = 4_096  # some screenfuls
_ALL = 40  # phrases of a tool tip


class EventLogModel(QAbstractTableModel):
    """Lines in the order of their numbers. Changed in batches by its EventLog alone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[EventLine] = []
        self._words: dict[int, str] = {}  # what changed, by the number of the line

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(EventColumn)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == EventColumn.CHANGE:
            return change_text(self._lines[index.row()], limit=_ALL).replace("; ", "\n")
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.texts(index.row())[index.column()]
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section == EventColumn.VERSION:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def line(self, row: int) -> EventLine:
        """Raises IndexError."""
        return self._lines[row]

    def texts(self, row: int) -> tuple[str, ...]:
        """The texts of a line, one per EventColumn. What changed is found out when it is asked for."""
        line = self._lines[row]
        return cells(line, self._change(line))

    def _change(self, line: EventLine) -> str:
        if not line.old:
            return ""
        words = self._words.get(line.number)
        if words is None:
            if len(self._words) >= _WORDS_KEPT:
                self._words.clear()
            words = self._words[line.number] = change_text(line)
        return words

    def lines(self) -> list[EventLine]:
        """All lines shown, oldest first (a copy)."""
        return list(self._lines)

    def row_of(self, number: int) -> int:
        """The row of the line of this number, or of the next one there is (may be ``rowCount``)."""
        return bisect_left(self._lines, number, key=lambda line: line.number)

    def append(self, lines: Sequence[EventLine]) -> None:
        if lines:
            count = len(self._lines)
            self.beginInsertRows(QModelIndex(), count, count + len(lines) - 1)
            self._lines.extend(lines)
            self.endInsertRows()

    def drop_before(self, number: int) -> None:
        """The lines older than this are gone."""
        count = self.row_of(number)
        if count:
            self.beginRemoveRows(QModelIndex(), 0, count - 1)
            del self._lines[:count]
            self.endRemoveRows()

    def replace(self, lines: list[EventLine]) -> None:
        """Another selection of lines. The model keeps the list."""
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()
