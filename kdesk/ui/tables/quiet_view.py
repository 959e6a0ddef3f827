"""A table view that is painted when what is on the screen changed, and not for what happens elsewhere in the table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QTableView, QWidget

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.rows.model import TableModel

_Index = QModelIndex | QPersistentModelIndex


class QuietView(QTableView):
    """``note_painted`` is to be called whenever the rows were painted.

    A change is told as everything from the first changed row to the last. Qt paints all of the screen for that; in a
    large table hundreds of changes a second hardly ever touch it.
    """

    def __init__(self, rows: TableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = rows
        self._painted: list[Row] = []

    def on_screen(self) -> list[Row]:
        """The rows that can be seen, from top to bottom; a row that changed is another one."""
        height = self.verticalHeader().defaultSectionSize()
        first = self.verticalScrollBar().value() // height
        last = min(self._source.rowCount(), first + self.viewport().height() // height + 2)
        return [self._source.row_at(place) for place in range(first, last)]

    def note_painted(self) -> None:
        """What can be seen is on the screen now."""
        self._painted = self.on_screen()

    def dataChanged(self, topLeft: _Index, bottomRight: _Index, roles: Sequence[int] = ()) -> None:
        """Qt's, where somebody listens to what is told of each change; otherwise only what must be."""
        if QAccessible.isActive():
            super().dataChanged(topLeft, bottomRight, roles)
        else:
            self.update_rows()

    def reset(self) -> None:
        self._painted = []
        super().reset()

    def doItemsLayout(self) -> None:
        """Qt's, and for rows that came, went or moved where nobody sees them only the scroll bar."""
        if self._shows_others():
            super().doItemsLayout()
        else:
            self.updateGeometries()

    def update_rows(self) -> None:
        """Paint the rows, where others are to be seen than those that were painted."""
        if self._shows_others():
            self.viewport().update()

    def _shows_others(self) -> bool:
        painted, shown = self._painted, self.on_screen()
        return len(painted) != len(shown) or any(a is not b for a, b in zip(painted, shown, strict=True))
