"""Which objects' histories go into a snapshot, and how much of each: what was seen, then what was recorded before.

All of it blocks for the disk, and is for one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.history.archive_reader import ArchiveReader
from kdesk.kube.history.revisions import NoRevision, ObjectHistory, ObjectId, RevisionInfo
from kdesk.viewmodel.objects.history import Revisions
from kdesk.viewmodel.objects.recorded import as_recorded, one_history

#: JSON of revisions in one snapshot, before it is packed: what changed last goes in first.
MOST_BYTES = 256 << 20

_Key = tuple[str, GVR, str]


class Histories(Revisions, Protocol):
    """A cluster's book, or a snapshot's."""

    def objects(
        self, resource: Resource | None = None, *, namespace: str = "", name: str = ""
    ) -> tuple[ObjectHistory, ...]: ...


class Recording:
    """A recorder's file, for as long as it can be read: what cannot be is not there, and ``trouble`` says why."""

    def __init__(self, path: Path) -> None:
        self.trouble = ""
        self._reader: ArchiveReader | None = None
        try:
            self._reader = ArchiveReader(path) if path.exists() else None
        except KubeError as error:
            self.trouble = str(error)

    def objects(self, resource: Resource, *, namespace: str = "") -> tuple[ObjectHistory, ...]:
        """Those that something is recorded of; "": in any namespace."""
        try:
            return self._reader.objects(resource, namespace=namespace) if self._reader is not None else ()
        except KubeError as error:
            self._give_up(error)
            return ()

    def whole(self, which: ObjectId) -> list[tuple[RevisionInfo, bytes]]:
        """All that is recorded of an object, oldest first."""
        try:
            return self._reader.whole(which.uid, which.resource) if self._reader is not None else []
        except KubeError as error:
            self._give_up(error)
            return []

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _give_up(self, error: KubeError) -> None:
        self.trouble = str(error)
        self.close()


@dataclass(frozen=True, slots=True)
class Source:
    """What is kept of one cluster's part of a table: in memory, and on disk of the objects with these ``uids``."""

    cluster: str
    resource: Resource
    namespaces: tuple[str, ...]
    uids: frozenset[str]
    seen: Histories | None
    recorded: Recording | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """One object whose history goes in; with what was recorded of it, or only with what was seen."""

    source: Source
    object: ObjectId
    newest: float
    with_recorded: bool = False

    def revisions(self) -> Iterator[tuple[RevisionInfo, bytes]]:
        """Oldest first, none twice. What had to go for newer ones meanwhile is left out."""
        which, disk, seen = self.object, self.source.recorded, self.source.seen
        recorded = disk.whole(which) if disk is not None and self.with_recorded else []
        texts = {as_recorded(info): text for info, text in recorded}
        live = seen.revisions(which.uid, which.resource) if seen is not None else ()
        for info in one_history(live, tuple(texts)):
            text = texts.get(info)
            if text is None and seen is not None:
                try:
                    text = seen.document(which.uid, info.number, which.resource)
                except NoRevision:
                    continue
            if text is not None:
                yield info, text


class Choice(NamedTuple):
    """Those that changed last first. So many were ``left_out``, of so many what was recorded (``shortened``)."""

    objects: list[Chosen]
    left_out: int
    shortened: int


def choose(sources: Sequence[Source]) -> Choice:
    """What was seen of all goes before what was recorded of any."""
    room = MOST_BYTES
    seen = _seen(sources)
    chosen: dict[_Key, Chosen] = {}
    for key, (one, size) in sorted(seen.items(), key=_newest_first):
        room -= size
        if room < 0:
            break
        chosen[key] = one
    left_out = set(seen) - set(chosen)
    room = max(room, 0) if not left_out else 0
    shortened = 0
    for key, (one, size) in sorted(_recorded(sources, seen).items(), key=_newest_first):
        if size <= room:
            room -= size
            chosen[key] = replace(chosen.get(key, one), with_recorded=True)
        elif key in chosen:
            shortened += 1
        else:
            left_out.add(key)
    objects = sorted(chosen.values(), key=lambda one: one.newest, reverse=True)
    return Choice(objects, len(left_out), shortened)


def _newest_first(found: tuple[_Key, tuple[Chosen, int]]) -> float:
    return -found[1][0].newest


def _seen(sources: Sequence[Source]) -> dict[_Key, tuple[Chosen, int]]:
    """With the bytes that it takes, about."""
    return _found(sources, lambda source: source.seen, lambda source, uid: True)


def _recorded(
    sources: Sequence[Source], seen: dict[_Key, tuple[Chosen, int]]
) -> dict[_Key, tuple[Chosen, int]]:
    """Of those objects only that the snapshot is about."""
    known = {uid for _, _, uid in seen}
    return _found(
        sources, lambda source: source.recorded, lambda source, uid: uid in source.uids or uid in known
    )


def _found(
    sources: Sequence[Source],
    kept_in: Callable[[Source], Histories | Recording | None],
    wanted: Callable[[Source, str], bool],
) -> dict[_Key, tuple[Chosen, int]]:
    found: dict[_Key, tuple[Chosen, int]] = {}
    for source in sources:
        kept = kept_in(source)
        for namespace in source.namespaces or ("",) if kept is not None else ():
            for one in kept.objects(source.resource, namespace=namespace) if kept is not None else ():
                if wanted(source, one.object.uid):
                    key = (source.cluster, one.object.resource.gvr, one.object.uid)
                    chosen = Chosen(source, one.object, one.newest.at)
                    found.setdefault(key, (chosen, one.kept * one.newest.size))
    return found
