"""The thread that records: it takes what informers tell from a queue and writes it to disk, a little at a time.

Whatever goes wrong with the disk stays here: it is said in ``status``, tried again where that may help, and what has to
wait too long is dropped and counted. Live data never waits for any of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.kube.history.archive import Archive, Limits, Observed
from kdesk.kube.history.database import DamagedStore, StoreError, mend
from kdesk.kube.history.folder import FolderError, HistoryFolder
from kdesk.kube.stop import Stop
from kdesk.kube.table.rows import Change

_log = logging.getLogger(__name__)

#: What is told within this time is written at once.
FLUSH_SECONDS = 1.0
RETRY_SECONDS = 15.0
_PRUNE_SECONDS = 30.0
_QUEUE_BYTES = 32 << 20
_WRITE_BYTES = 2 << 20  # for one transaction: another program need not wait long


class RecorderState(StrEnum):
    STARTING = "STARTING"
    RECORDING = "RECORDING"
    WAITING = "WAITING"  # something is wrong; it is tried again
    FAILED = "FAILED"  # something is wrong that only a person can mend
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """``message``: what is wrong, or what became of a damaged file, as a sentence; "" when there is nothing to say.

    ``since``: of the state (epoch seconds); ``path``: the file; ``revisions``: written since the start; ``missed``:
    changes that could not be written; ``bytes``: in use of the file.
    """

    state: RecorderState
    path: Path
    message: str = ""
    since: float = 0.0
    revisions: int = 0
    missed: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Absent:
    """Of a kind there are only these (in the namespace; "": in all): the rest went while nobody looked."""

    at: float
    resource: Resource
    there: frozenset[str]
    namespace: str


class Recording:
    """``start`` it once, ``stop`` it (prompt; what is queued is still written), then ``join``. Thread-safe.

    ``on_change`` is called from any thread when ``status`` changed in more than its figures.
    """

    def __init__(
        self,
        folder: HistoryFolder,
        path: Path,
        limits: Limits,
        *,
        begin: Callable[[], None] | None = None,
        on_change: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``begin`` is called first of all on the recording's own thread, for what takes a moment."""
        self._folder, self._path, self._limits = folder, path, limits
        self._begin, self._on_change, self._clock = begin, on_change, clock
        self._status = RecorderStatus(RecorderState.STARTING, path, since=clock())
        self._stop = Stop()
        self._lock = threading.Lock()
        self._queue: deque[Observed | _Absent] = deque()
        self._queued = self._missed = 0
        self._written = 0
        self._thread = threading.Thread(target=self._run, name=f"recorder {path.stem}", daemon=True)

    @property
    def status(self) -> RecorderStatus:
        return replace(self._status, missed=self._missed)

    def start(self) -> None:
        self._thread.start()

    def put(self, resource: Resource, changes: Sequence[Change]) -> None:
        """What an informer of whole objects told; the sequence is kept, not copied."""
        size = sum([len(change.row.raw) for change in changes])
        with self._lock:
            if self._stop.is_set():
                return
            self._queue.append(Observed(self._clock(), resource, changes))
            self._queued += size
            while self._queued > _QUEUE_BYTES and len(self._queue) > 1:
                self._miss(self._queue.popleft())

    def absent(self, resource: Resource, there: Iterable[str], *, namespace: str = "") -> None:
        """A complete list of a kind, in one namespace or all: what is recorded and has no uid of these is gone."""
        with self._lock:
            self._queue.append(_Absent(self._clock(), resource, frozenset(there), namespace))

    def stop(self) -> None:
        self._stop.set()

    def join(self, seconds: float) -> bool:
        """Wait for the thread; True when it has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def purge(self) -> Iterable[None]:
        """Nothing is left to drop: what was queued is written, or counted."""
        return ()

    def _miss(self, told: Observed | _Absent) -> None:
        """Under the lock."""
        if isinstance(told, Observed):
            self._missed += len(told.changes)
            self._queued -= sum([len(change.row.raw) for change in told.changes])

    # The thread, from here on.

    def _run(self) -> None:
        note = ""
        try:
            if self._begin is not None:
                self._begin()
            while not self._stop.is_set():
                try:
                    self._record(note)
                    note = ""
                except DamagedStore as error:
                    note = self._mended(error)
                except (StoreError, FolderError) as error:
                    passing = not isinstance(error, StoreError) or error.passing
                    self._say(RecorderState.WAITING if passing else RecorderState.FAILED, str(error))
                    if not passing:
                        self._stop.set()
                    self._stop.wait(RETRY_SECONDS)
        except Exception:  # noqa: BLE001 (a fault of ours must not look like a recording)
            _log.exception("recording to %s failed", self._path)
            self._say(RecorderState.FAILED, "kdesk failed here: the log file has the details")
            self._stop.set()
        if self._status.state in (RecorderState.STARTING, RecorderState.RECORDING):
            self._say(RecorderState.STOPPED, "")

    def _mended(self, error: DamagedStore) -> str:
        """What became of a damaged file. Raises StoreError."""
        try:
            aside = mend(self._folder, self._path)
        except StoreError as worse:
            raise StoreError(f"{error}; {worse}") from error
        if aside is None:
            return ""
        _log.info("%s; it is kept as %s", error, aside)
        return f"what was recorded before is damaged: it is kept as {aside.name}, and a new file was begun"

    def _record(self, note: str) -> None:
        """Until it is stopped, and then what is queued. Raises StoreError, FolderError."""
        self._folder.prepare()
        archive = Archive(self._path, self._folder.key(), self._limits)
        try:
            self._say(RecorderState.RECORDING, note)
            pruned = float("-inf")
            stopping = False
            while not stopping:
                stopping = self._stop.wait(FLUSH_SECONDS)
                while batch := self._next_batch():
                    self._write(archive, batch)
                if self._clock() - pruned >= _PRUNE_SECONDS:
                    pruned = self._clock()
                    archive.prune(pruned)
                self._count(archive.used)
        finally:
            archive.close()

    def _write(self, archive: Archive, batch: list[Observed | _Absent]) -> None:
        """What cannot be written is queued again. Raises StoreError."""
        try:
            while batch:
                if isinstance(absent := batch[0], _Absent):
                    self._written += archive.missing(
                        absent.resource, absent.there, absent.at, namespace=absent.namespace
                    )
                    del batch[0]
                    continue
                count = next((n for n, one in enumerate(batch) if isinstance(one, _Absent)), len(batch))
                self._written += archive.write([one for one in batch[:count] if isinstance(one, Observed)])
                del batch[:count]
        except KubeError:
            with self._lock:
                self._queue.extendleft(reversed(batch))
                self._queued += sum(map(_size, batch))
            raise

    def _next_batch(self) -> list[Observed | _Absent]:
        """As much of the queue as one transaction is to hold."""
        batch: list[Observed | _Absent] = []
        size = 0
        with self._lock:
            while self._queue and size < _WRITE_BYTES:
                batch.append(self._queue.popleft())
                size += _size(batch[-1])
            self._queued -= size
        return batch

    def _count(self, used: int) -> None:
        self._status = replace(self._status, revisions=self._written, bytes=used)

    def _say(self, state: RecorderState, message: str) -> None:
        status = self._status
        if (status.state, status.message) == (state, message):
            return
        since = status.since if status.state is state else self._clock()
        self._status = replace(status, state=state, message=message, since=since)
        if self._on_change is not None:
            self._on_change()


def _size(told: Observed | _Absent) -> int:
    return sum([len(change.row.raw) for change in told.changes]) if isinstance(told, Observed) else 0
