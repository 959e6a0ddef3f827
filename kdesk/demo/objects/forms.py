"""The forms in which the same objects are answered: whole, metadata only, or as rows of a Table."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from kdesk.demo.objects.errors import ApiError
from kdesk.demo.objects.kinds import Kind
from kdesk.demo.objects.store import Record
from kdesk.demo.objects.tables import Printer, compile_cells, write_cells
from kdesk.demo.objects.values import Object

_encode = msgspec.json.Encoder().encode
_PARTIAL_HEAD = b'{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":'
_COMPLETED = {
    "Succeeded": "The pod has completed successfully.",
    "Failed": "The pod failed.",
}
_PARAMETER = re.compile(r"\s*;\s*")
_INCLUDE = ("Metadata", "Object", "None")

Convert = Callable[[Object], Object]


class Accept(msgspec.Struct, frozen=True):
    """What was negotiated: `form` is object, partial or table; `include` is what a Table row carries."""

    form: str
    version: str = "v1"
    include: str = "Metadata"


def negotiate(header: str, include: str) -> Accept:
    """Chooses the first acceptable form of an Accept header. Raises ApiError 406 when there is none, 400 for a
    bad `includeObject`."""
    if include and include not in _INCLUDE:
        allowed = '"Metadata", "None", "Object"'
        why = f'includeObject: Unsupported value: "{include}": supported values: {allowed}'
        raise ApiError(400, "BadRequest", f"Unable to convert to Table as requested: {why}")
    for clause in (header or "*/*").split(","):
        media, *parameters = _PARAMETER.split(clause.strip())
        if media not in ("application/json", "application/*", "*/*"):
            continue
        options = dict(parameter.split("=", 1) for parameter in parameters if "=" in parameter)
        kind, version = options.get("as", ""), options.get("v", "v1")
        if not kind:
            return Accept("object")
        if options.get("g") == "meta.k8s.io" and version in ("v1", "v1beta1"):
            if kind == "Table":
                return Accept("table", version, include or "Metadata")
            if kind in ("PartialObjectMetadata", "PartialObjectMetadataList"):
                return Accept("partial", version)
    words = "only the following media types are accepted: application/json, application/yaml"
    raise ApiError(406, "NotAcceptable", words)


class Form:
    """Writes records of one served kind in one negotiated form."""

    def __init__(self, kind: Kind, printer: Printer, accept: Accept, convert: Convert | None) -> None:
        self.key = (kind.api_version, accept)
        self._kind = kind
        self._printer = printer
        self._table = accept.form == "table"
        self._partial = accept.form == "partial"
        self._include = accept.include
        self._convert = convert
        self._meta_version = f"meta.k8s.io/{accept.version}"
        self._type_head = b'{"kind":%b,"apiVersion":%b,' % (_encode(kind.kind), _encode(kind.api_version))

    def one(self, record: Record, now: int, headers: bool = True) -> bytes:
        """A single object, as GET and each watch event carry it. `headers`: with column definitions."""
        if self._table:
            metadata = b'{"resourceVersion":"%d"}' % record.version
            definitions = _encode(self._definitions()) if headers else b"null"
            return self._table_around(metadata, definitions, self.row(record, now))
        return self._metadata_only(record) if self._partial else self._whole(record, self._type_head)

    def item(self, record: Record, now: int) -> bytes:
        """One element of a list. Items of built-in kinds have no `kind` and `apiVersion`, as in reality."""
        if self._table:
            return self.row(record, now)
        if self._partial:
            return self._metadata_only(record)
        return self._whole(record, self._type_head if self._kind.custom else b"{")

    def list_ends(self, metadata: Object) -> tuple[bytes, bytes]:
        """What comes before and after the items of a list; `metadata` is the list's own."""
        if self._table:
            head = {"kind": "Table", "apiVersion": self._meta_version, "metadata": metadata}
            opened = _encode(head | {"columnDefinitions": self._definitions()})
            return opened[:-1] + b',"rows":[', b"]}\n"
        kind, version = self._kind.kind_of_list, self._kind.api_version
        if self._partial:
            kind, version = "PartialObjectMetadataList", self._meta_version
        opened = _encode({"kind": kind, "apiVersion": version, "metadata": metadata})
        return opened[:-1] + b',"items":[', b"]}\n"

    def bookmark(self, version: int, initial_events_end: bool, headers: bool) -> bytes:
        """The object of a BOOKMARK event: nothing but its version, in a Table one row of empty cells."""
        metadata: Object = {"resourceVersion": str(version), "creationTimestamp": None}
        if initial_events_end:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        if not self._table:
            named = {"kind": self._kind.kind, "apiVersion": self._kind.api_version}
            partial = {"kind": "PartialObjectMetadata", "apiVersion": self._meta_version}
            return _encode((partial if self._partial else named) | {"metadata": metadata})
        cells = _encode([""] * len(self._printer.columns))
        row = b'{"cells":%b,"object":%b%b}}' % (cells, _PARTIAL_HEAD, _encode(metadata))
        definitions = _encode(self._definitions()) if headers else b"null"
        return self._table_around(b'{"resourceVersion":"%d"}' % version, definitions, row)

    def row(self, record: Record, now: int) -> bytes:
        cells = record.cells
        if cells is None:
            cells = compile_cells(self._printer.cells(record.object()))
            if not self._kind.custom:
                # The versions of a custom resource share their records but not their columns.
                record.cells = cells
        phase = record.fields.get("status.phase", "") if self._kind.plural == "pods" else ""
        conditions = b""
        if phase in _COMPLETED:
            fact = {"type": "Completed", "status": "True", "reason": phase, "message": _COMPLETED[phase]}
            conditions = b',"conditions":' + _encode([fact])
        if self._include == "None":
            carried = b"null"
        elif self._include == "Object":
            carried = self._whole(record, self._type_head)
        else:
            carried = self._metadata_only(record)
        return b'{"cells":%b%b,"object":%b}' % (write_cells(cells, now), conditions, carried)

    def _metadata_only(self, record: Record) -> bytes:
        return b"%b%b}" % (_PARTIAL_HEAD, record.metadata_bytes())

    def _whole(self, record: Record, head: bytes) -> bytes:
        if self._convert is None:
            return record.whole_bytes(head)
        return head + _encode(self._convert(record.object()))[1:]

    def _table_around(self, metadata: bytes, definitions: bytes, row: bytes) -> bytes:
        head = b'{"kind":"Table","apiVersion":"%b","metadata":%b' % (self._meta_version.encode(), metadata)
        return b'%b,"columnDefinitions":%b,"rows":[%b]}' % (head, definitions, row)

    def _definitions(self) -> list[Object]:
        return [msgspec.to_builtins(column) for column in self._printer.columns]
