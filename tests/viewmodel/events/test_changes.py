"""What changed, in the live-event log: shown when looked at, found by a thread, marked in the object."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.events.lines import EventColumn, Told, told_between
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.frame import FrameClock
from tests.viewmodel.stub_cluster import PODS, SECRETS, StubSession, added, deleted, modified, row, watch


@pytest.fixture
def clock(qtbot: QtBot) -> FrameClock:
    return FrameClock(interval=0.002)


@pytest.fixture
def log(clock: FrameClock) -> Iterator[EventLog]:
    one = EventLog(clock, capacity=20_000, max_bytes=64 << 20)
    yield one
    one.close()


@pytest.fixture
def session(log: EventLog) -> StubSession:
    one = StubSession()
    watch(log, one, PODS)
    return one


def settle(qtbot: QtBot, clock: FrameClock) -> None:
    qtbot.waitUntil(lambda: clock.idle)


def pod(version: int, *, phase: str = "Pending", name: str = "web", manager: str = "") -> Row:
    return row(name, version=str(version), manager=manager, status={"phase": phase})


def texts(log: EventLog, column: EventColumn) -> list[str]:
    model = log.model
    return [model.data(model.index(number, column)) for number in range(model.rowCount())]


def versions(log: EventLog) -> list[str]:
    return [line.row.version for line in log.model.lines() if line.row is not None]


def test_a_line_says_what_changed_and_who_did_it(
    qtbot: QtBot, clock: FrameClock, log: EventLog, session: StubSession
) -> None:
    one, two, three = pod(1), pod(2, phase="Running", manager="kubelet"), pod(3, phase="Running")
    last = pod(4, phase="Running", manager="kubelet")  # which did not delete it
    session.leases[0].tell(added(one), modified(two, one), modified(three, two), deleted(last))
    settle(qtbot, clock)
    assert texts(log, EventColumn.CHANGE)[1:] == ["", "phase Pending → Running", "only metadata", ""]
    assert texts(log, EventColumn.WHO)[1:] == ["", "kubelet (status)", "", ""]
    tip = log.model.data(log.model.index(2, EventColumn.CHANGE), Qt.ItemDataRole.ToolTipRole)
    assert tip == "phase Pending → Running"


def test_the_state_before_is_the_object_of_the_line_before(
    qtbot: QtBot, clock: FrameClock, log: EventLog, session: StubSession
) -> None:
    one, two = pod(1), pod(2)
    session.leases[0].tell(added(one), modified(two, one))
    settle(qtbot, clock)
    first, second = [line for line in log.model.lines() if line.row is not None]
    assert first.row is not None
    assert second.old is first.row.raw
    assert second.size == len(first.row.raw)


def test_what_changed_is_told_and_found_without_the_windows_thread(
    qtbot: QtBot,
    clock: FrameClock,
    log: EventLog,
    session: StubSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: set[str] = set()

    def watched(kind: str, before: bytes, after: bytes) -> Told:
        threads.add(threading.current_thread().name)
        return told_between(kind, before, after)

    monkeypatch.setattr("kdesk.viewmodel.events.teller.told_between", watched)
    lease = session.leases[0]
    for n in range(2, 3_000):
        lease.tell(modified(pod(n, phase="Running" if n % 10 == 0 else "Pending"), pod(n - 1)))
    log.set_filter("path:status.phase")
    qtbot.waitUntil(lambda: len(versions(log)) == 299)
    lease.tell(modified(pod(5_000, phase="Failed"), pod(4_999)), modified(pod(5_001), pod(5_000)))
    qtbot.waitUntil(lambda: len(versions(log)) == 300)  # what comes later is found, too
    assert versions(log)[-1] == "5000"
    numbers = [line.number for line in log.model.lines()]
    assert numbers == sorted(numbers)
    assert threads == {"kdesk-events_0"}
    log.clear()
    assert log.model.rowCount() == 0
    lease.tell(modified(pod(6_000, phase="Failed"), pod(5_999)))
    qtbot.waitUntil(lambda: versions(log) == ["6000"])
    log.set_filter("")
    settle(qtbot, clock)
    assert versions(log) == ["6000"]


def test_words_outlive_the_objects(qtbot: QtBot, clock: FrameClock) -> None:
    log = EventLog(clock, max_bytes=200_000)
    session = StubSession()
    watch(log, session, PODS)
    for n in range(2, 200):
        one, two = (row("web", version=str(v), pad="x" * 5_000, status={"n": v}) for v in (n - 1, n))
        session.leases[0].tell(modified(two, one))
        if n % 20 == 0:
            settle(qtbot, clock)
    qtbot.waitUntil(lambda: texts(log, EventColumn.CHANGE)[-1] == "status.n 198 → 199")
    assert texts(log, EventColumn.CHANGE)[1] == "status.n 1 → 2"
    first = log.model.line(1)
    assert first.row is not None
    assert (first.row.raw, first.old) == (b"", b"")
    assert log.book.bare > 100
    assert sum(line.size for line in log.model.lines()) <= 200_000
    log.set_filter('path:status.n "status.n 1 → 2"')
    qtbot.waitUntil(lambda: log.model.rowCount() == 1)
    log.close()


def test_the_object_has_the_changed_lines_marked(
    qtbot: QtBot, clock: FrameClock, log: EventLog, session: StubSession
) -> None:
    one, two = pod(1), pod(2, phase="Running")
    session.leases[0].tell(added(one), modified(two, one))
    settle(qtbot, clock)
    inspector = log.inspector
    inspector.show(log.model.line(2))
    qtbot.waitUntil(lambda: inspector.document is not None)
    document = inspector.document
    assert document is not None
    marked = [line for hunk in document.marks for line in document.lines[hunk.new_start : hunk.new_end]]
    assert marked == ["  phase: Running"]  # the resourceVersion is no news
    inspector.show(log.model.line(1))
    qtbot.waitUntil(lambda: inspector.document is not None)
    assert inspector.document is not None
    assert inspector.document.marks == ()


def test_another_value_of_a_secret_is_a_mark_and_not_told(
    qtbot: QtBot, clock: FrameClock, log: EventLog
) -> None:
    session = StubSession()
    watch(log, session, SECRETS)
    one = row("db", data={"password": "aHVudGVyMg=="})
    two = row("db", version="2", data={"password": "aHVudGVyMw=="})
    session.leases[0].tell(modified(two, one))
    settle(qtbot, clock)
    [line] = [line for line in log.model.lines() if line.row is not None]
    log.inspector.show(line)
    qtbot.waitUntil(lambda: log.inspector.document is not None)
    document = log.inspector.document
    assert document is not None
    assert len(document.marks) == 1
    assert texts(log, EventColumn.CHANGE)[-1].startswith("data.password changed (digest ")
    for secret in ("aHVudGVyM", "hunter"):
        assert secret not in document.text
        assert secret not in texts(log, EventColumn.CHANGE)[-1]
