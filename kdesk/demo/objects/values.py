"""Small values used all over the package: JSON objects, timestamps, and kubectl's way of writing a duration."""

from __future__ import annotations

import time
from datetime import datetime
from functools import lru_cache
from typing import Any

Object = dict[str, Any]
"""A decoded JSON object. Inside the package it carries neither `apiVersion` nor `kind`: its collection knows."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def stamp(seconds: float) -> str:
    """RFC 3339 in UTC with whole seconds, as `metadata.creationTimestamp` is written."""
    day, second = divmod(int(seconds), _DAY)
    hour, second = divmod(second, _HOUR)
    minute, second = divmod(second, _MINUTE)
    return f"{_date(day)}T{hour:02}:{minute:02}:{second:02}Z"


@lru_cache(maxsize=512)
def _date(day: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(day * _DAY))


def micro_stamp(seconds: float) -> str:
    """RFC 3339 in UTC with microseconds (MicroTime), as leases are written."""
    return f"{stamp(seconds)[:-1]}.{int(seconds % 1 * 1e6):06}Z"


def seconds_of(text: str) -> int:
    """The Unix time of an RFC 3339 timestamp. Raises ValueError on anything else."""
    return int(datetime.fromisoformat(text).timestamp())


def human_duration(seconds: int) -> str:
    """Two or three significant figures, exactly as apimachinery's `duration.HumanDuration` writes them."""
    if seconds < 0:
        return "0s" if seconds >= -1 else "<invalid>"
    if seconds < 2 * _MINUTE:
        return f"{seconds}s"
    if seconds < 10 * _MINUTE:
        return _pair(seconds, _MINUTE, "m", 1, "s")
    if seconds < 3 * _HOUR:
        return f"{seconds // _MINUTE}m"
    if seconds < 8 * _HOUR:
        return _pair(seconds, _HOUR, "h", _MINUTE, "m")
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR}h"
    if seconds < 8 * _DAY:
        return _pair(seconds, _DAY, "d", _HOUR, "h")
    if seconds < 2 * 365 * _DAY:
        return f"{seconds // _DAY}d"
    if seconds < 8 * 365 * _DAY:
        return _pair(seconds, 365 * _DAY, "y", _DAY, "d")
    return f"{seconds // (365 * _DAY)}y"


def _pair(seconds: int, big: int, big_unit: str, small: int, small_unit: str) -> str:
    whole, rest = divmod(seconds, big)
    return f"{whole}{big_unit}{rest // small}{small_unit}" if rest // small else f"{whole}{big_unit}"


def group_resource(group: str, plural: str) -> str:
    """`pods` or `deployments.apps`: how resources are named in messages and inside this package."""
    return f"{plural}.{group}" if group else plural
