"""Which rows a table has, in what order, and which of them are shown: as plain lists, for the model to tell Qt of."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.rows.columns import TableColumn
from kdesk.viewmodel.rows.order import SortBy, TableOrder
from kdesk.viewmodel.rows.ordering import natural
from kdesk.viewmodel.rows.reordering import Reordering
from kdesk.viewmodel.rows.row_filter import RowFilter
from kdesk.viewmodel.rows.sorted_index import Entry, merge, place_of

#: Entries let go of at once.
_WASTE = 2_000


class Moves(NamedTuple):
    """Entries that are new at their place, that are there no more, and that stay where they are."""

    added: list[Entry]
    removed: list[Entry]
    kept: list[Entry]


class Arrangement:
    """``rows`` by key; ``all`` their entries in order; ``shown`` those that the filter keeps: the very same list while
    nothing is left out.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.rows: dict[str, Row] = {}
        self.filter = RowFilter(self.rows, clock)
        self.all: list[Entry] = []
        self.shown = self.all
        #: What was asked for; the rows may not have followed yet.
        self.levels: tuple[SortBy, ...] = ()
        self._order = TableOrder()
        self._reordering: Reordering | None = None
        # Keys made natural, in the order of the rows.
        self._names: dict[str, str] = {}
        # Entries of an order that was: to let go of 100,000 takes a frame and more.
        self._waste: list[Entry] = []

    @property
    def whole(self) -> bool:
        """Nothing is left out."""
        return self.shown is self.all

    def entry(self, row: Row) -> Entry:
        """The entry of a row that is held."""
        return self._order.entry(row, self._names[row.key])

    def place(self, key: str, among: Sequence[Entry] | None = None) -> int:
        """Where the row of this key stands among those shown (or ``among`` others), or -1."""
        row = self.rows.get(key)
        return -1 if row is None else place_of(self.shown if among is None else among, self.entry(row))

    # Changes.

    def put(self, key: str, row: Row | None) -> tuple[Entry | None, Entry | None]:
        """Take a row in, or out (None): the entries before and after. The lists follow by ``sift`` and ``merged``."""
        old = self.rows.get(key)
        before = None if old is None else self.entry(old)
        self.filter.changed(key, before)
        if self._reordering is not None:
            self._reordering.touch(key, old)
        if row is None:
            if before is not None:
                del self.rows[key], self._names[key]
            return before, None
        self.rows[key] = row
        if before is None:
            self._names[key] = natural(key)
        return before, self.entry(row)

    def sift(self, moves: Moves) -> Moves:
        """The moves among the rows that are shown."""
        if self.whole:
            return moves
        added, removed, kept = moves
        self.all = merge(self.all, added, removed)
        passing = {e for e in (*added, *kept) if self.filter.keeps(self.rows[e[-1]])}
        # A row that stays where it is may begin or cease to be shown.
        left = [entry for entry in kept if entry not in passing]
        came = [entry for entry in kept if entry in passing and place_of(self.shown, entry) < 0]
        added = [entry for entry in added if entry in passing] + came
        removed = [entry for entry in removed + left if place_of(self.shown, entry) >= 0]
        return Moves(added, removed, list(passing.difference(added)))

    def merged(self, moves: Moves) -> list[Entry]:
        """What is to be shown after these moves, which ``sift`` gave."""
        whole = self.whole
        result = merge(self.shown, moves.added, moves.removed)
        if whole:
            self.all = result
        return result

    def append(self, added: Iterable[Entry]) -> None:
        """They come after all that is shown."""
        self.shown += sorted(added)

    def clear(self, columns: Sequence[TableColumn]) -> None:
        """No rows; order and filter stay, for these columns."""
        self.rows.clear()
        self._names.clear()
        self.filter.clear()
        self._reordering = None
        self._order = TableOrder(self.levels, columns)
        self.all = []
        self.shown = [] if self.filter.filter.alternatives else self.all

    # Another order.

    @property
    def reordering(self) -> bool:
        return self._reordering is not None

    def reorder(self, columns: Sequence[TableColumn], levels: Sequence[SortBy] | None = None) -> None:
        """Begin to sort by ``levels`` (None: as before, where the columns make it another order)."""
        if levels is None and TableOrder(self.levels, columns).same_as(self._order):
            return
        self.levels = self.levels if levels is None else tuple(levels)
        self._reordering = Reordering(TableOrder(self.levels, columns), self.rows, self._names)

    def reorder_until(self, deadline: float) -> bool:
        """True: there is more to do; else ``take_order``."""
        return self._reordering is not None and self._reordering.step(deadline)

    def take_order(self) -> list[Entry]:
        """What is to be shown in the new order."""
        done, self._reordering = self._reordering, None
        if done is None:
            return self.shown
        whole = self.whole
        kept = () if whole else {entry[-1] for entry in self.shown}
        self._order, self._waste, self.all = done.order, self.all, done.finish()
        self.filter.reordered()
        return self.all if whole else [entry for entry in self.all if entry[-1] in kept]

    def tidy(self, deadline: float) -> bool:
        """Let go of what is no more; True: there is more to do."""
        while self._waste:
            del self._waste[-_WASTE:]
            if time.monotonic() >= deadline:
                break
        return bool(self._waste)
