"""Says of every line what changed in it, in a thread of its own, in the order in which lines come."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from kdesk.viewmodel.events.book import Book, States
from kdesk.viewmodel.events.lines import EventLine, Told, told_between

_BREATH = 8  # lines between two moments in which the window can go on
_BATCH = 512  # lines: a frame's worth even where 15,000 come in a second
_TOO_LATE = Told("(the object was dropped before it was looked at)")


class Teller:
    """``add`` lines as they come; ``collect`` in every frame. ``wake`` is called when there is something to collect."""

    def __init__(self, book: Book, pool: ThreadPoolExecutor, wake: Callable[[], None]) -> None:
        self._book, self._pool, self._wake = book, pool, wake
        self._waiting: deque[int] = deque()  # by number: what waits must not keep objects alive
        self._asked: list[States] = []
        self._running: Future[list[Told]] | None = None

    @property
    def waiting(self) -> int:
        """Lines that are not told yet."""
        return len(self._waiting) + len(self._asked)

    @property
    def end(self) -> int:
        """All lines before this number are told."""
        if self._asked:
            return self._asked[0].number
        return self._waiting[0] if self._waiting else self._book.end

    def add(self, lines: Iterable[EventLine]) -> None:
        self._waiting.extend([line.number for line in lines if line.old])
        self._start()

    def collect(self) -> bool:
        """Put what was found out into the book; whether there was anything."""
        running = self._running
        if running is None or not running.done():
            return False
        for states, one in zip(self._asked, running.result(), strict=True):
            self._book.tell(states.number, one)
        self._asked, self._running = [], None
        self._start()
        return True

    def _start(self) -> None:
        if self._running is not None:
            return
        while self._waiting and len(self._asked) < _BATCH:
            number = self._waiting.popleft()
            if number >= self._book.first:
                self._asked.append(self._book.states(number))
        if self._asked:
            self._running = self._pool.submit(_all_told, self._asked)
            self._running.add_done_callback(lambda _: self._wake())


def _all_told(asked: list[States]) -> list[Told]:
    found = []
    for at, states in enumerate(asked):
        _, kind, before, after = states
        found.append(told_between(kind, before, after) if before else _TOO_LATE)
        if at % _BREATH == 0:
            time.sleep(0)  # the window first
    return found
