"""Times and spans of time as people type them into the filter of live events.

``14:02``                      that minute, of any day; ``14:02:11`` that second; ``14:02:11.250`` that millisecond
``2026-02-03T14:02``           that minute of that day; ``2026-02-03`` the whole day
``14:02..14:05``               from the one to the end of the other, over midnight too; either may be left out
``>14:02:11``  ``>=``  ``<``  ``<=``    after, from, before, until it

A time is as long as what was typed of it: all of these take the whole minute, second or day for what is meant.
Everything is local time.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Moments = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

DAY = 86_400.0
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<part>\d{1,3}))?)?"
_TIME = re.compile(rf"(?:(?P<date>\d{{4}}-\d{{2}}-\d{{2}})(?:[T ]{_CLOCK})?|{_CLOCK.replace('P<', 'P<c_')})")
_COMPARED = re.compile(r"(?P<op>>=|<=|>|<)?(?P<rest>.*)", re.DOTALL)


class TimeError(ValueError):
    """What was typed is no time; the message is one sentence that says why."""


class Span(NamedTuple):
    """From ``start`` to before ``end``; None where it has no such side. In epoch seconds, or in seconds of a day."""

    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class TimeRange:
    """``span`` in seconds since midnight of whatever day (``daily``), or in epoch seconds."""

    span: Span
    daily: bool

    def holds(self, moments: Moments) -> Mask:
        """Which of them lie in it (epoch seconds, in order)."""
        start, end = self.span
        values = time_of_day(moments) if self.daily else moments
        after = values >= start if start is not None else np.ones(len(values), np.bool_)
        before = values < end if end is not None else np.ones(len(values), np.bool_)
        over_midnight = self.daily and start is not None and end is not None and end <= start
        return after | before if over_midnight else after & before


def parse_time(text: str) -> TimeRange:
    """What follows ``time:``. Raises TimeError."""
    match = _COMPARED.fullmatch(text.strip())
    op, rest = (match["op"], match["rest"].strip()) if match is not None else (None, "")
    if not rest:
        raise TimeError("Something is missing after time: write 14:02, 14:02:11..14:05 or >14:02.")
    first, dots, last = rest.partition("..")
    if op and dots:
        raise TimeError(f"{text} is no time: either {op} or .. can be used.")
    if dots:
        return _between(first.strip(), last.strip())
    span, daily = _read(rest)
    sides = {
        None: span,
        ">": Span(span.end, None),
        ">=": Span(span.start, None),
        "<": Span(None, span.start),
        "<=": Span(None, span.end),
    }
    return TimeRange(sides[op], daily)


def _between(first: str, last: str) -> TimeRange:
    if not first and not last:
        raise TimeError("A time is missing beside the .. here.")
    start, daily = _read(first) if first else (Span(None, None), None)
    end, daily_end = _read(last) if last else (Span(None, None), None)
    if first and last and daily != daily_end:
        raise TimeError(f"{first}..{last}: write both with their day, or both without.")
    span = Span(start.start, end.end)
    is_daily = bool(daily if daily is not None else daily_end)
    if not is_daily and span.start is not None and span.end is not None and span.end <= span.start:
        raise TimeError(f"{first}..{last} ends before it begins.")
    return TimeRange(span, is_daily)


def _read(text: str) -> tuple[Span, bool]:
    """A time, and whether it is one of any day."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise TimeError(f"{text!r} is no time: write 14:02, 14:02:11 or 2026-02-03T14:02.")
    prefix = "" if match["date"] else "c_"
    hour, minute, second, part = (match[f"{prefix}{name}"] for name in ("hour", "minute", "second", "part"))
    if int(hour or 0) > 23 or int(minute or 0) > 59 or int(second or 0) > 59:
        raise TimeError(f"{text!r} is no time of a day.")
    length = 10.0 ** -len(part) if part else 1.0 if second else 60.0 if hour else DAY
    seconds = int(hour or 0) * 3600 + int(minute or 0) * 60 + float(f"{second or 0}.{part or 0}")
    if not match["date"]:
        return Span(seconds, round(seconds + length, 3)), True
    try:
        midnight = datetime.fromisoformat(match["date"])
        start = (midnight + timedelta(seconds=seconds)).timestamp()
        end = (midnight + timedelta(seconds=round(seconds + length, 3))).timestamp()
    except (ValueError, OverflowError) as error:
        raise TimeError(f"{text!r} is no day.") from error
    return Span(start, end), False


def time_of_day(moments: Moments) -> Moments:
    """Local seconds since midnight, to the millisecond."""
    if not len(moments):
        return moments
    low, high = float(moments.min()), float(moments.max())
    if high - low < DAY and _offset(low) == _offset(high):
        shifted = moments + _offset(low)
    else:  # clocks may be changed between them, at a quarter of an hour
        quarters, places = np.unique(np.floor(moments / 900), return_inverse=True)
        shifted = moments + np.array([_offset(quarter * 900) for quarter in quarters.tolist()])[places]
    return np.asarray(np.round(shifted * 1000) % (DAY * 1000) / 1000)


def _offset(at: float) -> int:
    return time.localtime(at).tm_gmtoff
