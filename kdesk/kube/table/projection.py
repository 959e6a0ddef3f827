"""From the server's bytes to rows: its own Table form where it has one, whole objects where they are asked for.

Bodies are decoded straight into small typed structs that skip what is not kept (managedFields are most of a row's
bytes). An answer that does not fit the types is decoded once more, object by object: one odd object is left out and
counted, it never costs the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from kdesk.kube.diff.managers import NOBODY
from kdesk.kube.errors import ApiError, BadAnswer
from kdesk.kube.gvk import Resource
from kdesk.kube.table.cells import Cells, ColumnDefinition
from kdesk.kube.table.metadata import NULL, ListMeta, Meta, Moments, loose_meta
from kdesk.kube.table.rows import Cell, Column, Row, row_key
from kdesk.kube.table.whole import Kept, WholeObjects
from kdesk.kube.wire.transport import JSON, status_error

TABLE = f"{JSON};as=Table;v=v1;g=meta.k8s.io"
_LABEL_TEXTS = 5_000

#: What decoding raises; bytes that are not UTF-8 are an error of their own.
_UNREADABLE = (msgspec.MsgspecError, UnicodeError)


class Page(NamedTuple):
    """One page of a list. ``version`` is the list's resourceVersion, ``token`` the next page's, "" on the last one."""

    rows: list[Row]
    columns: tuple[Column, ...] | None
    version: str
    token: str
    remaining: int
    odd: int


class Events(NamedTuple):
    """Watch events in order. ``version``: the newest seen, bookmarks included, or ""; ``odd``: skipped lines.

    ``oddity``: the last of those in words, without a word of what it says.
    """

    events: list[tuple[str, Row]]
    columns: tuple[Column, ...] | None
    version: str
    bookmarks: int
    error: ApiError | None
    odd: int
    oddity: str = ""


class _Partial(msgspec.Struct, gc=False):
    metadata: Meta | None = None


class _TableRow(msgspec.Struct, gc=False):
    cells: list[Any] | None = None
    object: _Partial | None = None


class _Document(msgspec.Struct):
    """A Table, a list, a Status or an object: whatever the server sent."""

    kind: str = ""
    metadata: ListMeta | None = None
    columnDefinitions: list[ColumnDefinition] | None = None
    rows: list[_TableRow] | None = None
    items: msgspec.Raw = NULL


class _WholeList(msgspec.Struct):
    kind: str = ""
    metadata: ListMeta | None = None
    items: list[msgspec.Raw] | None = None


class _LooseTable(msgspec.Struct):
    rows: list[msgspec.Raw] | None = None


class _Event(msgspec.Struct):
    type: str = ""
    object: _Document | None = None


class _RawEvent(msgspec.Struct):
    type: str = ""
    object: msgspec.Raw = NULL


_document = msgspec.json.Decoder(_Document).decode
_event = msgspec.json.Decoder(_Event).decode
_raw_event = msgspec.json.Decoder(_RawEvent).decode
_raw_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_whole_list = msgspec.json.Decoder(_WholeList).decode
_partial = msgspec.json.Decoder(_Partial).decode
_string_map = msgspec.json.Decoder(dict[str, str] | None).decode
_table_row = msgspec.json.Decoder(_TableRow).decode
_loose_table = msgspec.json.Decoder(_LooseTable).decode
_encode = msgspec.json.Encoder().encode


class Projection:
    """Decodes the answers for one resource. Not thread-safe: it belongs to one informer."""

    def __init__(
        self, resource: Resource, *, whole: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        self.accept = JSON if whole else f"{TABLE},{JSON}"
        self._watchable = resource.watchable
        self._whole = WholeObjects(resource.gvk) if whole else None
        self._cells = Cells(clock)
        self._moments = Moments()
        self._label_texts: dict[bytes, str] = {}

    def forget(self) -> None:
        """Let go of the texts that rows share. A few survivors among freed rows would pin most of their memory."""
        self._cells.forget()
        self._moments.forget()
        self._label_texts.clear()

    def page(self, body: bytes) -> Page:
        """Raises BadAnswer for what is no list of Kubernetes objects, or a list without a resourceVersion."""
        try:
            try:
                return self._strict_page(body)
            except msgspec.ValidationError:
                return self._loose_page(body)
        except _UNREADABLE:
            raise BadAnswer("the server's answer cannot be read: it is no list of objects in JSON") from None

    def _strict_page(self, body: bytes) -> Page:
        if self._whole is not None:
            return self._whole_page(body, self._whole)
        document = _document(body)
        meta = document.metadata or ListMeta()
        columns: tuple[Column, ...] | None = None
        rows: list[Row] = []
        odd = 0
        if document.kind == "Table":
            columns = self._define(document)
            for table_row in document.rows or ():
                row = self._table_row(table_row)
                if row is None:
                    odd += 1
                else:
                    rows.append(row)
        elif document.kind == "Status":
            raise status_error(body) or BadAnswer("the server answered a Status where a list was asked for")
        else:
            columns = self._define(None)
            if document.items != NULL:
                for item in _items(document.items):
                    found, _ = self._object(item)
                    if found is None:
                        odd += 1
                    else:
                        rows.append(found)
        return self._page(rows, columns, meta, odd)

    def _whole_page(self, body: bytes, whole: WholeObjects) -> Page:
        document = _whole_list(body)
        if document.kind == "Status":
            raise status_error(body) or BadAnswer("the server answered a Status where a list was asked for")
        found = [self._kept_row(whole.item(bytes(item)))[0] for item in document.items or ()]
        rows = [row for row in found if row is not None]
        meta = document.metadata or ListMeta()
        return self._page(rows, self._define(None), meta, len(found) - len(rows))

    def events(self, lines: list[bytes]) -> Events:
        """Decode whole lines of a watch. What follows an ERROR event is not looked at."""
        events: list[tuple[str, Row]] = []
        columns: tuple[Column, ...] | None = None
        version, bookmarks, odd, oddity = "", 0, 0, ""
        error: ApiError | None = None
        for line in lines:
            try:
                kind, found, meta = self._line(line)
            except _UNREADABLE:
                odd, oddity = odd + 1, "a line that is no event" if line.strip() else "a blank line"
                continue
            if kind == "ERROR":
                error = _error_of(line)
                break
            if meta is not None and meta.resourceVersion:
                version = meta.resourceVersion
            if kind == "BOOKMARK":
                bookmarks += 1
            elif kind not in ("ADDED", "MODIFIED", "DELETED"):
                odd += 1
                oddity = f"an event of type {kind[:20]!r}" if kind else "an event without a type"
            elif found is None:
                odd, oddity = odd + 1, "an event whose object has no name or cannot be read"
            else:
                events.append((kind, found))
        if self._columns_changed:
            self._columns_changed = False
            columns = self._cells.columns
        return Events(events, columns, version, bookmarks, error, odd, oddity)

    _columns_changed = False

    def _line(self, line: bytes) -> tuple[str, Row | None, Meta | ListMeta | None]:
        """One event: its type, the row, and the metadata that carries the version."""
        if self._whole is not None:
            kind, kept = self._whole.event(line)
            return kind, *self._kept_row(kept)
        try:
            event = _event(line)
        except msgspec.ValidationError:
            return self._plain_line(line)
        document = event.object
        if document is None or event.type == "ERROR":
            return event.type, None, None
        if document.kind != "Table":
            return self._plain_line(line)
        if document.columnDefinitions:
            before = self._cells.columns
            self._columns_changed = self._define(document) != before or self._columns_changed
        row = document.rows[0] if document.rows else None
        meta: Meta | ListMeta | None = document.metadata
        if row is not None and row.object is not None:
            meta = row.object.metadata
        if event.type == "BOOKMARK" or row is None:
            return event.type, None, meta
        return event.type, self._table_row(row), meta

    def _plain_line(self, line: bytes) -> tuple[str, Row | None, Meta | None]:
        event = _raw_event(line)
        if event.object == NULL or event.type == "ERROR":
            return event.type, None, None
        row, meta = self._object(event.object)
        return event.type, None if event.type == "BOOKMARK" else row, meta

    def _loose_page(self, body: bytes) -> Page:
        """A page that does not fit the types somewhere: object by object, with the odd ones left out."""
        whole = msgspec.json.decode(body)
        if not isinstance(whole, dict):
            raise BadAnswer("the server's answer is not a list of objects")
        try:
            meta = msgspec.convert(whole.get("metadata") or {}, ListMeta)
        except msgspec.ValidationError:
            raise BadAnswer("the list's metadata cannot be read") from None
        rows: list[Row] = []
        odd = 0
        if whole.get("kind") == "Table":
            columns = self._define(
                msgspec.convert({"columnDefinitions": whole.get("columnDefinitions")}, _Document)
            )
            for raw in _loose_table(body).rows or ():
                try:
                    row = self._table_row(_table_row(raw))
                except _UNREADABLE:
                    row = None
                if row is None:
                    odd += 1
                else:
                    rows.append(row)
            return self._page(rows, columns, meta, odd)
        columns = self._define(None)
        items = whole.get("items") or []
        if not isinstance(items, list):
            raise BadAnswer("the server's answer is not a list of objects")
        for item in items:
            found, _ = self._object(_encode(item))
            if found is None:
                odd += 1
            else:
                rows.append(found)
        return self._page(rows, columns, meta, odd)

    def _page(self, rows: list[Row], columns: tuple[Column, ...] | None, meta: ListMeta, odd: int) -> Page:
        if (
            not meta.resourceVersion and self._watchable
        ):  # what is only polled may have none (componentstatuses)
            raise BadAnswer("the server's list carries no resourceVersion: it cannot be watched from")
        return Page(rows, columns, meta.resourceVersion, meta.continue_, meta.remainingItemCount or 0, odd)

    def _define(self, document: _Document | None) -> tuple[Column, ...]:
        """Take over the Table's columns; without a Table, name and age."""
        if document is None:
            return self._cells.define(None)
        if document.columnDefinitions:
            return self._cells.define(document.columnDefinitions)
        return self._cells.columns

    def _table_row(self, row: _TableRow) -> Row | None:
        meta = row.object.metadata if row.object is not None else None
        if meta is None or not meta.name:
            return None
        return self._row(meta, self._cells.read(row.cells or []), b"")

    def _object(self, raw: bytes | msgspec.Raw) -> tuple[Row | None, Meta | None]:
        """A row from a whole object, and its metadata; no row when that has no name or cannot be read."""
        try:
            if self._whole is not None:
                return self._kept_row(self._whole.item(bytes(raw)))
            meta = _partial(raw).metadata
        except msgspec.ValidationError:
            meta = loose_meta(raw)
        if meta is None or not meta.name:
            return None, meta
        return self._row(meta, (meta.name,), b""), meta

    def _kept_row(self, kept: Kept | None) -> tuple[Row | None, Meta | None]:
        """The row of an object that is kept whole, and its metadata."""
        if kept is None or not kept.raw:
            return None, kept and kept.meta
        meta, manager, raw, wrote = kept
        if manager is NOBODY:
            return self._row(meta, (meta.name,), raw), meta
        who = map(self._cells.intern, manager)
        return self._row(meta, (meta.name, *who, self._moments.read(wrote)), raw), meta

    def _row(self, meta: Meta, cells: tuple[Cell, ...], raw: bytes) -> Row:
        owner = ""
        for reference in meta.ownerReferences or ():
            if reference.controller or not owner:
                owner = reference.uid
        return Row(
            row_key(meta.namespace, meta.name),
            meta.uid,
            meta.resourceVersion,
            self._moments.read(meta.creationTimestamp),
            cells,
            self._labels(meta.labels) if meta.labels is not NULL else "",
            self._cells.intern(owner),
            self._moments.read(meta.deletionTimestamp),
            raw,
        )

    def _labels(self, raw: msgspec.Raw) -> str:
        """Labels as text. The copies of a pod have the same ones: only new ones are decoded."""
        key = bytes(raw)
        text = self._label_texts.get(key)
        if text is None:
            try:
                labels = _string_map(key) or {}
            except msgspec.ValidationError:
                labels = {}
            text = ",".join([f"{name}={value}" for name, value in sorted(labels.items())])
            if len(self._label_texts) >= _LABEL_TEXTS:
                self._label_texts.clear()
            self._label_texts[key] = text
        return text


def _items(raw: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return _raw_list(raw)
    except msgspec.MsgspecError:
        raise BadAnswer("the server's answer is not a list of objects") from None


def _error_of(line: bytes) -> ApiError:
    try:
        event = _raw_event(line)
    except _UNREADABLE:
        event = _RawEvent()
    return status_error(bytes(event.object)) or ApiError(
        "the server ended the watch with an error it did not explain"
    )
