"""A stop flag that wakes whatever its worker is blocked in.

A thread that waits in a socket, a sleep or a child process registers how to wake it; ``set()`` runs those at once.
``socket.shutdown`` is the only call that ends a blocked read promptly (``close`` does not): that is what to register.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from kdesk.kube.errors import Stopped


class Stop:
    """Set once, by any thread; never cleared. A child made with ``parent`` is set when its parent is."""

    def __init__(self, parent: Stop | None = None) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._wakers: dict[object, Callable[[], object]] = {}
        self._unlink: Callable[[], None] | None = None
        if parent is not None:
            self._unlink = parent._link(self.set)  # which sets this one at once when the parent is set

    def set(self) -> None:
        """Stop: idempotent, prompt, never raises, never waits for the worker."""
        with self._lock:
            self._event.set()
            wakers = list(self._wakers.values())
            self._wakers.clear()
        for wake in wakers:
            with suppress(OSError):  # a socket that is already gone needs no waking
                wake()
        self.release()

    def release(self) -> None:
        """Forget the parent: call it when a child ends before its parent does."""
        unlink, self._unlink = self._unlink, None
        if unlink is not None:
            unlink()

    def is_set(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise ``Stopped`` when set."""
        if self._event.is_set():
            raise Stopped("stopped")

    def wait(self, seconds: float) -> bool:
        """Sleep up to ``seconds``; True when stopped meanwhile."""
        return self._event.wait(seconds)

    @contextmanager
    def waking(self, wake: Callable[[], object]) -> Iterator[None]:
        """While the body runs, ``set()`` calls ``wake`` (once). Raises ``Stopped`` when set already."""
        unlink = self._link(wake)
        try:
            self.check()
            yield
        finally:
            unlink()

    def _link(self, wake: Callable[[], object]) -> Callable[[], None]:
        key = object()
        with self._lock:
            stopped = self._event.is_set()
            if not stopped:
                self._wakers[key] = wake
        if stopped:
            wake()

        def unlink() -> None:
            with self._lock:
                self._wakers.pop(key, None)

        return unlink
