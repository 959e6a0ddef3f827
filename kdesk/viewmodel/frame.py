"""When queued changes reach the models: at most 30 times a second, in slices, never while nothing changes.

Informer threads only call ``wake``. The GUI thread then gives each consumer a turn until the frame's time is
used up; who was left out comes first in the next frame.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

#: Does work until ``deadline`` (``time.monotonic()``); True when there is more to do.
Consumer = Callable[[float], bool]

INTERVAL_S = 0.033
BUDGET_S = 0.008
log = logging.getLogger(__name__)


class FrameClock(QObject):
    """Runs consumers on the thread that made it. Any thread may call ``wake``; all else is for that one.

    ``worked``: a frame's work is done, though there may be more.
    """

    worked = Signal()
    _woken = Signal()

    def __init__(
        self, *, interval: float = INTERVAL_S, budget: float = BUDGET_S, parent: QObject | None = None
    ) -> None:
        """``interval``: seconds between two frames; ``budget``: seconds of work in one."""
        super().__init__(parent)
        self._interval, self._budget = interval, budget
        self._consumers: list[Consumer] = []
        self._pending = self._at_once = False
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._frame)
        self._woken.connect(self._arm, Qt.ConnectionType.QueuedConnection)

    def wake(self, *, at_once: bool = False) -> None:
        """There is something to do. Any thread, cheap: one queued event however often it is called.

        ``at_once``: a person waits for it, so that it does not wait for the next frame's time.
        """
        # Two threads may both see False and queue two events: harmless, arming twice is arming once.
        if not self._pending or (at_once and not self._at_once):
            self._pending = True
            self._at_once = self._at_once or at_once
            self._woken.emit()

    def add(self, consumer: Consumer) -> None:
        """Give ``consumer`` a turn in every frame from the next one on (and ask for that one)."""
        self._consumers.append(consumer)
        self.wake()

    def remove(self, consumer: Consumer) -> None:
        """No more turns; one that is not there is no error."""
        if consumer in self._consumers:
            self._consumers.remove(consumer)

    @property
    def idle(self) -> bool:
        """Nothing is armed and nothing was asked for."""
        return not self._pending and not self._timer.isActive()

    def _arm(self) -> None:
        if self._at_once:
            self._timer.start(0)
        elif not self._timer.isActive():
            wait = self._interval - (time.monotonic() - self._last)
            self._timer.start(max(0, round(wait * 1000)))

    def _frame(self) -> None:
        # Before the queues are emptied: whoever adds to one afterwards asks for another frame.
        self._pending = self._at_once = False
        started = time.monotonic()
        deadline = started + self._budget
        more = False
        for consumer in list(self._consumers):
            if consumer not in self._consumers:
                continue  # removed by one before it
            if time.monotonic() >= deadline:
                more = True
                break
            if self._run(consumer, deadline):
                more = True
            if time.monotonic() >= deadline and consumer in self._consumers:
                # Used it all up: the others come first next time.
                self._consumers.remove(consumer)
                self._consumers.append(consumer)
        self.worked.emit()
        self._last = time.monotonic()
        if more:
            # A backlog takes half of the time: it ends soon, and input is still served in between.
            self._timer.start(max(1, round(min(self._interval, self._last - started) * 1000)))

    def _run(self, consumer: Consumer, deadline: float) -> bool:
        try:
            return consumer(deadline)
        except Exception:
            # One table that fails must not stop the others.
            log.exception("a frame consumer failed")
            return False
