"""What is being done for a person right now and takes a while: how far it is, and how to stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal

from kdesk.kube.stop import Stop


class Operation:
    """One piece of work. ``note`` may be called from any thread; ``total`` 0: not known."""

    def __init__(self, title: str, stop: Stop) -> None:
        self.title = title
        self.stop = stop
        self.done = self.total = 0
        self.cancelled = False

    def note(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def cancel(self) -> None:
        """Ask it to stop, and wake it from whatever it waits for. Prompt, idempotent."""
        self.cancelled = True
        self.stop.set()

    @property
    def sentence(self) -> str:
        if self.cancelled:
            return f"{self.title}: stopping"
        if not self.total:
            return f"{self.title}…"
        return f"{self.title}: {self.done:,} of {self.total:,}"


class Operations(QObject):
    """All that run, the oldest first. GUI thread only; ``changed``: one has begun or ended."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running: list[Operation] = []

    @contextmanager
    def begin(self, title: str, stop: Callable[[], Stop] = Stop) -> Iterator[Operation]:
        """Run the body as an operation. ``stop`` makes what stops it."""
        operation = Operation(title, stop())
        self.running.append(operation)
        self.changed.emit()
        try:
            yield operation
        finally:
            operation.stop.release()
            self.running.remove(operation)
            self.changed.emit()

    def cancel_all(self) -> None:
        for operation in list(self.running):
            operation.cancel()
