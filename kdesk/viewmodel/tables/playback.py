"""A table taken back to an earlier moment: its rows as they were, step by step or played, and back to the present.

The journals of the table's informers know what every row was before. While the past is shown nothing new comes into
the model; order, filter and selection go on working, on the rows of that moment.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import islice

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.kube.errors import KubeError
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.tables.controller import TableController

SPEEDS = (1, 2, 5, 10, 30, 100)
_FRAME_MS = 33
_SLICE = 250
#: Steps looked at in one go.
_STRIDE = 5_000
#: Of the GUI thread in one go (seconds).
_BUDGET_S = 0.008


class NothingRecorded(KubeError):
    """There is no past to go to."""


class _Tape:
    """Steps in order of time: at ``ats[i]`` the row of ``keys[i]`` was ``befores[i]`` and became another."""

    def __init__(
        self,
        rows: dict[str, Row | None],
        ats: list[float],
        keys: list[str],
        befores: list[Row | None],
        *,
        begins: float,
        ends: float,
        dropped: int,
    ) -> None:
        """``rows`` as they are after the last step."""
        self.ats, self.begins, self.ends, self.dropped = ats, begins, ends, dropped
        self._rows, self._keys, self._befores = rows, keys, befores
        # What they became, known from ``_known`` on: nobody needs it of steps that were never gone back over.
        self._afters: list[Row | None] = [None] * len(ats)
        self._known = len(ats)

    def between(self, old: int, new: int) -> dict[str, Row | None]:
        """What is different after ``new`` steps from after ``old``."""
        if new >= old:
            return dict(zip(self._keys[old:new], self._afters[old:new], strict=True))
        self._learn(new)
        keys, befores = self._keys[new:old], self._befores[new:old]
        return dict(zip(reversed(keys), reversed(befores), strict=True))

    def _learn(self, position: int) -> None:
        rows, keys, befores, afters = self._rows, self._keys, self._befores, self._afters
        for at in range(self._known - 1, position - 1, -1):
            key = keys[at]
            afters[at] = rows.get(key)
            rows[key] = befores[at]
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
        self._put((self._pending | tape.between(self._reached, len(tape.ats))).items())
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
        self._worker.stop()

    # Inside.

    def _record(self) -> tuple[dict[str, Row | None], _Tape]:
        """The rows of this moment with the table's keys, and how they came to be."""
        rows: dict[str, Row | None] = {}
        ats: list[float] = []
        changes: list[tuple[str, Row | None]] = []
        begins, dropped = 0.0, 0
        feeds = self._table.parts.feeds()
        for part, feed in feeds:
            feed.lease.informer.resync(feed.journal)
            recording = feed.journal.take()
            if recording is None:
                raise NothingRecorded("Nothing has been recorded yet: the first list is not complete.")
            rows.update(part.presented(list(recording.rows.items())))
            ats += [step.at for step in recording.steps]
            changes += part.presented([(step.key, step.before) for step in recording.steps])
            begins = max(begins, recording.since)
            dropped += recording.dropped
        if not feeds:
            raise NothingRecorded("No cluster is connected.")
        if len(feeds) > 1:  # all of them began at ``begins``
            order = sorted((place for place in range(len(ats)) if ats[place] > begins), key=ats.__getitem__)
            dropped += len(ats) - len(order)
            ats, changes = [ats[place] for place in order], [changes[place] for place in order]
        keys, befores = [key for key, _ in changes], [row for _, row in changes]
        ends = max(self._now(), ats[-1] if ats else begins)
        return rows, _Tape(dict(rows), ats, keys, befores, begins=begins, ends=ends, dropped=dropped)

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
        self._move(bisect_right(tape.ats, moment), moment, glow=True)
        if moment >= tape.ends:
            self.pause()
