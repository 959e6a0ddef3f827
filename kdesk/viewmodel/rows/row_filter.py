"""The filter of a table over its rows: what is looked in is worked out once per row and kept while it is filtered."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.rows.filtering import EVERYTHING, Filter, haystack
from kdesk.viewmodel.rows.sorted_index import Entry


class RowFilter:
    """``rows`` is the table's own, by key. Nothing is kept for rows before the first filter."""

    def __init__(self, rows: Mapping[str, Row], clock: Callable[[], float]) -> None:
        self.filter: Filter = EVERYTHING
        self._rows, self._clock = rows, clock
        self._hays: dict[str, str] = {}

    @property
    def active(self) -> bool:
        return bool(self.filter.alternatives)

    def changed(self, row: Row) -> None:
        """The row is new or another."""
        if self._hays:
            self._hays[row.key] = haystack(row)

    def dropped(self, key: str) -> None:
        self._hays.pop(key, None)

    def clear(self) -> None:
        """All rows are gone, or have other columns."""
        self._hays.clear()

    def passing(self, entries: list[Entry]) -> list[Entry]:
        """Those that the filter keeps, in their order; the very same list where there is no filter."""
        if not self.active:
            return entries
        if len(self._hays) < len(self._rows):
            self.prepare(float("inf"))
        hays, rows, words = self._hays, self._rows, self.filter.words
        if words is None:
            matches, now = self.filter.matches, self._clock()
            return [entry for entry in entries if matches(rows[entry[-1]], hays[entry[-1]], now)]
        for word in words:
            entries = [entry for entry in entries if word in hays[entry[-1]]]
        return entries

    def prepare(self, deadline: float) -> bool:
        """Work ahead until ``deadline`` (``time.monotonic()``); True: there is more to do."""
        hays = self._hays
        for place, (key, row) in enumerate(self._rows.items()):
            if key not in hays:
                hays[key] = haystack(row)
                if place % 64 == 0 and time.monotonic() >= deadline:
                    return True
        return False
