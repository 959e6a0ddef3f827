"""Every revision seen of a cluster's objects while they are watched whole: in memory, and bounded.

Informers only put what they tell their subscribers into a queue. A thread of the book's own, which begins with the
first of them and ends with the session, turns that into chains of differences, some at a time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kdesk.kube.diff.masking import SECRET, secret_text
from kdesk.kube.gvk import Resource
from kdesk.kube.history.revisions import NoRevision, ObjectHistory, ObjectId, RevisionInfo, text_of
from kdesk.kube.history.shelf import Shelf
from kdesk.kube.stop import Stop
from kdesk.kube.table.rows import Change, Row

_log = logging.getLogger(__name__)

#: What the revisions of a cluster may take, besides the newest of each object, which is its informer's own.
MAX_BYTES = 128 << 20
#: What may wait to be taken in: some seconds of a very busy cluster.
_QUEUE_BYTES = 64 << 20
#: So that changes are taken in by the handful and not one by one.
_GATHER_SECONDS = 0.05
#: So many at once under the lock that readers wait for.
_SLICE = 64


class BookFigures(NamedTuple):
    """``bytes`` are what the revisions take, ``json_bytes`` what the JSON was of all that were ever taken in.

    ``dropped``: revisions that had to go for newer ones, up to the one received at ``dropped_until`` (epoch seconds, 0
    for none); ``missed``: those that came faster than they could be taken in.
    """

    objects: int
    revisions: int
    bytes: int
    json_bytes: int
    dropped: int
    dropped_until: float
    missed: int


class Moment(NamedTuple):
    """A revision and whose it is."""

    object: ObjectId
    revision: RevisionInfo


class Feed:
    """One informer's way into the book; made by ``RevisionBook.feed``. Thread-safe, and cheap for the caller."""

    def __init__(self, book: RevisionBook, resource: Resource, bit: int, *, selecting: bool) -> None:
        self.resource, self.bit, self.selecting = resource, bit, selecting
        self._book = book
        self._ended = False

    def put(self, changes: Sequence[Change]) -> None:
        """What an informer tells its subscribers, in its order; the sequence is kept, not copied."""
        self._book._put(self, changes, sum([len(change.row.raw) for change in changes]))

    def end(self) -> None:
        """The informer has stopped. Idempotent: the bit may be another's by then."""
        if not self._ended:
            self._ended = True
            self._book._put(self, None, 0)


class _Waiting(NamedTuple):
    """What one informer told at once; ``changes`` None: that it has ended."""

    feed: Feed
    at: float
    changes: Sequence[Change] | None
    size: int


class RevisionBook:
    """All methods are thread-safe; only ``wait_idle`` and ``join`` wait. What is full drops its oldest revisions.

    ``version`` grows whenever something was added or dropped: whoever shows the book looks whether it did.
    """

    def __init__(
        self, name: str = "", *, max_bytes: int = MAX_BYTES, clock: Callable[[], float] = time.time
    ) -> None:
        self.version = 0
        self._name = name
        self._clock = clock
        self._stop = Stop()
        self._thread: threading.Thread | None = None
        self._filled = threading.Condition()  # guards what waits to be taken in
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = self._missed = self._bits = 0
        self._busy = False
        self._lock = threading.Lock()  # guards the shelf, which the thread alone writes to
        self._max_bytes = max_bytes
        self._shelf = Shelf(max_bytes)

    # What anyone may ask.

    def revisions(self, uid: str, resource: Resource | None = None) -> tuple[RevisionInfo, ...]:
        """Those kept of an object, oldest first; () of an unknown one.

        ``resource`` is needed only where one object is watched as several kinds (``events`` in two groups).
        """
        with self._lock:
            chain = self._shelf.find(uid, resource)
            return tuple(map(self._shelf.managers.info, chain.all())) if chain is not None else ()

    def document(self, uid: str, number: int, resource: Resource | None = None) -> bytes:
        """The JSON of a revision, without managedFields, Secret values as digests. Raises NoRevision, Damaged."""
        with self._lock:
            chain = self._shelf.find(uid, resource)
            found = chain.all() if chain is not None else []
            place = next((at for at, record in enumerate(found) if record.number == number), None)
            if chain is None or place is None:
                raise NoRevision("this revision is no longer kept: newer ones took its place")
            records, newest = chain.records[place:], chain.head_text
        return text_of(records, newest)

    def history(self, uid: str, resource: Resource | None = None) -> ObjectHistory | None:
        """What is kept of one object."""
        with self._lock:
            chain = self._shelf.find(uid, resource)
            return self._shelf.history(chain) if chain is not None else None

    def objects(
        self, resource: Resource | None = None, *, namespace: str = "", name: str = ""
    ) -> tuple[ObjectHistory, ...]:
        """Those that something is kept of, deleted ones included; "" and None: any. Several may have had one name."""
        with self._lock:
            return tuple(
                self._shelf.history(chain)
                for chain in self._shelf.chains(resource)
                if (not namespace or chain.key.startswith(f"{namespace}/"))
                and (not name or chain.key.endswith(f"/{name}"))
            )

    def between(
        self, begin: float, end: float, resource: Resource | None = None, *, namespace: str = ""
    ) -> tuple[Moment, ...]:
        """What was received from ``begin`` to before ``end`` (epoch seconds), in the order of the moments.

        Looks at everything that is kept: some 100 ms for 100,000 revisions.
        """
        with self._lock:
            found = [
                Moment(chain.object, self._shelf.managers.info(record))
                for chain in self._shelf.chains(resource)
                if not namespace or chain.key.startswith(f"{namespace}/")
                for record in chain.between(begin, end)
            ]
        found.sort(key=lambda moment: (moment.revision.at, moment.revision.number))
        return tuple(found)

    def figures(self) -> BookFigures:
        with self._lock:
            shelf = self._shelf
            kept = (len(shelf), shelf.revisions, shelf.bytes, shelf.json_bytes)
            return BookFigures(*kept, shelf.dropped, shelf.dropped_until, self._missed)

    # Where it comes from.

    def feed(self, resource: Resource, *, selecting: bool = False) -> Feed:
        """For one informer of whole objects. ``selecting``: one that may lose sight of what is still there."""
        with self._filled:
            bit = 1
            while self._bits & bit:
                bit <<= 1
            self._bits |= bit
        return Feed(self, resource, bit, selecting=selecting)

    def wait_idle(self, seconds: float) -> bool:
        """Wait until everything put so far has been taken in; True when it has, or the book was stopped."""
        with self._filled:
            return self._filled.wait_for(
                lambda: self._stop.is_set() or not (self._waiting or self._busy), seconds
            )

    def stop(self) -> None:
        """Prompt and for good; then ``join`` and ``purge``."""
        self._stop.set()
        with self._filled:
            self._filled.notify_all()

    def join(self, seconds: float) -> bool:
        """Wait for the thread after ``stop``; True when it has ended."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def purge(self) -> Iterable[None]:
        """Forget everything, a slice at a time. Only after the thread has ended."""
        with self._filled:
            self._waiting.clear()
        with self._lock:
            shelf, self._shelf = self._shelf, Shelf(self._max_bytes)
            self.version += 1
        return shelf.drain()

    def _put(self, feed: Feed, changes: Sequence[Change] | None, size: int) -> None:
        with self._filled:
            if self._stop.is_set():
                return
            self._waiting.append(_Waiting(feed, self._clock(), changes, size))
            self._waiting_bytes += size
            if self._waiting_bytes > _QUEUE_BYTES:
                self._miss_oldest()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"history {self._name}", daemon=True)
                self._thread.start()
            self._filled.notify_all()

    def _miss_oldest(self) -> None:
        """Under ``_filled``: the older half goes, but for the ends of informers."""
        ends: list[_Waiting] = []
        while self._waiting and self._waiting_bytes > _QUEUE_BYTES // 2:
            oldest = self._waiting.popleft()
            self._waiting_bytes -= oldest.size
            if oldest.changes is None:
                ends.append(oldest)
            else:
                self._missed += len(oldest.changes)
        self._waiting.extendleft(reversed(ends))

    # The book's own thread, from here on.

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._filled:
                self._filled.wait_for(lambda: self._waiting or self._stop.is_set())
            self._stop.wait(_GATHER_SECONDS)
            with self._filled:
                taken, self._waiting = self._waiting, deque()
                self._waiting_bytes = 0
                self._busy = True
            while taken and not self._stop.is_set():
                try:
                    self._take_in(taken.popleft())
                except Exception:  # noqa: BLE001 (a fault of ours in one change must not end the history of all)
                    _log.exception("a part of the history of %s was lost", self._name)
            with self._filled:
                self._busy = False
                self._filled.notify_all()

    def _take_in(self, told: _Waiting) -> None:
        feed, at, changes, _ = told
        if changes is None:
            self._end(feed)
            return
        for start in range(0, len(changes), _SLICE):
            if self._stop.is_set():
                return
            part = changes[start : start + _SLICE]
            texts = [_kept_text(change.row, feed.resource) for change in part]
            with self._lock:
                for change, text in zip(part, texts, strict=True):
                    self._shelf.add(feed.resource, feed.bit, at, change, text, selecting=feed.selecting)
                self._shelf.drop_oldest()
                self.version += 1

    def _end(self, feed: Feed) -> None:
        mine = list(self._shelf.chains(feed.resource))
        for start in range(0, len(mine), _SLICE):
            if self._stop.is_set():
                return
            with self._lock:
                for chain in mine[start : start + _SLICE]:
                    self._shelf.release(chain, feed.bit)
                self._shelf.drop_oldest()
                self.version += 1
        with self._filled:
            self._bits &= ~feed.bit


def _kept_text(row: Row, resource: Resource) -> bytes:
    """What is kept of an object: the very bytes of the row, but of a Secret never its values."""
    if resource.kind == SECRET:
        return secret_text(row.raw)
    return row.raw
