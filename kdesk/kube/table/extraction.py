"""A few values of each object instead of the whole: what columns of a person's own are made of.

Whole objects come over the wire and are taken apart on the informer's thread; only the values are kept, as the cells of
the row. Secret values are masked before anybody looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from kdesk.kube.diff.masking import masked
from kdesk.kube.gvk import Resource
from kdesk.kube.table.jsonpath import as_text, parse_path
from kdesk.kube.table.projection import Events, Page, Projection
from kdesk.kube.table.rows import Cell, Column, ColumnKind, Row

_TEXTS = 10_000
_object = msgspec.json.Decoder(dict[str, Any]).decode


class ValueType(StrEnum):
    """How a value is shown, sorted and compared."""

    TEXT = "text"
    NUMBER = "number"
    QUANTITY = "quantity"
    AGE = "age"

    @property
    def column_kind(self) -> ColumnKind:
        kinds = {
            ValueType.NUMBER: ColumnKind.NUMBER,
            ValueType.QUANTITY: ColumnKind.QUANTITY,
            ValueType.AGE: ColumnKind.SINCE,
        }
        return kinds.get(self, ColumnKind.TEXT)


class Wanted(msgspec.Struct, frozen=True):
    """One value: where it is, and what it is."""

    path: str
    type: ValueType = ValueType.TEXT


def cell_of(values: Sequence[Any], kind: ValueType) -> Cell:
    """The cell of what a path found; None for nothing. What is not of its type stays a text."""
    if not values:
        return None
    if len(values) == 1:
        [value] = values
        if kind is ValueType.NUMBER:
            return _number(value)
        if kind is ValueType.AGE and isinstance(value, str):
            return _moment(value)
    return ",".join(as_text(value) for value in values)


def _number(value: Any) -> Cell:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = as_text(value)
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _moment(text: str) -> Cell:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        return text


class Extraction(Projection):
    """Decodes the answers for one resource to rows whose cells are the wanted values. ``received``: bytes so far."""

    def __init__(
        self, resource: Resource, wanted: Sequence[Wanted], *, clock: Callable[[], float] = time.time
    ) -> None:
        """Raises PathError."""
        super().__init__(resource, whole=True, clock=clock)
        self.received = 0
        self._paths = [(parse_path(one.path), one.type) for one in wanted]
        self._own_columns = tuple(Column(one.path, one.type.column_kind) for one in wanted)
        self._texts: dict[str, str] = {}

    def forget(self) -> None:
        super().forget()
        self._texts.clear()

    def page(self, body: bytes) -> Page:
        self.received += len(body)
        page = super().page(body)
        return page._replace(rows=[self._values(row) for row in page.rows], columns=self._own_columns)

    def events(self, lines: list[bytes]) -> Events:
        self.received += sum(map(len, lines))
        found = super().events(lines)
        return found._replace(events=[(kind, self._values(row)) for kind, row in found.events])

    def _values(self, row: Row) -> Row:
        obj = masked(_object(row.raw))
        cells = tuple(self._shared(cell_of(path.find(obj), kind)) for path, kind in self._paths)
        return msgspec.structs.replace(row, cells=cells, raw=b"")

    def _shared(self, cell: Cell) -> Cell:
        """Nodes and zones are the same for many rows: one text for all of them."""
        if not isinstance(cell, str):
            return cell
        if len(self._texts) >= _TEXTS:
            self._texts.clear()
        return self._texts.setdefault(cell, cell)
