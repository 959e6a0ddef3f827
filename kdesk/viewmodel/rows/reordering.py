"""Another order for a large table, worked out in slices while its rows go on changing.

Rows of one value (a state, a node) go into one bucket. Servers list objects by name, so that a bucket is as good as
sorted; what is left to sort are the values, of which there are mostly few. What is in no order at all is parted first.
"""

from __future__ import annotations

import gc
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.rows.order import TableOrder
from kdesk.viewmodel.rows.sorted_index import Entry, merge

#: Rows in a slice: about two milliseconds.
_SLICE = 2_000
#: More entries than these, in no order, are parted before they are sorted; more values than these need no buckets.
_MANY, _PARTS = 4_000, 128
#: Descents in a sample of so many entries, up to which they are nearly in order.
_SAMPLE, _FEW = 200, 4


class Reordering:
    """``rows`` and ``names`` (keys made natural, in the order of ``rows``) are the table's, as they are now.

    Tell every change by ``touch``. When ``step`` says that there is no more to do, ``finish`` gives the entries.
    """

    def __init__(self, order: TableOrder, rows: Mapping[str, Row], names: Mapping[str, str]) -> None:
        self.order = order
        self._rows = rows
        self._sorted: list[Entry] = []
        self._touched: dict[str, Row | None] = {}
        # Going over the rows in the order in which they lie in memory is what makes this fast.
        self._steps = self._run(list(rows), list(rows.values()), list(names.values()))

    def touch(self, key: str, before: Row | None) -> None:
        """The row is new (None before), another, or gone."""
        self._touched.setdefault(key, before)

    def step(self, deadline: float) -> bool:
        """Work until ``deadline`` (``time.monotonic()``); True: there is more to do."""
        return any(time.monotonic() >= deadline for _ in self._steps)

    def finish(self) -> list[Entry]:
        """The entries of all rows in their order."""
        entry = self.order.entry
        removed = [entry(row) for row in self._touched.values() if row is not None]
        added = [entry(row) for key in self._touched if (row := self._rows.get(key)) is not None]
        return merge(self._sorted, added, removed) if added or removed else self._sorted

    def _run(self, keys: list[str], rows: list[Row], names: list[str]) -> Iterator[None]:
        entries: list[Entry] = []
        buckets: dict[Any, list[Entry]] = {}
        ranked = self.order.ranked
        for start in range(0, len(rows), _SLICE):
            end = start + _SLICE
            made = self.order.entries(rows[start:end], names[start:end], keys[start:end])
            entries += made
            if ranked and len(buckets) <= _MANY:
                for entry in made:
                    value = entry[0]
                    if value in buckets:
                        buckets[value].append(entry)
                    else:
                        buckets[value] = [entry]
            # The collector has to look at each entry once. At all of them together it would for two frames.
            gc.collect(0)
            yield
        if not ranked or len(buckets) > _MANY:
            yield from _sort(entries, self._sorted)
            return
        for value in sorted(buckets):
            yield from _sort(buckets.pop(value), self._sorted)


def _sort(entries: list[Entry], into: list[Entry]) -> Iterator[None]:
    """Add the entries to the end of ``into`` in their order."""
    sample = entries[:: max(1, len(entries) // _SAMPLE)]
    if len(entries) <= _MANY or sum(a > b for a, b in pairwise(sample)) <= _FEW:
        yield from _append(entries, into)
        return
    # By the value alone: strings compare several times as fast as entries, and equal ones go into one part.
    bounds = [entry[0] for entry in sorted(entries[:: len(entries) // _PARTS])]
    parts: list[list[Entry]] = [[] for _ in range(len(bounds) + 1)]
    for start in range(0, len(entries), _SLICE):
        for entry in entries[start : start + _SLICE]:
            parts[bisect_left(bounds, entry[0])].append(entry)
        yield
    for part in parts:
        part.sort()
        into += part
        yield


def _append(entries: list[Entry], into: list[Entry]) -> Iterator[None]:
    """As ``_sort``, of what is nearly in order: a piece mostly comes after the one before it."""
    base = len(into)
    for start in range(0, len(entries), _MANY):
        piece = sorted(entries[start : start + _MANY])
        place = bisect_left(into, piece[0], base)
        if place < len(into):
            piece = sorted(into[place:] + piece)
            del into[place:]
        into += piece
        yield
