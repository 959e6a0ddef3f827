"""The columns behind the live-event log: what goes in comes out, shared values come and go, rates and bookmarks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from kdesk.viewmodel.events.book import Book
from kdesk.viewmodel.events.lines import EventLine, Origin, Told
from kdesk.viewmodel.events.marks import Marks
from kdesk.viewmodel.events.pool import Pool
from kdesk.viewmodel.events.rates import Rates
from tests.viewmodel.stub_cluster import DEPLOYMENTS, NODES, PODS, row

ORIGINS = [Origin(cluster, kind, "") for cluster in ("a", "b") for kind in (PODS, NODES, DEPLOYMENTS)]


@st.composite
def lines(draw: st.DrawFn) -> EventLine:
    origin = draw(st.sampled_from(ORIGINS))
    at = draw(st.integers(0, 10_000)) / 8
    if draw(st.booleans()):
        return EventLine(
            0,
            at,
            "BACKOFF",
            origin,
            note=draw(st.sampled_from(["", "refused"])),
            count=draw(st.integers(0, 9)),
        )
    version = draw(st.sampled_from(["", "0", "007", "12", "9" * 30, "opaque", "-3"]))
    manager = draw(st.sampled_from(["", "kubelet"]))
    one = row(
        draw(st.sampled_from(["web", "db"])), version=version, manager=manager, n=draw(st.integers(0, 3))
    )
    old = draw(st.sampled_from([b"", one.raw]))
    return EventLine(0, at, draw(st.sampled_from(["ADDED", "MODIFIED", "DELETED"])), origin, one, old=old)


@given(st.lists(lines(), max_size=60), st.integers(16, 64))
def test_what_goes_in_comes_out(given_lines: list[EventLine], capacity: int) -> None:
    book = Book(capacity, 1 << 30)
    for start in range(0, len(given_lines), 7):
        book.extend(given_lines[start : start + 7])
    assert len(book) <= capacity
    assert len(book) + book.dropped.total() == len(given_lines)
    for line in given_lines[book.first - 1 :]:
        found = book.line(line.number)
        before, after = line.row, found.row
        assert (found.at, found.type, found.origin, found.note, found.count, found.old) == (
            line.at,
            line.type,
            line.origin,
            line.note,
            line.count,
            line.old,
        )
        assert (before is None) == (after is None)
        if before is not None and after is not None:
            assert (after.key, after.uid, after.version, after.created, after.raw) == (
                before.key,
                before.uid,
                before.version,
                before.created,
                before.raw,
            )
    kept = [line for line in given_lines if line.number >= book.first]
    assert len(book.subjects) <= len(kept)
    assert book.object_bytes == sum(line.size for line in kept)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), max_size=60))
def test_a_shared_value_lives_as_long_as_its_uses(steps: list[tuple[bool, int]]) -> None:
    pool: Pool[str] = Pool(len)
    odd = pool.judged(lambda value: len(value) % 2 == 1)
    numbers: list[tuple[int, str]] = []
    for adds, length in steps:
        if adds or not numbers:
            value = "x" * length
            numbers.append((pool.add(value), value))
        else:
            number, _ = numbers.pop(length % len(numbers))
            pool.release(np.array([number], np.uint32))
        values = {value for _, value in numbers}
        assert len(pool) == len(values)
        assert pool.bytes == sum(map(len, values))
        assert all(pool[number] == value for number, value in numbers)
        wanted = [len(value) % 2 == 1 for _, value in numbers]
        assert odd.of(np.array([number for number, _ in numbers], np.uint32)).tolist() == wanted


def test_what_changed_is_told_later_and_outlives_the_object() -> None:
    book = Book(1_000, 100)
    one = row("web", pad="x" * 90)
    changed = EventLine(0, 1.0, "MODIFIED", ORIGINS[0], one, old=one.raw)
    book.extend([changed])
    assert book.told(1) is None
    book.tell(1, Told("phase A → B", "", "status.phase"))
    assert book.told(1) == Told("phase A → B", "", "status.phase")
    assert book.line(1).old == b""
    assert book.bare == 1
    book.tell(99, Told("nobody asked"))


def test_events_are_counted_by_second_and_kind() -> None:
    rates = Rates()
    assert rates.series(10, 3) is None
    lines = [EventLine(0, 100 + n / 10, "ADDED", ORIGINS[0], row("web")) for n in range(40)]
    lines += [EventLine(0, 102.0, "ADDED", ORIGINS[1], row("n1")), EventLine(0, 103.0, "LIVE", ORIGINS[1])]
    rates.count(lines)
    series = rates.series(10, 3)
    assert series is not None
    assert (series.start, series.width, series.kinds) == (100.0, 1.0, ("Pod", "Node"))
    assert series.counts.tolist() == [[10, 10, 10, 10], [0, 0, 1, 0]]
    wide = rates.series(2, 1)
    assert wide is not None
    assert (wide.width, wide.kinds, wide.counts.tolist()) == (2.0, ("others",), [[20, 21]])
    assert rates.last(2, 104.5) == 10.5


def test_bookmarks_go_round(qtbot: QtBot) -> None:
    marks = Marks()
    assert marks.next(5) is None
    for number in (3, 7, 9):
        marks.toggle(number)
    marks.note(7, "  the\n deploy ")
    assert marks.notes == {3: "", 7: "the deploy", 9: ""}
    assert [marks.next(3), marks.next(9), marks.next(4, back=True), marks.next(3, back=True)] == [7, 3, 3, 9]
    marks.drop_before(8)
    assert marks.notes == {9: ""}
    assert not marks.toggle(9)
