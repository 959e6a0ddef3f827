"""Live events out of a file: everything that was saved is there again, and what is no such file says in which line."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.viewmodel.events.lines import DROPPED, EventColumn
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.events.reading import OpenError, open_file
from kdesk.viewmodel.frame import FrameClock
from tests.viewmodel.stub_cluster import PODS, SECRETS, StubSession, added, deleted, modified, row, watch

VALUE = base64.b64encode(b"hunter2-the-value").decode()
MORE = base64.b64encode(b"another-the-value").decode()


@pytest.fixture
def clock(qtbot: QtBot) -> FrameClock:
    return FrameClock(interval=0.002)


@pytest.fixture
def saved(qtbot: QtBot, clock: FrameClock, tmp_path: Path) -> Iterator[tuple[EventLog, Path]]:
    """A log with one of everything, and its file."""
    log, session = EventLog(clock), StubSession()
    watch(log, session, PODS, SECRETS)
    pods, secrets = session.leases
    one, two = (
        row("web", status={"phase": "Pending"}),
        row("web", version="2", manager="kubelet", status={"phase": "Up"}),
    )
    pods.tell(added(one), modified(two, one), deleted(two, final_unknown=True))
    pods.say(WatchState.BACKOFF, error="refused", objects=7)
    secrets.tell(
        modified(row("db", version="2", data={"password": MORE}), row("db", data={"password": VALUE}))
    )
    qtbot.waitUntil(lambda: clock.idle and not log._teller.waiting)
    number = next(line.number for line in log.model.lines() if line.type == "DELETED")
    log.marks.note(number, "here it went")
    path = tmp_path / "events.jsonl"
    asyncio.run(log.save(path))
    yield log, path
    log.close()


def texts(log: EventLog) -> list[tuple[str, ...]]:
    return [log.model.texts(place) for place in range(log.model.rowCount())]


def test_a_file_shows_what_the_log_showed(
    qtbot: QtBot, clock: FrameClock, saved: tuple[EventLog, Path]
) -> None:
    before, path = saved
    log = EventLog(clock, opened=open_file(path, 1_000))
    qtbot.waitUntil(lambda: log.model.rowCount() == before.model.rowCount())
    assert texts(log) == texts(before)
    assert log.file == path
    assert list(log.marks.notes.values()) == ["here it went"]
    for text, count in (
        ("path:status.phase", 1),
        ("who:kubelet", 1),
        ("type:DELETED", 1),
        ("bookmark:went", 1),
        ("phase pending → up", 1),
        ("kind:Secret data.password", 1),
        ("refused", 1),
        ("age<1h", before.model.rowCount()),  # before the last of them
    ):
        log.set_filter(text)
        qtbot.waitUntil(lambda: clock.idle and not log.searching)
        assert log.model.rowCount() == count, text
    log.close()


def test_the_object_of_a_file_has_its_changes_marked(
    qtbot: QtBot, clock: FrameClock, saved: tuple[EventLog, Path]
) -> None:
    log = EventLog(clock, opened=open_file(saved[1], 1_000))
    line = next(line for line in map(log.book.line, range(log.book.first, log.book.end)) if line.old)
    log.inspector.show(line)
    qtbot.waitUntil(lambda: log.inspector.document is not None)
    document = log.inspector.document
    assert document is not None
    marked = [line for hunk in document.marks for line in document.lines[hunk.new_start : hunk.new_end]]
    assert marked == ["  phase: Up"]
    log.close()


def test_no_secret_value_is_in_a_file(saved: tuple[EventLog, Path]) -> None:
    text = saved[1].read_text()
    assert "data.password" in text
    assert VALUE not in text
    assert MORE not in text


def test_a_file_can_be_saved_again(
    qtbot: QtBot, clock: FrameClock, saved: tuple[EventLog, Path], tmp_path: Path
) -> None:
    _, path = saved
    log = EventLog(clock, opened=open_file(path, 1_000))
    qtbot.waitUntil(lambda: clock.idle and log.model.rowCount() > 0)
    again = tmp_path / "again.jsonl"
    asyncio.run(log.save(again))
    first, second = ([json.loads(line) for line in file.read_text().splitlines()] for file in (path, again))
    for one in (*first, *second):
        one.pop("changes", None)  # of a Secret: digests of what is masked by now
    assert second == first
    log.close()


def test_what_came_before_a_line_is_saved_where_no_line_has_it(saved: tuple[EventLog, Path]) -> None:
    path = saved[1]
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    by_name = {entry.get("name"): entry for entry in entries if entry.get("type") == "MODIFIED"}
    assert "before" not in by_name["web"]  # the line of its addition has it
    assert by_name["db"]["before"]["metadata"]["resourceVersion"] == "1"
    states = [entry for entry in entries if "state" in entry]
    assert states[-1] | {"at": ""} == {
        "at": "",
        "cluster": "prod",
        "resource": "pods",
        "kind": "Pod",
        "namespace": "",
        "state": "BACKOFF",
        "objects": 7,
        "error": "refused",
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", r"events.jsonl is empty"),
        ("\n\n", r"events.jsonl is empty"),
        ("not json\n", r"line 1: it is no live event"),
        ('{"at": "2026-02-03T04:05:06Z"}\n', r"line 1: it is no live event that was saved .*cluster"),
        ('{"kind": "Pod", "metadata": {}}\n', r"line 1: .*at"),
        ('{"at": "yesterday", "cluster": "a"}\n', r"line 1"),
        ('{"at": "2026-02-03T04:05:06Z", "cluster": "a"}\n', r"line 1: .*neither a type nor a state"),
        ('{"at": "2026-02-03T04:05:06Z", "cluster": "a", "type": "ADDED"}\n', r"line 1: .*names no object"),
        (
            '{"at": "2026-02-03T04:05:06Z", "cluster": "a", "type": "ADDED", "name": "x", "object": 3}\n',
            r"line 1",
        ),
    ],
)
def test_a_foreign_file_says_what_is_wrong_where(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(text)
    with pytest.raises(OpenError, match=why):
        open_file(path, 1_000)


def test_half_a_file_says_where_it_ends(saved: tuple[EventLog, Path]) -> None:
    path = saved[1]
    text = path.read_bytes()
    lines = text.count(b"\n")
    path.write_bytes(text[:-20])
    with pytest.raises(OpenError, match=rf"line {lines}: it ends in the middle"):
        open_file(path, 1_000)
    path.write_bytes(b"\xff\xfe" + text)
    with pytest.raises(OpenError, match="line 1"):
        open_file(path, 1_000)


def test_a_file_that_is_not_there_or_too_long_is_refused(
    saved: tuple[EventLog, Path], tmp_path: Path
) -> None:
    with pytest.raises(OpenError, match="cannot be read"):
        open_file(tmp_path / "missing.jsonl", 10)
    with pytest.raises(OpenError, match="more than 2 lines"):
        open_file(saved[1], 2)


def test_what_was_dropped_is_in_the_file(qtbot: QtBot, clock: FrameClock, tmp_path: Path) -> None:
    log, session = EventLog(clock), StubSession()
    watch(log, session, PODS)
    session.leases[0].tell(*(added(row("web")) for _ in range(20_500)))
    qtbot.waitUntil(lambda: clock.idle)
    log.set_filter("type:DROPPED")
    qtbot.waitUntil(lambda: log.model.rowCount() == 1)
    path = tmp_path / "events.jsonl"
    asyncio.run(log.save(path))
    opened = open_file(path, 10)
    assert opened.book.line(1).type == DROPPED
    assert opened.book.line(1).count == 501
    assert log.model.texts(0)[EventColumn.NAME].startswith("501 events")
    log.close()
