"""Driving the engine against a control plane: sessions that end with the test, and what they were told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kdesk.kube.fleet import Fleet
from kdesk.kube.informer import WatchSpec
from kdesk.kube.kubeconfig import Sources
from kdesk.kube.rows import Change
from kdesk.kube.session import ClusterSession, Lease
from kdesk.kube.subscription import Status, Stream, WatchState

DEADLINE_S = 30.0


def until(condition: Callable[[], Any], what: str, seconds: float = DEADLINE_S) -> Any:
    """Wait for something to become true, and return it."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.02)
    return value


@contextmanager
def fleet_on(*kubeconfigs: Path) -> Iterator[Fleet]:
    """A fleet on these files that leaves nothing behind."""
    fleet = Fleet(Sources.explicit(kubeconfigs))
    fleet.load()
    try:
        yield fleet
    finally:
        fleet.close()
        assert fleet.wait_closed(10), "threads of the fleet did not end"


@contextmanager
def session_on(kubeconfig: Path) -> Iterator[ClusterSession]:
    """An open session on a kubeconfig's only context."""
    with fleet_on(kubeconfig) as fleet:
        session = fleet.start(fleet.contexts[0].name)
        session.open()
        yield session


class Watching:
    """One watch, and all that it told, in order."""

    def __init__(self, session: ClusterSession, resource: str, namespace: str = "") -> None:
        assert session.catalogue is not None
        self._stream = Stream()
        spec = WatchSpec(session.catalogue.resolve(resource), namespace)
        self.lease: Lease = session.watch(spec, self._stream)
        self._lock = threading.Lock()
        self._changes: list[Change] = []
        self._statuses: list[Status] = []

    @property
    def changes(self) -> list[Change]:
        self._take()
        return self._changes

    @property
    def states(self) -> list[WatchState]:
        """The states gone through, repeats (a list's progress) left out."""
        self._take()
        states = [status.state for status in self._statuses]
        return [state for i, state in enumerate(states) if i == 0 or states[i - 1] is not state]

    @property
    def state(self) -> WatchState:
        return self.lease.informer.status.state

    @property
    def names(self) -> set[str]:
        return {row.name for row in self.lease.informer.store.snapshot()}

    def types_of(self, name: str) -> list[str]:
        return [change.type for change in self.changes if change.row.name == name]

    def wait_for(self, state: WatchState, seconds: float = DEADLINE_S) -> None:
        until(lambda: self.state is state, f"{state} (it is {self.lease.informer.status})", seconds)

    def wait_for_names(self, *names: str, gone: bool = False) -> None:
        wanted = set(names)
        until(lambda: not wanted & self.names if gone else wanted <= self.names, f"{names}, gone: {gone}")

    def wait_for_list(self) -> None:
        until(lambda: self.lease.informer.store.synced, f"the list of {self.lease.spec.resource.label}")

    def wait_for_news(self) -> None:
        until(lambda: [change for change in self.changes if not change.initial], "a change")

    def wait_for_purge(self) -> None:
        until(lambda: not len(self.lease.informer.store), "the store's purge")

    def _take(self) -> None:
        with self._lock:
            for happening in self._stream.take():
                if happening.change is not None:
                    self._changes.append(happening.change)
                if happening.status is not None:
                    self._statuses.append(happening.status)


class Command:
    """A running ``kdesk ... -o json``: its lines as they come."""

    def __init__(self, *arguments: str) -> None:
        self.lines: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kdesk", *arguments, "-o", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        self.errors = ""
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Command:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def interrupt(self, number: int = signal.SIGINT) -> tuple[int, float]:
        """Signal it; its exit status and how long it took to end, in seconds."""
        began = time.monotonic()
        self._process.send_signal(number)
        status = self._process.wait(DEADLINE_S)
        took = time.monotonic() - began
        for reader in self._readers:
            reader.join()
        return status, took

    def states(self) -> list[str]:
        return [line["state"] for line in self.lines if "state" in line]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("name") == name]

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(json.loads(line))

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self.errors = self._process.stderr.read()
