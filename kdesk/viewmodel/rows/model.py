"""A live table: rows in order and filtered, changed many at a time, without ever being rebuilt.

Order and filter are kept here, not in a proxy. A batch of changes becomes at most one insertion or removal at the end
of the table and one change of layout, so that selection, scrolling and accessibility stay Qt's own. What is merely
changed is told with one ``dataChanged`` over everything from the first such row to the last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, cast

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.rows.columns import TableColumn, table_columns
from kdesk.viewmodel.rows.filtering import EVERYTHING, Filter, FilterError, parse
from kdesk.viewmodel.rows.glow import Glows
from kdesk.viewmodel.rows.order import SortBy, TableOrder
from kdesk.viewmodel.rows.row_filter import RowFilter
from kdesk.viewmodel.rows.sorted_index import Entry, merge, place_of

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
    """

    arranging = Signal()
    arranged = Signal()
    columns_changed = Signal()
    order_changed = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._clock, self._monotonic = clock, monotonic
        self.columns: tuple[TableColumn, ...] = ()
        self.glows = Glows()
        self._source: tuple[Column, ...] = ()
        self._order = TableOrder()
        self._rows: dict[str, Row] = {}
        self._filter = RowFilter(self._rows, clock)
        self._entries: dict[str, Entry] = {}
        self._all: list[Entry] = []
        # Those that the filter keeps; the very same list while there is no filter.
        self._shown = self._all

    # What Qt asks.

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts for accessibility, tool tips and tests: the view paints from the row itself."""
        row = self._rows.get(self._shown[index.row()][-1]) if index.row() < len(self._shown) else None
        if row is None or not index.isValid():
            return None
        column = self.columns[index.column()]
        if role in _TEXT_ROLES:
            return column.text(row, self._clock())
        if role == Qt.ItemDataRole.TextAlignmentRole and column.is_number:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
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
        return len(self._rows)

    @property
    def order(self) -> tuple[SortBy, ...]:
        """What the rows are sorted by; empty: by namespace and name."""
        return self._order.levels

    @property
    def filter(self) -> Filter:
        """What is shown of the rows."""
        return self._filter.filter

    def row_at(self, place: int) -> Row:
        """The row shown at ``place``. Raises IndexError."""
        return self._rows[self._shown[place][-1]]

    def key_at(self, place: int) -> str:
        """The key of the row shown at ``place``, also while ``arranging`` tells that it is going. Raises IndexError."""
        key: str = self._shown[place][-1]
        return key

    def get(self, key: str) -> Row | None:
        """The row of this key, whether it is shown or not."""
        return self._rows.get(key)

    def held(self, namespace: str = "", suffix: str = "") -> list[str]:
        """The keys of all rows held (of one namespace; that end so), whether they are shown or not."""
        prefix = f"{namespace}/" if namespace else ""
        return [key for key in self._rows if key.startswith(prefix) and key.endswith(suffix)]

    def place(self, key: str) -> int:
        """Where the row of this key is shown, or -1."""
        entry = self._entries.get(key)
        return -1 if entry is None else place_of(self._shown, entry)

    # What the cluster says.

    def set_columns(self, columns: Sequence[Column], *, namespaces: bool, clusters: bool = False) -> None:
        """Take the server's columns; ``namespaces``, ``clusters``: the row's in front. A reset where they differ."""
        wanted = table_columns(columns, namespaces=namespaces, clusters=clusters)
        if wanted == self.columns:
            return
        self.arranging.emit()
        self.beginResetModel()
        self.columns, self._source = wanted, tuple(columns)
        self._filter.clear()
        try:
            self._filter.filter = parse(self.filter.text, columns)
        except FilterError:  # it speaks of a column that is gone
            self._filter.filter = EVERYTHING
        self._shown = self._sorted(self.order)
        self.endResetModel()
        self.arranged.emit()
        self.columns_changed.emit()

    def apply(self, changes: Iterable[tuple[str, Row | None]], *, glow: bool) -> None:
        """Put rows in, or take them out (None), all at once; each key once. ``glow``: what is new lights up."""
        added: list[Entry] = []
        removed: list[Entry] = []
        kept: list[Entry] = []
        reborn: set[str] = set()
        now = self._monotonic()
        for key, row in changes:
            old, before = self._rows.get(key), self._entries.get(key)
            if row is None:
                if before is not None:
                    removed.append(before)
                    self._drop(key)
                continue
            self._rows[key] = row
            self._filter.changed(row)
            entry = self._order.entry(row, before)
            if old is not None and old.uid != row.uid:
                reborn.add(key)  # another object of the same name: not selected because the old one was
                old = None
            if before == entry:
                kept.append(entry)
            else:
                self._entries[key] = entry
                added.append(entry)
                if before is not None:
                    removed.append(before)
            if glow:
                self.glows.note_change(old, row, now)
        self.glows.forget(now)
        self._merge(added, removed, kept, reborn)

    def clear(self) -> None:
        """Empty at once; order and filter stay."""
        self.arranging.emit()
        self.beginResetModel()
        self._rows.clear()
        self._filter.clear()
        self.glows.clear()
        self._entries = {}
        self._all = []
        self._shown = [] if self._filter.active else self._all
        self.endResetModel()
        self.arranged.emit()

    # What the person says.

    def set_order(self, levels: Sequence[SortBy]) -> None:
        """Sort by these columns, the first one first; by name where they are equal."""
        self._arrange(lambda: self._sorted(levels))
        self.order_changed.emit()

    def set_filter(self, text: str) -> None:
        """Show what ``text`` keeps. Raises FilterError, and keeps the filter that was."""
        wanted = parse(text, self._source)
        before, self._filter.filter = self._filter.filter, wanted
        if wanted.alternatives != before.alternatives:
            candidates = self._shown if wanted.narrows(before) else self._all
            self._arrange(lambda: self._filter.passing(candidates))

    def refresh_filter(self) -> None:
        """Ask the filter again, where its answer depends on the time."""
        if self._filter.filter.timed:
            self._arrange(lambda: self._filter.passing(self._all))

    def prepare_filter(self, deadline: float) -> bool:
        """Work ahead for the first key typed, until ``deadline`` (monotonic seconds); True: there is more to do."""
        return self._filter.prepare(deadline)

    # Inside.

    def _drop(self, key: str) -> None:
        del self._rows[key], self._entries[key]
        self._filter.dropped(key)
        self.glows.drop(key)

    def _sorted(self, levels: Sequence[SortBy]) -> list[Entry]:
        """Work out the whole order anew; what is to be shown."""
        self._order = TableOrder(levels, self.columns)
        self._entries = self._order.entries(self._rows, self._entries)
        self._all = sorted(self._entries.values())
        return self._filter.passing(self._all)

    def _merge(self, added: list[Entry], removed: list[Entry], kept: list[Entry], reborn: set[str]) -> None:
        if self._filter.active:
            self._all = merge(self._all, added, removed)
            passing = set(self._filter.passing(added + kept))
            # A row that stays where it is may begin or cease to be shown.
            left = [entry for entry in kept if entry not in passing]
            came = [entry for entry in kept if entry in passing and place_of(self._shown, entry) < 0]
            added = [entry for entry in added if entry in passing] + came
            removed = [entry for entry in removed + left if place_of(self._shown, entry) >= 0]
            kept = list(passing.difference(added))
        if not removed and not reborn and added and (not self._shown or min(added) > self._shown[-1]):
            self._append(added)
        elif added or removed or reborn:
            self._arrange(lambda: self._merged(added, removed), reborn)
        self._tell(kept)

    def _merged(self, added: list[Entry], removed: list[Entry]) -> list[Entry]:
        result = merge(self._shown, added, removed)
        if not self._filter.active:
            self._all = result
        return result

    def _append(self, added: list[Entry]) -> None:
        """They all come after what is there: nothing moves."""
        first = len(self._shown)
        self.arranging.emit()
        self.beginInsertRows(QModelIndex(), first, first + len(added) - 1)
        self._shown += sorted(added)
        self.endInsertRows()
        self.arranged.emit()

    def _arrange(self, rearrange: Callable[[], list[Entry]], reborn: Collection[str] = ()) -> None:
        """Show what ``rearrange`` gives instead: the table's end grows or shrinks, the layout changes once."""
        self.arranging.emit()
        old = self._shown
        new = rearrange()
        more = len(new) - len(old)
        if more > 0:
            self.beginInsertRows(QModelIndex(), len(old), len(new) - 1)
            # Nobody reads what stands there until the layout has changed; the number is what counts.
            self._shown = old + new[len(old) :]
            self.endInsertRows()
        # The hint spares the selection an index for every cell of a selected row.
        cast("Any", self.layoutAboutToBeChanged)[_SIGNATURE].emit([], _VERTICAL)
        before = self.persistentIndexList()
        after = [self._moved(index, old, new, reborn) for index in before]
        self._shown = new if more >= 0 else new + old[len(new) :]
        self.changePersistentIndexList(before, after)
        cast("Any", self.layoutChanged)[_SIGNATURE].emit([], _VERTICAL)
        if more < 0:
            self.beginRemoveRows(QModelIndex(), len(new), len(old) - 1)
            self._shown = new
            self.endRemoveRows()
        self.arranged.emit()

    def _moved(
        self, index: QModelIndex, old: list[Entry], new: list[Entry], reborn: Collection[str]
    ) -> QModelIndex:
        key = old[index.row()][-1] if index.row() < len(old) else ""
        entry = self._entries.get(key)
        place = -1 if entry is None or key in reborn else place_of(new, entry)
        return self.createIndex(place, index.column()) if place >= 0 else QModelIndex()

    def _tell(self, changed: list[Entry]) -> None:
        """These rows have other cells, at the same place."""
        if not changed or not self.columns:
            return
        first, last = place_of(self._shown, min(changed)), place_of(self._shown, max(changed))
        self.dataChanged.emit(self.createIndex(first, 0), self.createIndex(last, len(self.columns) - 1))
