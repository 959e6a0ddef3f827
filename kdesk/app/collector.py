"""When Python looks for garbage that refers to itself: on the GUI thread, and when it does not hurt.

Left alone, CPython collects whenever enough objects were made, on whatever thread made them: a full collection while a
large table comes in stalls the window for a tenth of a second, and one on an informer's thread may end Qt objects that
belong to the GUI thread. So automatic collection is off. Instead a timer looks at the counters, and so does who has
just made many objects: to look at 100,000 young ones takes as long as two frames.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

#: Often, so that there is little to look at each time: 20,000 rows come in within a second.
_LOOK_MS = 100
#: Objects made since the last look at the young ones; rows and their like stop being tracked when they are looked at.
_YOUNG = 2_000
_MIDDLE = 20
_OLD = 10
#: Between full collections, and only while nothing happens in the window.
_FULL_S = 60.0


class Collector(QObject):
    """``idle`` says whether the window has nothing to do. ``stop`` gives the collector back to CPython.

    What is there at ``start`` (modules, most of all) is not looked at until then.
    """

    def __init__(self, idle: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._idle = idle
        self._full_at = time.monotonic()
        self._wanted = False
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        gc.disable()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def soon(self) -> None:
        """Something large was closed: collect it all at the next quiet moment.

        A page and its parts refer to one another; until they are collected they keep memory from being returned.
        """
        self._wanted = True

    def look(self) -> None:
        """Collect what is due."""
        _, _, old = gc.get_count()
        due = self._wanted or (old > _OLD and time.monotonic() - self._full_at > _FULL_S)
        if due and self._idle():
            self._wanted = False
            self._full_at = time.monotonic()
            gc.collect()
        else:
            self.look_at_young()

    def look_at_young(self) -> None:
        """Collect what is due of what was made lately."""
        young, middle, _ = gc.get_count()
        if middle > _MIDDLE:
            gc.collect(1)
        elif young > _YOUNG:
            gc.collect(0)
