"""Long lists come compressed, except on this machine and where the kubeconfig says so."""

from __future__ import annotations

import pytest

from kdesk.kube.wire import transport
from tests.fakes.faults import Fault, Shape
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Connecting, Watching
from tests.kube.hazards.watcher import Watcher


def test_it_is_asked_for_and_decoded(
    server: ApiServer, watch: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "is_loopback", lambda host: False)
    server.cluster.create_many("pods", 1_000)
    pods = watch()
    pods.until_live()
    assert len(pods.names) == 1_000
    lists = [r for r in server.requests if r.verb in ("list", "page")]
    assert all(r.headers["accept-encoding"] == "gzip" for r in lists)
    assert all("accept-encoding" not in r.headers for r in server.asked("watch pods")), (
        "a watch is not held up"
    )


def test_not_on_this_machine(server: ApiServer, watch: Watching) -> None:
    pods = watch()
    pods.until_live()
    assert all("accept-encoding" not in r.headers for r in server.requests)


def test_not_where_the_kubeconfig_says_so(
    server: ApiServer, connect: Connecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "is_loopback", lambda host: False)
    pods = Watcher(server, connect(server, disable_compression=True))
    pods.until_live()
    assert all("accept-encoding" not in r.headers for r in server.requests)


def test_one_that_was_not_asked_for(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a")
    server.script(Fault("list pods", Shape(gzip=True)))
    pods = watch()
    pods.until_names("a")
