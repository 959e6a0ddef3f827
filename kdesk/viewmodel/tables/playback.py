"""A table taken back to an earlier moment: its rows as they were, step by step or played, and back to the present.

The journals of the table's informers know what every row was before. While the past is shown nothing new comes into
the model; order, filter and selection go on working, on the rows of that moment.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.kube.errors import KubeError
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.tables.controller import TableController

SPEEDS = (1, 2, 5, 10, 30, 100)
_FRAME_MS = 33
_SLICE = 250


class NothingRecorded(KubeError):
    """There is no past to go to."""


@dataclass(frozen=True, slots=True)
class _Tape:
    """Steps in order of time: at ``ats[i]`` the row of ``keys[i]`` was ``befores[i]`` and became ``afters[i]``."""

    ats: list[float]
    keys: list[str]
    befores: list[Row | None]
    afters: list[Row | None]
    begins: float
    ends: float
    dropped: int


class Playback(QObject):
    """Of one table. ``changed``: where it is, whether it plays. GUI thread only; ``close`` with the table.

    ``position`` counts the steps that have happened at the moment shown.
    """

    changed = Signal()

    def __init__(
        self,
        table: TableController,
        clock: FrameClock,
        parent: QObject | None = None,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.moment = 0.0  # epoch seconds of what is shown
        self.position = 0
        self.speed = SPEEDS[0]
        self._table, self._clock, self._now, self._monotonic = table, clock, now, monotonic
        self._tape: _Tape | None = None
        self._pending: dict[str, Row | None] = {}
        self._glow = False
        self._last = 0.0
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._play_on)
        table.restarting.connect(self.leave)
        clock.add(self._frame)

    @property
    def active(self) -> bool:
        """The past is shown."""
        return self._tape is not None

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    @property
    def settled(self) -> bool:
        """All rows are as they were at the moment."""
        return not self._pending

    @property
    def begins(self) -> float:
        """The earliest moment there is (epoch seconds); 0 in the present."""
        return self._tape.begins if self._tape is not None else 0.0

    @property
    def ends(self) -> float:
        """When the past was entered: the latest moment there is; 0 in the present."""
        return self._tape.ends if self._tape is not None else 0.0

    @property
    def steps(self) -> int:
        return len(self._tape.ats) if self._tape is not None else 0

    @property
    def dropped(self) -> int:
        """Older steps that are no longer kept."""
        return self._tape.dropped if self._tape is not None else 0

    def enter(self) -> None:
        """Stop at the present moment: what comes from now on waits. Raises NothingRecorded."""
        if self._tape is not None:
            return
        table = self._table
        rows, tape = self._record()
        table.hold(True)
        self._tape = tape
        self.position, self.moment = len(tape.ats), tape.ends
        # What is still on its way to the model counts as come; and columns of one's own have no past.
        table.model.set_moment(tape.ends)
        wanted = dict.fromkeys(table.model.held()) | rows
        get = table.model.get
        self._go({key: row for key, row in wanted.items() if row is None or get(key) is not row}, glow=False)
        self.changed.emit()

    def leave(self) -> None:
        """Back to the present, with all that came meanwhile. At once."""
        tape = self._tape
        if tape is None:
            return
        self._timer.stop()
        self._pending |= self._between(self.position, len(tape.ats))
        self._put(self._pending.items())
        self._pending = {}
        self._tape = None
        self._table.model.set_moment(None)
        self._table.hold(False)
        self.changed.emit()

    def go_to(self, moment: float) -> None:
        """Show the rows as they were at this moment (epoch seconds), or the nearest there is."""
        tape = self._tape
        if tape is None:
            return
        moment = min(max(moment, tape.begins), tape.ends)
        self._move(bisect_right(tape.ats, moment), moment, glow=False)

    def step(self, count: int) -> None:
        """So many steps on (back where negative)."""
        tape = self._tape
        if tape is None:
            return
        self.pause()
        position = min(max(self.position + count, 0), len(tape.ats))
        moment = tape.ats[position - 1] if position else tape.begins
        self._move(position, moment, glow=abs(count) == 1)

    def play(self, speed: int | None = None) -> None:
        """Go on by itself, ``speed`` times as fast as it was; from the beginning where it is at the end."""
        if self._tape is None:
            return
        self.speed = speed or self.speed
        if self.moment >= self._tape.ends:
            self.go_to(self._tape.begins)
        self._last = self._monotonic()
        self._timer.start()
        self.changed.emit()

    def pause(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self.changed.emit()

    def close(self) -> None:
        self._timer.stop()
        self._clock.remove(self._frame)

    # Inside.

    def _record(self) -> tuple[dict[str, Row | None], _Tape]:
        """The rows of this moment with the table's keys, and how they came to be."""
        rows: dict[str, Row | None] = {}
        steps: list[tuple[float, str, Row | None]] = []
        begins, dropped = 0.0, 0
        for part, feed in self._table.parts.feeds():
            feed.lease.informer.resync(feed.journal)
            recording = feed.journal.take()
            if recording is None:
                raise NothingRecorded("Nothing has been recorded yet: the first list is not complete.")
            rows.update(part.presented(list(recording.rows.items())))
            changes = part.presented([(step.key, step.before) for step in recording.steps])
            steps += [(step.at, key, row) for step, (key, row) in zip(recording.steps, changes, strict=True)]
            begins = max(begins, recording.since)
            dropped += recording.dropped
        if not begins:
            raise NothingRecorded("No cluster is connected.")
        steps.sort(key=lambda step: step[0])
        skipped = sum(at <= begins for at, _, _ in steps) if len(self._table.parts.feeds()) > 1 else 0
        steps = steps[skipped:]
        afters: list[Row | None] = []
        current = dict(rows)
        for _, key, before in reversed(steps):
            afters.append(current.get(key))
            current[key] = before
        afters.reverse()
        ats = [step[0] for step in steps]
        ends = max(self._now(), ats[-1] if ats else begins)
        tape = _Tape(
            ats,
            [step[1] for step in steps],
            [step[2] for step in steps],
            afters,
            begins,
            ends,
            dropped + skipped,
        )
        return rows, tape

    def _between(self, old: int, new: int) -> dict[str, Row | None]:
        """What is different at position ``new`` from ``old``."""
        tape = self._tape
        if tape is None:
            return {}
        if new >= old:
            return dict(zip(tape.keys[old:new], tape.afters[old:new], strict=True))
        keys, befores = tape.keys[new:old], tape.befores[new:old]
        return dict(zip(reversed(keys), reversed(befores), strict=True))

    def _move(self, position: int, moment: float, *, glow: bool) -> None:
        changes = self._between(self.position, position)
        self.position, self.moment = position, moment
        self._table.model.set_moment(moment)
        self._go(changes, glow=glow)
        self.changed.emit()

    def _go(self, changes: dict[str, Row | None], *, glow: bool) -> None:
        # What is on its way is the state before; where both say something the newer one counts.
        self._pending = self._pending | changes
        self._glow = glow
        if self._pending:
            self._clock.wake()

    def _frame(self, deadline: float) -> bool:
        while self._pending:
            some = list(islice(self._pending.items(), _SLICE))
            self._put(some)
            for key, _ in some:
                del self._pending[key]
            if time.monotonic() >= deadline:
                break
        return bool(self._pending)

    def _put(self, changes: Iterable[tuple[str, Row | None]]) -> None:
        self._table.model.apply(changes, glow=self._glow)

    def _play_on(self) -> None:
        tape = self._tape
        if tape is None:
            return
        now = self._monotonic()
        elapsed, self._last = now - self._last, now
        moment = min(self.moment + elapsed * self.speed, tape.ends)
        self._move(bisect_right(tape.ats, moment), moment, glow=True)
        if moment >= tape.ends:
            self.pause()
