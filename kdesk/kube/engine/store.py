"""The store of one informer: written by its thread alone, read by anyone.

A relist is never half visible: pages are staged and swapped in as a difference. The first list is the exception, and
says so: its rows appear page by page while ``synced`` is False.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kdesk.kube.table.rows import Change, Row

_PURGE_SLICE = 2_000


class Store:
    """The reader's side. Reads see the old or the new row, never a mix (one dict operation each)."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self.synced = False

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> Row | None:
        return self._rows.get(key)

    def snapshot(self) -> list[Row]:
        """All rows at one moment."""
        return list(self._rows.values())


class StoreWriter:
    """The writer's side; every method returns the changes that readers are to be told, in order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._staged: dict[str, Row] | None = None

    @property
    def staged(self) -> int:
        return len(self._staged) if self._staged is not None else 0

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
        """The list is complete: the difference between what was shown and what is there."""
        staged, self._staged = self._staged or {}, None
        changes: list[Change] = []
        rows = self._store._rows
        for key in [key for key in rows if key not in staged]:
            changes.append(Change("DELETED", rows[key], rows.pop(key), final_unknown=True))
        if self._store.synced:
            for row in staged.values():
                changes += self._put(row)
        self._store.synced = True
        return changes

    def apply(self, events: Iterable[tuple[str, Row]]) -> list[Change]:
        """Watch events (type, row), in order. The type says only what the server thinks; the store knows better."""
        changes: list[Change] = []
        rows = self._store._rows
        for kind, row in events:
            if kind != "DELETED":
                changes += self._put(row)
            elif (old := rows.pop(row.key, None)) is not None:
                changes.append(Change("DELETED", row, old))
        return changes

    def clear(self) -> list[Change]:
        """The kind is gone: everything in it was deleted."""
        self._staged = None
        rows, self._store._rows = self._store._rows, {}
        self._store.synced = False
        return [Change("DELETED", row, row, final_unknown=True) for row in rows.values()]

    def purge(self) -> Iterator[None]:
        """Drop everything without telling anyone; yields after each slice so that other threads can run."""
        self._staged = None
        rows, self._store._rows = self._store._rows, {}
        self._store.synced = False
        while rows:
            for _ in range(min(_PURGE_SLICE, len(rows))):
                rows.popitem()
            yield

    def _put(self, row: Row, *, initial: bool = False) -> list[Change]:
        rows = self._store._rows
        old = rows.get(row.key)
        if old is None:
            rows[row.key] = row
            return [Change("ADDED", row, None, initial=initial)]
        if old.uid != row.uid:
            # The name was reused: two objects, not one that changed.
            rows[row.key] = row
            return [
                Change("DELETED", old, old, final_unknown=True),
                Change("ADDED", row, None, initial=initial),
            ]
        if old.version == row.version:
            return []
        rows[row.key] = row
        return [Change("MODIFIED", row, old)]
