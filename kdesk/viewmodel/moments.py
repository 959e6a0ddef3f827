"""How moments are written, everywhere: in local time, as short as can be without a doubt about the day.

Machines get another form (``kdesk get -o json``, saved lines): ISO 8601 in UTC, written where the record is made.
"""

from __future__ import annotations

import time
from functools import lru_cache


def clock_text(at: float, digits: int = 0) -> str:
    """The time of day: ``14:02:11``, or with as many digits of the second: ``14:02:11.042``."""
    clock = _clock(int(at))
    return f"{clock}.{int(at * 10**digits) % 10**digits:0{digits}d}" if digits else clock


def moment_text(at: float, now: float | None = None) -> str:
    """``14:02:11`` where that is today, or else as ``dated_text``. ``now``: by what the day is told."""
    return clock_text(at) if _same_day(at, now) else dated_text(at, now)


def minute_text(at: float, now: float | None = None) -> str:
    """``14:02`` where that is today, or else with the day: ``Mar 04 14:02``; for what lasts."""
    clock = clock_text(at)[:5]
    return clock if _same_day(at, now) else f"{day_text(at, now)} {clock}"


def dated_text(at: float, now: float | None = None) -> str:
    """``Mar 04 14:02:11``, whatever day it is."""
    return f"{day_text(at, now)} {clock_text(at)}"


def day_text(at: float, now: float | None = None) -> str:
    """``Mar 04``, with the year where that is another: ``Mar 04 2025``."""
    then, today = time.localtime(at), time.localtime(now)
    return time.strftime("%b %d" if then.tm_year == today.tm_year else "%b %d %Y", then)


@lru_cache(maxsize=16384)
def full_text(second: int) -> str:
    """``2023-04-04 18:41:05``: for columns of moments of any age, which stand in order as texts do."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))


@lru_cache(maxsize=4096)
def _clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def _same_day(at: float, now: float | None) -> bool:
    return time.localtime(at)[:3] == time.localtime(now)[:3]
