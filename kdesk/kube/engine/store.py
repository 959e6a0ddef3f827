"""The store of one informer: written by its thread alone, read by anyone.

A relist is never half visible: pages are staged and swapped in as a difference. The first list is the exception, and
says so: its rows appear page by page while ``synced`` is False.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from operator import attrgetter
from typing import Any

from kdesk.kube.table.rows import Change, Row

_PURGE_SLICE = 2_000


class By(Enum):
    """What rows can be looked up by, apart from their key: an attribute of theirs; "" is not looked up."""

    NAMESPACE = "namespace"
    OWNER = "owner"  # the uid of the controlling owner


class Index:
    """The rows that have a value in common. No group is empty; a row that moves is never in none."""

    def __init__(self, by: By, rows: Iterable[Row] = ()) -> None:
        self.by = by
        self._value = attrgetter(by.value)
        self._groups: dict[str, dict[str, Row]] = {}
        for row in rows:
            self.replace(None, row)

    def __len__(self) -> int:
        """How many values there are that some row has."""
        return len(self._groups)

    def get(self, value: str) -> list[Row]:
        """The rows that have it, at one moment."""
        group = self._groups.get(value)
        return [] if group is None else list(group.values())

    def replace(self, old: Row | None, new: Row | None) -> None:
        """``old`` became ``new``, of the same key; None: it came, or went."""
        before = "" if old is None else self._value(old)
        after = "" if new is None else self._value(new)
        if new is not None and after:
            group = self._groups.get(after)
            if group is None:
                group = self._groups[after] = {}
            group[new.key] = new
        if old is not None and before and before != after:
            group = self._groups[before]
            del group[old.key]
            if not group:
                del self._groups[before]

    def drain(self) -> Iterator[None]:
        """Let go of everything, a slice at a time."""
        return _drain(self._groups)


class Store:
    """The reader's side. Reads see the old or the new row, never a mix (one dict operation each)."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._indexes: dict[By, Index] = {}
        self.synced = False

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> Row | None:
        return self._rows.get(key)

    def snapshot(self) -> list[Row]:
        """All rows at one moment."""
        return list(self._rows.values())

    def index(self, by: By) -> Index | None:
        """None while nobody has asked the writer for it: most stores never pay for one."""
        return self._indexes.get(by)


class StoreWriter:
    """The writer's side; every method returns the changes that readers are to be told, in order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._staged: dict[str, Row] | None = None

    @property
    def staged(self) -> int:
        return len(self._staged) if self._staged is not None else 0

    def index(self, by: By) -> Index:
        """The index, made now unless it is there, and kept from here on. Nobody else may write meanwhile."""
        index = self._store._indexes.get(by)
        if index is None:
            index = self._store._indexes[by] = Index(by, self._store._rows.values())
        return index

    def begin(self) -> None:
        """A list begins (or begins again): forget what was staged."""
        self._staged = {}

    def stage(self, rows: Iterable[Row]) -> list[Change]:
        """A page of a list. Visible at once only while the store has never been synced."""
        if self._staged is None:
            self._staged = {}
        if self._store.synced:
            for row in rows:
                self._staged[row.key] = row
            return []
        changes: list[Change] = []
        for row in rows:
            self._staged[row.key] = row
            changes += self._put(row, initial=True)
        return changes

    def commit(self) -> list[Change]:
        """The list is complete: the difference between what was shown and what is there, which is swapped in whole."""
        store = self._store
        staged, self._staged = self._staged or {}, None
        gone = [row for key, row in store._rows.items() if key not in staged]
        changes = [Change("DELETED", row, row, final_unknown=True) for row in gone]
        if store.synced:
            for key, row in staged.items():
                old = store._rows.get(key)
                news = _difference(old, row)
                if not news and old is not None:
                    staged[key] = old
                changes += news
            store._rows = staged
            store._indexes = {by: Index(by, staged.values()) for by in store._indexes}
        else:
            for row in gone:
                self._drop(row.key)
        store.synced = True
        return changes

    def apply(self, events: Iterable[tuple[str, Row]]) -> list[Change]:
        """Watch events (type, row), in order. The type says only what the server thinks; the store knows better."""
        changes: list[Change] = []
        for kind, row in events:
            if kind != "DELETED":
                changes += self._put(row)
            elif (old := self._drop(row.key)) is not None:
                changes.append(Change("DELETED", row, old))
        return changes

    def clear(self) -> list[Change]:
        """The kind is gone: everything in it was deleted."""
        self._staged = None
        rows, self._store._rows = self._store._rows, {}
        self._store._indexes = {by: Index(by) for by in self._store._indexes}
        self._store.synced = False
        return [Change("DELETED", row, row, final_unknown=True) for row in rows.values()]

    def purge(self) -> Iterator[None]:
        """Drop everything without telling anyone; yields after each slice so that other threads can run."""
        self._staged = None
        rows, self._store._rows = self._store._rows, {}
        indexes, self._store._indexes = self._store._indexes, {}
        self._store.synced = False
        for index in indexes.values():
            yield from index.drain()
        yield from _drain(rows)

    def _put(self, row: Row, *, initial: bool = False) -> list[Change]:
        old = self._store._rows.get(row.key)
        changes = _difference(old, row, initial=initial)
        if changes:
            self._store._rows[row.key] = row
            for index in self._store._indexes.values():
                index.replace(old, row)
        return changes

    def _drop(self, key: str) -> Row | None:
        """The row that was there."""
        old = self._store._rows.pop(key, None)
        if old is not None:
            for index in self._store._indexes.values():
                index.replace(old, None)
        return old


def _difference(old: Row | None, row: Row, *, initial: bool = False) -> list[Change]:
    if old is None:
        return [Change("ADDED", row, None, initial=initial)]
    if old.uid != row.uid:
        # The name was reused: two objects, not one that changed.
        return [Change("DELETED", old, old, final_unknown=True), Change("ADDED", row, None, initial=initial)]
    return [Change("MODIFIED", row, old)] if old.version != row.version else []


def _drain(entries: dict[str, Any]) -> Iterator[None]:
    while entries:
        for _ in range(min(_PURGE_SLICE, len(entries))):
            entries.popitem()
        yield
