"""After sleep or a lost network, every watch is looked at at once: nobody waits for a back-off to end."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from kdesk.kube.engine import vigil as vigil_module
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.engine.vigil import SLEPT_SECONDS, Vigil, reachable
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


class _Clock:
    """A wall clock that can jump against the steady one."""

    def __init__(self) -> None:
        self.slept = 0.0

    def wall(self) -> float:
        return time.time() + self.slept


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def vigil(session: ClusterSession, clock: _Clock, monkeypatch: pytest.MonkeyPatch) -> Vigil:
    monkeypatch.setattr(vigil_module, "CALL_SECONDS", 0.0)
    return Vigil(lambda: [session], wall=clock.wall)


def test_every_watch_is_replaced_after_sleep(
    server: ApiServer, watch: Watching, vigil: Vigil, clock: _Clock
) -> None:
    pods, spaces = watch("pods"), watch("namespaces")
    pods.until_live()
    spaces.until_live()
    vigil.look()
    assert len(server.asked("watch *")) == 2, "nothing happened, nothing is done"
    clock.slept += SLEPT_SECONDS + 1
    vigil.look()
    server.wait_for(lambda: len(server.asked("watch *")) == 4, "two new watches")
    pods.until_live()
    vigil.look()
    assert pods.requests == ["list", "watch", "watch"], "the version is still good: no new list"


def test_a_server_that_answers_again_is_not_kept_waiting(
    server: ApiServer, watch: Watching, vigil: Vigil, session: ClusterSession
) -> None:
    pods = watch()
    pods.until_live()
    server.close(how="reset")
    # The back-off has grown to minutes: as after a night without network.
    _until(lambda: session.lost)
    vigil.look()
    _until(lambda: pods.status.retry_at > time.time() + 1.0, seconds=20)
    server.start()
    due = pods.status.retry_at
    vigil.look()
    pods.until_live()
    assert time.time() < due + 1.0
    assert not session.lost
    assert pods.requests.count("list") == 1


def test_a_server_that_never_went_away_is_a_matter_of_the_back_off(
    server: ApiServer, watch: Watching, vigil: Vigil, session: ClusterSession
) -> None:
    pods = watch()
    pods.until_live()
    asked: list[float] = []
    session.reconnect = lambda within=0.0: asked.append(within)  # type: ignore[method-assign]
    server.cut()
    for _ in range(5):
        vigil.look()
    assert asked == [], "it can be reached, so its refusals are no news"
    pods.until_state(WatchState.LIVE)


def test_who_answers_is_asked_all_at_once(server: ApiServer) -> None:
    with ApiServer() as gone:
        dead = ("127.0.0.1", gone.port)
    live = ("127.0.0.1", server.port)
    assert reachable({live, dead}) == {live}
    assert reachable(set()) == set()


def _until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
