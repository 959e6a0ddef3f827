"""Child processes that never outlive the test run: with a log, watched as they come up, ended by id."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

_TERM_GRACE_S = 2.0
_POLL_S = 0.03
_TAIL_BYTES = 3000

# Keeps the last line of ids it was told. When this process goes, in whatever way (SIGKILL too), the pipe
# closes: what is still running is killed, and the folder removed.
_GUARD = r'ids=; while read -r line; do ids=$line; done; [ -n "$ids" ] && kill -9 $ids; rm -rf "$0"'


class StartFailed(RuntimeError):
    """A program ended or did not come up in time; the message holds the tail of its log."""


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on.

    It lies below the range that systems take for outgoing connections, so that it is still free when a killed
    listener is started again.
    """
    for port in random.sample(range(20000, 32000), 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise StartFailed("No free port between 20000 and 32000 on 127.0.0.1.")


def wait_until(what: str, ready: Callable[[], bool], timeout_s: float) -> None:
    """Return once `ready()` is true. Raises `TimeoutError`, naming `what`, after `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not so after {timeout_s:.0f} s: {what}.")
        time.sleep(_POLL_S)


class Child:
    """One running program, with standard output and error in a log file."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        # A session of its own: an interrupt in the terminal reaches the test run alone, which ends these.
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def running(self) -> bool:
        """Tell whether the process has not ended (a paused one has not)."""
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if the process has not ended."""
        self._process.send_signal(number)

    def wait_ready(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Return once `ready()` is true. Raises `StartFailed` if the program ends first or time runs out."""

        def ready_or_ended() -> bool:
            return not self.running() or ready()

        try:
            wait_until(f"{self.name} is ready", ready_or_ended, timeout_s)
        except TimeoutError as error:
            raise StartFailed(f"{error} Its log ends:\n{self.tail()}") from error
        if not self.running():
            code = self._process.returncode
            raise StartFailed(f"{self.name} ended with code {code}. Its log ends:\n{self.tail()}")

    def tail(self) -> str:
        """Return the end of the log."""
        return self.log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace") or "(empty)"

    def kill(self) -> None:
        """End the process at once and wait for its end."""
        self._process.kill()
        self._process.wait()


def end_all(children: Iterable[Child]) -> None:
    """End processes: SIGTERM to all of them together, SIGKILL to those left after two seconds."""
    remaining = [child for child in children if child.running()]
    for child in remaining:
        child.send(signal.SIGTERM)
        child.send(signal.SIGCONT)  # a paused process would never see the other one
    with contextlib.suppress(TimeoutError):
        wait_until("all have ended", lambda: not any(child.running() for child in remaining), _TERM_GRACE_S)
    for child in remaining:
        child.kill()


class Guard:
    """A tiny process that kills what it was told of, and removes a folder, should this one die too early."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, str(folder)], stdin=subprocess.PIPE, start_new_session=True, cwd=os.sep
        )

    def watch(self, children: Iterable[Child]) -> None:
        """Make these, and no others, the processes to kill."""
        assert self._process.stdin is not None
        self._process.stdin.write((" ".join(str(child.pid) for child in children) + "\n").encode())
        self._process.stdin.flush()

    def dismiss(self) -> None:
        """End the guard, once all it watches has ended, and remove the folder."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)
