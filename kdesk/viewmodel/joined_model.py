"""A table with columns of a person's own: their values come from elsewhere, and are joined to the rows by key.

They are cells like others: sorted, filtered, copied, exported, and they glow when they change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QObject

from kdesk.kube.rows import Cell, Column, Row
from kdesk.viewmodel.table_model import TableModel


class Values(NamedTuple):
    """What was found in one object. ``uid``: of that object, which may be another than the row's for a moment."""

    uid: str
    cells: tuple[Cell, ...]


class JoinedModel(TableModel):
    """``joined`` columns stand behind the server's. A column with a ``label`` needs no values: rows know theirs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._own: tuple[Column, ...] = ()
        self._width = 0
        self._namespaces = self._clusters = False
        self._joined: tuple[Column, ...] = ()
        self._labels: tuple[str, ...] = ()
        self._values: dict[str, Values] = {}

    @property
    def joined(self) -> tuple[Column, ...]:
        return self._joined

    def set_columns(self, columns: Sequence[Column], *, namespaces: bool, clusters: bool = False) -> None:
        self._namespaces, self._clusters = namespaces, clusters
        before, self._own = self._width, tuple(columns)
        self._width = len(columns)
        if self._joined and columns:
            if before != self._width:
                self._rejoin(before)
            columns = (*columns, *self._joined)
        super().set_columns(columns, namespaces=namespaces, clusters=clusters)

    def apply(self, changes: Iterable[tuple[str, Row | None]], *, glow: bool) -> None:
        if self._joined:
            changes = [(key, None if row is None else self._with_values(key, row)) for key, row in changes]
        super().apply(changes, glow=glow)

    def set_joined(self, columns: Sequence[Column], labels: Sequence[str]) -> None:
        """Show these columns behind the server's; ``labels``: for each the label that it shows, or "".

        Values of columns that stay are shown until ``put_values`` brings others.
        """
        before = {column: at for at, column in enumerate(self._joined)}
        places = [before.get(column, -1) for column in columns]
        self._values = {
            key: Values(one.uid, tuple(_at(one.cells, place) for place in places))
            for key, one in self._values.items()
        }
        self._joined, self._labels = tuple(columns), tuple(labels)
        self._rejoin(self._width)
        self.set_columns(self._own, namespaces=self._namespaces, clusters=self._clusters)

    def put_values(self, found: Mapping[str, Values | None], *, glow: bool) -> None:
        """Values of objects by the key of their row; None: the object is gone. Those of no row yet are kept for it."""
        values = self._values
        changes: list[tuple[str, Row | None]] = []
        for key, one in found.items():
            if one is None:
                values.pop(key, None)
            else:
                values[key] = one
            row = self.get(key)
            if row is not None:
                joined = self._with_values(key, row)
                if joined.cells != row.cells:
                    changes.append((key, joined))
        super().apply(changes, glow=glow)

    def forget_values(self, keys: Iterable[str]) -> None:
        """As if they had never come."""
        self.put_values(dict.fromkeys(keys), glow=False)

    def value_keys(self) -> list[str]:
        """Of which rows there are values."""
        return list(self._values)

    # Inside.

    def _rejoin(self, width: int) -> None:
        """Give all rows their cells anew; so far ``width`` of them were the server's."""
        rows = [(key, self.get(key)) for key in self.held()]
        super().apply(
            [
                (key, self._with_values(key, msgspec.structs.replace(row, cells=row.cells[:width])))
                for key, row in rows
                if row is not None
            ],
            glow=False,
        )

    def _with_values(self, key: str, row: Row) -> Row:
        own = row.cells[: self._width]
        if not self._joined:
            return msgspec.structs.replace(row, cells=own)
        if len(own) < self._width:
            own += (None,) * (self._width - len(own))
        found = self._values.get(key)
        cells = found.cells if found is not None and found.uid == row.uid else ()
        further = [_label(row, label) if label else _at(cells, at) for at, label in enumerate(self._labels)]
        return msgspec.structs.replace(row, cells=(*own, *further))


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if 0 <= place < len(cells) else None


def _label(row: Row, name: str) -> Cell:
    for pair in row.labels.split(","):
        key, is_there, value = pair.partition("=")
        if key == name and is_there:
            return value
    return None
