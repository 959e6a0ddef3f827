"""No failure of any kind, and no mix of them, makes an informer ask more than four times in two seconds."""

from __future__ import annotations

import time

import pytest

from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from tests.fakes import faults
from tests.fakes.faults import Answer, Break, Fault, Lines, Shape, throttled
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import Watcher

OBSERVED_S = 4.0
TROUBLE: dict[str, faults.Action] = {
    "403": faults.FORBIDDEN,
    "404": faults.NOT_SERVED,
    "410": faults.EXPIRED,
    "410-in-stream": Lines((faults.error_line(410, "Expired"),), then="close"),
    "429": throttled(0),
    "500": faults.BROKEN,
    "500-in-stream": Lines((faults.error_line(500, "InternalError"),), then="close"),
    "no-code-in-stream": Lines((faults.error_line(None, ""),), then="close"),
    "503": faults.UNAVAILABLE,
    "504": faults.TOO_LARGE,
    "login-page": faults.LOGIN_PAGE,
    "html-called-json": Answer(200, b"<html>\nlog\nin\n</html>\n"),
    "reset": Break("reset"),
    "reset-in-headers": Break("reset", "headers"),
    "reset-in-body": Break("reset", "body", 3),
    "ends-at-once": Lines((), then="close"),
    "blank-lines": Lines((b"\n\n\n",), then="close"),
    "garbage": Lines((b"garbage\n" * 9,), then="close"),
    "one-event-each": Lines(
        (faults.event_line("BOOKMARK", {"metadata": {"resourceVersion": "100"}}),), then="close"
    ),
    "truncated": Lines((b'{"type":',), then="close"),
    "no-length": Shape(chunked=False),
}


@pytest.mark.parametrize("on", ["list", "watch"])
def test_four_requests_in_two_seconds(server: ApiServer, session: ClusterSession, on: str) -> None:
    """All kinds of trouble at the same time, each in a namespace of its own."""
    watchers = {}
    for name, trouble in TROUBLE.items():
        server.script(Fault(f"{on} pods", trouble, times=None, namespace=name))
        watchers[name] = Watcher(server, session, "pods", name)
    time.sleep(OBSERVED_S)
    asked = {name: [r.at for r in server.requests if r.namespace == name] for name in TROUBLE}
    assert all(asked.values())
    too_often = {name: _busiest(times) for name, times in asked.items() if _busiest(times) > 4}
    assert not too_often
    server.forgive()
    for name, watcher in watchers.items():
        server.cluster.create("pods", "after", name)
        watcher.informer.reconnect()
        watcher.until(lambda watcher=watcher: "after" in watcher.names)  # type: ignore[misc]


def test_a_refused_login_is_not_repeated(server: ApiServer, session: ClusterSession) -> None:
    server.script(Fault("* *", faults.UNAUTHORIZED, times=None))
    watchers = [Watcher(server, session, "pods", f"ns{number}") for number in range(20)]
    for watcher in watchers:
        watcher.until_state(WatchState.UNAUTHORIZED)
    asked = len(server.requests)
    assert asked <= 20
    time.sleep(1.0)
    assert len(server.requests) == asked


def test_troubles_in_turn(server: ApiServer, watch: Watching) -> None:
    server.script(
        Fault("watch pods", faults.EXPIRED),
        Fault("watch pods", Break("reset")),
        Fault("watch pods", faults.EXPIRED),
        Fault("list pods", faults.BROKEN, skip=2),
        Fault("watch pods", faults.TOO_LARGE),
    )
    pods = watch()
    pods.until(lambda: len(pods.requests) == 6)
    assert server.busiest("* pods") <= 4
    pods.informer.reconnect()
    pods.until_live()
    assert server.busiest("* pods") <= 4
    server.cluster.create("pods", "a")
    pods.until_names("a")


def test_a_server_that_is_away(server: ApiServer, watch: Watching) -> None:
    pods = watch()
    pods.until_live()
    server.close()
    pods.until_state(WatchState.BACKOFF)
    assert pods.status.retry_at
    server.start()
    pods.until_live()
    assert pods.requests == ["list", "watch", "watch"]


def _busiest(times: list[float], window_s: float = 2.0) -> int:
    return max(sum(1 for t in times if start <= t < start + window_s) for start in times)
