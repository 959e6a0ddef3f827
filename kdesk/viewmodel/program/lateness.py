"""How late the GUI thread is: by how much a timer comes too late. Each reader has its own memory.

A timer that never rests is most of what a quiet window costs. So while nothing happens it does not run: what each turn
of the event loop took then says how late it would have been.
"""

from __future__ import annotations

import math
import time
from array import array
from typing import NamedTuple

from PySide6.QtCore import QAbstractEventDispatcher, QObject, Qt, QTimer

_INTERVAL_MS = 33
_MOST = 200_000  # nearly two hours of frames between two readings; then the older half goes
#: Frames after which it is looked at whether anything happens, and turns of the event loop in them when nothing does.
_LOOK_FRAMES, _QUIET_TURNS = 60, 90
#: While it rests: what a turn takes (CPU) that something happens in, and so many turns within a look's time do it, too.
_BUSY_TURN_S, _BUSY_TURNS = 0.010, 60


class Figures(NamedTuple):
    """Milliseconds; all 0 when nothing was measured."""

    p50: float
    p99: float
    max: float


class Reader:
    """The frames since its last reading."""

    def __init__(self) -> None:
        self._samples = array("f")
        self._on_time = 0
        self._max = 0.0

    def note(self, late_ms: float) -> None:
        self._samples.append(late_ms)
        self._max = max(self._max, late_ms)
        if len(self._samples) > _MOST:
            del self._samples[: _MOST // 2]

    def note_on_time(self, frames: int) -> None:
        """So many came when they were due."""
        self._on_time = min(self._on_time + frames, _MOST)

    def read(self) -> Figures:
        """The figures since the last call; begins anew."""
        samples, greatest, on_time = sorted(self._samples), self._max, self._on_time
        self._samples, self._max, self._on_time = array("f"), 0.0, 0
        last = len(samples) + on_time - 1
        if last < 0:
            return Figures(0.0, 0.0, 0.0)
        p50, p99 = (
            samples[place - on_time] if place >= on_time else 0.0 for place in (last // 2, round(last * 0.99))
        )
        return Figures(round(p50, 2), round(p99, 2), round(greatest, 2))


class LatenessMeter(QObject):
    """The timer itself: one frame's length, and so little work that it can run all day. ``resting``: it does not."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers: list[Reader] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._tick)
        self._dispatcher: QAbstractEventDispatcher | None = None
        self.resting = False
        self._due = 0.0
        self._frames = self._turns = 0
        self._looked = self._cpu = 0.0

    def reader(self) -> Reader:
        """Reads from now on."""
        reader = Reader()
        self._readers.append(reader)
        return reader

    def start(self) -> None:
        """On the GUI thread."""
        self._dispatcher = QAbstractEventDispatcher.instance()
        self._dispatcher.aboutToBlock.connect(self._turn)
        self._run()

    def stop(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.aboutToBlock.disconnect(self._turn)
            self._dispatcher = None
        self._timer.stop()

    def _run(self) -> None:
        self.resting = False
        self._frames = self._turns = 0
        self._due = time.monotonic() + _INTERVAL_MS / 1000
        self._timer.start()

    def _tick(self) -> None:
        now = time.monotonic()
        late = max(0.0, (now - self._due) * 1000)
        self._due = now + _INTERVAL_MS / 1000
        for reader in self._readers:
            reader.note(late)
        self._frames += 1
        if self._frames == _LOOK_FRAMES:
            self._look(now)

    def _look(self, now: float) -> None:
        """Most turns are the timer's own, and so is most of the work: then it may rest."""
        quiet = self._turns <= _QUIET_TURNS
        self._frames = self._turns = 0
        if quiet:
            self.resting = True
            self._looked, self._cpu = now, time.thread_time()
            self._timer.stop()

    def _turn(self) -> None:
        """The event loop has done what there was to do, and waits."""
        self._turns += 1
        if not self.resting:
            return
        cpu, now = time.thread_time(), time.monotonic()
        took, self._cpu = cpu - self._cpu, cpu
        self._reckon(now, took)
        busy = took > _BUSY_TURN_S
        if now - self._looked > _LOOK_FRAMES * _INTERVAL_MS / 1000:
            busy = busy or self._turns > _BUSY_TURNS
            self._looked, self._turns = now, 0
        if busy:
            self._run()

    def _reckon(self, now: float, took: float) -> None:
        """Note the frames that were due since the turn before, of which one may have been while it worked."""
        interval = _INTERVAL_MS / 1000
        on_time = max(0, math.ceil((now - took - self._due) / interval))
        self._due += on_time * interval
        late = (now - self._due) * 1000
        for reader in self._readers:
            reader.note_on_time(on_time)
            if late > 0:
                reader.note(late)
        if late > 0:
            self._due = now + interval
