"""Two states of an object side by side or one below the other: which lines stand where, and what is folded away.

Plain functions on a Document that was made with the state before (see ``make_document``).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from kdesk.viewmodel.objects.yaml_text import Document, path_at

#: Unchanged lines shown around a change; a longer stretch is folded.
CONTEXT = 3
#: A fold takes a line itself: it is worth it from here.
_SHORTEST_FOLD = 3
#: Two lines this alike (share of the shorter that is common at its ends) show where exactly they differ.
_ALIKE = 0.3


class Part(Enum):
    """What a line of a comparison is."""

    SAME = " "
    REMOVED = "-"
    ADDED = "+"
    FOLD = "…"
    BLANK = ""  # opposite a line that the other side has


class Line(NamedTuple):
    """A line of a comparison. ``old`` and ``new`` count from 0, -1 where there is none.

    ``other``: the line it stands against, for what exactly differs; ``hidden``: how many lines a fold hides.
    """

    part: Part
    text: str = ""
    old: int = -1
    new: int = -1
    other: str = ""
    hidden: int = 0
    verbatim: bool = False


def unified(document: Document, *, context: int | None = CONTEXT) -> list[Line]:
    """One column: what was removed above what came. ``context`` None: nothing is folded."""
    lines: list[Line] = []
    for pairs in _blocks(document, context):
        if isinstance(pairs, Line):
            lines.append(pairs)
            continue
        changed = [(left, right) for left, right in pairs if left != right]
        if not changed:
            lines += [left for left, _ in pairs]
            continue
        lines += [left for left, _ in changed if left.part is Part.REMOVED]
        lines += [right for _, right in changed if right.part is Part.ADDED]
    return lines


def side_by_side(document: Document, *, context: int | None = CONTEXT) -> tuple[list[Line], list[Line]]:
    """Two columns of the same length: the state before, the state after."""
    left: list[Line] = []
    right: list[Line] = []
    for pairs in _blocks(document, context):
        for one, other in [(pairs, pairs)] if isinstance(pairs, Line) else pairs:
            left.append(one)
            right.append(other)
    return left, right


def as_text(document: Document, old: str, new: str) -> str:
    """A unified diff as programs read it; ``old`` and ``new`` name the two states."""
    lines = difflib.unified_diff(document.before, document.lines, old, new, lineterm="", n=CONTEXT)
    return "".join(f"{line}\n" for line in lines)


def differing(line: Line) -> tuple[int, int] | None:
    """(start, length) of what differs from the line opposite; None where the whole of it is another."""
    mine, other = line.text, line.other
    if not other:
        return None
    shorter = min(len(mine), len(other))
    head = _common(mine, other)
    tail = _common(mine[head:][::-1], other[head:][::-1])
    if head + tail < _ALIKE * shorter:
        return None
    return head, len(mine) - head - tail


def change_starts(lines: Sequence[Line]) -> list[int]:
    """The first line of each stretch of changed lines."""
    starts, inside = [], False
    for number, line in enumerate(lines):
        changed = line.part in (Part.REMOVED, Part.ADDED, Part.BLANK)
        if changed and not inside:
            starts.append(number)
        inside = changed
    return starts


_Pairs = list[tuple[Line, Line]]


def _blocks(document: Document, context: int | None) -> Iterator[_Pairs | Line]:
    """Stretches of unchanged or changed lines, in order; a Line stands for what is folded."""
    old_at = new_at = 0
    for hunk in document.marks:
        yield from _same(document, old_at, new_at, hunk.new_start - new_at, context, ends=False)
        yield _changed(document, hunk.old_start, hunk.old_end, hunk.new_start, hunk.new_end)
        old_at, new_at = hunk.old_end, hunk.new_end
    yield from _same(document, old_at, new_at, len(document.lines) - new_at, context, ends=True)


def _same(
    document: Document, old: int, new: int, count: int, context: int | None, *, ends: bool
) -> Iterator[_Pairs | Line]:
    head = 0 if new == 0 and old == 0 else context or 0  # the lines after the change before
    tail = 0 if ends else context or 0
    hidden = count - head - tail
    if context is None or hidden < _SHORTEST_FOLD:
        head, tail, hidden = count, 0, 0
    lines = [
        Line(
            Part.SAME,
            document.lines[new + i],
            old + i,
            new + i,
            verbatim=bool(document.verbatim[new + i]),
        )
        for i in (*range(head), *range(count - tail, count))
    ]
    if before := lines[:head]:
        yield [(line, line) for line in before]
    if hidden:
        yield Line(Part.FOLD, _fold_text(document, new + count, hidden, ends=ends), hidden=hidden)
    if after := lines[head:]:
        yield [(line, line) for line in after]


def _fold_text(document: Document, following: int, hidden: int, *, ends: bool) -> str:
    """How much is hidden, and where in the object the next change is."""
    words = f"{hidden:,} unchanged lines"
    place = "" if ends else path_at(document.lines, document.verbatim, following)
    return f"{words}  ·  {place}" if place else words


def _changed(document: Document, old: int, old_end: int, new: int, new_end: int) -> _Pairs:
    removed, added = document.before[old:old_end], document.lines[new:new_end]
    pairs = []
    for i in range(max(len(removed), len(added))):
        left = right = Line(Part.BLANK)
        if i < len(removed):
            other = added[i] if i < len(added) else ""
            left = Line(Part.REMOVED, removed[i], old=old + i, other=other)
        if i < len(added):
            other = removed[i] if i < len(removed) else ""
            inside = bool(document.verbatim[new + i])
            right = Line(Part.ADDED, added[i], new=new + i, other=other, verbatim=inside)
        pairs.append((left, right))
    return pairs


def _common(one: str, other: str) -> int:
    """The length of the beginning that both share."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
