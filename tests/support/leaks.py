"""Plugin: a thread, timer, window, child process, socket or file left behind fails the test that started it.

The state before the test is compared with the state after its fixtures are torn down. What ends on its own
gets two seconds to do so; what remains is named with the line that started it, and charged to this test only.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.origins import Origins, describe

_POLL_S = 0.01
_FILES = Path("/proc/self/fd")
_TASKS = Path("/proc/self/task")
# Descriptors that a library opens once per process, on first use, and keeps for good.
_KEPT_FILES = ("anon_inode:", "/dev/urandom", "/dev/random", "/dev/null", "/memfd:", "/dev/shm/", "/dev/dri/")
_KEPT_WINDOWS = ("QTipLabel",)  # Qt's own tool tip: made on first use, hidden and reused

_origins = pytest.StashKey[Origins]()
Things = Mapping[object, str]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("leak_grace_s", "how many seconds leftovers may take to end by themselves", default="2")


def pytest_configure(config: pytest.Config) -> None:
    origins = Origins()
    origins.install()
    config.stash[_origins] = origins


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compare before and after. Wider-scoped fixtures are set up before this one, and so are not charged."""
    census = Census(request.config.stash[_origins], float(request.config.getini("leak_grace_s")))
    before = census.take()
    yield
    left = census.wait_for_the_rest(before)
    if left:
        pytest.fail("left behind:\n" + "\n".join(f"  {line}" for line in left), pytrace=False)


class Census:
    """What is alive in this process: each thing by an identity, with its description."""

    def __init__(self, origins: Origins, grace_s: float) -> None:
        self._origins = origins
        self._grace_s = grace_s

    def take(self) -> Things:
        self._origins.install_qt()
        return {**self._threads(), **self._children(), **self._files(), **self._windows(), **self._timers()}

    def wait_for_the_rest(self, before: Things) -> list[str]:
        """The new things that are still there after the grace period."""
        deadline = time.monotonic() + self._grace_s
        while left := {key: text for key, text in self.take().items() if key not in before}:
            gc.collect()  # things that only a reference cycle keeps are not left behind
            self._let_qt_delete()
            if time.monotonic() > deadline:
                return sorted(left.values())
            time.sleep(_POLL_S)
        return []

    def _threads(self) -> Things:
        return {
            thread: f"thread {thread.name!r}, {describe(self._origins.threads.get(thread))}"
            for thread in threading.enumerate()
            # A dummy stands for a thread of a library; Python 3.11 never forgets it.
            if not isinstance(thread, threading._DummyThread)
        }

    def _children(self) -> Things:
        found: dict[object, str] = {}
        for pid in _child_pids():
            name = _running_command(pid)
            if name is not None:
                found["child", pid] = (
                    f"child process {pid} ({name}), {describe(self._origins.children.get(pid))}"
                )
        return found

    def _files(self) -> Things:
        found: dict[object, str] = {}
        for fd, target in _open_files():
            if target.startswith("socket:"):
                places = self._origins.of_socket(fd)
                found["file", fd, target] = f"socket {fd} ({target}), {describe(places)}"
            elif not target.startswith(_KEPT_FILES):
                found["file", fd, target] = f"file {fd} ({target}), {describe(self._origins.of_path(target))}"
        return found

    def _windows(self) -> Things:
        widgets = _application()
        if widgets is None:
            return {}
        return {
            (
                "window",
                id(window),
            ): f"window {type(window).__name__} {window.objectName() or window.windowTitle()!r}"
            for window in widgets.QApplication.topLevelWidgets()
            if window.parent() is None and window.metaObject().className() not in _KEPT_WINDOWS
        }

    def _timers(self) -> Things:
        shiboken = sys.modules.get("shiboken6")
        if shiboken is None:
            return {}
        return {
            ("timer", id(timer)): f"running timer of {timer.interval()} ms, {describe(places)}"
            for timer, places in list(self._origins.timers.items())
            if shiboken.isValid(timer) and timer.isActive()
        }

    def _let_qt_delete(self) -> None:
        core = sys.modules.get("PySide6.QtCore")
        if core is None or core.QCoreApplication.instance() is None:
            return
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
        core.QCoreApplication.processEvents()


def _application() -> Any:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or not isinstance(widgets.QApplication.instance(), widgets.QApplication):
        return None
    return widgets


def _open_files() -> Iterator[tuple[int, str]]:
    """(descriptor, target) of this process; nothing where the system does not tell."""
    if not _FILES.is_dir():
        return
    for name in os.listdir(_FILES):
        try:
            yield int(name), os.readlink(_FILES / name)
        except FileNotFoundError:  # the listing's own descriptor, or one that was closed meanwhile
            continue


def _child_pids() -> Iterator[int]:
    if not _TASKS.is_dir():
        return
    for task in os.listdir(_TASKS):
        try:
            yield from map(int, (_TASKS / task / "children").read_text().split())
        except FileNotFoundError:  # the thread ended meanwhile
            continue


def _running_command(pid: int) -> str | None:
    """The command line of a running child; None when it has ended and only waits to be collected."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else command.replace(b"\0", b" ").decode(errors="replace").strip()
