"""Stopping is prompt and silent in every phase; the last that anybody hears is STOPPED."""

from __future__ import annotations

import gc
import random
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from kdesk.kube.config.connection import AuthInfo, ConnectionInfo, ExecConfig
from kdesk.kube.engine.informer import Informer, WatchSpec
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Latest, Stream, WatchState
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.wire.transport import Transport
from tests.fakes import faults
from tests.fakes.faults import Break, Fault, Hold, Lines, Shape, throttled
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Connecting, Watching
from tests.kube.hazards.watcher import Watcher, resource

PROMPT_S = 1.0


def assert_stops(watcher: Watcher) -> None:
    """Within a second, with STOPPED as the last word, although the server goes on talking."""
    informer = watcher.informer
    informer.stop()
    assert informer.status.state is WatchState.STOPPED
    assert informer.join(PROMPT_S), f"still busy after {PROMPT_S} s"
    informer.stop()  # twice is once
    watcher.server.cluster.create(watcher.label, "too-late", "default")
    assert watcher.states[-1] is WatchState.STOPPED
    last = watcher.seen[-1].status
    assert last is not None
    assert last.state is WatchState.STOPPED
    assert "too-late" not in watcher.names
    assert informer.report().odd == 0, "half a line is no oddity where it was told to stop"
    watcher.server.wait_for(lambda: not watcher.server.feeds(), "the watch's connection is closed")


PHASES: dict[str, tuple[Fault | None, WatchState]] = {
    "list-unanswered": (Fault("list *", Break("hang")), WatchState.LISTING),
    "list-half-headers": (Fault("list *", Break("hang", "headers")), WatchState.LISTING),
    "list-half-body": (Fault("list *", Break("hang", "body", 30)), WatchState.LISTING),
    "list-drips": (Fault("list *", Shape(sizes=(1,), pause_s=0.05)), WatchState.LISTING),
    "list-no-length": (Fault("list *", Shape(chunked=False, sizes=(9,), pause_s=0.2)), WatchState.LISTING),
    "list-retry-after": (Fault("list *", throttled(60)), WatchState.BACKOFF),
    "list-forbidden": (Fault("list *", faults.FORBIDDEN), WatchState.FORBIDDEN),
    "list-unauthorized": (Fault("list *", faults.UNAUTHORIZED), WatchState.UNAUTHORIZED),
    "list-gone": (Fault("list *", faults.NOT_SERVED), WatchState.GONE),
    "back-off": (Fault("list *", faults.BROKEN, times=None), WatchState.BACKOFF),
    "watch-unanswered": (Fault("watch *", Break("hang")), WatchState.LISTING),
    "watch-half-headers": (Fault("watch *", Break("hang", "headers")), WatchState.LISTING),
    "watch-half-chunk": (Fault("watch *", Lines((b'{"type":"AD',), then="hang")), WatchState.LIVE),
    "watch-no-length": (Fault("watch *", Shape(chunked=False)), WatchState.LIVE),
    "watch-retry-after": (Fault("watch *", throttled(60)), WatchState.BACKOFF),
    "watch-idle": (None, WatchState.LIVE),
}


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("phase", PHASES)
def test_in_every_phase(
    server: ApiServer,
    secure_server: tuple[ApiServer, str],
    connect: Connecting,
    phase: str,
    secure: bool,
) -> None:
    scripted, state = PHASES[phase]
    fault = replace(scripted) if scripted is not None else None  # a fault counts: one of this test's own
    if secure:
        server, authority = secure_server
        session = connect(server, ca_file=authority)
    else:
        session = connect(server)
    if fault is not None:
        server.script(fault)
    on = fault.on.split()[0] if fault is not None else "watch"
    server.cluster.create("pods", "a")
    pods = Watcher(server, session)
    pods.until(lambda: on in pods.requests and pods.status.state is state)
    assert_stops(pods)


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port where connections are neither refused nor made: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def stops_alone(url: str, ca_file: str | None = None, auth: AuthInfo | None = None) -> None:
    """An informer that reaches nobody; it is given the time to get stuck."""
    info = ConnectionInfo(url, ca_file=ca_file, auth=auth or AuthInfo())
    credentials = Credentials(info)
    informer = Informer(WatchSpec(resource("pods")), Transport(info, credentials))
    informer.start()
    assert not informer.join(0.3)
    informer.stop()
    assert informer.join(PROMPT_S)
    credentials.forget()


def test_while_connecting(deaf_port: int) -> None:
    stops_alone(f"http://127.0.0.1:{deaf_port}")


def test_in_the_tls_handshake(secure_server: tuple[ApiServer, str]) -> None:
    server, authority = secure_server
    server.close()
    server.start(accepting=False)
    stops_alone(server.url, ca_file=authority)


def test_in_a_credential_plugin(secure_server: tuple[ApiServer, str]) -> None:
    server, authority = secure_server
    sleeps = ("-c", "import time; time.sleep(60)")
    plugin = ExecConfig("client.authentication.k8s.io/v1", sys.executable, sleeps, interactive_mode="Never")
    stops_alone(server.url, ca_file=authority, auth=AuthInfo(exec=plugin))
    assert server.requests == []


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_at_any_moment(server: ApiServer, secure_server: tuple[ApiServer, str], secure: bool) -> None:
    """Wherever it happens to be: between connecting and TLS, between two pages, between list and watch."""
    server, authority = secure_server if secure else (server, None)
    server.cluster.create_many("pods", 700)
    rand = random.Random(1)
    info = ConnectionInfo(server.url, ca_file=authority)
    for _ in range(150):
        credentials = Credentials(info)
        transport = Transport(info, credentials)
        informer = Informer(WatchSpec(resource("pods")), transport)
        informer.start()
        informer.join(rand.random() * (0.06 if secure else 0.03))
        informer.stop()
        assert informer.join(PROMPT_S)
        transport.close()
        credentials.forget()
    gc.collect()  # a socket that was left open is found now, and fails the test
    server.wait_for(lambda: server.connections == 0)


def test_before_start(server: ApiServer) -> None:
    info = ConnectionInfo(server.url)
    informer = Informer(WatchSpec(resource("pods")), Transport(info, Credentials(info)))
    informer.stop()
    assert informer.join(PROMPT_S)
    assert informer.status.state is WatchState.STOPPED
    assert server.requests == []


@pytest.mark.parametrize("make", [Stream, Latest])
def test_from_a_handler(
    server: ApiServer, session: ClusterSession, make: Callable[..., Stream | Latest]
) -> None:
    """The first wake-up ends the informer that is just waking: no deadlock, and nothing after it."""
    server.cluster.create_many("pods", 3)
    lease = session.watch(WatchSpec(resource("pods")))
    stopped: list[bool] = []

    def wake() -> None:
        if not stopped:
            stopped.append(True)
            lease.informer.stop()

    lease.subscribe(make(wake))
    server.wait_for(lambda: lease.informer.join(0.0))
    assert stopped
    assert lease.informer.status.state is WatchState.STOPPED


@pytest.mark.parametrize("reads", ["page", "events"])
def test_between_reading_and_telling(
    server: ApiServer, session: ClusterSession, monkeypatch: pytest.MonkeyPatch, reads: str
) -> None:
    """What was read when it was stopped is told to nobody any more, and reaches neither the store nor the state."""
    server.cluster.create("pods", "a")
    gate, read, go_on = threading.Event(), threading.Event(), threading.Event()
    server.script(Fault("list pods", Hold(gate)))
    pods = Watcher(server, session)
    projection = pods.informer._projection
    decode = getattr(projection, reads)

    def held(received: Any) -> Any:
        decoded = decode(received)
        read.set()
        assert go_on.wait(10)
        return decoded

    monkeypatch.setattr(projection, reads, held)
    gate.set()
    if reads == "events":
        pods.until_live()
        server.cluster.create("pods", "too-late")
    pods.until(read.is_set)
    before = pods.informer.store.snapshot()
    pods.informer.stop()
    late = Stream()
    pods.lease.subscribe(late)
    go_on.set()
    assert pods.informer.join(PROMPT_S)
    assert pods.informer.store.snapshot() == before
    assert pods.status.state is WatchState.STOPPED
    last = pods.informer.history[-1][1]
    assert last.state is WatchState.STOPPED
    for told in (pods.seen, late.take()):
        assert told[-1].status is not None
        assert told[-1].status.state is WatchState.STOPPED
    assert pods.told == [("ADDED", row.name) for row in before]


def test_from_a_handler_while_others_are_still_to_be_told(server: ApiServer, watch: Watching) -> None:
    """The first is told, and stops it: the second hears STOPPED, and not the change."""
    pods = watch()
    pods.until_live()
    first = Stream(lambda: pods.informer.stop() if armed else None)
    second = Stream()
    armed: list[bool] = []
    for stream in (first, second):
        pods.lease.subscribe(stream)
        stream.take()
    armed.append(True)
    server.cluster.create("pods", "a")
    assert pods.informer.join(10)
    told = second.take()
    assert [(h.change, h.status.state if h.status else None) for h in told] == [(None, WatchState.STOPPED)]
    states = [h.status.state for h in first.take() if h.status is not None]
    assert states == [WatchState.STOPPED]


def test_from_a_handler_that_hears_of_the_stop(server: ApiServer, watch: Watching) -> None:
    """It stops once more in the wake of STOPPED: those after it hear STOPPED all the same."""
    pods = watch()
    pods.until_live()
    eager = Stream(lambda: pods.informer.stop() if armed else None)
    after = Stream()
    armed: list[bool] = []
    for stream in (eager, after):
        pods.lease.subscribe(stream)
        stream.take()
    armed.append(True)
    pods.informer.stop()
    for stream in (eager, after):
        assert [h.status.state for h in stream.take() if h.status is not None] == [WatchState.STOPPED]


def test_a_session_retires_at_once(server: ApiServer, session: ClusterSession, reaper: Reaper) -> None:
    server.script(
        Fault("list configmaps", Break("hang")),
        Fault("list namespaces", throttled(60)),
        Fault("watch deployments.apps", Break("hang")),
    )
    labels = ("pods", "configmaps", "namespaces", "deployments.apps")
    watchers = [Watcher(server, session, label) for label in labels]
    for watcher in watchers:
        watcher.until(lambda watcher=watcher: watcher.requests)  # type: ignore[misc]
    session.retire()
    for watcher in watchers:
        assert watcher.status.state is WatchState.STOPPED
        assert watcher.informer.join(PROMPT_S)
        assert watcher.states[-1] is WatchState.STOPPED
    server.wait_for(lambda: server.connections == 0, "every socket is closed")
    server.wait_for(lambda: all(not w.informer.store.snapshot() for w in watchers), "the stores are purged")


def test_nothing_is_told_after_it_was_unsubscribed(server: ApiServer, watch: Watching) -> None:
    pods = watch()
    pods.until_live()
    stream, latest = Stream(), Latest()
    for subscription in (stream, latest):
        pods.lease.subscribe(subscription)
        pods.lease.unsubscribe(subscription)
    pods.fence()
    assert stream.take() == []
    assert latest.take() is None
