"""A signal is seen while nothing happens in the window: no timer runs, and no Python."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from kdesk.app.signals import ENDING, Signals

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs kill")
_SEEN = 7


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_a_wait_in_which_nothing_else_happens(
    qapp: QApplication, number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    loop = QEventLoop()
    told: list[int] = []

    def tell() -> None:
        told.append(number)
        loop.exit(_SEEN)

    signals = Signals(tell, (number,))
    try:
        # Qt's own, from one C++ object to another: no Python runs when the time is up.
        deadline = QTimer(loop, singleShot=True, interval=10_000)
        deadline.timeout.connect(loop.quit)
        deadline.start()
        for _ in range(2):  # and once more
            sender = threading.Timer(0.2, os.kill, (os.getpid(), number))
            sender.start()
            assert loop.exec() == _SEEN
            sender.join()
    finally:
        signals.close()
    assert told == [number, number]
    assert signal.getsignal(number) == before
