"""How changes leave an informer's thread: bounded queues that their owners empty when it suits them.

The informer only appends and, when a queue was empty, calls ``wake``: a slow or failing consumer delays nobody. There
are two kinds: ``Latest`` merges by object (for tables; bounded by the number of objects), ``Stream`` merges nothing
(for live events) and counts what it had to drop.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kdesk.kube.table.rows import Change, Column, Row


class WatchState(StrEnum):
    """What an informer says of its data."""

    LISTING = "LISTING"  # not complete yet (or being listed again; the last data stays)
    LIVE = "LIVE"
    BACKOFF = "BACKOFF"  # the connection is lost; trying again
    FORBIDDEN = "FORBIDDEN"
    UNAUTHORIZED = "UNAUTHORIZED"  # a login is needed
    GONE = "GONE"  # the cluster no longer serves the kind
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class Status:
    """The state of an informer. ``since`` and ``retry_at`` are epoch seconds; ``retry_at`` 0 where no retry is due.

    ``objects`` counts the rows held (while listing for the first time: so far); ``total`` what the server says the list
    will hold (0 when unknown); ``synced``: complete at least once, so the rows are all there were.
    """

    state: WatchState
    objects: int = 0
    synced: bool = False
    total: int = 0
    error: str = ""
    since: float = 0.0
    retry_at: float = 0.0


class Batch(NamedTuple):
    """What a ``Latest`` hands over. ``rows``: newest row per key, None where the object is gone."""

    rows: dict[str, Row | None]
    columns: tuple[Column, ...] | None  # only when they changed
    status: Status | None  # only when it changed
    reset: bool  # everything handed over before is void


class Happening(NamedTuple):
    """One entry of a ``Stream``: an object's change or the informer's own change of state. ``at``: epoch seconds."""

    at: float
    change: Change | None
    status: Status | None


class Subscription:
    """The informer's side of a queue; subclasses keep what they want of it. All methods are thread-safe."""

    def __init__(self, wake: Callable[[], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._wake = wake
        self._closed = False

    def close(self) -> None:
        """Nothing is delivered after this returns."""
        with self._lock:
            self._closed = True
            self._clear()

    def begin(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        """What a late comer is told first: every object exactly once, and the state."""
        self._deliver(lambda: self._begin(rows, columns, status))

    def resync(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        """Every object once more, behind what was told before."""
        self._deliver(lambda: self._resync(rows, columns, status))

    def changed(self, changes: Sequence[Change]) -> None:
        self._deliver(lambda: self._changed(changes))

    def columns(self, columns: tuple[Column, ...]) -> None:
        self._deliver(lambda: self._columns(columns))

    def status(self, status: Status) -> None:
        self._deliver(lambda: self._status(status))

    def _deliver(self, put: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                return
            was_empty = self._empty()
            put()
            wake = self._wake if was_empty and not self._empty() else None
        if wake is not None:
            wake()

    def _clear(self) -> None:
        raise NotImplementedError

    def _empty(self) -> bool:
        raise NotImplementedError

    def _begin(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        raise NotImplementedError

    def _resync(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        raise NotImplementedError

    def _changed(self, changes: Sequence[Change]) -> None:
        raise NotImplementedError

    def _columns(self, columns: tuple[Column, ...]) -> None:
        raise NotImplementedError

    def _status(self, status: Status) -> None:
        raise NotImplementedError


class Latest(Subscription):
    """For tables: the newest row of each object since the last ``take``."""

    def __init__(self, wake: Callable[[], None] | None = None) -> None:
        super().__init__(wake)
        self._clear()

    def take(self) -> Batch | None:
        """Everything since the last call, or None. Cheap: the dict is handed over, not copied."""
        with self._lock:
            if self._empty():
                return None
            batch = Batch(self._rows, self._new_columns, self._new_status, self._reset)
            self._clear()
        return batch

    def _clear(self) -> None:
        self._rows: dict[str, Row | None] = {}
        self._new_columns: tuple[Column, ...] | None = None
        self._new_status: Status | None = None
        self._reset = False

    def _empty(self) -> bool:
        return not (
            self._rows or self._reset or self._new_columns is not None or self._new_status is not None
        )

    def _begin(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        self._clear()
        self._reset = True
        self._rows = {row.key: row for row in rows}
        self._new_columns = columns
        self._new_status = status

    def _resync(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        self._begin(rows, columns, status)  # what was not taken yet is in the rows

    def _changed(self, changes: Sequence[Change]) -> None:
        rows = self._rows
        for change in changes:
            # A name that was reused must not look like an update: the uid in the row tells the model.
            rows[change.row.key] = None if change.type == "DELETED" else change.row

    def _columns(self, columns: tuple[Column, ...]) -> None:
        self._new_columns = columns

    def _status(self, status: Status) -> None:
        self._new_status = status


class Stream(Subscription):
    """For live events: every change and state, in order; the oldest are dropped, and counted, when it is full."""

    def __init__(
        self,
        wake: Callable[[], None] | None = None,
        *,
        capacity: int = 100_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(wake)
        self._queue: deque[Happening] = deque()
        self._capacity = capacity
        self._clock = clock
        self.dropped = 0

    def __len__(self) -> int:
        """Entries that wait to be taken."""
        return len(self._queue)

    def take(self, limit: int | None = None) -> list[Happening]:
        """Up to ``limit`` entries (all when None), oldest first."""
        with self._lock:
            queue = self._queue
            if limit is None or limit >= len(queue):
                taken, self._queue = list(queue), deque()
            else:
                taken = [queue.popleft() for _ in range(limit)]
        return taken

    def _clear(self) -> None:
        self._queue.clear()

    def _empty(self) -> bool:
        return not self._queue

    def _begin(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        self._changed([Change("ADDED", row, None, initial=True) for row in rows])
        self._status(status)

    def _resync(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        self._changed([Change("MODIFIED", row, row, resync=True) for row in rows])

    def _changed(self, changes: Sequence[Change]) -> None:
        at = self._clock()
        self._queue.extend(Happening(at, change, None) for change in changes)
        self._trim()

    def _columns(self, columns: tuple[Column, ...]) -> None:
        return  # a stream shows objects, not cells

    def _status(self, status: Status) -> None:
        self._queue.append(Happening(self._clock(), None, status))
        self._trim()

    def _trim(self) -> None:
        over = len(self._queue) - self._capacity
        if over > 0:
            self.dropped += over
            for _ in range(over):
                self._queue.popleft()
