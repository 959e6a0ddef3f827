"""Times and spans of time in the filter of live events."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kdesk.viewmodel.events.times import TimeError, parse_time, time_of_day

DAY = 86_400
seconds = st.integers(0, DAY - 1)
moments = st.floats(1.6e9, 1.9e9).map(lambda at: round(at, 3))


@pytest.fixture(autouse=True, params=["UTC", "Europe/Berlin", "Asia/Kolkata"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    os.environ.pop("TZ", None)
    time.tzset()


def clock(second: int, *, short: bool = False) -> str:
    hour, minute = second // 3600, second // 60 % 60
    return f"{hour:02d}:{minute:02d}" if short else f"{hour:02d}:{minute:02d}:{second % 60:02d}"


def holds(text: str, *at: float) -> list[bool]:
    found: list[bool] = parse_time(text).holds(np.array(at, np.float64)).tolist()
    return found


def local(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("14:02", ["14:02:00", "14:02:59.999"], ["14:01:59.999", "14:03:00"]),
        ("14:02:11", ["14:02:11", "14:02:11.999"], ["14:02:10.999", "14:02:12"]),
        ("14:02:11.25", ["14:02:11.250", "14:02:11.259"], ["14:02:11.249", "14:02:11.260"]),
        ("14:02..14:05", ["14:02:00", "14:05:59"], ["14:01:59", "14:06:00"]),
        ("14:02..", ["14:02:00", "23:59:59"], ["14:01:59", "00:00:00"]),
        ("..14:05", ["00:00:00", "14:05:59"], ["14:06:00"]),
        (">14:02:11", ["14:02:12"], ["14:02:11.999"]),
        (">=14:02:11", ["14:02:11"], ["14:02:10.999"]),
        ("<14:02", ["14:01:59"], ["14:02:00"]),
        ("<=14:02", ["14:02:59"], ["14:03:00"]),
        (
            "23:58..00:03",
            ["23:58:00", "23:59:59", "00:00:00", "00:03:59"],
            ["23:57:59", "00:04:00", "12:00:00"],
        ),
        ("9:05", ["09:05:30"], ["09:06:00"]),
    ],
)
@pytest.mark.parametrize("day", ["2026-02-03", "2026-07-14"])
def test_a_time_of_day_is_meant_on_any_day(
    text: str, inside: list[str], outside: list[str], day: str
) -> None:
    assert holds(text, *[local(f"{day}T{at}") for at in inside]) == [True] * len(inside)
    assert holds(text, *[local(f"{day}T{at}") for at in outside]) == [False] * len(outside)


def test_a_time_with_its_day_is_meant_on_that_day() -> None:
    noon = local("2026-02-03T12:00:00")
    assert holds("2026-02-03", noon, noon + DAY) == [True, False]
    assert holds("2026-02-03T12:00", noon, noon + 60, noon + DAY) == [True, False, False]
    assert holds(">2026-02-03", noon, noon + DAY) == [False, True]
    assert holds("2026-02-03T11:00..2026-02-04", noon, noon + DAY, noon + 2 * DAY) == [True, True, False]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "missing"),
        ("..", "missing beside"),
        ("24:00", "no time of a day"),
        ("14:60", "no time of a day"),
        ("2026-02-30", "no day"),
        ("soon", "is no time"),
        (">14:02..14:05", "either"),
        ("14:02..2026-02-03", "both with their day"),
        ("2026-02-03..2026-02-01", "ends before"),
    ],
)
def test_what_is_no_time_says_why(text: str, why: str) -> None:
    with pytest.raises(TimeError, match=why):
        parse_time(text)


@given(seconds, moments)
def test_a_time_is_the_range_from_it_to_itself(second: int, at: float) -> None:
    for text in (clock(second), clock(second, short=True)):
        assert holds(text, at) == holds(f"{text}..{text}", at)


@given(seconds, moments)
def test_before_at_and_after_share_out_the_day(second: int, at: float) -> None:
    text = clock(second)
    [before], [inside], [after] = (holds(f"{op}{text}", at) for op in ("<", "", ">"))
    assert [before, inside, after].count(True) == 1
    assert holds(f"<={text}", at) == [before or inside]
    assert holds(f">={text}", at) == [inside or after]


@given(seconds, seconds, moments)
def test_a_range_is_what_is_not_before_it_and_not_after_it(first: int, last: int, at: float) -> None:
    start, end = clock(first), clock(last)
    [within] = holds(f"{start}..{end}", at)
    [late], [early] = holds(f">={start}", at), holds(f"<={end}", at)
    # Over midnight it is one of the two, else both.
    assert within == ((late and early) if first <= last else (late or early))


@given(seconds, seconds, moments)
def test_a_range_and_the_one_around_it_over_midnight_leave_nothing_out(
    first: int, last: int, at: float
) -> None:
    assume(0 < first < last < DAY - 1)
    [inside] = holds(f"{clock(first)}..{clock(last)}", at)
    [outside] = holds(f"{clock(last + 1)}..{clock(first - 1)}", at)
    assert inside is not outside


@given(st.lists(moments, max_size=20))
def test_the_time_of_day_is_that_of_the_system(at: list[float]) -> None:
    found = time_of_day(np.array(sorted(at), np.float64)).tolist()
    for moment, second in zip(sorted(at), found, strict=True):
        there = time.localtime(moment)
        assert int(second) == there.tm_hour * 3600 + there.tm_min * 60 + there.tm_sec


@given(st.text(alphabet="0123456789:.-T<>= ", max_size=24))
def test_any_text_is_a_time_or_an_error(text: str) -> None:
    try:
        found = parse_time(text)
    except TimeError:
        return
    assert found.holds(np.array([1.7e9])).tolist() in ([True], [False])
