"""The selection of a table by what the rows are, not where they stand: it outlives moves, filters and resets."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, Signal

from kdesk.kube.rows import Row
from kdesk.viewmodel.table_model import TableModel

_REMEMBERED = 2_000
_Flag = QItemSelectionModel.SelectionFlag


class KeptSelection(QObject):
    """``current_changed(row)``: another object is the current one (None: none any more)."""

    current_changed = Signal(object)

    def __init__(self, model: TableModel, selection: QItemSelectionModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._selection = model, selection
        # By uid: what a person chose, whether it is shown or not.
        self._chosen: dict[str, str] = {}
        self._current = ""
        self._held = False
        selection.selectionChanged.connect(self._choose)
        selection.currentRowChanged.connect(self._note_current)
        model.arranging.connect(self._hold)
        model.arranged.connect(self._keep)

    def rows(self) -> list[Row]:
        """The selected rows that are shown, from top to bottom."""
        places = sorted(index.row() for index in self._selection.selectedRows())
        return [self._model.row_at(place) for place in places]

    def _hold(self) -> None:
        self._held = True

    def _keep(self) -> None:
        lost = bool(self._current) and not self._selection.currentIndex().isValid()
        if lost or self._count() != len(self._chosen):
            self._restore()
        self._held = False

    def _count(self) -> int:
        ranges = self._selection.selection()
        found = (ranges.at(at) for at in range(ranges.count()))
        return sum(one.height() for one in found if one.left() == 0)

    def _choose(self, *_: QItemSelection) -> None:
        """Remember what the person selects; what the model takes away by itself stays remembered."""
        if not self._held:
            self._chosen = {row.uid: row.key for row in self.rows()}

    def _note_current(self, current: QModelIndex, *_: QModelIndex) -> None:
        if self._held:
            return
        row = self._model.row_at(current.row()) if current.isValid() else None
        uid = row.uid if row is not None else ""
        if uid != self._current:
            self._current = uid
            self.current_changed.emit(row)

    def _restore(self) -> None:
        """Select what was chosen and is shown again; forget what is no more."""
        if len(self._chosen) > _REMEMBERED:  # too many to look for in every frame: what is hidden is let go
            self._chosen = {row.uid: row.key for row in self.rows()}
            return
        missing = QItemSelection()
        for uid, key in list(self._chosen.items()):
            row = self._model.get(key)
            if row is None or row.uid != uid:
                del self._chosen[uid]
                continue
            place = self._model.place(key)
            if place < 0:
                continue
            index = self._model.index(place, 0)
            if uid == self._current and self._selection.currentIndex().row() != place:
                self._selection.setCurrentIndex(index, _Flag.NoUpdate)
            if not self._selection.isRowSelected(place, QModelIndex()):
                missing.select(index, index)
        if not missing.isEmpty():
            self._selection.select(missing, _Flag.Select | _Flag.Rows)
        if (
            self._current
            and self._current not in self._chosen
            and not self._selection.currentIndex().isValid()
        ):
            self._current = ""
            self.current_changed.emit(None)
