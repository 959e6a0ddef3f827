"""What a person is told of a refusal: the reason, where somebody gave one."""

from __future__ import annotations

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import Answer, Fault, refuse
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching

_AGGREGATOR = "error trying to reach service: dial tcp 10.0.0.7:443: connect: connection refused"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refuse(500, "InternalError", "etcdserver: no leader"), "etcdserver: no leader"),
        (refuse(503, text=_AGGREGATOR), f"the server answered 503 Service Unavailable: {_AGGREGATOR}"),
        (
            refuse(502, text="upstream\nsaid: Bearer planted-token-1"),
            "the server answered 502 Bad Gateway: upstream said: Bearer ***",
        ),
        (Answer(503, b""), "the server answered 503 Service Unavailable"),
        (Answer(503, b"\x00\xff\x1b[2J", "text/plain"), "the server answered 503 Service Unavailable"),
        (Answer(504, b"<html>no</html>", "text/html"), "the server answered 504 Gateway Timeout"),
    ],
)
def test_the_reason_of_an_error(server: ApiServer, watch: Watching, answer: Answer, told: str) -> None:
    server.script(Fault("list pods", answer, times=None))
    pods = watch()
    pods.until_state(WatchState.BACKOFF)
    assert pods.status.error == told


def test_a_long_reason_is_cut(server: ApiServer, watch: Watching) -> None:
    server.script(Fault("list pods", refuse(503, text="word " * 10_000), times=None))
    pods = watch()
    pods.until_state(WatchState.BACKOFF)
    assert len(pods.status.error) < 400
