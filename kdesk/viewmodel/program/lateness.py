"""How late the GUI thread is: a timer that notes by how much it came too late. Each reader has its own memory."""

from __future__ import annotations

import time
from array import array
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, QTimer

_INTERVAL_MS = 33
_MOST = 200_000  # nearly two hours of frames between two readings; then the older half goes


class Figures(NamedTuple):
    """Milliseconds; all 0 when nothing was measured."""

    p50: float
    p99: float
    max: float


class Reader:
    """The frames since its last reading."""

    def __init__(self) -> None:
        self._samples = array("f")
        self._max = 0.0

    def note(self, late_ms: float) -> None:
        self._samples.append(late_ms)
        self._max = max(self._max, late_ms)
        if len(self._samples) > _MOST:
            del self._samples[: _MOST // 2]

    def read(self) -> Figures:
        """The figures since the last call; begins anew."""
        samples, greatest = sorted(self._samples), self._max
        self._samples, self._max = array("f"), 0.0
        if not samples:
            return Figures(0.0, 0.0, 0.0)
        last = len(samples) - 1
        return Figures(
            round(samples[last // 2], 2), round(samples[round(last * 0.99)], 2), round(greatest, 2)
        )


class LatenessMeter(QObject):
    """The timer itself: one frame's length, and so little work that it can run all day."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers: list[Reader] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._tick)
        self._due = 0.0

    def reader(self) -> Reader:
        reader = Reader()
        self._readers.append(reader)
        return reader

    def start(self) -> None:
        self._due = time.monotonic() + _INTERVAL_MS / 1000
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now = time.monotonic()
        late = max(0.0, (now - self._due) * 1000)
        self._due = now + _INTERVAL_MS / 1000
        for reader in self._readers:
            reader.note(late)
