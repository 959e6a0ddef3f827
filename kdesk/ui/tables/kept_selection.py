"""The selection of a table by what the rows are, not where they stand: it outlives moves, filters and resets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, QTimer, Signal

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.rows.model import TableModel

#: Qt follows each selected row through every change, at 20 µs a row: more than these it is not asked to.
_MOST_FOLLOWED = 200
#: After that it is told where they are.
_SETTLE_MS = 300
_Flag = QItemSelectionModel.SelectionFlag


class KeptSelection(QObject):
    """``current_changed(row)``: another object is the current one (None: none any more). ``changed``: others are
    selected, or another number of them is shown.

    What is chosen is kept here by key and uid: a name may be taken by another object, and two clusters that were
    restored from one copy share their uids. A large selection is taken away from Qt while rows come and go, and given
    back a moment later or when a person is about to change it: ``contains`` and ``rows`` are right all the time.
    """

    current_changed = Signal(object)
    changed = Signal()

    def __init__(self, model: TableModel, selection: QItemSelectionModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._selection = model, selection
        # Uids by key: what a person chose, whether it is shown or not.
        self._chosen: dict[str, str] = {}
        self._current, self._current_key = "", ""
        self._held = False
        self._apart = False  # Qt knows nothing of it at the moment
        self._awaiting = False  # the rows went, and are about to come again
        self._count = 0
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._settling.timeout.connect(self.settle)
        selection.selectionChanged.connect(self._choose)
        selection.currentRowChanged.connect(self._note_current)
        model.arranging.connect(self._hold)
        model.arranged.connect(self._keep)

    def rows(self) -> list[Row]:
        """The selected rows that are shown, from top to bottom."""
        self.settle()
        row_at = self._model.row_at
        return [row_at(place) for first, last in self._ranges() for place in range(first, last + 1)]

    @property
    def count(self) -> int:
        """How many of the selected rows are shown; of a large selection, a moment ago."""
        return self._count

    def contains(self, place: int) -> bool:
        """Whether the row that stands there is selected."""
        if self._apart:
            row = self._model.row_at(place)
            return self._chosen.get(row.key) == row.uid
        return self._selection.isRowSelected(place, QModelIndex())

    def select(self, places: Iterable[int]) -> None:
        """Select these rows and no others; the first becomes the current one."""
        wanted = self._as_selection(places)
        self._selection.select(wanted, _Flag.ClearAndSelect | _Flag.Rows)
        if not wanted.isEmpty():
            self._selection.setCurrentIndex(wanted.at(0).topLeft(), _Flag.NoUpdate)

    def rekey(self, renamed: Callable[[str], str]) -> None:
        """All rows are about to go and to come again; ``renamed`` gives the key to come ("": none) of one that was."""
        self._chosen = {renamed(key): uid for key, uid in self._chosen.items()}
        self._chosen.pop("", None)
        self._current_key = renamed(self._current_key)
        self._apart = self._awaiting = bool(self._chosen or self._current)

    def await_no_more(self) -> None:
        """All have come again that there are."""
        if self._awaiting:
            self._awaiting = False
            self._apart = True
            self.settle()
            self._restore_current()

    def settle(self) -> None:
        """Give Qt back what was taken from it."""
        self._settling.stop()
        if not self._apart:
            return
        chosen, contains = self._chosen, self.contains
        found = [place for place in range(self._model.rowCount()) if contains(place)]
        self._apart, self._held = self._awaiting, True
        self._selection.select(self._as_selection(found), _Flag.ClearAndSelect | _Flag.Rows)
        self._held = False
        if not self._awaiting and len(found) < len(chosen):
            self._forget()
        self._recount()

    # Inside.

    def _ranges(self) -> list[tuple[int, int]]:
        """First and last of each run of selected rows, from top to bottom."""
        ranges = self._selection.selection()
        found = (ranges.at(at) for at in range(ranges.count()))
        return sorted((one.top(), one.bottom()) for one in found if one.left() == 0)

    def _as_selection(self, places: Iterable[int]) -> QItemSelection:
        selection = QItemSelection()
        for first, last in _runs(places):
            selection.select(self._model.index(first, 0), self._model.index(last, 0))
        return selection

    def _hold(self) -> None:
        self._held = True
        if len(self._chosen) > _MOST_FOLLOWED and not self._apart:
            self._apart = True
            self._selection.blockSignals(True)
            self._selection.clearSelection()
            self._selection.blockSignals(False)

    def _keep(self) -> None:
        if self._apart:
            self._restore_current()
            if not self._settling.isActive():
                self._settling.start()
        elif self._count_ranges() != len(self._chosen) or self._lost_current():
            self._restore()
            self._recount()
        self._held = False

    def _lost_current(self) -> bool:
        return bool(self._current) and not self._selection.currentIndex().isValid()

    def _count_ranges(self) -> int:
        return sum(last - first + 1 for first, last in self._ranges())

    def _recount(self) -> None:
        self._count = self._count_ranges()
        self.changed.emit()

    def _choose(self, *_: QItemSelection) -> None:
        """Remember what the person selects; what the model takes away by itself stays remembered."""
        if not self._held:
            self._apart = self._awaiting = False
            self._chosen = {row.key: row.uid for row in self.rows()}
            self._recount()

    def _note_current(self, current: QModelIndex, *_: QModelIndex) -> None:
        if self._held:
            return
        row = self._model.row_at(current.row()) if current.isValid() else None
        key, uid = (row.key, row.uid) if row is not None else ("", "")
        if (key, uid) != (self._current_key, self._current):
            self._current_key, self._current = key, uid
            self.current_changed.emit(row)

    def _restore(self) -> None:
        """Select what was chosen and is shown again; forget what is no more."""
        self._forget()
        places = [self._model.place(key) for key in self._chosen]
        missing = [p for p in places if p >= 0 and not self._selection.isRowSelected(p, QModelIndex())]
        if missing:
            self._selection.select(self._as_selection(missing), _Flag.Select | _Flag.Rows)
        self._restore_current()

    def _forget(self) -> None:
        """What is no more, or is another object of the same name."""
        get = self._model.get
        rows = ((key, uid, get(key)) for key, uid in self._chosen.items())
        self._chosen = {key: uid for key, uid, row in rows if row is not None and row.uid == uid}

    def _restore_current(self) -> None:
        """The current row, where it is shown again; when it is no more, nothing is current."""
        if not self._lost_current():
            return
        row = self._model.get(self._current_key)
        if row is None and self._awaiting:
            return
        if row is None or row.uid != self._current:
            self._current = self._current_key = ""
            self.current_changed.emit(None)
            return
        place = self._model.place(self._current_key)
        if place >= 0:
            self._selection.setCurrentIndex(self._model.index(place, 0), _Flag.NoUpdate)


def _runs(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """``[1, 2, 3, 7]`` as ``(1, 3), (7, 7)``."""
    first = last = -2
    for place in sorted(places):
        if place == last + 1:
            last = place
            continue
        if first >= 0:
            yield first, last
        first = last = place
    if first >= 0:
        yield first, last
