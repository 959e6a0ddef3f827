"""Freshness: the words, shapes and colours for every state an informer can be in."""

from __future__ import annotations

import time

from kdesk.kube.engine.subscription import Status, WatchState
from kdesk.viewmodel.clusters.freshness import IDLE, Freshness, Shape, freshness, not_served

NOW = 1_700_000_000.0


def say(*statuses: Status, last_proof: float = NOW) -> Freshness:
    return freshness(statuses, last_proof=last_proof, now=NOW)


def test_live_says_how_long_only_when_it_has_been_quiet() -> None:
    live = Status(WatchState.LIVE, 3, True)
    assert (say(live).shape, say(live).word, say(live).tone) == (Shape.DISC, "live", "ok")
    assert say(live, last_proof=NOW - 14).word == "live, 14 s"
    assert say(live, last_proof=NOW - 300).word == "live, 5 min"
    assert say(live, last_proof=0).word == "live"


def test_syncing_counts_and_fills_the_ring() -> None:
    some = say(Status(WatchState.LISTING, 3_200, total=50_003))
    assert (some.word, some.shape) == ("syncing 3,200 of 50,003", Shape.RING)
    assert some.progress is not None
    assert round(some.progress, 3) == 0.064
    assert say(Status(WatchState.LISTING, 3_200)).word == "syncing 3,200"
    assert say(Status(WatchState.LISTING)).word == "syncing"
    assert not some.stale


def test_several_namespaces_add_their_counts() -> None:
    both = say(Status(WatchState.LIVE, 100, True), Status(WatchState.LISTING, 50, total=200))
    assert both.word == "syncing 150 of 300"


def test_a_lost_connection_is_reconnecting_and_later_stale() -> None:
    lost = Status(WatchState.BACKOFF, 3, True, error="connection refused", since=NOW - 5, retry_at=NOW + 4)
    fresh = say(lost)
    assert (fresh.word, fresh.shape, fresh.stale) == ("reconnecting in 4 s", Shape.DASHED, False)
    assert fresh.detail == "Reconnecting in 4 s: connection refused"
    since = NOW - 60
    old = say(Status(WatchState.BACKOFF, 3, True, error="refused", since=since, retry_at=NOW + 4))
    assert old.word == f"stale since {time.strftime('%H:%M', time.localtime(since))}"
    assert (old.shape, old.stale, old.tone) == (Shape.CLOCK, True, "warn")
    never = say(Status(WatchState.BACKOFF, since=since, error="refused"))
    assert (never.word, never.shape) == ("reconnecting", Shape.DASHED)


def test_the_worst_of_several_is_told_with_how_many() -> None:
    live, denied = Status(WatchState.LIVE, 3, True), Status(WatchState.FORBIDDEN, error="no")
    some = say(live, denied, live)
    assert (some.word, some.stale, some.detail) == ("forbidden in 1 of 3", False, "no")
    assert say(denied).word == "forbidden"
    assert say(denied, Status(WatchState.UNAUTHORIZED)).shape is Shape.KEY


def test_what_ended_is_stale_and_says_why() -> None:
    gone = say(Status(WatchState.GONE))
    assert (gone.word, gone.shape, gone.stale) == ("kind removed", Shape.STRUCK, True)
    assert gone.detail
    assert say(Status(WatchState.STOPPED)).word == "stopped"
    assert say() == IDLE
    assert not_served("widgets.example.org").detail == "This cluster does not serve widgets.example.org."


def test_every_state_has_words() -> None:
    for state in WatchState:
        assert say(Status(state)).word
