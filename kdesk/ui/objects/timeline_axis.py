"""The span of time that a timeline shows: where a moment is in it, and what is written along it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kdesk.viewmodel.moments import clock_text, day_text, minute_text

_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(minutes * 60 for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * 3600 for hours in (1, 2, 3, 6, 12)),
    *(days * 86_400 for days in (1, 2, 7, 14, 30, 90, 365)),
)
#: What a story is shown in at first, the shortest that holds enough of it.
_SPANS = (120.0, 600.0, 3600.0, 6 * 3600.0, 86_400.0, 7 * 86_400.0, 30 * 86_400.0)
_ENOUGH = 0.6
_SHORTEST_S = 5.0
_MARGIN = 0.04
_DAY_S = 86_400


class Axis:
    """``begin`` to ``end`` (epoch seconds) over ``width`` pixels from ``left``."""

    def __init__(self) -> None:
        now = time.time()
        self.begin, self.end = now - _SPANS[0], now
        self.left, self.width = 0, 1
        self.oldest = self.begin  # there is nothing before it

    @property
    def seconds(self) -> float:
        return self.end - self.begin

    def x(self, at: float) -> float:
        return self.left + (at - self.begin) / self.seconds * self.width

    def at(self, x: float) -> float:
        return self.begin + (x - self.left) / self.width * self.seconds

    def zoom(self, factor: float, around: float) -> None:
        """``factor`` 2 shows half as much; the moment ``around`` stays where it is."""
        longest = max(_SPANS[0], (time.time() - self.oldest) * (1 + 2 * _MARGIN))
        seconds = min(max(self.seconds / factor, _SHORTEST_S), longest)
        share = (around - self.begin) / self.seconds
        self.begin = around - share * seconds
        self.end = self.begin + seconds

    def move(self, seconds: float) -> None:
        self.begin, self.end = self.begin + seconds, self.end + seconds

    def end_at(self, moment: float) -> None:
        """Its length stays."""
        self.begin, self.end = moment - self.seconds, moment

    def show(self, begin: float, end: float) -> None:
        """These, and a little around them."""
        seconds = max(end - begin, _SHORTEST_S)
        self.begin, self.end = begin - seconds * _MARGIN, begin + seconds * (1 + _MARGIN)

    def show_story(self, moments: Sequence[float], now: float) -> None:
        """The newest of it: what is long ago would leave no room for what just happened."""
        enough = sorted(moments)[int(len(moments) * (1 - _ENOUGH)) :] or [now]
        wanted = now - enough[0]
        span = next((one for one in _SPANS if one >= wanted), wanted)
        span = min(span, max(_SPANS[0] / 2, (now - min(moments, default=now)) * (1 + _MARGIN)))
        self.begin, self.end = now - span, now

    def ticks(self, apart: int) -> list[tuple[float, str]]:
        """Round moments at least ``apart`` pixels from each other, in local time, and what to write there."""
        least = self.seconds / self.width * apart
        step = next((one for one in _STEPS if one >= least), _STEPS[-1])
        offset = time.localtime(self.end).tm_gmtoff
        first = (int(self.begin + offset) // step + 1) * step - offset
        moments = range(first, int(self.end) + 1, step)
        return [(float(at), _written(at, step)) for at in moments]


def _written(at: int, step: int) -> str:
    then = time.localtime(at)
    if step >= _DAY_S or (then.tm_hour, then.tm_min, then.tm_sec) == (0, 0, 0):
        return day_text(at)
    return clock_text(at) if step < 60 else minute_text(at, at)
