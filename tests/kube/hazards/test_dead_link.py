"""A link that dies without a word, under a whole session: noticed, and everything is fresh soon after its return."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine import reflector
from kdesk.kube.engine import session as session_module
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.engine.vigil import SLEPT_SECONDS, Vigil
from kdesk.kube.wire import dial
from tests.fakes import relay as relays
from tests.fakes.faults import Break, Fault
from tests.fakes.relay import Relay
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import Watcher

LABELS = ("pods", "configmaps", "events", "deployments.apps", "widgets.example.com")
needs_filter = pytest.mark.skipif(not relays.AVAILABLE, reason="dropping packets takes a Linux socket filter")


class Link:
    """A session behind a relay, watched over by a vigil whose wall clock the test can set."""

    def __init__(self, server: ApiServer, relay: Relay, reaper: Reaper) -> None:
        url = f"http://127.0.0.1:{relay.port}"
        context = Context("far", "far", "config", "c", url, "u", "default", False, None, ConnectionInfo(url))
        self.server, self.relay = server, relay
        self.session = ClusterSession(context, 1, reaper)
        self.slept = 0.0
        self.vigil = Vigil(lambda: [self.session], wall=lambda: time.time() + self.slept)
        self.watchers = [Watcher(server, self.session, label) for label in LABELS]

    def until_live(self) -> None:
        for watcher in self.watchers:
            watcher.until_live()

    def until_fresh(self, name: str) -> None:
        """All are live, and show what was made while the link was dead."""
        for watcher in self.watchers:
            watcher.until(lambda watcher=watcher: name in watcher.names)  # type: ignore[misc]
            watcher.until_state(WatchState.LIVE)
            assert watcher.requests.count("list") == 1, "the version was still good"

    def change_all(self, name: str) -> None:
        for label in LABELS:
            self.server.cluster.create(label, name, "default")


@pytest.fixture
def link(server: ApiServer, reaper: Reaper, monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    monkeypatch.setattr(dial, "KEEP_ALIVE", (1, 1, 60))
    with Relay(server.port) as relay:
        one = Link(server, relay, reaper)
        one.vigil.start()
        one.until_live()
        yield one
        one.vigil.stop()
        one.session.retire()
        assert one.vigil.join(5)


@needs_filter
@pytest.mark.parametrize("forget", [True, False], ids=["connections forgotten", "connections kept"])
def test_silence_is_noticed_and_over_at_once(link: Link, forget: bool) -> None:
    """Nothing but unanswered keep-alive probes tells it: no clock jumped, no route changed, no request failed."""
    link.relay.drop()
    link.change_all("meanwhile")
    until(lambda: link.vigil.unreachable == {"far"})
    assert not any("meanwhile" in watcher.names for watcher in link.watchers)
    link.relay.restore(forget=forget)
    link.until_fresh("meanwhile")
    until(lambda: not link.session.lost)
    assert link.vigil.unreachable == frozenset()


@needs_filter
def test_connections_that_were_forgotten_in_a_moment_are_replaced(link: Link) -> None:
    """As by a router that lost its table: the server can be reached all the time, and would keep its silence."""
    link.relay.drop()
    link.relay.restore(forget=True)
    link.change_all("meanwhile")
    link.until_fresh("meanwhile")
    assert link.vigil.unreachable == frozenset()


class Owing:
    """A session whose server answers calls and owes acknowledgements for ever."""

    name, lost, unanswered = "owing", True, True

    def __init__(self, server: ApiServer) -> None:
        self.peer = ("127.0.0.1", server.port)
        self.reconnects = 0

    def reconnect(self, within: float = 0.0) -> None:
        self.reconnects += 1

    def scout(self) -> None:
        """It has connections."""

    def renew(self) -> None:
        """Its credential is good."""


def test_a_network_that_swallows_probes_does_not_have_watches_replaced_all_the_time(
    server: ApiServer,
) -> None:
    owing, now = Owing(server), 1000.0
    vigil = Vigil(lambda: [owing], wall=lambda: now, steady=lambda: now)
    seen = []
    for now in (1000.0, 1002.0, 1004.0, 1030.0, 1061.0, 1063.0, 1100.0):  # noqa: B007 (the clocks read it)
        vigil.look()
        seen.append(owing.reconnects)
    assert seen == [0, 1, 1, 1, 1, 2, 2]


@needs_filter
def test_a_link_that_comes_back_some_time_after_sleep(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every watch is replaced at once, in vain; nobody waits for the end of those attempts when the link is there."""
    monkeypatch.setattr(dial, "_CONNECT_SECONDS", 300.0)
    link.relay.drop()
    link.slept += SLEPT_SECONDS + 1
    link.change_all("meanwhile")
    until(lambda: link.vigil.unreachable == {"far"})
    link.relay.restore(forget=True)
    link.until_fresh("meanwhile")
    until(lambda: not link.session.lost)


@needs_filter
def test_idle_connections_are_not_trusted_after_it(link: Link) -> None:
    """A request over one would wait for its own time limit."""
    link.session.open()  # leaves connections behind
    link.relay.drop()
    link.change_all("meanwhile")
    link.relay.restore(forget=True)
    link.session.reconnect()
    link.until_fresh("meanwhile")


def test_the_first_to_come_back_hurries_the_others(
    server: ApiServer, watch: Watching, session: ClusterSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    watchers = [watch(label) for label in LABELS]
    for watcher in watchers:
        watcher.until_live()
    monkeypatch.setattr(reflector, "FIRST_DELAY", 25.0)
    for _ in range(2):  # the second time so soon that the others were hurried a moment ago
        server.close(how="reset")
        for watcher in watchers:
            watcher.until_state(WatchState.BACKOFF)
        server.start()
        watchers[0].informer.reconnect()
        for watcher in watchers:
            watcher.until_live()
        assert not session.lost


def test_a_server_that_comes_back_behind_something_that_accepts_all_the_time(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a proxy or a balancer: calling it tells nothing, and every watch is deep in its back-off."""
    monkeypatch.setattr(reflector, "FIRST_DELAY", 25.0)
    link.server.close(how="reset")
    for watcher in link.watchers:
        watcher.until_state(WatchState.BACKOFF)
    asked = link.relay.carried
    until(lambda: link.relay.carried >= asked + 2)
    assert link.relay.carried < asked + len(LABELS), "one watch tries, not all"
    assert link.vigil.unreachable == frozenset()
    link.server.start()
    link.change_all("meanwhile")
    link.until_fresh("meanwhile")
    until(lambda: not link.session.lost)


def test_one_that_fares_better_does_not_undo_the_others_back_off(
    server: ApiServer,
    watch: Watching,
    session: ClusterSession,
    reaper: Reaper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One kind is always reset; another that comes back again and again does not make it ask each time."""
    monkeypatch.setattr(session_module, "SPREAD_SECONDS", 0.0)
    pods, maps = watch("pods"), watch("configmaps")
    pods.until_live()
    maps.until_live()
    monkeypatch.setattr(reflector, "FIRST_DELAY", 25.0)
    server.script(Fault("* configmaps", Break("reset"), times=None))
    counts: list[int] = []
    for _ in range(3):
        server.cut()
        pods.until_state(WatchState.BACKOFF)
        maps.until_state(WatchState.BACKOFF)
        pods.informer.reconnect()
        pods.until_live()
        told = threading.Event()
        reaper.later(0.0, told.set)
        assert told.wait(5)
        maps.until(lambda: maps.status.retry_at > time.time() + 5.0)
        counts.append(
            maps.server.verbs("configmaps").count("watch") + maps.server.verbs("configmaps").count("get")
        )
    assert counts[1] == counts[2], "hurried once"


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
