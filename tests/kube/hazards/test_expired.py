"""410, as an answer and inside the stream: forget the version, list, never ask for the dead one again."""

from __future__ import annotations

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes import faults
from tests.fakes.faults import Fault, Lines
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


@pytest.mark.parametrize("in_stream", [True, False], ids=["in-stream", "status"])
def test_an_expired_version_is_listed_anew(server: ApiServer, watch: Watching, in_stream: bool) -> None:
    server.switches.gone_in_stream = in_stream
    server.cluster.create("pods", "stays")
    server.cluster.create("pods", "goes")
    pods = watch()
    pods.until_live()
    dead = str(server.cluster.version)
    server.close()
    server.cluster.delete("pods", "goes")
    server.cluster.create("pods", "comes")
    server.cluster.compact()
    server.start()
    pods.until_names("stays", "comes")
    pods.until_live()
    assert pods.requests == ["list", "watch", "watch", "list", "watch"]
    assert pods.watched_from() == [dead, dead, str(server.cluster.version)]
    assert pods.told[2:] == [("DELETED", "goes"), ("ADDED", "comes")]
    assert [c.final_unknown for c in pods.changes[2:]] == [True, False]
    assert pods.states[-2:] == [WatchState.LISTING, WatchState.LIVE]


def test_it_expires_while_it_runs(server: ApiServer, watch: Watching) -> None:
    pods = watch()
    pods.until_live()
    server.send("pods", faults.error_line(410, "Expired", "too old resource version"))
    pods.until(lambda: pods.requests == ["list", "watch", "list", "watch"])
    pods.until_live()
    assert pods.told == []


def test_it_expires_by_reason_alone(server: ApiServer, watch: Watching) -> None:
    """Some servers and proxies send the reason without the code."""
    pods = watch()
    pods.until_live()
    server.send("pods", faults.error_line(None, "Expired"))
    pods.until(lambda: pods.requests == ["list", "watch", "list", "watch"])


@pytest.mark.parametrize(
    "trouble",
    [faults.EXPIRED, Lines((faults.error_line(410, "Expired"),), then="close")],
    ids=["status", "in-stream"],
)
def test_one_that_expires_again_and_again_is_not_a_storm(
    server: ApiServer, watch: Watching, trouble: faults.Action
) -> None:
    server.script(Fault("watch pods", trouble, times=None))
    pods = watch()
    pods.until(lambda: len(pods.requests) >= 6)
    assert pods.requests[:6] == ["list", "watch"] * 3
    assert server.busiest("* pods") <= 4
    server.forgive()
    server.cluster.create("pods", "a")
    pods.until_names("a")
