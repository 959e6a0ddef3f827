"""Long lists come in pages, and are complete or say that they are not."""

from __future__ import annotations

import threading

from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import Fault, Hold
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching

COUNT = 2_000


def test_pages_are_asked_for_one_after_the_other(server: ApiServer, watch: Watching) -> None:
    server.cluster.create_many("pods", COUNT)
    pods = watch()
    pods.until_live()
    assert pods.requests == ["list", "page", "page", "page", "watch"]
    first, *others = (r for r in server.requests if r.verb in ("list", "page"))
    assert first.query["limit"] == "100"
    assert "continue" not in first.query
    assert not any("resourceVersion" in r.query for r in others)
    assert [r.query["limit"] for r in others] == ["500", "1000", "1000"]
    assert len(pods.names) == COUNT
    assert pods.watched_from() == [str(100 + COUNT)]
    assert len(pods.told) == COUNT
    assert all(change.initial for change in pods.changes)


def test_the_first_page_is_shown_as_incomplete(server: ApiServer, watch: Watching) -> None:
    server.cluster.create_many("pods", COUNT)
    gate = threading.Event()
    server.script(Fault("page pods", Hold(gate)))
    pods = watch()
    pods.until(lambda: len(pods.names) == 100 and pods.status.objects == 100)
    status = pods.status
    assert (status.state, status.synced, status.total) == (WatchState.LISTING, False, COUNT)
    assert not pods.informer.store.synced
    gate.set()
    pods.until_live()
    assert (pods.status.synced, pods.status.objects) == (True, COUNT)


def test_what_changes_between_the_pages_is_not_missed(server: ApiServer, watch: Watching) -> None:
    server.cluster.create_many("pods", COUNT)
    gate = threading.Event()
    server.script(Fault("page pods", Hold(gate), skip=1))
    pods = watch()
    pods.until(lambda: len(pods.names) == 600)
    server.cluster.delete("pods", "o00000")
    server.cluster.delete("pods", "o01900")
    server.cluster.create("pods", "new")
    gate.set()
    pods.until_live()
    pods.until(lambda: {"o00000", "o01900"}.isdisjoint(pods.names) and "new" in pods.names)
    assert len(pods.names) == COUNT - 1
    assert len(set(pods.told)) == len(pods.told)
