"""An API server that is frozen (SIGSTOP) keeps its sockets and answers nothing: nothing tells a client but silence."""

from __future__ import annotations

import pytest

from kdesk.kube.engine import informer
from kdesk.kube.engine.subscription import WatchState
from tests.support.commands import until

from .controlplane import ControlPlane
from .watching import Watching, session_on

LISTING, LIVE, BACKOFF = WatchState.LISTING, WatchState.LIVE, WatchState.BACKOFF


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen server is given up within seconds. Watches are short: a bookmark comes two seconds before the end."""
    monkeypatch.setattr(informer, "_HEADER_SECONDS", 2.0)
    monkeypatch.setattr(informer, "SILENCE_SECONDS", 4.0)
    monkeypatch.setattr(informer, "_WATCH_SECONDS", (5, 5))


def _create(plane: ControlPlane, name: str) -> None:
    plane.kubectl("create", "configmap", name, "--from-literal=a=1")


def test_a_short_freeze_is_no_event(disposable_plane: ControlPlane) -> None:
    """The old watch goes on where it was: neither a new one nor a list, and what the screen shows was true."""
    plane = disposable_plane
    with session_on(plane.kubeconfig()) as session:
        maps = Watching(session, "configmaps", "default")
        maps.wait_for(LIVE)
        _create(plane, "before")
        maps.wait_for_names("before")
        plane.pause_apiserver()
        until(lambda: (maps.lease.informer.report().age_s or 0) > 1, "the data's age")
        assert maps.state is LIVE
        plane.resume_apiserver()
        _create(plane, "after")
        maps.wait_for_names("before", "after")
        assert maps.states == [LISTING, LIVE]
        assert maps.lease.informer.report().lists == 1
        maps.check_told()


@pytest.mark.usefixtures("impatient")
def test_reconnect_now_finds_out_that_nothing_answers(disposable_plane: ControlPlane) -> None:
    """The kernel accepts the new connection for the frozen server, so that only the missing answer tells."""
    plane = disposable_plane
    with session_on(plane.kubeconfig()) as session:
        watches = [Watching(session, name, "default") for name in ("configmaps", "secrets", "pods")]
        for watch in watches:
            watch.wait_for(LIVE)
        plane.pause_apiserver()
        session.reconnect()
        for watch in watches:
            watch.wait_for(BACKOFF)
            assert "does not answer" in watch.status.error
        assert "kube-root-ca.crt" in watches[0].names, "the last data stays"
        plane.resume_apiserver()
        _create(plane, "after")
        watches[0].wait_for_names("after")
        for watch in watches:
            watch.wait_for(LIVE)
            assert watch.states == [LISTING, LIVE, BACKOFF, LIVE]
            assert watch.lease.informer.report().lists == 1, "the version was still good"
            watch.check_told()
        assert watches[0].types_of("after") == ["ADDED"]


@pytest.mark.usefixtures("impatient")
def test_a_server_that_freezes_after_a_bookmark_is_found_by_its_silence(
    disposable_plane: ControlPlane,
) -> None:
    plane = disposable_plane
    with session_on(plane.kubeconfig()) as session:
        maps = Watching(session, "configmaps", "default")
        maps.wait_for(LIVE)
        _create(plane, "before")
        maps.wait_for_names("before")
        newest = next(row.version for row in maps.lease.informer.store.snapshot() if row.name == "before")
        plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": "elsewhere"}})
        until(lambda: maps.lease.informer.report().resource_version != newest, "a bookmark")
        plane.pause_apiserver()
        maps.wait_for(BACKOFF)
        plane.resume_apiserver()
        _create(plane, "after")
        maps.wait_for_names("before", "after")
        maps.wait_for(LIVE)
        assert maps.states == [LISTING, LIVE, BACKOFF, LIVE]
        assert maps.lease.informer.report().lists == 1
        maps.check_told()


@pytest.mark.usefixtures("impatient")
def test_a_server_that_freezes_before_any_bookmark_is_found_too(
    disposable_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watches last for minutes here, as they do in earnest: what finds out is the new watch after some silence."""
    monkeypatch.setattr(informer, "_WATCH_SECONDS", (300, 300))
    plane = disposable_plane
    with session_on(plane.kubeconfig()) as session:
        maps = Watching(session, "configmaps", "default")
        maps.wait_for(LIVE)
        plane.pause_apiserver()
        maps.wait_for(BACKOFF)
        assert "does not answer" in maps.status.error
        plane.resume_apiserver()
        _create(plane, "after")
        maps.wait_for_names("after")
        maps.wait_for(LIVE)
        assert maps.states == [LISTING, LIVE, BACKOFF, LIVE]
        assert maps.lease.informer.report().lists == 1
        maps.check_told()


@pytest.mark.usefixtures("impatient")
def test_a_server_that_froze_and_was_killed_and_started(disposable_plane: ControlPlane) -> None:
    """As a watchdog does with it. What happened to it while nobody could say so is told once it is back."""
    plane = disposable_plane
    _create(plane, "goes")
    with session_on(plane.kubeconfig()) as session:
        maps = Watching(session, "configmaps", "default")
        maps.wait_for(LIVE)
        plane.pause_apiserver()
        session.reconnect()
        maps.wait_for(BACKOFF)
        plane.kill_apiserver()
        plane.start_apiserver()
        plane.kubectl("delete", "configmap", "goes")
        _create(plane, "comes")
        maps.wait_for_names("comes")
        maps.wait_for_names("goes", gone=True)
        maps.wait_for(LIVE)
        assert maps.types_of("goes") == ["ADDED", "DELETED"]
        assert maps.types_of("comes") == ["ADDED"]
        resumed = [LISTING, LIVE, BACKOFF, LIVE]
        # To a restarted API server a version from before its start may be too old, as it says after its answer.
        assert maps.states in (resumed, [*resumed, LISTING, LIVE])
        maps.check_told()
