"""What happened to the rows of a watch, step by step, so that a table can be taken back to an earlier moment."""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from kdesk.kube.engine.subscription import Status, Subscription
from kdesk.kube.table.rows import Change, Column, Row

MAX_BYTES = 64 << 20
#: What a step costs, about: itself, the row before (which shares what did not change), the places of both.
_STEP_BYTES = 360
_WHOLE_ROW_BYTES = 700


class Step(msgspec.Struct, frozen=True, gc=False):
    """At ``at`` (epoch seconds, received) the row of ``key`` stopped being ``before`` (None: there was none)."""

    at: float
    key: str
    before: Row | None

    @property
    def cost(self) -> int:
        """Bytes, about."""
        return _STEP_BYTES if self.before is None else _WHOLE_ROW_BYTES if self.before.raw else _STEP_BYTES


@dataclass(frozen=True, slots=True)
class Recording:
    """The rows at one moment, and the steps that led there since ``since`` (epoch seconds), oldest first.

    ``dropped``: older steps that had to go.
    """

    rows: dict[str, Row]
    steps: tuple[Step, ...]
    since: float
    dropped: int


class Budget:
    """Bytes that all journals may hold together; each has the same share of them. Any thread."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._journals: weakref.WeakSet[Journal] = weakref.WeakSet()

    def join(self, journal: Journal) -> None:
        """One more: the others have less from now on."""
        with self._lock:
            self._journals.add(journal)
            others = list(self._journals)
        for other in others:
            other.trim()

    def leave(self, journal: Journal) -> None:
        with self._lock:
            self._journals.discard(journal)

    @property
    def share(self) -> int:
        """Bytes for one journal."""
        return self._max_bytes // max(1, len(self._journals))


class Journal(Subscription):
    """Keeps the steps of one informer since its first list was complete. It wakes nobody."""

    def __init__(self, budget: Budget, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._budget, self._clock = budget, clock
        self._steps: deque[Step] = deque()
        self._bytes = self._dropped = 0
        self._since = 0.0
        self._frozen: Recording | None = None
        budget.join(self)

    def close(self) -> None:
        self._budget.leave(self)
        super().close()

    def take(self) -> Recording | None:
        """What the last ``resync`` froze, once; None without one, or before the first list was complete."""
        with self._lock:
            frozen, self._frozen = self._frozen, None
        return frozen

    def trim(self) -> None:
        """Drop the oldest that are over the budget's share."""
        with self._lock:
            self._trim()

    def _clear(self) -> None:
        self._steps.clear()
        self._bytes = self._dropped = 0
        self._since = 0.0
        self._frozen = None

    def _empty(self) -> bool:
        return True  # nobody is to be woken

    def _begin(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        self._clear()
        self._status(status)

    def _resync(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        if self._since:
            held = {row.key: row for row in rows}
            self._frozen = Recording(held, tuple(self._steps), self._since, self._dropped)

    def _changed(self, changes: Sequence[Change]) -> None:
        if not self._since:
            return  # the first list: nothing was seen to happen
        at = self._clock()
        for change in changes:
            if change.resync:
                continue
            before = change.old
            if before is not None and before is not change.row:
                before = _sharing(before, change.row)
            step = Step(at, change.row.key, before)
            self._steps.append(step)
            self._bytes += step.cost
        self._trim()

    def _columns(self, columns: tuple[Column, ...]) -> None:
        if self._steps:  # cells of the steps stand under the columns before
            self._dropped += len(self._steps)
            self._steps.clear()
            self._bytes = 0
            self._since = self._clock()

    def _status(self, status: Status) -> None:
        if status.synced and not self._since:
            self._since = self._clock()

    def _trim(self) -> None:
        share = self._budget.share
        while self._bytes > share:
            step = self._steps.popleft()
            self._bytes -= step.cost
            self._dropped += 1
            self._since = step.at


def _sharing(old: Row, new: Row) -> Row:
    """``old`` with everything that is equal in both taken from ``new``, so that it costs only what was different."""
    if old.uid != new.uid or len(old.cells) != len(new.cells):
        return old
    return Row(
        new.key,
        new.uid,
        old.version,
        old.created,
        tuple(
            after if after == before else before for before, after in zip(old.cells, new.cells, strict=True)
        ),
        new.labels if new.labels == old.labels else old.labels,
        new.owner if new.owner == old.owner else old.owner,
        old.deleting,
        old.raw,
    )
