"""Objects at rest: one collection for each stored resource type, with the recent past for watches.

An object is kept as the bytes that go over the wire, cut where the forms of an answer differ: metadata without its
resourceVersion, and everything else. A whole object, a list item, a watch event and a Table row are then a few joined
pieces, an object costs its own size, and nothing is ever encoded twice. It is decoded only to be changed.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable

import msgspec

from kdesk.demo.objects.values import Object
from kdesk.demo.objects.writers import CONTROLLERS, KUBELET, Writer, Writers, managed_fields, written

Cells = tuple[bytes | int, ...]
"""The cells of a Table row in pieces: JSON, and between it the Unix times whose age is written when it is sent."""

FieldsOf = Callable[[Object], dict[str, str]]
"""Gives the fields of an object that a field selector may name, beside its name and namespace."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict).decode


class Record(msgspec.Struct, gc=False, eq=False):
    """One version of one object. Everything but the cached cells is fixed.

    The garbage collector need not look at it (`gc=False`): a record holds atoms and two flat dictionaries.
    """

    key: str
    namespace: str
    name: str
    uid: str
    version: int
    meta: bytes
    body: bytes
    labels: dict[str, str]
    fields: dict[str, str]
    owners: tuple[str, ...]
    writers: Writers = ()
    cells: Cells | None = None

    def object(self) -> Object:
        """A fresh decoded copy, with `metadata.resourceVersion` and without `apiVersion` and `kind`."""
        metadata = _decode(b"{" + self.meta)
        metadata["resourceVersion"] = str(self.version)
        return {"metadata": metadata, **_decode(b"{" + self.body)}

    def metadata_bytes(self) -> bytes:
        return b'{"resourceVersion":"%d",%b%b' % (self.version, managed_fields(self.writers), self.meta)

    def whole_bytes(self, head: bytes) -> bytes:
        """The object as JSON; `head` is what comes before the metadata: `{` or `{"kind":...,`."""
        tail = self.body if self.body == b"}" else b"," + self.body
        return b'%b"metadata":%b%b' % (head, self.metadata_bytes(), tail)


class Event(msgspec.Struct, gc=False, eq=False):
    """A change: `type` is ADDED, MODIFIED or DELETED. A deleted record carries the version of the deletion."""

    type: str
    record: Record
    previous: Record | None


class Versions:
    """The counter behind every resourceVersion of a cluster."""

    def __init__(self, start: int) -> None:
        self.current = start

    def next(self) -> int:
        self.current += 1
        return self.current


class Collection:
    """All objects of one stored resource type, in the order of their keys, and the last changes.

    `first` is the running number of `events[0]`, `end` that of the next event to come: a watch is a position between.
    """

    def __init__(
        self,
        resource: str,
        versions: Versions,
        fields_of: FieldsOf,
        history: int,
        notify: Callable[[Collection, Event], None],
        now: Callable[[], str],
    ) -> None:
        self.resource = resource
        self.records: dict[str, Record] = {}
        self.events: list[Event] = []
        self.first = 0
        self.closed = False
        self.oldest_version = versions.current
        self._keys: list[str] = []
        self._versions = versions
        self._fields_of = fields_of
        self._history = history
        self._notify = notify
        self._now = now
        self._waiting: set[asyncio.Event] = set()
        self._shared: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        self._chunks: dict[tuple[object, ...], bytes] = {}

    @property
    def end(self) -> int:
        return self.first + len(self.events)

    def get(self, namespace: str, name: str) -> Record | None:
        return self.records.get(key_of(namespace, name))

    def select(self, namespace: str) -> list[Record]:
        """The records of one namespace, or with `""` all of them, ordered by key."""
        keys = self._keys
        if namespace:
            # "0" is the character after "/", so the slice holds exactly the keys beginning "namespace/".
            keys = keys[bisect_left(keys, namespace + "/") : bisect_left(keys, namespace + "0")]
        records = self.records
        return [records[key] for key in keys]

    def load(self, objects: Iterable[Object]) -> None:
        """Fills the collection before anyone watches: no events, one sort."""
        for item in objects:
            record = self.make(item)
            self.records[record.key] = record
        self._keys = sorted(self.records)
        self.oldest_version = self._versions.current

    def make(self, item: Object) -> Record:
        """The next version of an object as a record that is not stored (which a dry run wants)."""
        metadata = item["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        meta, body = _split(item)
        return Record(
            key=key_of(namespace, name),
            namespace=namespace,
            name=name,
            uid=metadata["uid"],
            version=self._versions.next(),
            meta=meta,
            body=body,
            labels=self._share(metadata.get("labels") or {}),
            fields=self._share(self._fields_of(item)),
            owners=tuple(owner["uid"] for owner in metadata.get("ownerReferences") or ()),
        )

    def put(self, item: Object, by: str = CONTROLLERS) -> Record:
        """Adds or replaces; `by` is the field manager, "" for the server itself.

        A write that changes nothing is none: the version stays and nobody is told.
        """
        metadata = item["metadata"]
        previous = self.records.get(key_of(metadata.get("namespace", ""), metadata["name"]))
        if previous is not None and self._same(item, previous):
            return previous
        record = self.make(item)
        before, subresource = (
            ((), "") if previous is None else (previous.writers, _written_part(item, previous))
        )
        record.writers = written(before, Writer(by, subresource, self._now())) if by else before
        self.records[record.key] = record
        if previous is None:
            insort(self._keys, record.key)
        self._log(Event("ADDED" if previous is None else "MODIFIED", record, previous))
        return record

    def put_body(self, previous: Record, body: Object) -> Record:
        """What a kubelet reports: the metadata is not even decoded; labels and selectable fields stay as well."""
        record = msgspec.structs.replace(
            previous,
            version=self._versions.next(),
            body=_encode(body)[1:],
            writers=written(previous.writers, Writer(KUBELET, "status", self._now())),
            cells=None,
        )
        self.records[record.key] = record
        self._log(Event("MODIFIED", record, previous))
        return record

    def remove(self, key: str) -> Record | None:
        """Takes the object out; the record returned carries the version of its deletion."""
        previous = self.records.pop(key, None)
        if previous is None:
            return None
        del self._keys[bisect_left(self._keys, key)]
        record = msgspec.structs.replace(previous, version=self._versions.next())
        self._log(Event("DELETED", record, previous))
        return record

    def position_after(self, version: int) -> int | None:
        """Where a watch from `version` starts, or None when what came after it is no longer remembered."""
        if version < self.oldest_version:
            return None
        return self.first + bisect_left(self.events, version + 1, key=lambda event: event.record.version)

    def forget(self) -> None:
        """Drops the changes beyond the history and the shared chunks."""
        self._chunks.clear()
        surplus = len(self.events) - self._history
        if surplus > 0:
            self.oldest_version = self.events[surplus - 1].record.version
            del self.events[:surplus]
            self.first += surplus

    def chunk(self, key: tuple[object, ...], build: Callable[[], bytes]) -> bytes:
        """What `build` gives, shared by everyone asking with the same key until the next tick."""
        found = self._chunks.get(key)
        if found is None:
            found = self._chunks[key] = build()
        return found

    def subscribe(self, waiter: asyncio.Event) -> None:
        self._waiting.add(waiter)

    def unsubscribe(self, waiter: asyncio.Event) -> None:
        self._waiting.discard(waiter)

    @property
    def watched(self) -> bool:
        return bool(self._waiting)

    def wake(self) -> None:
        for waiter in self._waiting:
            waiter.set()

    def close(self) -> None:
        """The resource type is no longer served: watches send what is left and end."""
        self.closed = True
        self.wake()

    def _log(self, event: Event) -> None:
        self.events.append(event)
        self._notify(self, event)

    def _same(self, item: Object, record: Record) -> bool:
        meta, body = _split(item)
        return meta == record.meta and body == record.body

    def _share(self, labels: dict[str, str]) -> dict[str, str]:
        """One dictionary for all that are equal: the pods of a workload have the same labels."""
        return self._shared.setdefault(tuple(labels.items()), labels)


def key_of(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


def _written_part(item: Object, previous: Record) -> str:
    """`status` where nothing else is different, as controllers write to that subresource."""
    before = _decode(b"{" + previous.body)
    rest = ((name, value) for name, value in item.items() if name not in ("metadata", "apiVersion", "kind"))
    same = all(name == "status" or before.get(name) == value for name, value in rest)
    return "status" if same and "status" in before and _split(item)[0] == previous.meta else ""


def _split(item: Object) -> tuple[bytes, bytes]:
    """The metadata without its version and the rest, both as JSON that lacks its first brace."""
    metadata = item["metadata"]
    if "resourceVersion" in metadata:
        metadata = {name: value for name, value in metadata.items() if name != "resourceVersion"}
    rest = {name: value for name, value in item.items() if name not in ("metadata", "apiVersion", "kind")}
    return _encode(metadata)[1:], _encode(rest)[1:]
