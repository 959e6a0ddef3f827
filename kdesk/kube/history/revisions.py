"""What is said of a revision, and the chain of those of one object."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from kdesk.kube.diff.managers import NOBODY, Manager
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.kube.history.delta import FAST, alone, delta, packed, restored
from kdesk.kube.table.rows import Change


class RevisionType(StrEnum):
    INITIAL = "INITIAL"  # how it was when its watch began
    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    LEFT = "LEFT"  # a watch of a selection lost sight of it: deleted, or it no longer matches


class NoRevision(KubeError):
    """There is no such revision, or there is none any more."""


class ObjectId(NamedTuple):
    """One object of a cluster; ``namespace`` is "" for what has none."""

    resource: Resource
    namespace: str
    name: str
    uid: str


class RevisionInfo(NamedTuple):
    """One revision. ``number`` tells it from all others of its book and is never used again.

    ``at``: when it was received; ``server_at``: when the server says it came about, in whole seconds, 0 where it does
    not say (both epoch seconds). ``who``: the newest field manager, NOBODY for a deletion. ``size``: bytes of its JSON.
    ``final_unknown``: deleted while nobody watched; the JSON is of the last state that was seen.
    """

    number: int
    version: str
    at: float
    server_at: int
    type: RevisionType
    who: Manager
    size: int
    final_unknown: bool = False


class ObjectHistory(NamedTuple):
    """What is kept of one object: so many revisions (``kept``), without those that had to go (``dropped``).

    ``since``: when the oldest one kept was received (epoch seconds); ``watched``: whether more may come.
    """

    object: ObjectId
    kept: int
    dropped: int
    since: float
    newest: RevisionInfo
    watched: bool

    @property
    def deleted(self) -> bool:
        return self.newest.type is RevisionType.DELETED


_TYPES: Final = tuple(RevisionType)
_FINAL_UNKNOWN: Final = 8
#: So many differences, and the next revision stands alone: reading one undoes no more of them than this.
KEYFRAME: Final = 256
#: What an encoded record costs besides its bytes: the object around them, its places in two lists.
RECORD_COST: Final = 56
#: What an object costs besides its records, about: the chain, its dict's entry, the newest record.
CHAIN_COST: Final = 600


class Record(msgspec.Struct, array_like=True, gc=False):
    """A revision as it is kept; ``body`` (see ``delta``) is empty for the newest one, whose JSON is kept as it is."""

    number: int
    version: str
    at: float
    server_at: int
    mark: int  # the type's place, and _FINAL_UNKNOWN
    who: int  # a place in Managers
    size: int
    body: bytes = b""

    @property
    def type(self) -> RevisionType:
        return type_of_mark(self.mark)[0]

    @property
    def final_unknown(self) -> bool:
        return type_of_mark(self.mark)[1]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode


def mark_of(kind: RevisionType, *, final_unknown: bool = False) -> int:
    """Both as one number, also on disk."""
    return _TYPES.index(kind) | (_FINAL_UNKNOWN if final_unknown else 0)


def type_of_mark(mark: int) -> tuple[RevisionType, bool]:
    """The type, and whether the final state is unknown."""
    return _TYPES[mark & ~_FINAL_UNKNOWN], bool(mark & _FINAL_UNKNOWN)


def server_time(kind: RevisionType, change: Change) -> int:
    """When the server says that it came about; 0 where it does not: it says of writes alone, and not of all of them."""
    row, old = change.row, change.old
    match kind:
        case RevisionType.ADDED:
            return row.created
        case RevisionType.INITIAL:
            return row.written or row.created
        case RevisionType.MODIFIED:
            return row.written if old is None or old.written != row.written else 0
    return 0


class Managers:
    """Field managers by number: there are few of them, and each writes many revisions."""

    def __init__(self) -> None:
        self._known: list[Manager] = [NOBODY]
        self._places = {NOBODY: 0}

    def place(self, manager: Manager) -> int:
        place = self._places.get(manager)
        if place is None:
            place = self._places[manager] = len(self._known)
            self._known.append(manager)
        return place

    def info(self, record: Record) -> RevisionInfo:
        return RevisionInfo(
            record.number,
            record.version,
            record.at,
            record.server_at,
            record.type,
            self._known[record.who],
            record.size,
            record.final_unknown,
        )


class Chain:
    """The revisions of one object, oldest first. Each is kept as what makes it of the next one.

    So the newest needs no copy, being the very bytes that the informer holds, and the oldest can go one by one.
    Not thread-safe: the book's.
    """

    __slots__ = (
        "_since_keyframe",
        "dropped",
        "head",
        "head_text",
        "key",
        "records",
        "resource",
        "uid",
        "watched",
    )

    def __init__(self, resource: Resource, key: str, uid: str) -> None:
        self.resource, self.key, self.uid = resource, key, uid
        self.records: list[bytes] = []
        self.head: Record | None = None
        self.head_text = b""
        self.dropped = 0
        self.watched = 0  # one bit for each feed that holds it
        self._since_keyframe = 0

    @property
    def object(self) -> ObjectId:
        namespace, _, name = self.key.partition("/")
        return ObjectId(self.resource, namespace, name, self.uid)

    def __len__(self) -> int:
        return len(self.records) + (self.head is not None)

    def all(self) -> list[Record]:
        """Oldest first."""
        found = [_decode(record) for record in self.records]
        return found if self.head is None else [*found, self.head]

    def record(self, place: int) -> Record:
        """The one at ``place`` (0: the oldest)."""
        return (
            self.head
            if self.head is not None and place == len(self.records)
            else _decode(self.records[place])
        )

    def between(self, begin: float, end: float) -> list[Record]:
        """Those received from ``begin`` to before ``end``."""
        if not len(self) or self.newest().at < begin:
            return []
        return [record for record in self.all() if begin <= record.at < end]

    def oldest(self) -> Record:
        """Raises IndexError when it is empty."""
        return _decode(self.records[0]) if self.records or self.head is None else self.head

    def newest(self) -> Record:
        """Raises IndexError when it is empty."""
        return self.head if self.head is not None else _decode(self.records[-1])

    def push(self, record: Record, text: bytes) -> int:
        """A newer revision; how many bytes that took."""
        cost = 0
        if self.head is not None:
            self._since_keyframe += 1
            if self._since_keyframe >= KEYFRAME:
                cost = self._keep_head(packed(self.head_text))
            else:
                cost = self._keep_head(delta(text, self.head_text, FAST))
        self.head, self.head_text = record, text
        return cost

    def settle(self) -> int:
        """Nothing newer will come: let go of the newest's own bytes. How many bytes that took."""
        return self._keep_head(packed(self.head_text)) if self.head is not None else 0

    def insert(self, place: int, record: Record, text: bytes) -> int:
        """One that belongs before the one at ``place`` and comes late; how many bytes that took."""
        record.body = delta(self.text(place), text)
        added = [_encode(record)]
        before = 0
        if place and not alone((older := _decode(self.records[place - 1])).body):
            older_text = self.text(place - 1)
            before = len(self.records[place - 1])
            older.body = delta(text, older_text)
            added.insert(0, _encode(older))
        self.records[place - (len(added) - 1) : place] = added
        return sum(map(len, added)) + RECORD_COST - before

    def drop_oldest(self) -> int:
        """How many bytes that freed. Raises IndexError when there is no older one than the head."""
        self.dropped += 1
        return len(self.records.pop(0)) + RECORD_COST

    def text(self, place: int) -> bytes:
        """The JSON of the revision at ``place`` (0: the oldest). Raises Damaged."""
        return text_of(self.records[place:], self.head_text if self.head is not None else b"")

    def _keep_head(self, body: bytes) -> int:
        assert self.head is not None
        if alone(body):
            self._since_keyframe = 0
        self.head.body = body
        self.records.append(_encode(self.head))
        self.head, self.head_text = None, b""
        return len(self.records[-1]) + RECORD_COST


def text_of(records: list[bytes], head_text: bytes) -> bytes:
    """The JSON of the first of these, each of which follows from the next and the last from the head's text."""
    bodies: list[bytes] = []
    for record in records:
        bodies.append(_decode(record).body)
        if alone(bodies[-1]):
            break
    text = head_text
    for body in reversed(bodies):
        text = restored(text, body)
    return text


def version_number(version: str) -> int:
    """A resourceVersion as what it is in any etcd; -1 where it is no number: such come in their order."""
    return int(version) if version.isdecimal() else -1
