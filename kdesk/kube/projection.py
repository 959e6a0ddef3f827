"""From the server's bytes to rows: its own Table form where it has one, whole objects where they are asked for.

Bodies are decoded straight into small typed structs that skip what is not kept (managedFields are most of a row's
bytes). An answer that does not fit the types is decoded once more, object by object: one odd object is left out and
counted, it never costs the others.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from kdesk.kube.errors import ApiError, BadAnswer
from kdesk.kube.gvk import GVK, GVKError, Resource, restore
from kdesk.kube.rows import MOMENT, Cell, Column, ColumnKind, Row, row_key
from kdesk.kube.transport import JSON, status_error

TABLE = f"{JSON};as=Table;v=v1;g=meta.k8s.io"
PLAIN_COLUMNS = (Column("Name"), Column("Age", ColumnKind.AGE))
#: Built-in printers give these as the time since some moment, in words that would not go on ageing.
_SINCE_NAMES = frozenset({"Last Seen", "First Seen", "Last Schedule"})
_AGE_TEXT = re.compile(r"(?:(\d+)y)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_AGO = re.compile(r"\((\w+) ago\)")
_SECONDS = (31_536_000, 86_400, 3_600, 60, 1)
_INTERN_LIMIT = 20_000

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
    """Watch events in order. ``version``: the newest seen, bookmarks included, or ""; ``odd``: skipped lines."""

    events: list[tuple[str, Row]]
    columns: tuple[Column, ...] | None
    version: str
    bookmarks: int
    error: ApiError | None
    odd: int


class _Owner(msgspec.Struct, gc=False):
    uid: str = ""
    controller: bool | None = None


class _Meta(msgspec.Struct, gc=False):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resourceVersion: str = ""
    creationTimestamp: str | None = None
    deletionTimestamp: str | None = None
    labels: dict[str, str] | None = None
    ownerReferences: list[_Owner] | None = None
    continue_: str = msgspec.field(default="", name="continue")
    remainingItemCount: int | None = None


class _Partial(msgspec.Struct, gc=False):
    metadata: _Meta | None = None


class _TableRow(msgspec.Struct, gc=False):
    cells: list[Any] | None = None
    object: _Partial | None = None


class _ColumnDefinition(msgspec.Struct):
    name: str = ""
    type: str = ""
    format: str = ""
    description: str = ""
    priority: int = 0


#: ``Raw | None`` would take nothing but null: a field that may be anything is Raw alone.
_NULL = msgspec.Raw(b"null")


class _Document(msgspec.Struct):
    """A Table, a list, a Status or an object: whatever the server sent."""

    kind: str = ""
    metadata: _Meta | None = None
    columnDefinitions: list[_ColumnDefinition] | None = None
    rows: list[_TableRow] | None = None
    items: msgspec.Raw = _NULL


class _LooseTable(msgspec.Struct):
    rows: list[msgspec.Raw] | None = None


class _Event(msgspec.Struct):
    type: str = ""
    object: _Document | None = None


class _RawEvent(msgspec.Struct):
    type: str = ""
    object: msgspec.Raw = _NULL


_document = msgspec.json.Decoder(_Document).decode
_event = msgspec.json.Decoder(_Event).decode
_raw_event = msgspec.json.Decoder(_RawEvent).decode
_raw_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_partial = msgspec.json.Decoder(_Partial).decode
_table_row = msgspec.json.Decoder(_TableRow).decode
_loose_table = msgspec.json.Decoder(_LooseTable).decode
_encode = msgspec.json.Encoder().encode


class Projection:
    """Decodes the answers for one resource. Not thread-safe: it belongs to one informer."""

    def __init__(
        self, resource: Resource, *, whole: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        self.accept = JSON if whole else f"{TABLE},{JSON}"
        self._gvk: GVK = resource.gvk
        self._watchable = resource.watchable
        self._whole = whole
        self._clock = clock
        self._columns: tuple[Column, ...] = PLAIN_COLUMNS
        self._interned: dict[str, str] = {}

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
        document = _document(body)
        meta = document.metadata or _Meta()
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
            if document.items != _NULL:
                for item in _items(document.items):
                    found = self._object(bytes(item))
                    if found is None:
                        odd += 1
                    else:
                        rows.append(found)
        return self._page(rows, columns, meta, odd)

    def events(self, lines: list[bytes]) -> Events:
        """Decode whole lines of a watch. What follows an ERROR event is not looked at."""
        events: list[tuple[str, Row]] = []
        columns: tuple[Column, ...] | None = None
        version, bookmarks, odd = "", 0, 0
        error: ApiError | None = None
        for line in lines:
            try:
                kind, found, meta = self._line(line)
            except _UNREADABLE:
                odd += 1
                continue
            if kind == "ERROR":
                error = _error_of(line)
                break
            if meta is not None and meta.resourceVersion:
                version = meta.resourceVersion
            if kind == "BOOKMARK":
                bookmarks += 1
            elif kind not in ("ADDED", "MODIFIED", "DELETED") or found is None:
                odd += 1
            else:
                events.append((kind, found))
        if self._columns_changed:
            self._columns_changed = False
            columns = self._columns
        return Events(events, columns, version, bookmarks, error, odd)

    _columns_changed = False

    def _line(self, line: bytes) -> tuple[str, Row | None, _Meta | None]:
        """One event: its type, the row, and the metadata that carries the version."""
        if self._whole:
            return self._plain_line(line)
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
            before = self._columns
            self._columns_changed = self._define(document) != before or self._columns_changed
        row = document.rows[0] if document.rows else None
        meta = row.object.metadata if row is not None and row.object is not None else document.metadata
        if event.type == "BOOKMARK" or row is None:
            return event.type, None, meta
        return event.type, self._table_row(row), meta

    def _plain_line(self, line: bytes) -> tuple[str, Row | None, _Meta | None]:
        event = _raw_event(line)
        if event.object == _NULL or event.type == "ERROR":
            return event.type, None, None
        raw = bytes(event.object)
        try:
            meta = _partial(raw).metadata
        except msgspec.ValidationError:
            meta = _loose_meta(raw)
        return event.type, None if event.type == "BOOKMARK" else self._object(raw), meta

    def _loose_page(self, body: bytes) -> Page:
        """A page that does not fit the types somewhere: object by object, with the odd ones left out."""
        whole = msgspec.json.decode(body)
        if not isinstance(whole, dict):
            raise BadAnswer("the server's answer is not a list of objects")
        try:
            meta = msgspec.convert(whole.get("metadata") or {}, _Meta)
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
            found = self._object(_encode(item))
            if found is None:
                odd += 1
            else:
                rows.append(found)
        return self._page(rows, columns, meta, odd)

    def _page(self, rows: list[Row], columns: tuple[Column, ...] | None, meta: _Meta, odd: int) -> Page:
        if (
            not meta.resourceVersion and self._watchable
        ):  # what is only polled may have none (componentstatuses)
            raise BadAnswer("the server's list carries no resourceVersion: it cannot be watched from")
        return Page(rows, columns, meta.resourceVersion, meta.continue_, meta.remainingItemCount or 0, odd)

    def _define(self, document: _Document | None) -> tuple[Column, ...]:
        """Take over the Table's columns; without a Table, name and age."""
        if document is None:
            self._columns = PLAIN_COLUMNS
        elif document.columnDefinitions:
            self._columns = tuple(_column(d) for d in document.columnDefinitions)
        return self._columns

    def _table_row(self, row: _TableRow) -> Row | None:
        meta = row.object.metadata if row.object is not None else None
        if meta is None or not meta.name:
            return None
        now = int(self._clock())
        kinds = self._columns
        cells = tuple(
            self._cell(cell, kinds[i].kind if i < len(kinds) else ColumnKind.TEXT, now)
            for i, cell in enumerate(row.cells or ())
        )
        return self._row(meta, cells, b"")

    def _object(self, raw: bytes) -> Row | None:
        """A row from a whole object; None when it has no usable metadata."""
        try:
            meta = _partial(raw).metadata
        except msgspec.ValidationError:
            meta = _loose_meta(raw)
        if meta is None or not meta.name:
            return None
        kept = b""
        if self._whole:
            value = msgspec.json.decode(raw)
            metadata = value.get("metadata")
            if isinstance(metadata, dict):
                metadata.pop("managedFields", None)
            try:
                kept = _encode(restore(value, self._gvk))
            except GVKError:
                return None  # it does not say what it is
        return self._row(meta, (meta.name,), kept)

    def _row(self, meta: _Meta, cells: tuple[Cell, ...], raw: bytes) -> Row:
        labels = meta.labels
        owner = ""
        for reference in meta.ownerReferences or ():
            if reference.controller or not owner:
                owner = reference.uid
        return Row(
            row_key(meta.namespace, meta.name),
            meta.uid,
            meta.resourceVersion,
            _epoch(meta.creationTimestamp),
            cells,
            self._intern(",".join([f"{k}={v}" for k, v in sorted(labels.items())])) if labels else "",
            self._intern(owner) if owner else "",
            _epoch(meta.deletionTimestamp),
            raw,
        )

    def _cell(self, value: Any, kind: ColumnKind, now: int) -> Cell:
        if kind is ColumnKind.AGE:
            return None  # computed from the row's creation
        if isinstance(value, str):
            if kind is ColumnKind.SINCE:
                seconds = _age_seconds(value)
                return value if seconds is None else now - seconds
            if value.endswith(" ago)"):
                return _AGO.sub(lambda m: _moment(m, now), value)
            return self._intern(value)
        if value is None or isinstance(value, (int, float)):
            return value
        return _encode(value).decode()  # an array or object, as some custom resources have

    def _intern(self, text: str) -> str:
        """Cells repeat (states, nodes, images): one string for all of them, within bounds."""
        interned = self._interned
        known = interned.get(text)
        if known is not None:
            return known
        if len(interned) >= _INTERN_LIMIT:
            interned.clear()
        interned[text] = text
        return text


def _items(raw: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return _raw_list(raw)
    except msgspec.MsgspecError:
        raise BadAnswer("the server's answer is not a list of objects") from None


def _column(definition: _ColumnDefinition) -> Column:
    kind = ColumnKind.TEXT
    if definition.name == "Age":
        kind = ColumnKind.AGE
    elif definition.type == "date" or definition.name in _SINCE_NAMES:
        kind = ColumnKind.SINCE
    elif definition.type in ("integer", "number"):
        kind = ColumnKind.NUMBER
    return Column(definition.name, kind, definition.priority > 0, definition.description)


def _age_seconds(text: str) -> int | None:
    match = _AGE_TEXT.fullmatch(text)
    if match is None or not text:
        return None
    return sum(int(part) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True) if part)


def _moment(match: re.Match[str], now: int) -> str:
    seconds = _age_seconds(match[1])
    return match[0] if seconds is None else f"({MOMENT}{now - seconds}{MOMENT} ago)"


def _epoch(timestamp: str | None) -> int:
    if not timestamp:
        return 0
    try:
        return int(datetime.fromisoformat(timestamp).timestamp())
    except ValueError:
        return 0


def _loose_meta(raw: bytes) -> _Meta | None:
    """The metadata of an object that does not fit the types: what of it can be used, or None."""
    value = msgspec.json.decode(raw)
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(metadata, dict):
        return None
    names = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")
    return _Meta(**{name: metadata[name] for name in names if isinstance(metadata.get(name), str)})


def _error_of(line: bytes) -> ApiError:
    try:
        event = _raw_event(line)
    except _UNREADABLE:
        event = _RawEvent()
    return status_error(bytes(event.object)) or ApiError(
        "the server ended the watch with an error it did not explain"
    )
