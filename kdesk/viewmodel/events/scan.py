"""Holding many lines of the live-event log against a filter, without the window noticing."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from kdesk.viewmodel.events.filter import EventFilter
from kdesk.viewmodel.events.lines import EventLine

_SLICE = 512
_PART = 1_000  # lines that the background thread is given at a time


class Scan:
    """How far the lines have been held against a filter.

    On the GUI thread in slices, within the budget of a frame. A costly filter is left to a thread of ``pool``, also
    for the lines that come later: its scan never ends. ``wake`` is called from there, when there is something to take.
    """

    def __init__(self, wanted: EventFilter, pool: ThreadPoolExecutor, wake: Callable[[], None]) -> None:
        self.complete = False  # all lines that there were have been seen
        self.shown = False  # set by the owner: what is found from now on comes after what was
        self._wanted, self._pool, self._wake = wanted, pool, wake
        self._found: list[EventLine] = []
        self._seen = 0  # number of the last line looked at
        self._running: Future[list[EventLine]] | None = None

    def advance(self, lines: Sequence[EventLine], deadline: float) -> bool:
        """Look at further lines until ``deadline`` (monotonic seconds). True: there is more to do at once."""
        if self._wanted.costly:
            self._advance_behind(lines)
            return False
        position = self._position(lines)
        while position < len(lines):
            part = lines[position : position + _SLICE]
            self._found += filter(self._wanted.accepts, part)
            self._seen = part[-1].number
            position += len(part)
            if time.monotonic() >= deadline and position < len(lines):
                return True
        self.complete = True
        return False

    def take(self, oldest: int) -> list[EventLine]:
        """What was found since the last call, without lines older than ``oldest``, which are gone."""
        found, self._found = self._found, []
        return [line for line in found if line.number >= oldest]

    def _advance_behind(self, lines: Sequence[EventLine]) -> None:
        if self._running is not None:
            if not self._running.done():
                return
            self._found += self._running.result()
            self._running = None
        position = self._position(lines)
        if position == len(lines):
            self.complete = True
            return
        part = list(lines[position : position + _PART])
        self._seen = part[-1].number
        self._running = self._pool.submit(_accepted, self._wanted, part)
        self._running.add_done_callback(lambda _: self._wake())

    def _position(self, lines: Sequence[EventLine]) -> int:
        """Where to go on: lines may have been dropped meanwhile."""
        return bisect_right(lines, self._seen, key=lambda line: line.number)


def _accepted(wanted: EventFilter, lines: list[EventLine]) -> list[EventLine]:
    found = []
    for line in lines:
        if wanted.accepts(line):
            found.append(line)
        time.sleep(0)  # the window first
    return found
