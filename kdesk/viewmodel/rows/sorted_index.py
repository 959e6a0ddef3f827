"""A sorted list that takes many changes at once: places are found by halves, and the list is rebuilt from slices.

An entry is a tuple that sorts by Python's own comparison and ends with the row's key, so no two are equal.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

Entry = tuple[Any, ...]


def place_of(entries: Sequence[Entry], entry: Entry) -> int:
    """Where ``entry`` stands, or -1 when it is not there."""
    place = bisect_left(entries, entry)
    return place if place < len(entries) and entries[place] == entry else -1


def merge(entries: list[Entry], added: Iterable[Entry], removed: Iterable[Entry]) -> list[Entry]:
    """A new sorted list without ``removed`` (those that are there) and with ``added`` (none of which is there)."""
    # At one place, what is added comes before what is removed there.
    steps = [(bisect_left(entries, entry), 0, entry) for entry in added]
    steps += [(place, 1, entry) for entry in removed if (place := place_of(entries, entry)) >= 0]
    steps.sort()
    result: list[Entry] = []
    done = 0
    for place, is_removed, entry in steps:
        result += entries[done:place]
        done = place + is_removed
        if not is_removed:
            result.append(entry)
    result += entries[done:]
    return result
