"""A column that is being written: what it would show of one object, and what it would cost."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal

from kdesk.kube.diff.masking import masked
from kdesk.kube.errors import KubeError
from kdesk.kube.table.extraction import cell_of
from kdesk.kube.table.jsonpath import parse_path
from kdesk.kube.table.rows import Row, cell_text
from kdesk.viewmodel.tables.column_book import OwnColumn, make_column
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.own_columns import megabytes
from kdesk.viewmodel.tasks import Tasks, sentence

_LIMIT_S = 30.0
_LONGEST = 200


class Preview(NamedTuple):
    """``text``: the value, or what is wrong; ``wrong``: it is no column as it stands."""

    text: str
    wrong: bool = False


class ColumnDraft(QObject):
    """``look_at`` a row; ``changed``: another object is there to look into."""

    changed = Signal()

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._table: TableController | None = None
        self._row: Row | None = None
        self._obj: Mapping[str, Any] | None = None
        self._size = 0
        self._problem = ""

    @property
    def name(self) -> str:
        """Of the object that is looked into, or ""."""
        return self._row.name if self._row is not None else ""

    def look_at(self, table: TableController, row: Row | None) -> None:
        """Read the whole object of a row of the table; without a row there is nothing to preview."""
        if row is not None and self._row is not None and row.uid == self._row.uid and self._obj is not None:
            return
        self._table, self._row, self._obj, self._problem = table, row, None, ""
        if row is not None:
            self._tasks.start(self._read(table, row), f"Reading {row.name}")
        self.changed.emit()

    def preview(self, name: str, path: str, kind: str) -> Preview:
        """What the column would show."""
        try:
            column = make_column(name or "new", path, kind)
        except KubeError as error:
            text = str(error)
            return Preview(f"{text[:1].upper()}{text[1:]}.", wrong=True)
        if self._row is None:
            return Preview("Select a row to see its value.")
        if self._obj is None:
            return Preview(self._problem or "…")
        cell = cell_of(parse_path(column.path).find(self._obj), column.type)
        row = msgspec.structs.replace(self._row, cells=(cell,))
        shown = cell_text(row, 0, column.column, time.time()) or "<none>"
        return Preview(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…")

    def cost(self, path: str, kind: str) -> str:
        """What watching it takes, as far as that is known; "" for what is no column."""
        try:
            column: OwnColumn = make_column("new", path, kind)
        except KubeError:
            return ""
        if column.label:
            return "Labels come with the rows: nothing more is read."
        table = self._table
        if table is None or not self._size:
            return "Watches whole objects."
        watches = len(table.parts.sessions) * max(1, len(table.namespaces))
        further = "1 further watch" if watches == 1 else f"{watches} further watches"
        about = megabytes(self._size * table.rows)
        return f"{further} of whole objects: about {about} at first, then each change."

    async def _read(self, table: TableController, row: Row) -> None:
        part = table.parts.of(row)
        session = part.session
        if session is None:
            return
        try:
            obj = await self._tasks.run(
                lambda: session.get(part.resource, row.namespace, row.name),
                timeout=_LIMIT_S,
                what=f"reading {row.name}",
                valid=lambda: self._row is row,
            )
        except KubeError as error:
            if self._row is row:
                self._problem = f"{sentence(error)}."
        else:
            self._obj, self._size = masked(obj), len(msgspec.json.encode(obj))
        self.changed.emit()
