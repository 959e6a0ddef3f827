"""One object followed live, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.detail import Detail, DetailState
from tests.viewmodel.stub_cluster import PODS, SECRETS, StubLease, StubSession, added, deleted, modified, row


@pytest.fixture
def detail(qtbot: QtBot) -> Iterator[Detail]:
    one = Detail(FrameClock(interval=0.002))
    yield one
    one.dispose()


def shown(detail: Detail, qtbot: QtBot, session: StubSession) -> StubLease:
    """The lease of a live pod ``shop/web``."""
    detail.show(session.real, PODS, row("web"))
    lease = session.leases[-1]
    lease.tell(added(row("web", spec={"n": 1}), initial=True))
    lease.say(WatchState.LIVE, objects=1, synced=True)
    qtbot.waitUntil(lambda: detail.state is DetailState.LIVE)
    return lease


def text(detail: Detail) -> str:
    return detail.document.text if detail.document is not None else ""


def test_one_object_is_watched_whole_and_followed(qtbot: QtBot, detail: Detail) -> None:
    session = StubSession()
    lease = shown(detail, qtbot, session)
    assert (lease.spec.field_selector, lease.spec.namespace, lease.spec.whole) == (
        "metadata.name=web",
        "shop",
        True,
    )
    assert "n: 1" in text(detail)
    lease.tell(modified(row("web", version="2", spec={"n": 2})))
    qtbot.waitUntil(lambda: "n: 2" in text(detail))
    assert detail.document is not None
    assert detail.document.changes


def test_it_loads_until_the_first_state_of_the_object_is_there(qtbot: QtBot, detail: Detail) -> None:
    session = StubSession()
    detail.show(session.real, PODS, row("web"))
    assert detail.state is DetailState.LOADING
    assert detail.document is None


def test_a_deleted_object_keeps_its_last_state_and_says_when(qtbot: QtBot, detail: Detail) -> None:
    lease = shown(detail, qtbot, StubSession())
    lease.tell(deleted(row("web", version="3")))
    qtbot.waitUntil(lambda: detail.state is DetailState.DELETED)
    assert "deleted at" in detail.sentence
    assert "n: 1" in text(detail)
    assert detail.stale
    lease.tell(added(row("web", version="9", uid="other", spec={"n": 9})))
    qtbot.waitUntil(lambda: "n: 9" in text(detail))
    assert detail.state is DetailState.LIVE
    assert "recreated" in detail.sentence


def test_an_object_that_is_gone_before_it_was_read_is_said_to_be(qtbot: QtBot, detail: Detail) -> None:
    session = StubSession()
    detail.show(session.real, PODS, row("web"))
    session.leases[0].say(WatchState.LIVE, objects=0, synced=True)
    qtbot.waitUntil(lambda: detail.state is DetailState.DELETED)
    assert detail.document is None


@pytest.mark.parametrize(
    ("state", "error", "expected"),
    [
        (WatchState.BACKOFF, "connection refused", DetailState.STALE),
        (WatchState.FORBIDDEN, "you may not", DetailState.FORBIDDEN),
        (WatchState.UNAUTHORIZED, "log in", DetailState.LOGIN),
        (WatchState.GONE, "", DetailState.GONE),
        (WatchState.STOPPED, "", DetailState.GONE),
    ],
)
def test_states_are_told_and_the_text_stays(
    qtbot: QtBot, detail: Detail, state: WatchState, error: str, expected: DetailState
) -> None:
    lease = shown(detail, qtbot, StubSession())
    lease.say(state, error=error, synced=True, since=1_700_000_000.0)
    qtbot.waitUntil(lambda: detail.state is expected)
    assert error in detail.sentence
    assert detail.sentence
    assert detail.stale
    assert text(detail)
    lease.say(WatchState.LIVE, synced=True)
    qtbot.waitUntil(lambda: detail.state is DetailState.LIVE)
    assert not detail.sentence


def test_another_object_replaces_the_first_and_its_watch(qtbot: QtBot, detail: Detail) -> None:
    session = StubSession()
    first = shown(detail, qtbot, session)
    detail.show(session.real, PODS, row("api"))
    assert first.released
    assert detail.document is None
    first.tell(modified(row("web", version="7", spec={"n": 7})))
    second = session.leases[-1]
    second.tell(added(row("api", spec={"n": 3})))
    second.say(WatchState.LIVE, synced=True)
    qtbot.waitUntil(lambda: "n: 3" in text(detail))
    detail.close()
    assert second.released
    assert detail.state is DetailState.EMPTY
    assert detail.subject is None


def test_secret_values_are_masked_in_the_text(qtbot: QtBot, detail: Detail) -> None:
    session = StubSession()
    detail.show(session.real, SECRETS, row("db"))
    session.leases[0].tell(added(row("db", data={"password": "aHVudGVyMg=="})))
    session.leases[0].say(WatchState.LIVE, synced=True)
    qtbot.waitUntil(lambda: bool(text(detail)))
    assert "aHVudGVyMg" not in text(detail)
    assert "password: <masked, 7 bytes>" in text(detail)


def test_trying_now_asks_the_watch(qtbot: QtBot, detail: Detail) -> None:
    lease = shown(detail, qtbot, StubSession())
    detail.reconnect()
    assert lease.reconnects == 1
