"""The filter of a table over its rows: a search in slices, over texts that are made once and kept while one types.

A search goes over the rows as they stood when it began, or when the one before it did: then it reads only what that
one found, where it is narrower. Rows that have changed meanwhile are looked at one by one at its end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.rows.filtering import EVERYTHING, Filter, haystack
from kdesk.viewmodel.rows.sorted_index import Entry, merge

#: Texts made, rows tested, and texts searched at C's speed, in a slice: about two milliseconds each.
_MADE, _TESTED, _SEARCHED = 1_000, 1_000, 20_000
#: So many changed rows, and one in so many of all, are not worth a new start.
_FEW, _SHARE = 2_000, 8


@dataclass(slots=True)
class _Snapshot:
    """Rows in their order, as they stood once; ``others``: what the changed ones were then (None: not there)."""

    entries: list[Entry]
    texts: list[str] = field(default_factory=list)
    others: dict[str, Entry | None] = field(default_factory=dict)
    # Texts of an earlier snapshot by key.
    known: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return len(self.texts) == len(self.entries)

    @property
    def worn(self) -> bool:
        return len(self.others) > max(_FEW, len(self.entries) // _SHARE)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search found, before changed rows were looked at. ``texts``: as far as they were read."""

    filter: Filter
    entries: list[Entry]
    texts: list[str]

    def serves(self, wanted: Filter) -> bool:
        """What ``wanted`` is to find is all here, with the texts that it reads."""
        read = len(self.texts) == len(self.entries)
        return not self.filter.timed and wanted.narrows(self.filter) and (read or not wanted.reads)


class RowFilter:
    """``rows`` is the table's own, by key. Nothing is kept for rows but from the first search to ``release``."""

    def __init__(self, rows: Mapping[str, Row], clock: Callable[[], float]) -> None:
        self.filter: Filter = EVERYTHING
        #: A search was begun and has not ended.
        self.pending = False
        self._rows, self._clock = rows, clock
        self._snapshot: _Snapshot | None = None
        self._found: _Found | None = None
        self._steps: Iterator[None] | None = None

    def keeps(self, row: Row) -> bool:
        """Whether a row passes."""
        return self.filter.matches(row, haystack(row) if self.filter.reads else "", self._clock())

    def changed(self, key: str, before: Entry | None) -> None:
        """The row is new, another, or gone; ``before``: the entry that it had."""
        if self._snapshot is not None:
            self._snapshot.others.setdefault(key, before)

    def reordered(self) -> None:
        """The rows have another order: what was made is still of use, where it stands is not."""
        if self._snapshot is not None:
            self._snapshot = _Snapshot([], known=_texts_of(self._snapshot))
        self._found = self._steps = None

    def release(self) -> None:
        """Nobody types any more: forget what was made for that. A search under way goes on."""
        if not self.pending:
            self._snapshot = self._found = None

    def clear(self) -> None:
        """All rows are gone."""
        self._snapshot = self._found = self._steps = None
        self.pending = False

    def start(self, wanted: Filter) -> None:
        """Begin to search; ``step`` does it."""
        self.filter, self.pending, self._steps = wanted, True, None

    def step(
        self, deadline: float, entries: list[Entry], entry_of: Callable[[Row], Entry]
    ) -> list[Entry] | None:
        """Search until ``deadline`` (``time.monotonic()``): the rows that pass, in their order; None while unfinished.

        ``entries``: all rows in their order, the very list that is given back where there is no filter;
        ``entry_of`` gives that of a row.
        """
        if not self.filter.alternatives:
            self.pending, self._steps = False, None
            return entries
        if self._steps is None:
            self._steps = self._search(self.filter, entries)
        for _ in self._steps:
            if time.monotonic() >= deadline:
                return None
        self.pending, self._steps = False, None
        return self._with_changes(entry_of)

    def prepare(self, deadline: float, entries: list[Entry]) -> bool:
        """Make the texts ahead of the first search, until ``deadline``; True: there is more to do."""
        if self.pending:
            return False  # it makes them itself
        snapshot = self._fresh(entries)
        for _ in self._make(snapshot):
            if time.monotonic() >= deadline:
                return not snapshot.complete
        return False

    def _fresh(self, entries: list[Entry]) -> _Snapshot:
        held = self._snapshot
        if held is None or not held.entries or held.worn:
            held = self._snapshot = _Snapshot(entries.copy(), known=_texts_of(held) if held else {})
            self._found = None
        return held

    def _make(self, snapshot: _Snapshot) -> Iterator[None]:
        rows, known, texts = self._rows, snapshot.known, snapshot.texts
        while not snapshot.complete:
            for entry in snapshot.entries[len(texts) : len(texts) + _MADE]:
                key = entry[-1]
                text = known.get(key)
                if text is None:
                    row = rows.get(key)
                    text = haystack(row) if row is not None else ""
                texts.append(text)
            yield
        snapshot.known = {}

    def _search(self, wanted: Filter, entries: list[Entry]) -> Iterator[None]:
        snapshot = self._fresh(entries)
        if wanted.reads:
            yield from self._make(snapshot)
        found = self._found
        if found is not None and found.serves(wanted):
            entries, texts, done = found.entries, found.texts, found.filter.words or ()
        else:
            entries, texts, done = snapshot.entries, snapshot.texts if snapshot.complete else [], ()
        if wanted.words is None:
            flags: list[bool] = []
            read = texts if wanted.reads else [""] * len(entries)
            for start in range(0, len(entries), _TESTED):
                end = start + _TESTED
                flags += self._tested(wanted, entries[start:end], read[start:end])
                yield
            entries, texts = list(compress(entries, flags)), list(compress(texts, flags))
        for word in wanted.words or ():
            if word not in done:
                flags = []
                for start in range(0, len(texts), _SEARCHED):
                    flags += [word in text for text in texts[start : start + _SEARCHED]]
                    yield
                if not all(flags):
                    entries, texts = list(compress(entries, flags)), list(compress(texts, flags))
        self._found = _Found(wanted, entries, texts)

    def _tested(self, wanted: Filter, entries: Sequence[Entry], texts: Sequence[str]) -> list[bool]:
        now, matches = self._clock(), wanted.matches
        rows = [self._rows.get(entry[-1]) for entry in entries]
        return [row is not None and matches(row, text, now) for row, text in zip(rows, texts, strict=True)]

    def _with_changes(self, entry_of: Callable[[Row], Entry]) -> list[Entry]:
        found, snapshot = self._found, self._snapshot
        if found is None or snapshot is None:
            return []
        others = snapshot.others
        if not others:
            return found.entries.copy()
        rows = self._rows
        added = [entry_of(row) for key in others if (row := rows.get(key)) is not None and self.keeps(row)]
        return merge(found.entries, added, [entry for entry in others.values() if entry is not None])


def _texts_of(snapshot: _Snapshot) -> dict[str, str]:
    """Those that are still right, by key."""
    known = snapshot.known | {
        entry[-1]: text for entry, text in zip(snapshot.entries, snapshot.texts, strict=False)
    }
    for key in snapshot.others:
        known.pop(key, None)
    return known
