"""The lines of the live-event log as Qt's item views (and screen readers) want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from kdesk.viewmodel.events.book import Book, Places
from kdesk.viewmodel.events.lines import EventColumn, EventLine, cells, change_text
from kdesk.viewmodel.events.marks import Marks

_Index = QModelIndex | QPersistentModelIndex
HEADERS = (
    "TIME",
    "CLUSTER",
    "TYPE",
    "KIND",
    "NAMESPACE",
    "NAME",
    "CHANGE",
    "WHO",
    "SERVER TIME",
    "CREATED",
    "VERSION",
)
_NO_INDEX = QModelIndex()
_ALL = 40  # phrases of a tool tip


class EventLogModel(QAbstractTableModel):
    """The numbers of the lines shown, in order; texts are made of the book when asked for.

    Changed in batches by its EventLog alone.
    """

    def __init__(self, book: Book, marks: Marks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._book, self._marks = book, marks
        self._numbers = np.empty(1024, np.int64)
        self._start = self._stop = 0
        marks.changed.connect(self.refresh)

    def use(self, book: Book) -> None:
        """Another book: nothing of it is shown yet."""
        self.beginResetModel()
        self._book, self._start, self._stop = book, 0, 0
        self.endResetModel()

    @property
    def numbers(self) -> Places:
        """Of the lines shown (do not modify)."""
        return self._numbers[self._start : self._stop]

    @property
    def notes(self) -> Mapping[int, str]:
        """Of the lines with a bookmark, by number."""
        return self._marks.notes

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else self._stop - self._start

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(EventColumn)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == EventColumn.CHANGE:
            return self._explained(index.row())
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

    def number(self, row: int) -> int:
        """The number of the line in a row. Raises IndexError."""
        if not 0 <= row < self.rowCount():
            raise IndexError(row)
        return int(self._numbers[self._start + row])

    def line(self, row: int) -> EventLine:
        """Raises IndexError."""
        return self._book.line(self.number(row))

    def texts(self, row: int) -> tuple[str, ...]:
        """The texts of a line, one per EventColumn; of a line with a note that, too, before what changed."""
        number = self.number(row)
        line, told = self._book.line(number), self._book.told(number)
        change = told.words if told is not None else change_text(line)
        note = self._marks.notes.get(number)
        return cells(line, f"“{note}”  {change}".rstrip() if note else change)

    def lines(self) -> list[EventLine]:
        """All lines shown, oldest first (a copy)."""
        return [self._book.line(number) for number in self.numbers.tolist()]

    def row_of(self, number: int) -> int:
        """The row of the line of this number, or of the next one there is (may be ``rowCount``)."""
        return int(np.searchsorted(self.numbers, number))

    def append(self, numbers: Places) -> None:
        if len(numbers):
            count = self.rowCount()
            self.beginInsertRows(QModelIndex(), count, count + len(numbers) - 1)
            self._put(numbers)
            self.endInsertRows()

    def drop_before(self, number: int) -> None:
        """The lines older than this are gone."""
        count = self.row_of(number)
        if count:
            self.beginRemoveRows(QModelIndex(), 0, count - 1)
            self._start += count
            self.endRemoveRows()

    def replace(self, numbers: Places) -> None:
        """Another selection of lines."""
        self.beginResetModel()
        self._start = self._stop = 0
        self._put(numbers)
        self.endResetModel()

    def _put(self, numbers: Places) -> None:
        needed = self._stop + len(numbers)
        if needed > len(self._numbers):
            held = self.numbers
            grown = np.empty((len(held) + len(numbers)) * 5 // 4 + 1024, np.int64)
            grown[: len(held)] = held
            self._numbers, self._start, self._stop = grown, 0, len(held)
        self._numbers[self._stop : self._stop + len(numbers)] = numbers
        self._stop += len(numbers)

    def _explained(self, row: int) -> str:
        """What changed, a phrase to a line; in as many words as there are while the objects are kept."""
        line, told = self.line(row), self._book.told(self.number(row))
        if line.old:
            return change_text(line, limit=_ALL).replace("; ", "\n")
        return (told.more or told.words).replace("; ", "\n") if told is not None else ""

    def refresh(self) -> None:
        """Texts of lines that are shown have changed: what is visible is to be read again."""
        if self.rowCount():
            last = self.index(self.rowCount() - 1, len(EventColumn) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
