"""Noticing that one of a few files changed, by asking for their status about once a second.

Polling, since it works everywhere the files may lie (network homes, symlinks swapped by tools, files that do
not exist yet), and costs microseconds for the handful of kubeconfigs and certificates that a person has.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from kdesk.kube.stop import Stop

log = logging.getLogger(__name__)

Status = tuple[int, int, int] | None  # mtime in ns, size, inode; None: not there


class FilesWatcher:
    """Calls ``changed()`` on its own thread, once for each change that has settled.

    Settled means: different from what was last reported, and the same in two polls in a row, so that
    half-written files and files replaced by delete-and-create are not reported halfway. A file that comes or
    goes is a change.
    """

    def __init__(self, files: Iterable[Path], changed: Callable[[], object], interval: float = 1.0) -> None:
        self._changed = changed
        self._interval = interval
        self._stop = Stop()
        self._lock = threading.Lock()
        self._reported: dict[Path, Status] = {}
        self._thread = threading.Thread(target=self._run, name="kdesk-files", daemon=True)
        self.watch(files)

    def start(self) -> None:
        """Begin to poll. Once only."""
        self._thread.start()

    def stop(self) -> None:
        """End: returns at once, idempotent. A ``changed()`` that is running is not interrupted."""
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread; True when it has ended (or was never started)."""
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def watch(self, files: Iterable[Path]) -> None:
        """Replace the set of files. What was seen of those watched already is kept; new ones are as now."""
        with self._lock:
            known = self._reported
            self._reported = {path: known[path] if path in known else _status(path) for path in files}

    def _run(self) -> None:
        before: dict[Path, Status] = {}
        while not self._stop.wait(self._interval):
            with self._lock:
                reported = self._reported
            now = {path: _status(path) for path in reported}
            if now != reported and now == before:
                with self._lock:
                    if self._reported is not reported:  # watch() came in between: compare again next time
                        continue
                    self._reported = now
                self._report()
            before = now

    def _report(self) -> None:
        try:
            self._changed()
        except Exception:
            log.exception("the handler of changed files failed")


def _status(path: Path) -> Status:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
