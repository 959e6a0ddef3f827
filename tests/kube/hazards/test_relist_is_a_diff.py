"""A relist shows what changed and nothing else, and is never half visible."""

from __future__ import annotations

import threading

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import Fault, Hold
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import Watcher

COUNT = 1_000

pytestmark = pytest.mark.usefixtures("hurried")


@pytest.fixture
def pods(server: ApiServer, watch: Watching) -> Watcher:
    server.cluster.create_many("pods", COUNT)
    pods = watch()
    pods.until_live()
    pods.forget()
    pods.latest.take()
    return pods


def test_one_change_in_a_thousand_is_one_event(server: ApiServer, pods: Watcher) -> None:
    before = pods.rows
    server.close()
    server.cluster.update("pods", "o00500", status={"phase": "Failed"})
    last = server.cluster.delete("pods", "o00700")
    server.cluster.create("pods", "new")
    server.cluster.compact()
    server.start()
    pods.until_live()
    assert sorted(pods.told) == [("ADDED", "new"), ("DELETED", "o00700"), ("MODIFIED", "o00500")]
    deleted = next(change for change in pods.changes if change.type == "DELETED")
    assert deleted.final_unknown
    assert deleted.row == before["o00700"], "the last known object, not the one that was deleted"
    assert deleted.row.version != last["metadata"]["resourceVersion"]
    batch = pods.latest.take()
    assert batch is not None
    assert set(batch.rows) == {"default/o00500", "default/o00700", "default/new"}
    assert not batch.reset


def test_nothing_is_shown_before_the_last_page(server: ApiServer, pods: Watcher) -> None:
    gate = threading.Event()
    server.script(Fault("page pods", Hold(gate)))
    server.close()
    server.cluster.delete("pods", "o00001")
    server.cluster.create("pods", "new")
    server.cluster.compact()
    server.start()
    pods.until(lambda: "page" in pods.requests[3:])
    assert pods.status.state is WatchState.LISTING
    assert pods.status.synced, "the old state is complete and stays"
    assert len(pods.names) == COUNT
    assert "o00001" in pods.names
    assert pods.told == []
    gate.set()
    pods.until_live()
    assert sorted(pods.told) == [("ADDED", "new"), ("DELETED", "o00001")]


def test_a_relist_that_breaks_off_shows_nothing(server: ApiServer, pods: Watcher) -> None:
    gate = threading.Event()
    server.script(Fault("page pods", Hold(gate)))
    server.close()
    server.cluster.delete("pods", "o00001")
    server.cluster.compact()
    server.start()
    pods.until(lambda: "page" in pods.requests[3:])
    server.close()  # the page is never answered
    pods.until_state(WatchState.BACKOFF)
    assert pods.told == []
    server.start()
    pods.until_live()
    assert pods.told == [("DELETED", "o00001")]
