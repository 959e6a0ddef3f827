"""A resource that cannot be watched is listed again and again, with nothing but its changes told."""

from __future__ import annotations

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes import faults
from tests.fakes.faults import Fault
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching

LABEL = "componentstatuses"
pytestmark = pytest.mark.usefixtures("hurried")


def test_lists_only(server: ApiServer, watch: Watching) -> None:
    server.cluster.create(LABEL, "etcd", "")
    server.cluster.create(LABEL, "scheduler", "")
    polled = watch(LABEL)
    polled.until_names("etcd", "scheduler")
    polled.until_state(WatchState.LIVE)
    server.cluster.delete(LABEL, "etcd", "")
    server.cluster.update(LABEL, "scheduler", "", status={"healthy": False})
    polled.until(lambda: len(polled.told) == 4)
    polled.until(lambda: len(polled.requests) >= 6)
    assert set(polled.requests) == {"list"}
    assert polled.told[2:] == [("DELETED", "etcd"), ("MODIFIED", "scheduler")]
    assert polled.states == [WatchState.LISTING, WatchState.LIVE], "no flicker at every poll"


def test_it_says_when_it_cannot(server: ApiServer, watch: Watching) -> None:
    polled = watch(LABEL)
    polled.until_state(WatchState.LIVE)
    server.script(Fault(f"list {LABEL}", faults.BROKEN, times=3))
    polled.until(lambda: WatchState.BACKOFF in polled.states)
    polled.until_state(WatchState.LIVE)
