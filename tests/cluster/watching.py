"""Driving the engine against a control plane: sessions that end with the test, and what they were told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kdesk.kube.config.kubeconfig import Sources
from kdesk.kube.engine.fleet import Fleet
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession, Lease
from kdesk.kube.engine.subscription import Status, Stream, WatchState
from kdesk.kube.table.rows import Change, Row
from tests.support.commands import DEADLINE_S, until


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
    def status(self) -> Status:
        return self.lease.informer.status

    @property
    def state(self) -> WatchState:
        return self.status.state

    @property
    def names(self) -> set[str]:
        return {row.name for row in self.lease.informer.store.snapshot()}

    def types_of(self, name: str) -> list[str]:
        return [change.type for change in self.changes if change.row.name == name]

    def check_told(self) -> None:
        """What was told adds up: per object nothing twice, nothing out of order, and in the end what the store holds.

        Only what the listing and watching tell is looked at, so it holds for whoever subscribed from the beginning.
        """
        told: dict[str, Row] = {}
        for change in self.changes:
            row, before = change.row, told.get(change.row.key)
            if change.type == "ADDED":
                assert before is None, f"{row.key} was added twice"
                told[row.key] = row
            elif change.type == "DELETED":
                assert before is not None, f"{row.key} was deleted, and had not been there"
                del told[row.key]
            else:
                assert before is not None, f"{row.key} was modified, and had not been there"
                assert row.version != before.version, f"{row.key} was told twice at version {row.version}"
                told[row.key] = row
        held = {row.key: row.version for row in self.lease.informer.store.snapshot()}
        assert {key: row.version for key, row in told.items()} == held

    def wait_for(self, state: WatchState, seconds: float = DEADLINE_S) -> None:
        until(lambda: self.state is state, f"{state} (it is {self.status})", seconds)

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
