"""A live table: rows in order and filtered, changed many at a time, without ever being rebuilt.

Order and filter are kept here, not in a proxy; in a large table another one is worked out in slices, while the rows
go on changing. A batch of changes becomes at most one insertion or removal at the end
of the table and one change of layout, so that selection, scrolling and accessibility stay Qt's own. What is merely
changed is told with one ``dataChanged`` over everything from the first such row to the last.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, cast

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.rows.arrangement import Arrangement, Moves
from kdesk.viewmodel.rows.columns import TableColumn, table_columns
from kdesk.viewmodel.rows.filtering import EVERYTHING, Filter, FilterError, parse
from kdesk.viewmodel.rows.glow import Glows
from kdesk.viewmodel.rows.order import SortBy
from kdesk.viewmodel.rows.sorted_index import Entry, place_of

#: A table of so many rows is sorted and filtered at once; a larger one for so many seconds, the rest by ``work``.
_AT_ONCE, _FIRST_S = 5_000, 0.004
_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_SIGNATURE = ("QList<QPersistentModelIndex>", "QAbstractItemModel::LayoutChangeHint")
_VERTICAL = QAbstractTableModel.LayoutChangeHint.VerticalSortHint
_TEXT_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
)


class TableModel(QAbstractTableModel):
    """The rows of one table. GUI thread only.

    ``arranging`` and ``arranged`` stand around every change of which rows are shown and where; views keep their
    place between the two. ``columns_changed`` follows a reset of the columns, ``order_changed`` another order.
    ``unfinished``: call ``work`` until it is done; rows are as they were until then.
    """

    arranging = Signal()
    arranged = Signal()
    columns_changed = Signal()
    order_changed = Signal()
    unfinished = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        #: What ages are counted to (epoch seconds).
        self.clock = clock
        self._monotonic = monotonic
        self.columns: tuple[TableColumn, ...] = ()
        self.glows = Glows()
        self._source: tuple[Column, ...] = ()
        self._held = Arrangement(lambda: self.clock())  # noqa: PLW0108 (it may be another one later)

    # What Qt asks.

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._held.shown)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts for accessibility, tool tips and tests: the view paints from the row itself."""
        shown = self._held.shown
        row = self.get(shown[index.row()][-1]) if index.row() < len(shown) else None
        if row is None or not index.isValid():
            return None
        column = self.columns[index.column()]
        if role in _TEXT_ROLES:
            return column.text(row, self.clock())
        if role == Qt.ItemDataRole.TextAlignmentRole and column.is_number:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            # Not shown; what a screen reader calls the row.
            named = role == Qt.ItemDataRole.AccessibleTextRole and 0 <= section < self.rowCount()
            return self.row_at(section).name if named else None
        if not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.source.description or None
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Qt's way of asking for an order; column -1 is the default one."""
        titles = [self.columns[column].title] if 0 <= column < len(self.columns) else []
        self.set_order([SortBy(title, order == Qt.SortOrder.DescendingOrder) for title in titles])

    # Reading.

    @property
    def total(self) -> int:
        """How many rows are held, filter aside."""
        return len(self._held.rows)

    @property
    def order(self) -> tuple[SortBy, ...]:
        """What the rows are (about to be) sorted by; empty: by namespace and name."""
        return self._held.levels

    @property
    def filter(self) -> Filter:
        """What is (about to be) shown of the rows."""
        return self._held.filter.filter

    def row_at(self, place: int) -> Row:
        """The row shown at ``place``. Raises IndexError."""
        return self._held.rows[self._held.shown[place][-1]]

    def key_at(self, place: int) -> str:
        """The key of the row shown at ``place``, also while ``arranging`` tells that it is going. Raises IndexError."""
        key: str = self._held.shown[place][-1]
        return key

    def get(self, key: str) -> Row | None:
        """The row of this key, whether it is shown or not."""
        return self._held.rows.get(key)

    def held(self, namespace: str = "", suffix: str = "") -> list[str]:
        """The keys of all rows held (of one namespace; that end so), whether they are shown or not."""
        prefix = f"{namespace}/" if namespace else ""
        return [key for key in self._held.rows if key.startswith(prefix) and key.endswith(suffix)]

    def place(self, key: str) -> int:
        """Where the row of this key is shown, or -1."""
        return self._held.place(key)

    def shown_rows(self) -> list[Row]:
        """All that are shown, from top to bottom: 100,000 within a frame."""
        rows = self._held.rows
        return [rows[entry[-1]] for entry in self._held.shown]

    # What the cluster says.

    def set_columns(self, columns: Sequence[Column], *, namespaces: bool, clusters: bool = False) -> None:
        """Take the server's columns; ``namespaces``, ``clusters``: the row's in front. A reset where they differ."""
        wanted = table_columns(columns, namespaces=namespaces, clusters=clusters)
        if wanted == self.columns:
            return
        self.arranging.emit()
        self.beginResetModel()
        self.columns, self._source = wanted, tuple(columns)
        self.endResetModel()
        self.arranged.emit()
        self._held.reorder(wanted)
        if self.filter.words is None:
            try:
                self._held.filter.start(parse(self.filter.text, columns))
            except FilterError:  # it speaks of a column that is gone
                self._held.filter.start(EVERYTHING)
        self._set_out()
        self.columns_changed.emit()

    def apply(self, changes: Iterable[tuple[str, Row | None]], *, glow: bool) -> None:
        """Put rows in, or take them out (None), all at once; each key once. ``glow``: what is new lights up."""
        moves = Moves([], [], [])
        reborn: set[str] = set()
        now = self._monotonic()
        for key, row in changes:
            old = self.get(key)
            before, entry = self._held.put(key, row)
            if before is not None and before != entry:
                moves.removed.append(before)
            if row is None or entry is None:
                self.glows.drop(key)
                continue
            if old is not None and old.uid != row.uid:
                reborn.add(key)  # another object of the same name: not selected because the old one was
                old = None
            (moves.kept if before == entry else moves.added).append(entry)
            if glow:
                self.glows.note_change(old, row, now)
        self.glows.forget(now)
        self._move(moves, reborn)

    def clear(self) -> None:
        """Empty at once; order and filter stay."""
        self.arranging.emit()
        self.beginResetModel()
        self._held.clear(self.columns)
        self.glows.clear()
        self.endResetModel()
        self.arranged.emit()

    # What the person says.

    def set_order(self, levels: Sequence[SortBy]) -> None:
        """Sort by these columns, the first one first; by name where they are equal."""
        self._held.reorder(self.columns, levels)
        self._set_out()

    def set_filter(self, text: str) -> None:
        """Show what ``text`` keeps. Raises FilterError, and keeps the filter that was."""
        wanted = parse(text, self._source)
        if wanted.alternatives != self.filter.alternatives:
            self._held.filter.start(wanted)
            self._set_out()
        else:
            self._held.filter.filter = wanted

    def refresh_filter(self) -> None:
        """Ask the filter again, where its answer depends on the time."""
        if self.filter.timed and not self._held.filter.pending:
            self._held.filter.start(self.filter)
            self._set_out()

    def prepare_filter(self, deadline: float) -> bool:
        """Work ahead for the first key typed, until ``deadline`` (monotonic seconds); True: there is more to do."""
        return self._held.filter.prepare(deadline, self._held.all)

    def release_filter(self) -> None:
        """Nobody types any more: give back what was prepared."""
        self._held.filter.release()

    def work(self, deadline: float) -> bool:
        """Go on with what was asked for, until ``deadline`` (monotonic seconds); True: there is more to do."""
        held = self._held
        if held.reordering:
            if held.reorder_until(deadline):
                return True
            self._arrange(held.take_order)
            self.order_changed.emit()
        if held.filter.pending:
            found = held.filter.step(deadline, held.all, held.entry)
            if found is None:
                return True
            if found is held.all or held.whole or found != held.shown:
                self._arrange(lambda: found)
        return held.tidy(deadline)

    # Inside.

    def _set_out(self) -> None:
        if self.work(math.inf if self.total <= _AT_ONCE else time.monotonic() + _FIRST_S):
            self.unfinished.emit()

    def _move(self, moves: Moves, reborn: set[str]) -> None:
        moves = self._held.sift(moves)
        added, removed, kept = moves
        shown = self._held.shown
        if not removed and not reborn and added and (not shown or min(added) > shown[-1]):
            # They all come after what is there: nothing moves.
            self.arranging.emit()
            self.beginInsertRows(QModelIndex(), len(shown), len(shown) + len(added) - 1)
            self._held.append(added)
            self.endInsertRows()
            self.arranged.emit()
        elif added or removed or reborn:
            self._arrange(lambda: self._held.merged(moves), reborn)
        self._tell(kept)

    def _arrange(self, rearrange: Callable[[], list[Entry]], reborn: Collection[str] = ()) -> None:
        """Show what ``rearrange`` gives instead: the table's end grows or shrinks, the layout changes once."""
        self.arranging.emit()
        old = self._held.shown
        new = rearrange()
        more = len(new) - len(old)
        if more > 0:
            self.beginInsertRows(QModelIndex(), len(old), len(new) - 1)
            # Nobody reads what stands there until the layout has changed; the number is what counts.
            self._held.shown = old + new[len(old) :]
            self.endInsertRows()
        # The hint spares the selection an index for every cell of a selected row.
        cast("Any", self.layoutAboutToBeChanged)[_SIGNATURE].emit([], _VERTICAL)
        before = self.persistentIndexList()
        after = [self._moved(index, old, new, reborn) for index in before]
        self._held.shown = new if more >= 0 else new + old[len(new) :]
        self.changePersistentIndexList(before, after)
        cast("Any", self.layoutChanged)[_SIGNATURE].emit([], _VERTICAL)
        if more < 0:
            self.beginRemoveRows(QModelIndex(), len(new), len(old) - 1)
            self._held.shown = new
            self.endRemoveRows()
        self.arranged.emit()

    def _moved(
        self, index: QModelIndex, old: list[Entry], new: list[Entry], reborn: Collection[str]
    ) -> QModelIndex:
        key = old[index.row()][-1] if index.row() < len(old) else ""
        place = -1 if key in reborn else self._held.place(key, new)
        return self.createIndex(place, index.column()) if place >= 0 else QModelIndex()

    def _tell(self, changed: list[Entry]) -> None:
        """These rows have other cells, at the same place."""
        if not changed or not self.columns:
            return
        first, last = place_of(self._held.shown, min(changed)), place_of(self._held.shown, max(changed))
        self.dataChanged.emit(self.createIndex(first, 0), self.createIndex(last, len(self.columns) - 1))
