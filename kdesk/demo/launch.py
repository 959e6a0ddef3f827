"""Starts simulated clusters in a child process that never outlives its parent."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_POLL_S = 0.02
_END_S = 3.0
_MAX_COMPLAINT = 2000


class DemoProcess:
    """A running (or starting) server process. It ends with `stop`, or when this process does."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self.kubeconfig = folder / "kubeconfig"
        """Exists as soon as every cluster answers."""

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, or None while the process runs."""
        return self._process.poll()

    def ready(self) -> bool:
        """Whether every cluster answers; does not wait."""
        return self.kubeconfig.exists() and self.poll() is None

    def wait_ready(self, timeout: float) -> bool:
        """Waits until every cluster answers, the process has ended or `timeout` seconds are over."""
        deadline = time.monotonic() + timeout
        while not self.ready():
            if self.poll() is not None or time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def complaint(self) -> str:
        """What the process has said on standard error, the end of it."""
        with contextlib.suppress(OSError):
            return (self._folder / "stderr").read_text(errors="replace")[-_MAX_COMPLAINT:].strip()
        return ""

    def stop(self) -> None:
        """Ends the process and removes its files. Calling it again does nothing."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def start(
    clusters: int, pods: int | None = None, events_per_second: float = 0.0, *, history: int | None = None
) -> DemoProcess:
    """Starts the clusters; returns at once. Raises OSError when the program cannot be started.

    ``history``: changes of each resource that a watch can resume from, where the server's own number is too small.
    The child reads its standard input only to notice that this process is gone.
    """
    folder = Path(tempfile.mkdtemp(prefix="kdesk-demo-"))
    options = ["--clusters", str(clusters), "--events-per-second", str(events_per_second)]
    options += ["--kubeconfig-out", str(folder / "kubeconfig"), "--exit-with-stdin"]
    options += [] if pods is None else ["--pods", str(pods)]
    options += [] if history is None else ["--history", str(history)]
    try:
        with open(folder / "stderr", "wb") as errors:
            process = subprocess.Popen(
                [*_program(), *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return DemoProcess(process, folder)


def _program() -> list[str]:
    """A frozen program has no `-m`: there the same executable has the server as a command."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "demo-server"]
    return [sys.executable, "-m", "kdesk.demo"]
