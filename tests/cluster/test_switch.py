"""Switching between two clusters while both change: nothing of the old one comes through, nothing is left."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kdesk.kube.engine.subscription import WatchState
from tests.support.commands import until

from .controlplane import ControlPlane
from .watching import Watching, fleet_on

SWITCHES = 12


@contextmanager
def _churn(plane: ControlPlane, marker: str) -> Iterator[None]:
    """Config maps named after their cluster come and go until the end."""
    ended = threading.Event()

    def work() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{marker}-{number % 40}"}}
            path = "/api/v1/namespaces/default/configmaps"
            plane.request("POST", path, body)
            if number >= 20:
                plane.request("DELETE", f"{path}/{marker}-{(number - 20) % 40}")

    thread = threading.Thread(target=work, name=f"churn {marker}")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_switching_while_both_clusters_change(plane_a: ControlPlane, plane_b: ControlPlane) -> None:
    files = plane_a.kubeconfig(), plane_b.kubeconfig()
    with _churn(plane_a, "in-a"), _churn(plane_b, "in-b"), fleet_on(*files) as fleet:
        names = [context.name for context in fleet.contexts]
        assert len(names) == 2
        quiet = _open_files(), threading.active_count()
        past: list[Watching] = []
        for turn in range(SWITCHES):
            here = turn % 2
            session = fleet.switch(names[here])
            assert session.epoch == turn + 1
            assert list(fleet.sessions) == [names[here]]
            session.open()
            maps = Watching(session, "configmaps")
            maps.wait_for(WatchState.LIVE)
            maps.wait_for_news()
            other = "in-b-" if here == 0 else "in-a-"
            assert not [c for c in maps.changes if c.row.name.startswith(other)]
            for old in past:
                assert old.lease.informer.status.state is WatchState.STOPPED
                old.wait_for_purge()
            told = [len(old.changes) for old in past]
            past.append(maps)
            assert told == [len(old.changes) for old in past[:-1]], "a retired watch told something"
        fleet.stop(names[(SWITCHES - 1) % 2])
        until(lambda: threading.active_count() <= quiet[1] + 2, "the threads' end")  # reaper and vigil stay
        until(lambda: _open_files() <= quiet[0] + 2, "the sockets' end")


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))
