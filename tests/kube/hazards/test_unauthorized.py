"""401: one refresh for everyone, then resume; when that does not help, the cluster stops asking and says so."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kdesk.kube.config.connection import AuthInfo
from kdesk.kube.engine.session import ClusterSession, SessionState
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.engine.vigil import Vigil
from kdesk.kube.errors import KubeError
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Connecting
from tests.kube.hazards.watcher import Watcher
from tests.support.plugin import Plugin

Secure = tuple[ApiServer, str]
#: Fifty informers: five kinds in ten namespaces.
LABELS = ("pods", "configmaps", "events", "deployments.apps", "widgets.example.com")
NAMESPACES = tuple(f"ns{number}" for number in range(10))
COUNT = len(LABELS) * len(NAMESPACES)


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    return Plugin(tmp_path)


def watch_many(server: ApiServer, session: ClusterSession) -> list[Watcher]:
    """Fifty informers of one session, started at once."""
    return [Watcher(server, session, label, namespace) for namespace in NAMESPACES for label in LABELS]


def until_all(watchers: list[Watcher], state: WatchState) -> None:
    for watcher in watchers:
        watcher.until_state(state)


def test_one_refresh_for_all_watches(secure_server: Secure, connect: Connecting, plugin: Plugin) -> None:
    server, ca = secure_server
    server.switches.tokens = {"first"}
    plugin.hand_out("first")
    watchers = watch_many(server, connect(server, ca_file=ca, auth=plugin.auth))
    until_all(watchers, WatchState.LIVE)
    server.wait_for(lambda: len(server.feeds()) == COUNT)
    assert plugin.runs == 1, "they all began at once, and one credential was had for all"
    server.switches.tokens = {"second"}
    plugin.hand_out("second")
    before = len(server.requests)
    server.end_watches()
    server.wait_for(lambda: len(server.feeds()) == COUNT)
    assert plugin.runs == 2
    assert all(watcher.states == [WatchState.LISTING, WatchState.LIVE] for watcher in watchers)
    assert len(server.requests) - before <= 2 * COUNT, "each was refused at most once"
    assert len(server.asked("list *")) == COUNT, "nothing was listed again"


@pytest.mark.parametrize("again", ["fails", "answers the same"])
def test_a_login_that_does_not_help_stops_the_cluster(
    secure_server: Secure, connect: Connecting, plugin: Plugin, again: str
) -> None:
    """Nothing is run or sent any more, whoever wants to know; the reason is in every table."""
    server, ca = secure_server
    server.switches.tokens = {"good"}
    plugin.hand_out("good")
    session = connect(server, ca_file=ca, auth=plugin.auth)
    watchers = watch_many(server, session)
    until_all(watchers, WatchState.LIVE)
    server.wait_for(lambda: len(server.feeds()) == COUNT)
    server.switches.tokens = {"new"}
    if again == "fails":
        plugin.fail("the device is not enrolled")
    before = len(server.requests)
    server.end_watches()
    until_all(watchers, WatchState.UNAUTHORIZED)
    reason = "the device is not enrolled" if again == "fails" else "refused the credential plugin's answer"
    assert all(reason in watcher.status.error and not watcher.status.retry_at for watcher in watchers)
    runs, asked = plugin.runs, len(server.requests)
    assert runs == 2
    assert asked - before <= 2 * COUNT
    session.reconnect()  # as after sleep
    server.cluster.create("pods", "a", "ns1")
    with pytest.raises(KubeError, match=reason):
        session.open()
    assert session.state is SessionState.UNAUTHORIZED
    assert (plugin.runs, len(server.requests)) == (runs, asked), "no request and no login is tried any more"
    plugin.hand_out("new")
    session.log_in_again()
    until_all(watchers, WatchState.LIVE)
    assert plugin.runs == runs + 1
    assert len(server.asked("list *")) == COUNT, "nothing was listed again"
    assert all(
        watcher.states == [WatchState.LISTING, WatchState.LIVE, WatchState.UNAUTHORIZED, WatchState.LIVE]
        for watcher in watchers
    )


def test_logging_in_again_in_vain_is_one_more_run(
    secure_server: Secure, connect: Connecting, plugin: Plugin
) -> None:
    """Its token file is missing, so it ends with an error: once, for all, and never an anonymous request."""
    server, ca = secure_server
    session = connect(server, ca_file=ca, auth=plugin.auth)
    watchers = watch_many(server, session)
    for runs in (1, 2):
        until_all(watchers, WatchState.UNAUTHORIZED)
        assert plugin.runs == runs
        for watcher in watchers:
            watcher.forget()
        session.log_in_again()
        for watcher in watchers:
            watcher.until(lambda: plugin.runs == runs + 1)  # noqa: B023
    assert server.requests == []


def test_a_token_that_is_written_down_is_tried_once(secure_server: Secure, connect: Connecting) -> None:
    server, ca = secure_server
    server.switches.tokens = {"other"}
    pods = Watcher(server, connect(server, ca_file=ca, auth=AuthInfo(token="s3cret-value")))
    pods.until_state(WatchState.UNAUTHORIZED)
    assert pods.requests == ["list"]
    assert "s3cret" not in pods.status.error
    assert pods.status.retry_at == 0.0


def test_a_token_file_that_rotates(secure_server: Secure, connect: Connecting, tmp_path: Path) -> None:
    """As often as it likes: a refusal after a token that worked is a new matter."""
    server, ca = secure_server
    token = tmp_path / "token"
    token.write_text("t0\n")
    server.switches.tokens = {"t0"}
    pods = Watcher(server, connect(server, ca_file=ca, auth=AuthInfo(token_file=str(token))))
    pods.until_live()
    for number in range(1, 4):
        token.write_text(f"t{number}\n")
        server.switches.tokens = {f"t{number}"}
        server.end_watches()
        server.cluster.create("pods", f"p{number}")
        pods.until(lambda number=number: f"p{number}" in pods.names)  # type: ignore[misc]
    assert pods.requests.count("list") == 1
    assert pods.told == [("ADDED", "p1"), ("ADDED", "p2"), ("ADDED", "p3")]


def test_a_token_file_that_rotates_too_late(
    secure_server: Secure, connect: Connecting, tmp_path: Path
) -> None:
    """Nobody has to ask: what is written to the file later is tried, once, and what was refused never again."""
    server, ca = secure_server
    token = tmp_path / "token"
    token.write_text("old\n")
    server.switches.tokens = {"old"}
    session = connect(server, ca_file=ca, auth=AuthInfo(token_file=str(token)))
    vigil = Vigil(lambda: [session])
    watchers = [Watcher(server, session, label) for label in LABELS]
    until_all(watchers, WatchState.LIVE)
    server.switches.tokens = {"new"}
    server.end_watches()
    until_all(watchers, WatchState.UNAUTHORIZED)
    asked = len(server.requests)
    for content in ("old\n", "old", "", None):
        token.unlink() if content is None else token.write_text(content)
        for _ in range(3):
            vigil.look()
    assert len(server.requests) == asked, "the same token, or none, is not tried"
    token.write_text("half of it")
    vigil.look()
    assert len(server.requests) == asked, "it may be in the middle of being written"
    token.write_text("wrong")
    vigil.look()
    vigil.look()
    server.wait_for(lambda: len(server.requests) > asked)
    until_all(watchers, WatchState.UNAUTHORIZED)
    settle(session)
    asked = len(server.requests)
    for _ in range(3):
        vigil.look()
    assert len(server.requests) == asked, "refused as well, and not tried again"
    token.write_text("new")
    server.cluster.create("pods", "a")
    vigil.look()
    vigil.look()
    until_all(watchers, WatchState.LIVE)
    watchers[0].until_names("a")
    assert len(server.asked("list *")) == len(LABELS), "nothing was listed again"


def test_discovery_that_was_refused_is_due_again_when_the_file_changes(
    secure_server: Secure, connect: Connecting, tmp_path: Path
) -> None:
    server, ca = secure_server
    token = tmp_path / "token"
    server.switches.tokens = {"new"}
    session = connect(server, ca_file=ca, auth=AuthInfo(token_file=str(token)))
    vigil = Vigil(lambda: [session])
    for content in (None, "old"):
        if content is not None:
            token.write_text(content)
            vigil.look()
            vigil.look()
            assert session.state is SessionState.IDLE, "it may be opened"
        with pytest.raises(KubeError, match="cannot be read" if content is None else "log in again"):
            session.open()
        assert session.state is SessionState.UNAUTHORIZED
    token.write_text("new")
    vigil.look()
    vigil.look()
    assert session.state is SessionState.IDLE
    assert session.open().resources


def settle(session: ClusterSession) -> None:
    """Until all informers have parked: none has a request under way."""
    deadline = time.monotonic() + 10
    while any(informer._operation is not None or informer._poke.is_set() for informer in session.informers()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
