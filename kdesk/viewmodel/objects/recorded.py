"""What was recorded of an object together with what this run has seen of it, as one history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.history.archive_reader import ArchiveReader
from kdesk.kube.history.book import RevisionBook
from kdesk.kube.history.revisions import ObjectHistory, ObjectId, RevisionInfo, RevisionType
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.documents import Maker
from kdesk.viewmodel.objects.history import RECORDED, Revisions

_log = logging.getLogger(__name__)


def as_recorded(info: RevisionInfo) -> RevisionInfo:
    """With a number below 0: older than all that a book may know."""
    return info._replace(number=info.number - RECORDED)


def one_history(
    live: tuple[RevisionInfo, ...], recorded: tuple[RevisionInfo, ...]
) -> tuple[RevisionInfo, ...]:
    """Oldest first. A revision that both have is the book's, unless that saw only how it was at the beginning."""
    if not recorded or not live:
        return live or recorded
    known = {_mark(info) for info in recorded}
    if live[0].type is RevisionType.INITIAL and _mark(live[0]) in known:
        began, live = live[0].version, live[1:]
        end = next(at for at, info in enumerate(recorded) if info.version == began) + 1
        return (*recorded[:end], *live)
    held = {_mark(info) for info in live}
    return (*(info for info in recorded if info.at <= live[0].at and _mark(info) not in held), *live)


class RecordedRevisions:
    """The book's revisions of one object, and before them those that the recorder has of it.

    Recorded ones have numbers below 0: older than all that the book may know. All but ``load`` and ``document`` answer
    from memory; these two block for the disk.
    """

    def __init__(self, book: RevisionBook, path: Path) -> None:
        """``path``: of the recorder's file, which need not be there."""
        self._book, self._path = book, path
        self._loaded = 0
        self._recorded: tuple[RevisionInfo, ...] = ()
        self._dropped = 0

    @property
    def version(self) -> int:
        return self._book.version + self._loaded

    def load(self, uid: str, resource: Resource) -> None:
        """Look for it in the file. What cannot be read is not there: the recorder says what is wrong with its file."""
        if not self._path.exists():
            return
        try:
            with closing(ArchiveReader(self._path)) as reader:
                found, history = reader.revisions(uid, resource), reader.history(uid, resource)
        except KubeError as error:
            _log.info("nothing recorded is shown: %s", error)
            return
        self._recorded = tuple(map(as_recorded, found))
        self._dropped = history.dropped if history is not None else 0
        self._loaded += 1

    def revisions(self, uid: str, resource: Resource | None = None) -> tuple[RevisionInfo, ...]:
        """Oldest first. A revision that both have is the book's, unless that saw only how it was at the beginning."""
        return one_history(self._book.revisions(uid, resource), self._recorded)

    def document(self, uid: str, number: int, resource: Resource | None = None) -> bytes:
        """The JSON of a revision. Raises NoRevision, Damaged, StoreError."""
        if number >= 0:
            return self._book.document(uid, number, resource)
        with closing(ArchiveReader(self._path)) as reader:
            return reader.document(uid, number + RECORDED, resource)

    def history(self, uid: str, resource: Resource | None = None) -> ObjectHistory | None:
        """What is kept of the object by both; None where the book knows nothing of it."""
        held = self._book.history(uid, resource)
        if held is None or not self._recorded:
            return held
        found = self.revisions(uid, resource)
        return held._replace(kept=len(found), dropped=self._dropped, since=found[0].at, newest=found[-1])


class Recorded:
    """Makes histories of open clusters' objects. ``path_of``: the recorder's file of a cluster. GUI thread only."""

    def __init__(self, clock: FrameClock, path_of: Callable[[ClusterSession], Path]) -> None:
        self._path_of = path_of
        self._loader: Maker[None] = Maker(clock, lambda _: None)

    def of(self, session: ClusterSession, resource: Resource, uid: str) -> Revisions:
        """Its ``version`` grows when what was recorded has been read."""
        made = RecordedRevisions(session.book, self._path_of(session))
        self._loader.make(partial(made.load, uid, resource))
        return made

    def close(self) -> None:
        """The thread ends."""
        self._loader.close()


class KeptObject(NamedTuple):
    """``version``, ``at`` (epoch seconds): of its newest revision; ``recorded``: on disk, not only in memory."""

    object: ObjectId
    version: str
    at: float
    kept: int
    deleted: bool
    recorded: bool


def find_kept(book: RevisionBook, path: Path, text: str) -> list[KeptObject]:
    """The objects with ``text`` in their name that something is kept of, those seen last first (blocking).

    Raises StoreError when the recorder's file is there and cannot be read.
    """
    found: dict[tuple[GVR, str], KeptObject] = {}
    if path.exists():
        with closing(ArchiveReader(path)) as reader:
            _take(found, reader.objects(containing=text), recorded=True)
    _take(found, [one for one in book.objects() if text in one.object.name], recorded=False)
    return sorted(found.values(), key=lambda one: one.at, reverse=True)


def _take(
    found: dict[tuple[GVR, str], KeptObject], histories: Sequence[ObjectHistory], *, recorded: bool
) -> None:
    for one in histories:
        key = (one.object.resource.gvr, one.object.uid)
        newest, before = one.newest, found.get(key)
        made = KeptObject(one.object, newest.version, newest.at, one.kept, one.deleted, recorded)
        if before is not None and before.at > made.at:
            made = before
        elif before is not None:
            made = made._replace(kept=max(made.kept, before.kept), recorded=True)
        found[key] = made


def _mark(info: RevisionInfo) -> tuple[str, bool]:
    return info.version, info.type is RevisionType.DELETED
