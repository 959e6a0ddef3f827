"""Tokens that a real API server stops taking, and what becomes of every watch that used them.

The tokens are those of service accounts, bound to a secret each: deleting the secret revokes the token, while the API
server runs on. It remembers for ten seconds that a token was good.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kdesk.kube.engine.session import ClusterSession, SessionState
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.errors import KubeError
from tests.support.commands import until
from tests.support.plugin import Plugin

from .controlplane import ControlPlane
from .watching import Watching, session_on

LISTING, LIVE, UNAUTHORIZED = WatchState.LISTING, WatchState.LIVE, WatchState.UNAUTHORIZED
KINDS = ("configmaps", "secrets", "services", "pods", "deployments")


class Account:
    """A service account that may do anything in its namespace, and its tokens."""

    def __init__(self, plane: ControlPlane, namespace: str) -> None:
        self._plane = plane
        self.namespace = namespace
        self._issued = 0
        self._kubectl("create", "serviceaccount", "robot")
        binding = ("create", "rolebinding", "robot", "--clusterrole=admin")
        self._kubectl(*binding, f"--serviceaccount={namespace}:robot")

    def issue(self) -> tuple[str, Callable[[], None]]:
        """A new token, and what revokes it: once that returns, the API server answers 401 to it."""
        self._issued += 1
        bound = f"bound-{self._issued}"
        self._kubectl("create", "secret", "generic", bound)
        token = self._kubectl(
            "create", "token", "robot", "--bound-object-kind=Secret", f"--bound-object-name={bound}"
        ).strip()
        return token, lambda: self._revoke(bound, token)

    def create(self, name: str) -> None:
        self._kubectl("create", "configmap", name, "--from-literal=a=1")

    def _revoke(self, bound: str, token: str) -> None:
        path = f"/api/v1/namespaces/{self.namespace}/configmaps?limit=1"
        assert self._plane.api.request("GET", path, token=token)[0] == 200
        self._kubectl("delete", "secret", bound)
        until(lambda: self._plane.api.request("GET", path, token=token)[0] == 401, "the token's end")

    def _kubectl(self, *args: str) -> str:
        return self._plane.kubectl(*args, f"--namespace={self.namespace}")


@pytest.fixture
def account(plane_a: ControlPlane, namespace: str) -> Account:
    return Account(plane_a, namespace)


def _kubeconfig(plane: ControlPlane, path: Path, user: dict[str, Any]) -> Path:
    document = yaml.safe_load(plane.kubeconfig().read_text())
    document["users"][0]["user"] = user
    path.write_text(yaml.safe_dump(document))
    return path


def _refusals(plane: ControlPlane) -> int:
    """How many requests the API server has refused for their credential, by its own count."""
    text = plane.request("GET", "/metrics")[1]
    counts = re.findall(r'^authentication_attempts\{result="(?:error|failure)"\} (\d+)', text, re.MULTILINE)
    return sum(map(int, counts))


def _watch_all(session: ClusterSession, namespace: str) -> list[Watching]:
    watches = [Watching(session, kind, namespace) for kind in KINDS]
    for watch in watches:
        watch.wait_for(LIVE)
    return watches


def test_a_token_file_that_is_rotated(plane_a: ControlPlane, account: Account, tmp_path: Path) -> None:
    """Nobody sees anything of it: the refused watches are asked for again with what the file holds now."""
    file = tmp_path / "token"
    first, revoke = account.issue()
    file.write_text(first + "\n")
    with session_on(_kubeconfig(plane_a, tmp_path / "config", {"tokenFile": str(file)})) as session:
        watches = _watch_all(session, account.namespace)
        file.write_text(account.issue()[0] + "\n")
        revoke()
        session.reconnect()
        account.create("after")
        watches[0].wait_for_names("after")
        for watch in watches:
            watch.wait_for(LIVE)
            assert watch.states == [LISTING, LIVE]
            assert watch.lease.informer.report().lists == 1
            watch.check_told()


def test_a_token_file_that_is_rotated_too_late(
    plane_a: ControlPlane, account: Account, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    first, revoke = account.issue()
    file.write_text(first)
    with session_on(_kubeconfig(plane_a, tmp_path / "config", {"tokenFile": str(file)})) as session:
        watches = _watch_all(session, account.namespace)
        revoke()
        before = _refusals(plane_a)
        session.reconnect()
        for watch in watches:
            watch.wait_for(UNAUTHORIZED)
            assert "log in again" in watch.status.error
            assert first not in watch.status.error
        assert 0 < _refusals(plane_a) - before <= len(KINDS), "each asked once at most"
        account.create("after")
        file.write_text(account.issue()[0])  # nobody logs in: the file is followed
        watches[0].wait_for_names("after")
        for watch in watches:
            watch.wait_for(LIVE)
            assert watch.states == [LISTING, LIVE, UNAUTHORIZED, LIVE]
            assert watch.lease.informer.report().lists == 1, "the version was still good"
            watch.check_told()


def test_a_plugin_is_run_once_for_all_watches(
    plane_a: ControlPlane, account: Account, tmp_path: Path
) -> None:
    plugin = Plugin(tmp_path)
    first, revoke = account.issue()
    plugin.hand_out(first)
    with session_on(_kubeconfig(plane_a, tmp_path / "config", plugin.user)) as session:
        watches = _watch_all(session, account.namespace)
        assert plugin.runs == 1
        plugin.hand_out(account.issue()[0])
        revoke()
        before = _refusals(plane_a)
        session.reconnect()
        account.create("after")
        watches[0].wait_for_names("after")
        for watch in watches:
            watch.wait_for(LIVE)
            assert watch.states == [LISTING, LIVE]
            watch.check_told()
        assert plugin.runs == 2
        assert 0 < _refusals(plane_a) - before <= len(KINDS), "each was refused at most once"


def test_a_plugin_that_fails_stops_everything_until_asked(
    plane_a: ControlPlane, account: Account, tmp_path: Path
) -> None:
    plugin = Plugin(tmp_path)
    first, revoke = account.issue()
    plugin.hand_out(first)
    with session_on(_kubeconfig(plane_a, tmp_path / "config", plugin.user)) as session:
        watches = _watch_all(session, account.namespace)
        plugin.fail("the single sign-on has expired")
        revoke()
        before = _refusals(plane_a)
        session.reconnect()
        for watch in watches:
            watch.wait_for(UNAUTHORIZED)
            assert "the single sign-on has expired" in watch.status.error
            assert watch.status.retry_at == 0.0
        refused = _refusals(plane_a)
        assert plugin.runs == 2
        assert 0 < refused - before <= len(KINDS)
        session.reconnect()  # as after sleep: no reason to log in again
        with pytest.raises(KubeError, match="the single sign-on has expired"):
            session.open()
        assert session.state is SessionState.UNAUTHORIZED
        assert (plugin.runs, _refusals(plane_a)) == (2, refused), "nothing is run, nothing is sent"
        account.create("after")
        plugin.hand_out(account.issue()[0])
        session.log_in_again()
        watches[0].wait_for_names("after")
        for watch in watches:
            watch.wait_for(LIVE)
            assert watch.states == [LISTING, LIVE, UNAUTHORIZED, LIVE]
            assert watch.lease.informer.report().lists == 1
            watch.check_told()
        assert plugin.runs == 3
