"""What every list of lines under some titles answers alike; what stands in the cells is the subclass's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole


class FlatModel(QAbstractTableModel, Generic[T]):
    """``lines`` are shown as they are; a subclass tells Qt when it changes them, and answers ``data``."""

    def __init__(self, titles: Sequence[str], lines: Sequence[T] = ()) -> None:
        super().__init__()
        self.lines = tuple(lines)
        self._titles = tuple(titles)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == _ROLE.DisplayRole:
            return self._titles[section]
        return None

    def all_changed(self) -> None:
        """Every cell may say something else now."""
        if self.lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.lines) - 1, len(self._titles) - 1))
