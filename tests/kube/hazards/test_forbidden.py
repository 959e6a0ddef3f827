"""403: a state of its own, asked again slowly; others go on; a later grant is picked up."""

from __future__ import annotations

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import FORBIDDEN, Fault
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


def test_only_the_namespace_that_is_denied(server: ApiServer, watch: Watching) -> None:
    server.switches.denied.add(("pods", "secret"))
    server.cluster.create("pods", "a", "open")
    secret, free = watch("pods", "secret"), watch("pods", "open")
    secret.until_state(WatchState.FORBIDDEN)
    free.until_state(WatchState.LIVE)
    server.cluster.create("pods", "b", "open")
    free.until_names("a", "b")
    assert "forbidden" in secret.status.error
    assert secret.status.retry_at > 0
    assert not secret.status.synced
    assert len([r for r in server.asked("list pods") if r.namespace == "secret"]) == 1


def test_a_later_grant_is_found(server: ApiServer, watch: Watching) -> None:
    """By itself, within the time of a slow probe."""
    server.switches.denied.add(("pods", ""))
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_state(WatchState.FORBIDDEN)
    server.switches.denied.clear()
    pods.until_live()
    pods.until_names("a")
    assert pods.requests == ["list", "list", "watch"]


def test_a_right_that_is_taken_away(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    server.switches.denied.add(("pods", ""))
    server.end_watches("pods")
    pods.until_state(WatchState.FORBIDDEN)
    assert pods.names == {"a"}, "what was seen stays, and is said to be old"
    server.switches.denied.clear()
    server.cluster.delete("pods", "a")
    pods.informer.reconnect()
    pods.until_live()
    pods.until_names()


@pytest.mark.usefixtures("hurried")
def test_listing_is_allowed_and_watching_is_not(server: ApiServer, watch: Watching) -> None:
    denied = Fault("watch pods", FORBIDDEN, times=None)
    server.script(denied)
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_state(WatchState.FORBIDDEN)
    assert pods.names == {"a"}
    server.forgive(denied)
    pods.informer.reconnect()
    pods.until_live()
