"""A watch that ends is resumed from the newest version: no relist, nothing lost, nothing twice."""

from __future__ import annotations

import json

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes import faults
from tests.fakes.faults import Action, Break, Fault, Lines, status_object
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching

pytestmark = pytest.mark.usefixtures("hurried")


@pytest.mark.parametrize("how", ["close", "reset"])
def test_after_the_server_ended_it(server: ApiServer, watch: Watching, how: str) -> None:
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    server.cluster.create("pods", "b")
    pods.until_names("a", "b")
    newest = str(server.cluster.version)
    server.end_watches("pods", how=how)
    server.cluster.create("pods", "c")
    server.cluster.delete("pods", "a")
    pods.until_names("b", "c")
    assert pods.requests == ["list", "watch", "watch"]
    assert pods.watched_from()[-1] == newest
    assert pods.told == [("ADDED", "a"), ("ADDED", "b"), ("ADDED", "c"), ("DELETED", "a")]
    assert not any(change.final_unknown for change in pods.changes)


@pytest.mark.parametrize(
    "trouble",
    [
        faults.throttled(0),
        faults.throttled(0, 503),
        faults.BROKEN,
        faults.UNAVAILABLE,
        faults.LOGIN_PAGE,
        Break("reset"),
        Break("close"),
        Break("reset", "headers"),
        Break("close", "headers"),
    ],
    ids=["429", "503-retry", "500", "503", "login-page", "reset", "eof", "reset-headers", "eof-headers"],
)
def test_after_refusals(server: ApiServer, watch: Watching, trouble: Action) -> None:
    pods = watch()
    pods.until_live()
    server.script(Fault("watch pods", trouble, times=2))
    server.end_watches("pods", how="reset")
    server.cluster.create("pods", "a")
    pods.until_names("a")
    assert pods.requests == ["list", "watch", "watch", "watch", "watch"]
    assert set(pods.watched_from()) == {"100"}
    assert pods.told == [("ADDED", "a")]
    assert WatchState.BACKOFF in pods.states


def test_after_the_server_was_away(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    server.close(how="reset")
    pods.until_state(WatchState.BACKOFF)
    assert pods.names == {"a"}, "what was shown stays"
    assert pods.status.error
    server.cluster.create("pods", "b")
    server.start()
    pods.until_names("a", "b")
    pods.until_live()
    assert pods.requests == ["list", "watch", "watch"]
    assert pods.told == [("ADDED", "a"), ("ADDED", "b")]


def test_the_version_of_a_status_is_never_taken(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    status = status_object(500, "InternalError", "etcd is away") | {"metadata": {"resourceVersion": "7"}}
    server.send("pods", faults.event_line("ERROR", status))
    pods.until(lambda: len(pods.watched_from()) == 2)
    assert pods.watched_from() == ["101", "101"]


def test_versions_are_opaque(server: ApiServer, watch: Watching) -> None:
    """Whatever the server calls its versions is given back as it came."""
    pod = {"metadata": {"name": "odd", "namespace": "default", "uid": "u", "resourceVersion": "zz-é/1"}}
    line = json.dumps({"type": "ADDED", "object": pod}).encode() + b"\n"
    server.script(Fault("watch pods", Lines((line,), then="close")))
    # The scripted server counts; a watch from elsewhere is refused by it, and that is seen in the record.
    server.script(Fault("watch pods", faults.BROKEN))
    pods = watch()
    pods.until(lambda: len(pods.watched_from()) == 2)
    assert pods.watched_from() == ["100", "zz-é/1"]
    server.forgive()
    server.script(Fault("watch pods", faults.EXPIRED))
    pods.until_live()
