"""How many events came in each second, per kind, for as long as there are lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kdesk.viewmodel.events.lines import EventLine

_OTHER = "others"
_MOST_SECONDS = 24 * 3600


class Series(NamedTuple):
    """``counts[kind][bin]`` events in each of the bins, ``width`` seconds wide from ``start`` (epoch seconds) on."""

    start: float
    width: float
    kinds: tuple[str, ...]
    counts: npt.NDArray[np.int64]


class Rates:
    """Counted as lines come; the oldest seconds go when there is a day of them."""

    def __init__(self) -> None:
        self._seconds: dict[int, Counter[str]] = {}

    def count(self, lines: Iterable[EventLine]) -> None:
        """Objects' events only, and none of what was there before."""
        seconds = self._seconds
        for line in lines:
            if line.row is not None and not line.initial:
                second = int(line.at)
                counter = seconds.get(second)
                if counter is None:
                    counter = seconds[second] = Counter()
                counter[line.origin.resource.kind] += 1
        while len(seconds) > _MOST_SECONDS:
            del seconds[next(iter(seconds))]

    def clear(self) -> None:
        self._seconds.clear()

    def last(self, seconds: int, now: float) -> float:
        """Events a second over the last whole seconds."""
        end = int(now)
        counts = (self._seconds.get(second) for second in range(end - seconds, end))
        return sum(counter.total() for counter in counts if counter is not None) / seconds

    def series(self, bins: int, most: int, until: float | None = None) -> Series | None:
        """All there is in at most so many bins of whole seconds; the ``most`` frequent kinds, and the others as one.

        ``until``: to this moment, where that is later. None: nothing happened yet.
        """
        if not self._seconds:
            return None
        first, last = min(self._seconds), max(self._seconds)
        last = max(last, int(until)) if until is not None else last
        width = max(1, -(-(last - first + 1) // bins))
        total: Counter[str] = Counter()
        for counter in self._seconds.values():
            total.update(counter)
        kinds = [kind for kind, _ in sorted(total.items(), key=lambda entry: (-entry[1], entry[0]))]
        shown = kinds if len(kinds) <= most else [*kinds[: most - 1], _OTHER]
        place = {kind: min(number, len(shown) - 1) for number, kind in enumerate(kinds)}
        counts = np.zeros((len(shown), (last - first) // width + 1), np.int64)
        for second, counter in self._seconds.items():
            for kind, count in counter.items():
                counts[place[kind], (second - first) // width] += count
        return Series(float(first), float(width), tuple(shown), counts)
