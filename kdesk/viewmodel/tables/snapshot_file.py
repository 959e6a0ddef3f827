"""An opened snapshot: its tables in memory, what is said of its objects' revisions too, their JSON read when wanted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.history.revisions import NoRevision, ObjectHistory, RevisionInfo
from kdesk.kube.history.snapshot import SnapshotObject, SnapshotReader, SnapshotTable
from kdesk.kube.stop import Stop
from kdesk.viewmodel.clusters.freshness import Freshness, Shape
from kdesk.viewmodel.moments import dated_text

_Key = tuple[GVR, str]


class KeptObjects:
    """The same questions as a ``RevisionBook``'s. Thread-safe; only ``document`` blocks, for the disk."""

    def __init__(self, path: Path, objects: Sequence[SnapshotObject] = ()) -> None:
        self.version = 1
        self.path = path
        self._objects = {(one.object.resource.gvr, one.object.uid): one for one in objects}
        self._lock = threading.Lock()
        # Of the object that was asked for last: a history is read revision by revision.
        self._texts: tuple[_Key, dict[int, bytes]] | None = None

    def revisions(self, uid: str, resource: Resource | None = None) -> tuple[RevisionInfo, ...]:
        """Oldest first; () of an object that is not in the file."""
        found = self._find(uid, resource)
        return found.revisions if found is not None else ()

    def document(self, uid: str, number: int, resource: Resource | None = None) -> bytes:
        """The JSON of a revision, Secret values as digests. Raises NoRevision, SnapshotError."""
        found = self._find(uid, resource)
        if found is None:
            raise NoRevision(f"this object is not in {self.path.name}")
        key = (found.object.resource.gvr, uid)
        with self._lock:
            if self._texts is None or self._texts[0] != key:
                self._texts = key, self._read(found)
            text = self._texts[1].get(number)
        if text is None:
            raise NoRevision(f"this revision is not in {self.path.name}")
        return text

    def history(self, uid: str, resource: Resource | None = None) -> ObjectHistory | None:
        """What is in the file of one object."""
        found = self._find(uid, resource)
        return _history(found) if found is not None and found.revisions else None

    def objects(
        self, resource: Resource | None = None, *, namespace: str = "", name: str = ""
    ) -> tuple[ObjectHistory, ...]:
        """Those that something is kept of, deleted ones included; "" and None: any."""
        return tuple(
            _history(one)
            for one in self._objects.values()
            if one.revisions
            and (resource is None or one.object.resource.gvr == resource.gvr)
            and namespace in ("", one.object.namespace)
            and name in ("", one.object.name)
        )

    def _find(self, uid: str, resource: Resource | None) -> SnapshotObject | None:
        if resource is not None:
            return self._objects.get((resource.gvr, uid))
        return next((one for (_, other), one in self._objects.items() if other == uid), None)

    def _read(self, one: SnapshotObject) -> dict[int, bytes]:
        reader = SnapshotReader(self.path)
        try:
            return dict(reader.texts(one.object.uid, one.object.resource))
        finally:
            reader.close()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file that was opened. ``made``: when it was saved (epoch seconds); ``by``: by which program."""

    path: Path
    made: float
    by: str
    tables: tuple[SnapshotTable, ...]
    kept: KeptObjects

    @property
    def said(self) -> str:
        """``shop.kdesk, saved Nov 23 19:20:11``."""
        return f"{self.path.name}, saved {dated_text(self.made)}"


def open_snapshot(path: Path, stop: Stop | None = None) -> Snapshot:
    """Read a file (blocking). Raises SnapshotError, Stopped."""
    reader = SnapshotReader(path)
    try:
        tables = []
        for table in reader.tables():
            tables.append(table)
            if stop is not None:
                stop.check()
        kept = KeptObjects(reader.path, reader.objects())
        return Snapshot(reader.path, reader.made, reader.by, tuple(tables), kept)
    finally:
        reader.close()


def snapshot_freshness(snapshot: Snapshot, table: SnapshotTable) -> Freshness:
    """What a table of a snapshot says in place of how fresh it is."""
    chosen = f" Only what matched the filter {table.filter} was saved." if table.filter else ""
    return Freshness(
        None,
        Shape.HOURGLASS,
        f"{dated_text(table.at)}  ·  {snapshot.path.name}",
        f"A snapshot of {table.cluster or 'a cluster'}: this is how it was. Nothing changes here.{chosen}",
        table.at,
        "warn",
    )


def _history(one: SnapshotObject) -> ObjectHistory:
    found = one.revisions
    return ObjectHistory(one.object, len(found), 0, found[0].at, found[-1], watched=False)
