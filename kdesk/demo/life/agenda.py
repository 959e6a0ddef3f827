"""Things to do later: the one clock-driven loop behind everything that happens in a cluster by itself."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable

Action = Callable[[], None]

_log = logging.getLogger(__name__)
_IDLE_S = 60.0


class Agenda:
    """Actions ordered by the time at which they are due. Tests drive it by hand with a clock of their own."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due: list[tuple[float, int, Action]] = []
        self._order = itertools.count()
        self._sooner = asyncio.Event()

    def after(self, seconds: float, action: Action) -> None:
        """Does `action` once, `seconds` from now."""
        moment = self._clock() + seconds
        heapq.heappush(self._due, (moment, next(self._order), action))
        if self._due[0][0] == moment:
            self._sooner.set()

    def every(self, seconds: float, action: Action) -> None:
        """Does `action` again and again, the first time `seconds` from now."""

        def again() -> None:
            self.after(seconds, again)
            action()

        self.after(seconds, again)

    def run_due(self) -> float:
        """Does what is due. Gives the seconds until the next action."""
        now = self._clock()
        while self._due and self._due[0][0] <= now:
            _, _, action = heapq.heappop(self._due)
            try:
                action()
            except Exception:  # noqa: BLE001
                # One controller's mistake must not stop the cluster's clock.
                _log.exception("a simulated controller failed")
        return self._due[0][0] - now if self._due else _IDLE_S

    async def run(self) -> None:
        """Runs for ever on the present event loop."""
        while True:
            pause = self.run_due()
            self._sooner.clear()
            try:
                async with asyncio.timeout(max(pause, 0.001)):
                    await self._sooner.wait()
            except TimeoutError:
                continue
