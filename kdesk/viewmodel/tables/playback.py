"""A table taken back to an earlier moment: its rows as they were, step by step or played, and back to the present.

The journals of the table's informers know what every row was before. While the past is shown nothing new comes into
the model; order, filter and selection go on working, on the rows of that moment.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import attrgetter

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.kube.engine.journal import Step
from kdesk.kube.errors import KubeError
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.tables.cluster_part import ClusterPart
from kdesk.viewmodel.tables.controller import TableController

SPEEDS = (1, 2, 5, 10, 30, 100)
_FRAME_MS = 33
_SLICE = 200
#: Steps looked at in one go.
_STRIDE = 5_000
#: Of the GUI thread in one go (seconds).
_BUDGET_S = 0.005


class NothingRecorded(KubeError):
    """There is no past to go to."""


class _Tape:
    """Steps in order of time, with the keys and cells of the table."""

    def __init__(
        self, rows: dict[str, Row | None], steps: Sequence[Step], *, begins: float, ends: float, dropped: int
    ) -> None:
        """``rows`` as they are after the last step."""
        self.begins, self.ends, self.dropped = begins, ends, dropped
        self._rows, self._steps = rows, steps
        # What rows became, known from ``_known`` on: nobody needs it of steps that were never gone back over.
        self._afters: list[Row | None] = [None] * len(steps)
        self._known = len(steps)

    def __len__(self) -> int:
        return len(self._steps)

    def at(self, position: int) -> float:
        """When the last of so many steps happened (epoch seconds)."""
        return self._steps[position - 1].at if position else self.begins

    def position(self, moment: float) -> int:
        """How many steps had happened."""
        return bisect_right(self._steps, moment, key=attrgetter("at"))

    def between(self, old: int, new: int) -> dict[str, Row | None]:
        """What is different after ``new`` steps from after ``old``."""
        if new >= old:
            return {self._steps[place].key: self._afters[place] for place in range(old, new)}
        self._learn(new)
        return {step.key: step.before for step in reversed(self._steps[new:old])}

    def _learn(self, position: int) -> None:
        rows, afters = self._rows, self._afters
        for place in range(self._known - 1, position - 1, -1):
            step = self._steps[place]
            afters[place] = rows.get(step.key)
            rows[step.key] = step.before
        self._known = min(self._known, position)


class Playback(QObject):
    """Of one table. ``changed``: where it is, whether it plays. GUI thread only; ``close`` with the table.

    ``position`` counts the steps that have happened at the moment shown.
    """

    changed = Signal()

    def __init__(
        self,
        table: TableController,
        parent: QObject | None = None,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.moment = 0.0  # epoch seconds of what is shown
        self.position = 0
        self.speed = SPEEDS[0]
        self._table, self._now, self._monotonic = table, now, monotonic
        self._tape: _Tape | None = None
        self._pending: dict[str, Row | None] = {}
        self._reached = 0  # the position that ``_pending`` leads to
        self._glow = False
        self._last = 0.0
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._play_on)
        # As soon as the loop has nothing else to do: a person waits for it.
        self._worker = QTimer(self, interval=0)
        self._worker.timeout.connect(self._work)
        table.restarting.connect(self.leave)

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
        return not self._pending and (self._tape is None or self._reached == self.position)

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
        return len(self._tape) if self._tape is not None else 0

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
        self.position, self.moment = len(tape), tape.ends
        self._reached = self.position
        # What is still on its way to the model counts as come; and columns of one's own have no past.
        table.model.set_moment(tape.ends)
        wanted = dict.fromkeys(table.model.held()) | rows
        get = table.model.get
        self._pending = {key: row for key, row in wanted.items() if row is None or get(key) is not row}
        self._begin(glow=False)
        self.changed.emit()

    def leave(self) -> None:
        """Back to the present, with all that came meanwhile. At once."""
        tape = self._tape
        if tape is None:
            return
        self._timer.stop()
        self._worker.stop()
        self._put((self._pending | tape.between(self._reached, len(tape))).items())
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
        self._move(tape.position(moment), moment, glow=False)

    def step(self, count: int) -> None:
        """So many steps on (back where negative)."""
        tape = self._tape
        if tape is None:
            return
        self.pause()
        position = min(max(self.position + count, 0), len(tape))
        self._move(position, tape.at(position), glow=abs(count) == 1)

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
        self._worker.stop()

    # Inside.

    def _record(self) -> tuple[dict[str, Row | None], _Tape]:
        """The rows of this moment with the table's keys, and how they came to be."""
        rows: dict[str, Row | None] = {}
        steps: list[Step] = []
        begins, dropped = 0.0, 0
        feeds = self._table.parts.feeds()
        for part, feed in feeds:
            feed.lease.informer.resync(feed.journal)
            recording = feed.journal.take()
            if recording is None:
                raise NothingRecorded("Nothing has been recorded yet: the first list is not complete.")
            rows.update(part.presented(list(recording.rows.items())) if part.merged else recording.rows)
            steps += _presented(part, recording.steps) if part.merged else recording.steps
            begins = max(begins, recording.since)
            dropped += recording.dropped
        if not feeds:
            raise NothingRecorded("No cluster is connected.")
        if len(feeds) > 1:  # all of them began at ``begins``
            kept = sorted((step for step in steps if step.at > begins), key=attrgetter("at"))
            steps, dropped = kept, dropped + len(steps) - len(kept)
        ends = max(self._now(), steps[-1].at if steps else begins)
        return rows, _Tape(dict(rows), steps, begins=begins, ends=ends, dropped=dropped)

    def _move(self, position: int, moment: float, *, glow: bool) -> None:
        self.position, self.moment = position, moment
        self._table.model.set_moment(moment)
        self._begin(glow=glow)
        self.changed.emit()

    def _begin(self, *, glow: bool) -> None:
        self._glow = glow
        if not self.settled:
            self._worker.start()

    def _work(self) -> None:
        """A slice of the way to the position; then the window has its turn."""
        tape, deadline = self._tape, time.monotonic() + _BUDGET_S
        if tape is None:
            return
        while not self.settled and time.monotonic() < deadline:
            if self._reached != self.position:
                far = self.position - self._reached
                reached = self._reached + max(-_STRIDE, min(_STRIDE, far))
                # What is on its way is the state before; where both say something the later one counts.
                self._pending |= tape.between(self._reached, reached)
                self._reached = reached
                continue
            some = list(islice(self._pending.items(), _SLICE))
            self._put(some)
            for key, _ in some:
                del self._pending[key]
        if self.settled:
            self._worker.stop()

    def _put(self, changes: Iterable[tuple[str, Row | None]]) -> None:
        self._table.model.apply(changes, glow=self._glow)

    def _play_on(self) -> None:
        tape = self._tape
        if tape is None:
            return
        now = self._monotonic()
        elapsed, self._last = now - self._last, now
        moment = min(self.moment + elapsed * self.speed, tape.ends)
        self._move(tape.position(moment), moment, glow=True)
        if moment >= tape.ends:
            self.pause()


def _presented(part: ClusterPart, steps: Sequence[Step]) -> list[Step]:
    changes = part.presented([(step.key, step.before) for step in steps])
    return [Step(step.at, key, row) for step, (key, row) in zip(steps, changes, strict=True)]
