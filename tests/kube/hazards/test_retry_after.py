"""A server that asks for patience gets it, in a list as in a watch, and nothing is listed again for it."""

from __future__ import annotations

import time

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import Fault, throttled
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("on", ["list", "watch"])
def test_it_is_waited_for(server: ApiServer, watch: Watching, on: str, code: int) -> None:
    server.script(Fault(f"{on} pods", throttled(2, code)))
    pods = watch()
    pods.until_state(WatchState.BACKOFF)
    assert pods.status.retry_at > time.time()
    pods.until_live()
    first, second = (r.at for r in server.asked(f"{on} pods"))
    assert second - first >= 2.0
    assert pods.requests == {"list": ["list", "list", "watch"], "watch": ["list", "watch", "watch"]}[on]


def test_a_page_is_asked_for_again_by_itself(server: ApiServer, watch: Watching) -> None:
    server.cluster.create_many("pods", 2_000)
    server.script(Fault("page pods", throttled(1), skip=1))
    pods = watch()
    pods.until_live()
    assert pods.requests == ["list", "page", "page", "page", "page", "watch"]
    assert len(pods.names) == 2_000
    assert len(pods.told) == 2_000


def test_a_day_is_not_waited_for(server: ApiServer, watch: Watching) -> None:
    server.script(Fault("list pods", throttled(86_400)))
    pods = watch()
    pods.until_state(WatchState.BACKOFF)
    assert pods.status.retry_at < time.time() + 130
    pods.informer.reconnect()  # and a person need not wait at all
    pods.until_live()
