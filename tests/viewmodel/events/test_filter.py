"""The filter of the live-event log."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdesk.viewmodel.events.book import Book
from kdesk.viewmodel.events.filter import EventFilter
from kdesk.viewmodel.events.lines import EventLine, Origin, told
from kdesk.viewmodel.events.scan import Scan, Wanted
from kdesk.viewmodel.rows.filtering import FilterError
from tests.viewmodel.stub_cluster import DEPLOYMENTS, PODS, row

POD = EventLine(
    1,
    1_700_000_000.5,
    "ADDED",
    Origin("prod-eu", PODS, ""),
    msgspec.structs.replace(row("web-1", namespace="shop", version="77"), labels="app=shop,tier=web"),
)
ROLLOUT = EventLine(
    2, 1_700_000_001.0, "DELETED", Origin("test", DEPLOYMENTS, ""), row("api", namespace="web")
)
STATE = EventLine(3, 1_700_000_002.0, "BACKOFF", Origin("prod-eu", PODS, "shop"), note="connection refused")
PENDING = row("db", version="1", status={"phase": "Pending", "ready": 1})
RUNNING = row("db", version="2", manager="kubelet", status={"phase": "Running", "ready": 1})
CHANGE = EventLine(4, 1_700_000_003.0, "MODIFIED", Origin("test", PODS, ""), RUNNING, old=PENDING.raw)
BROKEN = EventLine(5, 1_700_000_004.0, "MODIFIED", Origin("test", PODS, ""), RUNNING, old=b'{"half')
LINES = (POD, ROLLOUT, STATE)


NOTES = {2: "the deploy", 3: ""}


def found(text: str, lines: tuple[EventLine, ...], now: float = 1_700_000_005.0) -> list[int]:
    """The numbers, as the lines have them, of what a filter finds."""
    numbers = [line.number for line in lines]
    copies = [
        EventLine(0, line.at, line.type, line.origin, line.row, note=line.note, old=line.old)
        for line in lines
    ]
    book = Book(100, 1 << 20)
    book.extend(copies, [told(line) for line in lines])
    scan = Scan(book, Wanted(EventFilter(text), now=now, notes=NOTES))
    assert not scan.advance(book.end, 0.0)
    return [numbers[number - 1] for number in scan.take().tolist()]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 2, 3]),
        ("web", [1, 2]),
        ("WEB prod", [1]),
        ("type:deleted", [2]),
        ("kind:pod", [1, 3]),
        ("kind:deployments.apps", [2]),
        ('kind:"Deployment"', [2]),
        ('kind:"Deploy"', []),
        ("ns:web", [2]),
        ("namespace:shop", [1, 3]),
        ("cluster:prod-eu !type:BACKOFF", [1]),
        ("!web", [3]),
        ("!!web", [1, 2]),
        ('"connection refused"', [3]),
        ('"refused connection"', []),
        ("name:web", [1]),
        ("version:77", [1]),
        ("nonsense:web", []),
        ("web | type:BACKOFF", [1, 2, 3]),
        ("web |", [1, 2]),
        ("kind=Pod", [1, 3]),
        ("kind!=Pod", [2]),
        ("/web-[0-9]/", [1]),
        ("!/web-[0-9]/", [2, 3]),
        ("bookmark:", [2, 3]),
        ("bookmark:deploy", [2]),
        ("!bookmark:", [1]),
        ("note:deploy", [2]),
        ("age<4s", [3]),
        ("age>4s", [1]),
        ("last:4s", [3]),
        ("!last:4s", [1, 2]),
        ("time:", [1, 2, 3]),
        ("app=shop", [1]),
        ("app!=shop", [2, 3]),
        ("kind:", [1, 2, 3]),
        ('"', [1, 2, 3]),
    ],
)
def test_lines_found(text: str, numbers: list[int]) -> None:
    assert found(text, LINES) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("path:status.phase", [4]),
        ("path:STATUS", [4]),
        ("path:status.ready", []),
        ('path:"status.phase"', [4]),
        ('path:"status"', []),
        ("!path:status", [1, 5]),
        ("change:pending", [4]),
        ("pending", [4]),
        ("/PENDING → run/", [4]),
        ("change:readable", [5]),
        ("who:kube", [4, 5]),
        ("who:status", [4, 5]),
        ("kubelet", [4, 5]),
        ("path:status who:kubelet db", [4]),
        ("path:status who:kubectl", []),
    ],
)
def test_lines_found_by_what_changed_and_who_did_it(text: str, numbers: list[int]) -> None:
    assert found(text, (POD, CHANGE, BROKEN)) == numbers


def test_what_has_to_be_told_first_is_waited_for() -> None:
    assert EventFilter("path:status").needs_words
    assert EventFilter("web").needs_words
    assert not EventFilter("kind:pod who:kubelet time:14:02").needs_words


@given(st.text(max_size=30))
def test_any_text_is_a_filter_or_says_why_not(text: str) -> None:
    try:
        numbers = found(text, LINES)
    except FilterError:
        return
    assert set(numbers) <= {1, 2, 3}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("time:25:00", "no time of a day"),
        ("time:yesterday", "is no time"),
        ("time:14:02..2026-01-01", "both with their day"),
        ("age<soon", "is no time"),
        ("/we(b/", "no regular expression"),
    ],
)
def test_what_can_never_be_a_filter_is_said(text: str, why: str) -> None:
    with pytest.raises(FilterError, match=why):
        EventFilter(text)
