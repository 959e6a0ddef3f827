"""Reading what was recorded, also while it is being written, also by another program."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

from kdesk.kube.diff.managers import Manager
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.history.book import Moment
from kdesk.kube.history.database import open_for_reading, told
from kdesk.kube.history.delta import Damaged, alone, restored
from kdesk.kube.history.revisions import (
    NoRevision,
    ObjectHistory,
    ObjectId,
    RevisionInfo,
    RevisionType,
    mark_of,
    type_of_mark,
)

_OBJECT = (
    "objects.id, dropped, grp, kinds.version, plural, kinds.kind, namespaced, namespace, objects.name, uid"
)
_OBJECTS = f"SELECT {_OBJECT} FROM objects JOIN kinds ON kinds.id = objects.kind"
_REVISION = "at, mark, server_at, rv, managers.name, subresource, size"


class _Kept:
    """A row of ``objects`` with its kind."""

    def __init__(self, row: tuple[int, int, str, str, str, str, int, str, str, str]) -> None:
        self.number, self.dropped = row[:2]
        group, version, plural, kind, namespaced, namespace, name, uid = row[2:]
        self.object = ObjectId(
            Resource(GVR(group, version, plural), kind, bool(namespaced)), namespace, name, uid
        )


class ArchiveReader:
    """The same questions as a ``RevisionBook``'s. Blocks for the disk; for one thread at a time. Raises StoreError.

    A revision's ``number`` counts from the object's first, dropped ones included.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = open_for_reading(path)

    def close(self) -> None:
        self._database.close()

    def revisions(self, uid: str, resource: Resource | None = None) -> tuple[RevisionInfo, ...]:
        """Those recorded of an object, oldest first; () of an unknown one."""
        with told(self.path):
            kept = self._find(uid, resource)
            return self._revisions(kept) if kept is not None else ()

    def document(self, uid: str, number: int, resource: Resource | None = None) -> bytes:
        """The JSON of a revision, Secret values as digests. Raises NoRevision, Damaged."""
        with told(self.path):
            self._database.execute("BEGIN")  # one moment for both questions
            try:
                kept = self._find(uid, resource)
                text, crc = self._text(kept, number - kept.dropped) if kept is not None else (b"", -1)
            finally:
                self._database.execute("COMMIT")
        if crc < 0:
            raise NoRevision("this revision is no longer recorded: newer ones took its place")
        if zlib.crc32(text) != crc:
            raise Damaged(f"a revision in {self.path} does not come back as it was")
        return text

    def gone(
        self, resource: Resource, *, namespace: str = "", most: int = -1
    ) -> list[tuple[ObjectId, bytes]]:
        """Those of a kind that were deleted, the last first, ``most`` of them (-1: all); each with its last JSON."""
        query = (
            f"SELECT {_OBJECT}, body, crc FROM heads JOIN objects ON objects.id = heads.object"
            " JOIN kinds ON kinds.id = objects.kind"
            f" WHERE mark % 8 = {mark_of(RevisionType.DELETED)} AND grp = ? AND plural = ? AND ? IN ('', namespace)"
            " ORDER BY at DESC LIMIT ?"
        )
        values = (resource.gvr.group, resource.gvr.resource, namespace, most)
        found = []
        with told(self.path):
            for *row, body, crc in self._database.execute(query, values):
                text = restored(b"", body)
                if zlib.crc32(text) == crc:
                    found.append((_Kept(tuple(row)).object, text))
        return found

    def whole(
        self, uid: str, resource: Resource | None = None, *, most: int = 0
    ) -> list[tuple[RevisionInfo, bytes]]:
        """All that is recorded of an object, oldest first, each with its JSON. What does not come back is left out.

        ``most``: no more than so many, the newest; 0: all.
        """
        with told(self.path):
            self._database.execute("BEGIN")
            try:
                kept = self._find(uid, resource)
                found = self._revisions(kept) if kept is not None else ()
                bodies = self._bodies(kept) if kept is not None else []
            finally:
                self._database.execute("COMMIT")
        texts: list[tuple[RevisionInfo, bytes]] = []
        text = b""
        for info, (body, crc) in zip(found[-most:][::-1], bodies[-most:][::-1], strict=True):
            try:
                text = restored(text, body)
            except Damaged:
                text = b""  # those before it follow from it, up to one that stands alone
            if zlib.crc32(text) == crc:
                texts.append((info, text))
        return texts[::-1]

    def history(self, uid: str, resource: Resource | None = None) -> ObjectHistory | None:
        """What is recorded of one object."""
        with told(self.path):
            kept = self._find(uid, resource)
            return self._history(kept) if kept is not None else None

    def objects(
        self, resource: Resource | None = None, *, namespace: str = "", name: str = "", containing: str = ""
    ) -> tuple[ObjectHistory, ...]:
        """Those that something is recorded of, deleted ones included; "" and None: any.

        ``containing``: what is somewhere in their name.
        """
        with told(self.path):
            found = (self._history(kept) for kept in self._all(resource, namespace, name, containing))
            return tuple(history for history in found if history is not None)

    def between(
        self, begin: float, end: float, resource: Resource | None = None, *, namespace: str = ""
    ) -> tuple[Moment, ...]:
        """What was received from ``begin`` to before ``end`` (epoch seconds), in the order of the moments."""
        with told(self.path):
            found = [
                Moment(kept.object, revision)
                for kept in self._all(resource, namespace, "")
                for revision in self._revisions(kept)
                if begin <= revision.at < end
            ]
        found.sort(key=lambda moment: moment.revision.at)
        return tuple(found)

    def _all(self, resource: Resource | None, namespace: str, name: str, containing: str = "") -> list[_Kept]:
        wanted, values = [], []
        if resource is not None:
            wanted += ["grp = ?", "plural = ?"]
            values += [resource.gvr.group, resource.gvr.resource]
        if namespace:
            wanted.append("namespace = ?")
            values.append(namespace)
        if name:
            wanted.append("objects.name = ?")
            values.append(name)
        if containing:
            wanted.append("instr(objects.name, ?) > 0")
            values.append(containing)
        where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
        return [_Kept(row) for row in self._database.execute(_OBJECTS + where, values)]

    def _find(self, uid: str, resource: Resource | None) -> _Kept | None:
        query, values = f"{_OBJECTS} WHERE uid = ?", [uid]
        if resource is not None:
            query += " AND grp = ? AND plural = ?"
            values += [resource.gvr.group, resource.gvr.resource]
        found = self._database.execute(query, values).fetchone()
        return _Kept(found) if found is not None else None

    def _history(self, kept: _Kept) -> ObjectHistory | None:
        found = self._revisions(kept)
        if not found:
            return None
        watched = found[-1].type is not RevisionType.DELETED
        return ObjectHistory(kept.object, len(found), kept.dropped, found[0].at, found[-1], watched)

    def _revisions(self, kept: _Kept) -> tuple[RevisionInfo, ...]:
        join = "JOIN managers ON managers.id = who WHERE object = ?"
        query = (
            f"SELECT 0, revisions.id AS place, {_REVISION} FROM revisions {join} UNION ALL"
            f" SELECT 1, 0, {_REVISION} FROM heads {join} ORDER BY 1, 2"
        )
        rows = self._database.execute(query, (kept.number, kept.number)).fetchall()
        return tuple(_info(kept.dropped + at, row[2:]) for at, row in enumerate(rows))

    def _bodies(self, kept: _Kept) -> list[tuple[bytes, int]]:
        """As they are stored, each with its checksum, oldest first."""
        query = (
            "SELECT 0, id AS place, body, crc FROM revisions WHERE object = ? UNION ALL"
            " SELECT 1, 0, body, crc FROM heads WHERE object = ? ORDER BY 1, 2"
        )
        rows = self._database.execute(query, (kept.number, kept.number)).fetchall()
        return [(body, crc) for _, _, body, crc in rows]

    def _text(self, kept: _Kept, place: int) -> tuple[bytes, int]:
        """With its checksum; -1 where there is none."""
        if place < 0:
            return b"", -1
        query = "SELECT body, crc FROM revisions WHERE object = ? ORDER BY id LIMIT -1 OFFSET ?"
        bodies: list[tuple[bytes, int]] = []
        steps: sqlite3.Cursor = self._database.execute(query, (kept.number, place))
        for body, crc in steps:
            bodies.append((body, crc))
            if alone(body):
                break
        steps.close()
        if not bodies or not alone(bodies[-1][0]):
            [[count]] = self._database.execute(
                "SELECT count(*) FROM revisions WHERE object = ?", (kept.number,)
            )
            head = self._database.execute(
                "SELECT body, crc FROM heads WHERE object = ?", (kept.number,)
            ).fetchone()
            if head is None or place > count:
                return b"", -1
            bodies.append(head)
        text = b""
        for body, _ in reversed(bodies):
            text = restored(text, body)
        return text, bodies[0][1]


def _info(number: int, row: tuple[int, int, int, str, str, str, int]) -> RevisionInfo:
    """``row``: as _REVISION asks for it."""
    at, mark, server_at, version, manager, subresource, size = row
    kind, final_unknown = type_of_mark(mark)
    who = Manager(manager, subresource)
    return RevisionInfo(number, version, at / 1000, server_at, kind, who, size, final_unknown)
