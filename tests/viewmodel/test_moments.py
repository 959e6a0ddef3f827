"""How moments are written: in local time, with the day where it is another, with the year where that is."""

from __future__ import annotations

import time

import pytest

from kdesk.viewmodel.moments import clock_text, dated_text, day_text, full_text, minute_text, moment_text


def local(text: str) -> float:
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


NOW = local("2026-03-04 14:02:11")


@pytest.mark.parametrize(
    ("at", "moment", "minute", "dated"),
    [
        ("2026-03-04 00:00:00", "00:00:00", "00:00", "Mar 04 00:00:00"),
        ("2026-03-03 23:59:59", "Mar 03 23:59:59", "Mar 03 23:59", "Mar 03 23:59:59"),
        ("2025-03-04 14:02:11", "Mar 04 2025 14:02:11", "Mar 04 2025 14:02", "Mar 04 2025 14:02:11"),
    ],
)
def test_another_day_and_another_year_are_named(at: str, moment: str, minute: str, dated: str) -> None:
    then = local(at)
    assert (moment_text(then, NOW), minute_text(then, NOW), dated_text(then, NOW)) == (moment, minute, dated)
    assert full_text(int(then)) == at


def test_today_is_that_of_the_system_where_none_is_given() -> None:
    now = time.time()
    assert moment_text(now) == clock_text(now)
    assert len(moment_text(now - 3 * 86_400).split()) in (3, 4)
    assert day_text(now) in dated_text(now)


@pytest.mark.parametrize(("digits", "end"), [(0, ":11"), (1, ":11.0"), (3, ":11.042")])
def test_parts_of_a_second_are_cut_off_and_not_rounded(digits: int, end: str) -> None:
    assert clock_text(NOW + 0.0429, digits).endswith(end)
