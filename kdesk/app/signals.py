"""Ctrl+C and ``kill`` while the window waits: Python sees a signal when it runs, and in a quiet window nothing does.

So the interpreter writes a byte for each signal to a socket that Qt waits for together with everything else.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSocketNotifier

ENDING = (signal.SIGINT, signal.SIGTERM)


class Signals(QObject):
    """Calls ``told`` on the main thread, which makes it, once for each signal that comes, until ``close``."""

    def __init__(
        self,
        told: Callable[[], object],
        numbers: Sequence[signal.Signals] = ENDING,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)
        self._before = {number: signal.signal(number, lambda *_: told()) for number in numbers}
        self._woken = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)

    def close(self) -> None:
        """What was before is again."""
        signal.set_wakeup_fd(self._woken)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._reader.close()
        self._writer.close()

    def _drain(self) -> None:
        # The handlers run because this does.
        self._reader.recv(64)
