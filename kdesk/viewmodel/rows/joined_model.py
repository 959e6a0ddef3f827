"""A table with columns of a person's own: their values come from elsewhere, and are joined to the rows by key.

They are cells like others: sorted, filtered, copied, exported, and they glow when they change.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QObject

from kdesk.kube.table.rows import Cell, Column, Row
from kdesk.viewmodel.rows.model import TableModel

#: A table of so many rows follows at once; a larger one in slices of so many.
_AT_ONCE = 5_000
_SLICE = 250


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
        # Rows whose cells are of other columns; and whether the columns wait for them.
        self._stale: Iterator[str] = iter(())
        self._hidden = False
        self._past = False
        self._present = self.clock

    @property
    def joined(self) -> tuple[Column, ...]:
        return self._joined

    def set_columns(self, columns: Sequence[Column], *, namespaces: bool, clusters: bool = False) -> None:
        self._namespaces, self._clusters = namespaces, clusters
        before, self._own = self._width, tuple(columns)
        self._width = len(columns)
        if self._joined and columns:
            if before != self._width:
                self._rejoin(self.held(), before)
            columns = columns if self._hidden else (*columns, *self._joined)
        super().set_columns(columns, namespaces=namespaces, clusters=clusters)

    def apply(self, changes: Iterable[tuple[str, Row | None]], *, glow: bool) -> None:
        if self._joined:
            changes = [(key, None if row is None else self._with_values(key, row)) for key, row in changes]
        super().apply(changes, glow=glow)

    def set_joined(self, columns: Sequence[Column], labels: Sequence[str]) -> None:
        """Show these columns behind the server's; ``labels``: for each the label that it shows, or "".

        In a large table not all rows follow at once: call ``rejoin`` until it is done. No cell is ever shown under
        another column's title: until then columns are empty, or not shown.
        """
        before = self._joined
        adding = tuple(columns[: len(before)]) == before
        if not adding and self.total <= _AT_ONCE:
            places = [before.index(column) if column in before else -1 for column in columns]
            for key, one in self._values.items():
                self._values[key] = Values(one.uid, tuple(_at(one.cells, place) for place in places))
        elif not adding:
            self._values.clear()
            self._hidden = True
        self._joined, self._labels = tuple(columns), tuple(labels)
        self._stale = iter(self.held())
        if self.total <= _AT_ONCE:
            self.rejoin(math.inf)
        self._show()

    def rejoin(self, deadline: float) -> bool:
        """Give rows their cells anew, until ``deadline`` (``time.monotonic()``); True: there is more to do."""
        while some := list(itertools.islice(self._stale, _SLICE)):
            self._rejoin(some, self._width)
            if time.monotonic() >= deadline:
                return True
        if self._hidden:
            self._hidden = False
            self._show()
        return False

    def _show(self) -> None:
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

    def set_moment(self, moment: float | None) -> None:
        """Rows are of this moment (epoch seconds) from now on: values, which are of the present, stay away from them.

        None: of the present; call ``rejoin`` until the values are back.
        """
        if moment is None:
            self._stale = iter(self.held())
        self._past = moment is not None
        self.clock = self._present if moment is None else lambda: moment
        self._tell(self._held.shown)

    # Inside.

    def _rejoin(self, keys: Iterable[str], width: int) -> None:
        """Give rows their cells anew; so far ``width`` of them were the server's."""
        changes: list[tuple[str, Row | None]] = []
        for key in keys:
            row = self.get(key)
            if row is not None:
                own = msgspec.structs.replace(row, cells=row.cells[:width])
                joined = self._with_values(key, own)
                if joined.cells != row.cells:
                    changes.append((key, joined))
        super().apply(changes, glow=False)

    def _with_values(self, key: str, row: Row) -> Row:
        own = row.cells[: self._width]
        if not self._joined:
            return msgspec.structs.replace(row, cells=own)
        if len(own) < self._width:
            own += (None,) * (self._width - len(own))
        found = self._values.get(key) if not self._past else None
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
