"""401: one refresh for everyone, then resume; when that does not help, the cluster stops asking and says so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kdesk.kube.connection import AuthInfo, ExecConfig
from kdesk.kube.errors import KubeError
from kdesk.kube.session import ClusterSession, SessionState
from kdesk.kube.subscription import WatchState
from tests.fakes.kinds import KINDS
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Connecting
from tests.kube.hazards.watcher import Watcher

Secure = tuple[ApiServer, str]
LABELS = ("pods", "configmaps", "namespaces", "deployments.apps")

PLUGIN = """
import json, pathlib, sys
runs = pathlib.Path(sys.argv[1])
with runs.open("a") as file:
    file.write("run\\n")
token = pathlib.Path(sys.argv[2]).read_text()
answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token}}
print(json.dumps(answer))
"""


class Plugin:
    """A credential plugin that hands out the token written to a file, and counts its runs."""

    def __init__(self, folder: Path) -> None:
        self._runs = folder / "runs"
        self._token = folder / "plugin-token"
        script = folder / "plugin.py"
        script.write_text(PLUGIN)
        args = (str(script), str(self._runs), str(self._token))
        self.auth = AuthInfo(
            exec=ExecConfig("client.authentication.k8s.io/v1", sys.executable, args, interactive_mode="Never")
        )

    def hand_out(self, token: str) -> None:
        self._token.write_text(token)

    @property
    def runs(self) -> int:
        return len(self._runs.read_text().splitlines()) if self._runs.exists() else 0


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    return Plugin(tmp_path)


def watch_many(server: ApiServer, session: ClusterSession, count: int = 20) -> list[Watcher]:
    """Many informers of one session: every kind in several namespaces."""
    watchers = []
    for number in range(count):
        kind = KINDS[number % 4]
        watchers.append(Watcher(server, session, kind.label, f"ns{number}" if kind.namespaced else ""))
    for watcher in watchers:
        watcher.until_state(WatchState.LIVE)
    return watchers


def test_one_refresh_for_all_watches(secure_server: Secure, connect: Connecting, plugin: Plugin) -> None:
    server, ca = secure_server
    server.switches.tokens = {"first"}
    plugin.hand_out("first")
    session = connect(server, ca_file=ca, auth=plugin.auth)
    watchers = watch_many(server, session)
    assert plugin.runs == 1
    server.switches.tokens = {"second"}
    plugin.hand_out("second")
    before = len(server.asked("watch *"))
    server.end_watches()
    server.wait_for(lambda: len(server.feeds()) == len({w.informer.spec for w in watchers}))
    assert plugin.runs == 2
    assert all(watcher.status.state is WatchState.LIVE for watcher in watchers)
    informers = len({watcher.informer.spec for watcher in watchers})
    assert len(server.asked("watch *")) - before <= 2 * informers, "each was refused at most once"
    assert len(server.asked("list *")) == informers, "nothing was listed again"


def test_it_stops_and_says_so(secure_server: Secure, connect: Connecting, plugin: Plugin) -> None:
    server, ca = secure_server
    server.switches.tokens = {"good"}
    plugin.hand_out("good")
    session = connect(server, ca_file=ca, auth=plugin.auth)
    watchers = watch_many(server, session)
    server.switches.tokens = {"new"}
    server.end_watches()
    for watcher in watchers:
        watcher.until_state(WatchState.UNAUTHORIZED)
        assert watcher.status.error
    runs, asked = plugin.runs, len(server.requests)
    assert runs <= 3
    server.cluster.create("pods", "a", "ns1")
    with pytest.raises(KubeError):
        session.open()
    assert session.state is SessionState.UNAUTHORIZED
    assert (plugin.runs, len(server.requests)) == (runs, asked), "no request and no login is tried any more"
    plugin.hand_out("new")
    session.log_in_again()
    for watcher in watchers:
        watcher.until_state(WatchState.LIVE)
    assert plugin.runs == runs + 1
    assert all(
        watcher.requests.count("list") == len(server.asked(f"list {watcher.label}")) for watcher in watchers
    )


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


def test_a_plugin_that_fails_is_no_anonymous_request(
    secure_server: Secure, connect: Connecting, plugin: Plugin
) -> None:
    """Its token file is missing, so it ends with an error: once, for all."""
    server, ca = secure_server
    session = connect(server, ca_file=ca, auth=plugin.auth)
    watchers = [Watcher(server, session, label) for label in LABELS]
    for watcher in watchers:
        watcher.until_state(WatchState.UNAUTHORIZED)
    assert server.requests == []
    assert plugin.runs == 1
