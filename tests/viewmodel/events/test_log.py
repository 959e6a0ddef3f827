"""The live-event log: every event a line, in order, bounded, and still when it is told to be."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.viewmodel.events.lines import EventColumn, EventLine
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.frame import FrameClock
from tests.viewmodel.stub_cluster import (
    DEPLOYMENTS,
    NODES,
    PODS,
    StubSession,
    added,
    deleted,
    modified,
    row,
    watch,
)


@pytest.fixture
def clock(qtbot: QtBot) -> FrameClock:
    return FrameClock(interval=0.002)


@pytest.fixture
def log(clock: FrameClock) -> Iterator[EventLog]:
    one = EventLog(clock, capacity=1_000, max_bytes=1 << 20)
    yield one
    one.close()


def settle(qtbot: QtBot, clock: FrameClock) -> None:
    qtbot.waitUntil(lambda: clock.idle)


def names(log: EventLog) -> list[str]:
    return [line.row.name for line in log.model.lines() if line.row is not None]


def states(log: EventLog) -> list[EventLine]:
    return [line for line in log.model.lines() if line.row is None]


def test_every_event_is_a_line_of_its_own(qtbot: QtBot, clock: FrameClock, log: EventLog) -> None:
    prod = StubSession()
    watch(log, prod, PODS)
    [lease] = prod.leases
    assert lease.spec.whole
    one = row("web")
    lease.tell(added(one))
    lease.tell(
        modified(row("web", version="2")), modified(row("web", version="3")), deleted(row("web", version="4"))
    )
    settle(qtbot, clock)
    lines = [line for line in log.model.lines() if line.row is not None]
    assert [(line.type, line.row.version) for line in lines if line.row is not None] == [
        ("ADDED", "1"),
        ("MODIFIED", "2"),
        ("MODIFIED", "3"),
        ("DELETED", "4"),
    ]
    texts = [log.model.data(log.model.index(1, column)) for column in range(log.model.columnCount())]
    assert texts[1:6] == ["prod", "ADDED", "Pod", "shop", "web"]
    assert texts[EventColumn.CREATED].startswith("2023-04-04")
    assert texts[EventColumn.VERSION] == "1"


def test_the_servers_own_time_is_told_where_it_says_one(
    qtbot: QtBot, clock: FrameClock, log: EventLog
) -> None:
    prod = StubSession()
    watch(log, prod, PODS)
    one = row("web")
    two = msgspec.structs.replace(row("web", version="2"), cells=("web", "kubelet", "status", 1_700_000_000))
    gone = msgspec.structs.replace(two, deleting=1_700_000_060)
    prod.leases[0].tell(added(one), modified(two, one), deleted(gone), deleted(one))
    settle(qtbot, clock)
    assert [line.stamped for line in log.model.lines()[1:]] == [one.created, 1_700_000_000, 1_700_000_060, 0]
    assert log.model.texts(4)[EventColumn.SERVER] == ""
    assert len(log.model.texts(2)[EventColumn.SERVER]) == len("14:02:11")


def test_lines_of_several_clusters_come_in_the_order_of_time(
    qtbot: QtBot, clock: FrameClock, log: EventLog
) -> None:
    prod, test = StubSession("prod"), StubSession("test")
    log.feed.rebind([prod.real, test.real])
    log.feed.choose(PODS)
    for number in range(20):
        lease = (prod if number % 2 else test).leases[0]
        lease.tell(added(row(f"p{number:02d}")))
    settle(qtbot, clock)
    assert names(log) == sorted(names(log))
    assert len(names(log)) == 20


def test_objects_that_were_there_before_are_left_out_until_asked_for(
    qtbot: QtBot, clock: FrameClock, log: EventLog
) -> None:
    prod = StubSession()
    prod.existing["pods"] = [row("old-1"), row("old-2")]
    watch(log, prod, PODS)
    prod.leases[0].tell(added(row("new")))
    settle(qtbot, clock)
    assert names(log) == ["new"]
    log.show_existing(True)
    settle(qtbot, clock)
    assert names(log) == ["new", "old-1", "old-2"]
    log.show_existing(False)
    settle(qtbot, clock)
    assert names(log) == ["new"]


def test_a_change_of_state_is_a_line_and_a_repeated_one_is_not(
    qtbot: QtBot, clock: FrameClock, log: EventLog
) -> None:
    prod = StubSession()
    watch(log, prod, PODS)
    [lease] = prod.leases
    lease.say(WatchState.LISTING, objects=500)
    lease.say(WatchState.LIVE, objects=700)
    lease.say(WatchState.BACKOFF, error="refused", retry_at=1.0)
    lease.say(WatchState.BACKOFF, error="refused", retry_at=2.0)
    lease.say(WatchState.LIVE, objects=701)
    settle(qtbot, clock)
    assert [line.type for line in states(log)] == ["LISTING", "LIVE", "BACKOFF", "LIVE"]
    assert states(log)[2].note == "refused"


def test_a_pause_stands_still_and_loses_nothing(qtbot: QtBot, clock: FrameClock, log: EventLog) -> None:
    prod = StubSession()
    watch(log, prod, PODS)
    [lease] = prod.leases
    lease.tell(added(row("before")))
    settle(qtbot, clock)
    log.pause(True)
    for number in range(128):
        lease.tell(added(row(f"during-{number:03d}")))
    settle(qtbot, clock)
    assert names(log) == ["before"]
    assert log.pending == 128
    log.pause(False)
    settle(qtbot, clock)
    assert names(log) == ["before", *(f"during-{number:03d}" for number in range(128))]
    assert log.pending == 0


def test_the_oldest_lines_are_dropped_and_counted(qtbot: QtBot, clock: FrameClock, log: EventLog) -> None:
    prod = StubSession()
    watch(log, prod, PODS)
    for number in range(2_500):
        prod.leases[0].tell(added(row(f"p{number:04d}")))
    settle(qtbot, clock)
    assert 900 < log.total <= 1_000
    assert names(log)[-1] == "p2499"
    assert log.dropped + log.total == 2_501  # with the line of the state
    assert len(names(log)) == log.total


def test_the_bytes_of_objects_are_bounded_too(qtbot: QtBot, clock: FrameClock, log: EventLog) -> None:
    prod = StubSession()
    watch(log, prod, PODS)
    for number in range(50):
        prod.leases[0].tell(added(row(f"p{number}", data="x" * 100_000)))
    settle(qtbot, clock)
    assert sum(line.size for line in log.model.lines()) <= 1 << 20
    assert names(log)[-1] == "p49"


def test_what_the_queue_lost_is_said(qtbot: QtBot, clock: FrameClock) -> None:
    log = EventLog(clock)
    prod = StubSession()
    watch(log, prod, PODS)
    prod.leases[0].tell(*(added(row("web")) for _ in range(20_500)))
    settle(qtbot, clock)
    [line] = [line for line in states(log) if line.type == "DROPPED"]
    assert line.count == log.dropped == 501  # with the state that came first
    log.close()


def test_a_filter_is_applied_to_old_and_new_lines(qtbot: QtBot, clock: FrameClock, log: EventLog) -> None:
    prod = StubSession()
    watch(log, prod, PODS)
    for number in range(900):
        prod.leases[0].tell(added(row(f"p{number:03d}", namespace="a" if number % 3 else "b")))
    settle(qtbot, clock)
    log.set_filter("ns:b")
    settle(qtbot, clock)
    assert len(names(log)) == 300
    prod.leases[0].tell(added(row("late", namespace="b")), added(row("other", namespace="a")))
    settle(qtbot, clock)
    assert names(log)[-1] == "late"
    log.set_filter("")
    settle(qtbot, clock)
    assert names(log)[-2:] == ["late", "other"]


def test_lines_that_come_while_a_large_log_is_searched_are_not_missed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kdesk.viewmodel.events.log._BUDGET_S", 0.0)
    clock = FrameClock(interval=0.001, budget=0.0005)
    log = EventLog(clock, capacity=60_000)
    prod = StubSession()
    watch(log, prod, PODS)
    one = row("wanted")
    for _ in range(3):
        prod.leases[0].tell(*(added(one) for _ in range(15_000)))
        settle(qtbot, clock)
    log.set_filter("wanted")
    assert log.model.rowCount() == log.total  # not searched yet: the old lines stay
    prod.leases[0].tell(*(added(row("wanted-late")) for _ in range(3_000)), added(row("unloved")))
    settle(qtbot, clock)
    assert len(names(log)) == 48_000
    assert "unloved" not in names(log)
    numbers = [line.number for line in log.model.lines()]
    assert numbers == sorted(set(numbers))
    log.close()


def test_clearing_forgets_lines_and_counts_but_not_the_watches(
    qtbot: QtBot, clock: FrameClock, log: EventLog
) -> None:
    prod = StubSession()
    watch(log, prod, PODS)
    prod.leases[0].tell(added(row("web")))
    settle(qtbot, clock)
    log.clear()
    assert (log.model.rowCount(), log.total, log.dropped) == (0, 0, 0)
    prod.leases[0].tell(deleted(row("web")))
    settle(qtbot, clock)
    assert names(log) == ["web"]


def test_what_was_chosen_follows_the_open_clusters(qtbot: QtBot, clock: FrameClock, log: EventLog) -> None:
    first, second = StubSession("first"), StubSession("second", kinds=(PODS, NODES))
    log.feed.rebind([first.real])
    log.feed.choose(PODS)
    log.feed.choose(DEPLOYMENTS)
    log.feed.rebind([first.real, second.real])
    assert [(s.origin.cluster, s.origin.resource.kind, s.origin.namespace) for s in log.feed.sources()] == [
        ("first", "Pod", ""),
        ("first", "Deployment", ""),
        ("second", "Pod", ""),
    ]
    kept = first.leases[0]
    log.feed.rebind([second.real])
    assert all(lease.released for lease in first.leases)
    kept.tell(added(row("late")))
    settle(qtbot, clock)
    assert names(log) == []
    log.feed.remove("pods")
    assert not log.feed.sources()
    assert second.leases[0].released


def test_a_retired_cluster_is_not_watched(log: EventLog) -> None:
    gone = StubSession()
    gone.catalogue = None
    log.feed.rebind([gone.real])
    log.feed.choose(PODS)
    assert not log.feed.sources()


def test_the_object_of_a_line_is_shown_as_it_was(qtbot: QtBot, clock: FrameClock, log: EventLog) -> None:
    prod = StubSession()
    watch(log, prod, PODS)
    prod.leases[0].tell(
        added(row("web", version="1", spec={"n": 1})), modified(row("web", version="2", spec={"n": 2}))
    )
    settle(qtbot, clock)
    first, second = [line for line in log.model.lines() if line.row is not None]
    inspector = log.inspector
    inspector.show(second)
    inspector.show(first)  # before the other is written: only the newest request is answered
    qtbot.waitUntil(lambda: inspector.document is not None)
    assert inspector.document is not None
    assert inspector.document.text.startswith("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n")
    assert "n: 1" in inspector.document.text
