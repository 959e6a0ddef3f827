"""Where a thread, a socket, a timer or a child process was started.

A leak is reported long after the line that caused it has returned, so the line is noted when it runs. Only
frame positions are kept (no locals, no source): about 5 microseconds each.
"""

from __future__ import annotations

import functools
import socket
import subprocess
import sys
import threading
import weakref
from collections import OrderedDict
from pathlib import Path
from types import FrameType
from typing import Any

_DEPTH = 12
_PATHS_KEPT = 2_000
_ROOT = Path(__file__).resolve().parents[2]
_NOISE = (str(Path(threading.__file__)), str(Path(socket.__file__)), str(Path(subprocess.__file__)), __file__)

Place = tuple[str, int, str]


def here(skip: int = 1) -> tuple[Place, ...]:
    """The calling stack, innermost first, without the standard library's own plumbing."""
    frame: FrameType | None = sys._getframe(skip + 1)
    places: list[Place] = []
    while frame is not None and len(places) < _DEPTH:
        code = frame.f_code
        if code.co_filename not in _NOISE:
            places.append((code.co_filename, frame.f_lineno, code.co_name))
        frame = frame.f_back
    return tuple(places)


def describe(places: tuple[Place, ...] | None) -> str:
    """The part of a stack that a person looks for: the project's own lines, else the innermost ones."""
    if not places:
        return "started at an unknown place"
    own = [place for place in places if Path(place[0]).is_relative_to(_ROOT) and ".venv" not in place[0]]
    chosen = (own or list(places))[:4]
    return "started at " + " < ".join(f"{_short(file)}:{line} ({name})" for file, line, name in chosen)


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else str(Path(*path.parts[-2:]))


class Origins:
    """The notes of one test process. ``install`` once; nothing is taken back, since the process ends."""

    def __init__(self) -> None:
        self.threads: weakref.WeakKeyDictionary[threading.Thread, tuple[Place, ...]] = (
            weakref.WeakKeyDictionary()
        )
        self.sockets: weakref.WeakKeyDictionary[socket.socket, tuple[Place, ...]] = (
            weakref.WeakKeyDictionary()
        )
        self.children: dict[int, tuple[Place, ...]] = {}
        self.timers: weakref.WeakKeyDictionary[Any, tuple[Place, ...]] = weakref.WeakKeyDictionary()
        self._opened: OrderedDict[str, tuple[Place, ...]] = OrderedDict()
        self._qt_done = False

    def install(self) -> None:
        """Note every thread, socket, child process and opened file from here on."""
        self._wrap(threading.Thread, "start", lambda thread: self.threads.__setitem__(thread, here(2)))
        self._wrap(socket.socket, "__init__", lambda sock: self.sockets.__setitem__(sock, here(2)))
        self._wrap(
            subprocess.Popen,
            "__init__",
            lambda child: self.children.__setitem__(child.pid, here(2)),
            after=True,
        )
        sys.addaudithook(self._audit)

    def install_qt(self) -> None:
        """The same for timers, once something else has imported Qt; Qt is never imported from here."""
        core = sys.modules.get("PySide6.QtCore")
        if core is None or self._qt_done:
            return
        self._qt_done = True
        self._wrap(core.QTimer, "start", lambda timer: self.timers.__setitem__(timer, here(2)), after=True)

    def of_socket(self, fd: int) -> tuple[Place, ...] | None:
        """Where the open socket behind a file descriptor was made."""
        for sock, places in list(self.sockets.items()):
            if sock.fileno() == fd:
                return places
        return None

    def of_path(self, path: str) -> tuple[Place, ...] | None:
        """Where a file was last opened."""
        return self._opened.get(path)

    @staticmethod
    def _wrap(owner: Any, name: str, note: Any, *, after: bool = False) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not after:
                note(self)
            answer = original(self, *args, **kwargs)
            if after:
                note(self)
            return answer

        setattr(owner, name, noting)

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(args[0], str):
            return
        self._opened[args[0]] = here(1)
        if len(self._opened) > _PATHS_KEPT:
            self._opened.popitem(last=False)
