"""Opening and closing again and again leaves no thread, socket, file or row behind, and begins with a list."""

from __future__ import annotations

import os
import threading

from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.store import By
from kdesk.kube.engine.subscription import WatchState
from tests.fakes.server import ApiServer
from tests.kube.hazards.watcher import Watcher

CYCLES = int(os.environ.get("KDESK_TEST_CYCLES", "4"))
OBJECTS = int(os.environ.get("KDESK_TEST_CYCLE_OBJECTS", "3000"))
LABELS = ("pods", "configmaps")


def test_cycles(server: ApiServer) -> None:
    for label in LABELS:
        server.cluster.create_many(label, OBJECTS)
    info = ConnectionInfo(server.url)
    context = Context("c", "c", "config", "cluster", server.url, "user", "default", True, None, info)
    measured = []
    for cycle in range(CYCLES):
        reaper = Reaper()
        session = ClusterSession(context, cycle, reaper)
        session.open()
        began = server.requests[-1].at
        watchers = [Watcher(server, session, label) for label in LABELS]
        for watcher in watchers:
            watcher.until_state(WatchState.LIVE)
            assert len(watcher.names) == OBJECTS
            assert watcher.informer.report().relists == 0
            assert len(watcher.lease.rows_in("default")) == OBJECTS
        assert [r.resource for r in server.asked("list *", since=began)].count("pods") == 1
        session.retire()
        reaper.close()
        assert reaper.join(10)
        for watcher in watchers:
            assert len(watcher.informer.store) == 0
            assert watcher.informer.store.index(By.NAMESPACE) is None
        assert session.catalogue is None
        server.wait_for(lambda: server.connections == 0)
        # The server's listener stays; its conversations end a moment after their connections.
        server.wait_for(lambda: [t.name for t in _threads()] == ["scripted-server"], "a thread is left")
        measured.append((len(os.listdir("/proc/self/fd")), len(_threads()), _resident()))
    assert len({threads for _, threads, _ in measured}) == 1
    assert measured[-1][0] <= measured[0][0]
    assert measured[-1][2] <= measured[0][2] * 1.05, f"memory per cycle: {measured}"


def _threads() -> list[threading.Thread]:
    """All but the one that runs the test."""
    return [thread for thread in threading.enumerate() if thread is not threading.current_thread()]


def _resident() -> int:
    """Resident memory in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
