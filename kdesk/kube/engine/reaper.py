"""The one thread that waits for others: joins what was stopped, drops its rows, gives memory back to the system."""

from __future__ import annotations

import ctypes
import functools
import gc
import heapq
import itertools
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

_log = logging.getLogger(__name__)
_JOIN_SECONDS = 5.0
#: So that a purge never holds the interpreter for longer than a frame.
_BETWEEN_SLICES = 0.0005
#: Until those who kept rows of their own (problems, a page's leftovers) have let go of them, too.
_LEFTOVERS_SECONDS = 1.0


class Mortal(Protocol):
    """What can be buried: stopped already, to be joined and emptied."""

    def join(self, seconds: float) -> bool: ...
    def purge(self) -> Iterable[None]: ...


class Helper(Mortal, Protocol):
    """What works for a session; ``stop`` is prompt and idempotent."""

    def stop(self) -> None: ...


class Reaper:
    """Starts its thread with the first task and ends it with ``close``. All methods return at once, but ``join``."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._tasks: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None
        self._closing = False

    def later(self, seconds: float, task: Callable[[], None]) -> None:
        """Run ``task`` on the reaper's thread after ``seconds``; at once while closing."""
        with self._changed:
            heapq.heappush(self._tasks, (time.monotonic() + seconds, next(self._order), task))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="reaper", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def bury(self, dead: Iterable[Mortal], after: Callable[[], None] | None = None) -> None:
        """Join and purge things that were told to stop; then ``after``, then hand the memory back."""
        remains = list(dead)

        def work() -> None:
            while remains:
                _lay_to_rest(remains.pop())
            if after is not None:
                after()
            # A task of its own: what this one still refers to must be gone by then.
            for seconds in (0.0, _LEFTOVERS_SECONDS):
                self.later(seconds, give_back_memory)

        self.later(0.0, work)

    def close(self) -> None:
        """Finish what is due, run what is scheduled now, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def join(self, seconds: float) -> bool:
        """Wait for the end after ``close``; True when there."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due():
                    if self._closing and not self._tasks:
                        return
                    self._changed.wait(self._tasks[0][0] - time.monotonic() if self._tasks else None)
                _, _, task = heapq.heappop(self._tasks)
            try:
                task()
            except Exception:  # noqa: BLE001 (the next task must run)
                _log.exception("cleaning up failed")
            del task

    def _due(self) -> bool:
        return bool(self._tasks) and (self._closing or self._tasks[0][0] <= time.monotonic())


def _lay_to_rest(one: Mortal) -> None:
    if not one.join(_JOIN_SECONDS):
        _log.warning("a stopped worker has not ended within %.0f s", _JOIN_SECONDS)
        return
    for _ in one.purge():
        time.sleep(_BETWEEN_SLICES)


def give_back_memory() -> None:
    """Return what was freed to the system, as far as the interpreter and its C library can be asked to."""
    _empty_free_lists()
    _forget_names()
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


def _forget_names() -> None:
    """The interpreter's cache of attribute lookups holds up to 4,096 names, each until another one needs its place.

    Extensions (Qt's enums) make a new string for each lookup. Those that came up while rows came in lie scattered among
    them, and each keeps a megabyte of the interpreter's from being returned.
    """
    clear = getattr(sys, "_clear_internal_caches", None) or getattr(sys, "_clear_type_cache", None)
    if clear is not None:
        clear()


@functools.cache
def _malloc_trim() -> Callable[[int], int] | None:
    """glibc keeps freed memory unless it is asked. Elsewhere the C library sees to that itself."""
    trim: Callable[[int], int] | None = None
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim


def _empty_free_lists() -> None:
    """The interpreter keeps up to 2,000 freed tuples of each length, scattered over memory that could be returned.

    Only a full collection lets go of them. It is not to collect anything: everything is set aside for that moment, so
    that no other thread has to wait for it, nor finds an object of its own (a widget) ended on this one.
    """
    gc.freeze()
    try:
        gc.collect()
    finally:
        gc.unfreeze()
