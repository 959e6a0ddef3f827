"""What the palette finds: fuzzy matches over commands, contexts, kinds and namespaces, the recent ones first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_START, _WORD, _RUN, _GAP = 14, 8, 6, 1
_RECENT = 12
_SEPARATORS = " .-_/:@"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette. ``line`` is the command that choosing it runs (``view.open pods``).

    ``kind`` is what it is, in words ("Command", "Context", ...); ``detail`` is said behind the text; ``also`` are other
    names by which it is found; ``usage`` is set where arguments are still to be typed; ``refused`` says why it cannot
    be chosen now, or is "".
    """

    text: str
    kind: str
    line: str
    detail: str = ""
    keys: str = ""
    also: tuple[str, ...] = field(default=())
    usage: str = ""
    icon: str = ""
    refused: str = ""


class Match(NamedTuple):
    entry: Entry
    score: int
    positions: tuple[int, ...]  # of the letters of ``entry.text`` that matched


def score(query: str, text: str) -> tuple[int, tuple[int, ...]] | None:
    """How well the letters of ``query`` are found in ``text``, in order, and where; None when they are not.

    Beginnings of words, runs of letters and short texts count more. Case is ignored; every word of the query must be
    found by itself, in any order.
    """
    total, positions = 0, set[int]()
    for word in query.lower().split():
        found = _word(word, text)
        if found is None:
            return None
        total += found[0]
        positions.update(found[1])
    return total - len(text) // 8, tuple(sorted(positions))


def _word(word: str, text: str) -> tuple[int, tuple[int, ...]] | None:
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose lower case is two letters: positions would be off
        lower = text
    best: tuple[int, tuple[int, ...]] | None = None
    start = lower.find(word[0])
    while start >= 0:
        found = _from(word, lower, text, start)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
        start = lower.find(word[0], start + 1)
    return best


def _from(word: str, lower: str, text: str, start: int) -> tuple[int, tuple[int, ...]] | None:
    positions: list[int] = []
    points, at = 0, start
    for letter in word:
        # After the first letter: the next one if it fits, else the next word's beginning, else anywhere.
        if positions and not lower.startswith(letter, at):
            at = _next(lower, text, letter, at)
        if at < 0:
            return None
        if positions and at == positions[-1] + 1:
            points += _RUN
        elif positions:
            points -= min(at - positions[-1], 10) * _GAP
        if at == 0:
            points += _START
        elif _begins_word(text, at):
            points += _WORD
        positions.append(at)
        at += 1
    return points, tuple(positions)


def _next(lower: str, text: str, letter: str, at: int) -> int:
    first = at = lower.find(letter, at)
    while at >= 0:
        if _begins_word(text, at):
            return at
        at = lower.find(letter, at + 1)
    return first


def _begins_word(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] in _SEPARATORS or (text[at].isupper() and text[at - 1].islower())


def rank(entries: Iterable[Entry], query: str, recent: Sequence[str] = ()) -> list[Match]:
    """The entries that match, best first; with nothing typed, the recent ones and then all in their own order."""
    order = {line: place for place, line in enumerate(recent)}
    matches: list[Match] = []
    for entry in entries:
        found = score(query, entry.text)
        if found is None:
            # Other names count less, and light up nothing.
            others = [other[0] for name in entry.also if (other := score(query, name)) is not None]
            if not others:
                continue
            found = (max(others) - 4, ())
        bonus = max(0, _RECENT - order[entry.line]) if entry.line in order else 0
        matches.append(Match(entry, found[0] + bonus, found[1]))
    if not query.strip():
        return sorted(matches, key=lambda match: order.get(match.entry.line, len(order)))
    return sorted(matches, key=lambda match: -match.score)


class Recent:
    """The lines chosen last, newest first; bounded."""

    def __init__(self, lines: Iterable[str] = (), limit: int = 20) -> None:
        self._limit = limit
        self.lines = list(lines)[:limit]

    def chose(self, line: str) -> None:
        """Move a line to the front."""
        self.lines = [line, *(old for old in self.lines if old != line)][: self._limit]
