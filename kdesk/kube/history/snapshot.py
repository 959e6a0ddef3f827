"""A snapshot: tables and objects with their history in one file, to be looked at where there is no cluster.

A zip of JSON: ``snapshot.json`` says what it is and what is in it, each table and each object has a member of its own.
No Secret's values are in it. A newer format than this program knows is refused, as is whatever is damaged.
"""

from __future__ import annotations

import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import msgspec

from kdesk.kube.diff.managers import Manager
from kdesk.kube.diff.masking import SECRET, secret_text
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.history.revisions import NoRevision, ObjectHistory, ObjectId, RevisionInfo, RevisionType
from kdesk.kube.saving import saving
from kdesk.kube.table.rows import Cell, Column, ColumnKind, Row

_FORMAT: Final = "kdesk snapshot"
#: Grows when an older program could no longer read what is written.
VERSION: Final = 1
_INDEX: Final = "snapshot.json"
#: Members of a snapshot are some MiB: what claims to be more is a bomb.
_LARGEST: Final = 1 << 30
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class SnapshotError(KubeError):
    """The file is no snapshot, a damaged one, or one of a newer program."""


@dataclass(frozen=True, slots=True)
class SnapshotTable:
    """A table as it was at ``at`` (epoch seconds). ``namespaces`` () is all; ``rows`` have no ``raw``.

    ``filter``: what the rows were chosen by; ``sort``: titles of columns, with " desc" behind where it is descending.
    """

    cluster: str
    resource: Resource
    namespaces: tuple[str, ...]
    at: float
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    filter: str = ""
    sort: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SnapshotObject:
    """One object with history, and the cluster it was in."""

    cluster: str
    object: ObjectId
    revisions: tuple[RevisionInfo, ...]


class _Resource(msgspec.Struct, omit_defaults=True):
    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool


class _Entry(msgspec.Struct):
    """A table, or an object, as the index names it."""

    member: str
    cluster: str
    resource: _Resource
    count: int


class _TableEntry(_Entry):
    namespaces: list[str]
    at: float
    filter: str = ""
    sort: list[str] = []


class _ObjectEntry(_Entry):
    namespace: str
    name: str
    uid: str


class _Index(msgspec.Struct):
    format: str
    version: int
    made: float = 0.0
    by: str = ""
    note: str = ""
    tables: list[_TableEntry] = []
    objects: list[_ObjectEntry] = []


class _Said(msgspec.Struct):
    """All that is read of an index before its version is known."""

    format: Any = None
    version: int = 0


class _Row(msgspec.Struct, omit_defaults=True):
    key: str
    uid: str
    version: str
    created: int
    cells: list[Cell]
    labels: str = ""
    owner: str = ""
    deleting: int = 0


class _Column(msgspec.Struct, omit_defaults=True):
    name: str
    kind: ColumnKind = ColumnKind.TEXT
    wide: bool = False
    description: str = ""


class _Table(msgspec.Struct):
    columns: list[_Column]
    rows: list[_Row]


class _Revision(msgspec.Struct, omit_defaults=True):
    number: int
    version: str
    at: float
    type: RevisionType
    object: msgspec.Raw
    server_at: int = 0
    manager: str = ""
    subresource: str = ""
    final_unknown: bool = False


_Shape = TypeVar("_Shape", bound=msgspec.Struct)
_encode = msgspec.json.Encoder().encode


class SnapshotWriter:
    """Made by ``writing``. Every method blocks; what it raises ends the snapshot, and the old file stays."""

    def __init__(self, archive: zipfile.ZipFile, by: str, note: str) -> None:
        self._archive = archive
        self._index = _Index(_FORMAT, VERSION, time.time(), by, note)

    def table(self, table: SnapshotTable) -> None:
        """Add a table: its cells, never the whole objects."""
        member = f"tables/{len(self._index.tables)}.json"
        columns = [_Column(one.name, one.kind, one.wide, one.description) for one in table.columns]
        rows = [
            _Row(
                one.key,
                one.uid,
                one.version,
                one.created,
                list(one.cells),
                one.labels,
                one.owner,
                one.deleting,
            )
            for one in table.rows
        ]
        self._archive.writestr(member, _encode(_Table(columns, rows)))
        shown = (list(table.namespaces), table.at, table.filter, list(table.sort))
        entry = _TableEntry(member, table.cluster, _stored(table.resource), len(rows), *shown)
        self._index.tables.append(entry)

    def history(self, cluster: str, which: ObjectId, revisions: Iterable[tuple[RevisionInfo, bytes]]) -> None:
        """Add an object: its revisions, oldest first, each with its JSON. Raises SnapshotError for what is no JSON."""
        member, count = f"objects/{len(self._index.objects)}.jsonl", 0
        with self._archive.open(member, "w") as file:
            for info, text in revisions:
                who = info.who
                one = _Revision(
                    info.number,
                    info.version,
                    info.at,
                    info.type,
                    msgspec.Raw(_without_secrets(which.resource, text)),
                    info.server_at,
                    who.name,
                    who.subresource,
                    info.final_unknown,
                )
                file.write(_encode(one) + b"\n")
                count += 1
        place = (which.namespace, which.name, which.uid)
        self._index.objects.append(_ObjectEntry(member, cluster, _stored(which.resource), count, *place))

    def finish(self) -> None:
        self._archive.writestr(_INDEX, _encode(self._index))


@contextmanager
def writing(path: Path, *, by: str = "", note: str = "") -> Iterator[SnapshotWriter]:
    """A snapshot that takes the place of ``path`` when the body ends well; until then, and else, nothing changes.

    ``by``: the program and its version; ``note``: a sentence of the person's own. Raises SaveError.
    """
    with saving(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        writer = SnapshotWriter(archive, by, note)
        yield writer
        writer.finish()


class SnapshotReader:
    """An open snapshot; ``close`` it. Blocks for the disk. What is asked for is read then. Raises SnapshotError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO
        try:
            self._file = path.expanduser().open("rb")
        except OSError as error:
            reason = (error.strerror or "the system refused").lower()
            raise SnapshotError(f"{path} cannot be read: {reason}") from None
        try:
            self._archive = self._opened()
            self._index = self._read_index()
        except BaseException:
            self._file.close()
            raise
        self.made, self.by, self.note = self._index.made, self._index.by, self._index.note

    def close(self) -> None:
        self._archive.close()
        self._file.close()

    def tables(self) -> Iterator[SnapshotTable]:
        """In the order in which they were saved."""
        for entry in self._index.tables:
            table = self._decoded(self._member(entry.member), _Table)
            columns = tuple(Column(one.name, one.kind, one.wide, one.description) for one in table.columns)
            if any(len(one.cells) != len(columns) for one in table.rows):
                raise SnapshotError(f"{self.path} is damaged: a row of {entry.member} is none of its table's")
            rows = tuple(
                Row(
                    one.key,
                    one.uid,
                    one.version,
                    one.created,
                    tuple(one.cells),
                    one.labels,
                    one.owner,
                    one.deleting,
                )
                for one in table.rows
            )
            shown = (tuple(entry.namespaces), entry.at, columns, rows, entry.filter, tuple(entry.sort))
            yield SnapshotTable(entry.cluster, _restored(entry.resource), *shown)

    def objects(self) -> tuple[SnapshotObject, ...]:
        """Every object with history, with what is said of its revisions."""
        return tuple(
            SnapshotObject(
                entry.cluster,
                ObjectId(_restored(entry.resource), entry.namespace, entry.name, entry.uid),
                tuple(_info(one) for one in self._revisions(entry)),
            )
            for entry in self._index.objects
        )

    def revisions(self, uid: str, resource: Resource | None = None) -> tuple[RevisionInfo, ...]:
        """As a ``RevisionBook``'s: oldest first; () of an object that is not in it."""
        entry = self._find(uid, resource)
        return tuple(_info(one) for one in self._revisions(entry)) if entry is not None else ()

    def document(self, uid: str, number: int, resource: Resource | None = None) -> bytes:
        """The JSON of a revision, Secret values as digests. Raises NoRevision."""
        entry = self._find(uid, resource)
        for one in self._revisions(entry) if entry is not None else ():
            if one.number == number:
                return bytes(one.object)
        raise NoRevision(f"this revision is not in {self.path.name}")

    def texts(self, uid: str, resource: Resource | None = None) -> Iterator[tuple[int, bytes]]:
        """All revisions of an object, oldest first: their numbers, each with its JSON."""
        entry = self._find(uid, resource)
        for one in self._revisions(entry) if entry is not None else ():
            yield one.number, bytes(one.object)

    def history(self, uid: str, resource: Resource | None = None) -> ObjectHistory | None:
        """What is in it of one object."""
        entry = self._find(uid, resource)
        found = self.revisions(uid, resource)
        if entry is None or not found:
            return None
        which = ObjectId(_restored(entry.resource), entry.namespace, entry.name, entry.uid)
        return ObjectHistory(which, len(found), 0, found[0].at, found[-1], watched=False)

    def _find(self, uid: str, resource: Resource | None) -> _ObjectEntry | None:
        for entry in self._index.objects:
            if entry.uid == uid and (resource is None or _restored(entry.resource).gvr == resource.gvr):
                return entry
        return None

    def _revisions(self, entry: _ObjectEntry) -> Iterator[_Revision]:
        for line in self._member(entry.member).splitlines():
            yield self._decoded(line, _Revision)

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise SnapshotError(f"{self.path} is no snapshot of kdesk, or a damaged one") from None

    def _read_index(self) -> _Index:
        if _INDEX not in self._archive.namelist():
            raise SnapshotError(f"{self.path} is no snapshot of kdesk")
        data = self._member(_INDEX)
        said = self._decoded(data, _Said)
        if said.format != _FORMAT:
            raise SnapshotError(f"{self.path} is no snapshot of kdesk")
        if said.version > VERSION:
            raise SnapshotError(f"{self.path} was saved by a newer kdesk: this one cannot read it")
        return self._decoded(data, _Index)

    def _member(self, name: str) -> bytes:
        try:
            said = self._archive.getinfo(name)
            if said.file_size > _LARGEST:
                raise SnapshotError(f"{self.path} is damaged: {name} claims to be too large")
            if said.compress_type not in _PACKINGS:
                raise SnapshotError(f"{self.path} is damaged: {name} is packed in a way that no snapshot is")
            return self._archive.read(name)
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            KeyError,
            ValueError,
            RuntimeError,
        ) as error:
            raise SnapshotError(f"{self.path} is damaged: {name} cannot be read ({error})") from None

    def _decoded(self, data: bytes, shape: type[_Shape]) -> _Shape:
        try:
            return msgspec.json.decode(data, type=shape)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise SnapshotError(f"{self.path} is damaged: {error}") from None


def _stored(resource: Resource) -> _Resource:
    return _Resource(*resource.gvr, resource.kind, resource.namespaced)


def _restored(stored: _Resource) -> Resource:
    return Resource(GVR(stored.group, stored.version, stored.plural), stored.kind, stored.namespaced)


def _info(one: _Revision) -> RevisionInfo:
    who, size = Manager(one.manager, one.subresource), len(bytes(one.object))
    return RevisionInfo(
        one.number, one.version, one.at, one.server_at, one.type, who, size, one.final_unknown
    )


def _without_secrets(resource: Resource, text: bytes) -> bytes:
    """Once more, whatever it was that the text came from."""
    try:
        obj = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise SnapshotError(f"a revision of {resource.label} cannot be saved: {error}") from None
    if resource.kind != SECRET and not (isinstance(obj, dict) and obj.get("kind") == SECRET):
        return text
    return secret_text(text)
