"""Connections that died without a word are found: by silence, and at once after the machine slept."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kdesk.kube.engine import informer
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import Break, Fault, Lines, event_line
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


def test_silence_after_a_bookmark(
    server: ApiServer, watch: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where bookmarks come they come regularly: their absence means that nothing comes any more."""
    monkeypatch.setattr(informer, "SILENCE_SECONDS", 0.3)
    bookmark = event_line("BOOKMARK", {"metadata": {"resourceVersion": "105"}})
    server.cluster.create_many("configmaps", 10)
    server.script(Fault("watch pods", Lines((bookmark,), then="hang")))
    pods = watch()
    pods.until(lambda: len(pods.watched_from()) == 2)
    assert pods.watched_from()[:2] == ["110", "105"]
    assert pods.requests[:3] == ["list", "watch", "watch"]
    assert WatchState.BACKOFF in pods.states
    server.cluster.create("pods", "a")
    pods.until_names("a")


def test_silence_before_a_bookmark(
    server: ApiServer, watch: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a quiet kind there may be nothing to say: a new watch tells that from a dead link, and nobody is alarmed."""
    monkeypatch.setattr(informer, "SILENCE_SECONDS", 0.3)
    server.cluster.create("pods", "a")
    server.script(Fault("watch pods", Lines((), then="hang")))
    pods = watch()
    pods.until_state(WatchState.LIVE)
    server.cluster.create("pods", "b")
    pods.until_names("a", "b")
    assert pods.requests[:3] == ["list", "watch", "watch"]
    assert pods.requests.count("list") == 1
    assert pods.states == [WatchState.LISTING, WatchState.LIVE]


def test_a_link_that_dies_before_a_bookmark(
    server: ApiServer, watch: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(informer, "SILENCE_SECONDS", 0.3)
    monkeypatch.setattr(informer, "_HEADER_SECONDS", 0.3)
    hanging = Fault("watch pods", Break("hang", "headers"), times=None)
    server.script(Fault("watch pods", Lines((), then="hang")), hanging)
    pods = watch()
    pods.until_state(WatchState.LIVE)
    pods.until_state(WatchState.BACKOFF)
    assert "does not answer" in pods.status.error
    server.forgive(hanging)
    server.cluster.create("pods", "a")
    pods.until_names("a")
    assert pods.requests.count("list") == 1


def test_a_server_without_bookmarks_is_asked_ever_less(
    server: ApiServer, watch: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(informer, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(informer, "WITHIN_SECONDS", 0.0)
    pods = watch()
    pods.until(lambda: len(pods.watched_from()) == 5)
    at = [request.at for request in server.asked("watch pods")]
    assert all(after - before >= 0.1 * 2**n for n, (before, after) in enumerate(pairwise(at)))
    assert pods.states == [WatchState.LISTING, WatchState.LIVE]
    server.wait_for(lambda: any(feed.request.at == at[-1] for feed in server.feeds("pods")))
    server.bookmark("pods")  # so it does send them: from here on silence means what it says
    pods.until_state(WatchState.BACKOFF)


def test_silence_before_the_first_answer(
    server: ApiServer, watch: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(informer, "_HEADER_SECONDS", 0.3)
    monkeypatch.setattr(informer, "_LIST_SECONDS", 0.3)
    server.script(Fault("list pods", Break("hang")), Fault("watch pods", Break("hang", "headers")))
    pods = watch()
    pods.until_live()
    assert pods.requests == ["list", "list", "watch", "watch"]


def test_every_watch_ends_by_itself_at_its_own_time(server: ApiServer, watch: Watching) -> None:
    watchers = [watch(label) for label in ("pods", "configmaps", "namespaces", "deployments.apps")]
    for watcher in watchers:
        watcher.until_live()
    seconds = [int(r.query["timeoutSeconds"]) for r in server.asked("watch *")]
    assert all(300 <= s <= 600 for s in seconds)
    assert len(set(seconds)) > 1
    assert all(r.query["allowWatchBookmarks"] == "true" for r in server.asked("watch *"))


def test_after_sleep_every_watch_is_checked(
    server: ApiServer, session: ClusterSession, watch: Watching
) -> None:
    """The connections hang, as they do when the other side forgot them; a new one each, and no list."""
    server.script(Fault("watch *", Lines((), then="hang"), times=2))
    pods, maps = watch("pods"), watch("configmaps")
    for watcher in (pods, maps):
        watcher.until_state(WatchState.LIVE)
    server.cluster.create("pods", "a")
    server.cluster.create("configmaps", "b")
    session.reconnect()
    pods.until_names("a")
    maps.until_names("b")
    assert pods.requests == maps.requests == ["list", "watch", "watch"]
    assert WatchState.BACKOFF not in pods.states
