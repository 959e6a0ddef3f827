"""The order a person expects: quantities, ages, ratios, versions and names with numbers in them.

A cell becomes a pair ``(number, text)`` that sorts by Python's own comparison: numbers first, then texts,
then what is missing. Pairs for descending order sort ascending too, and what is missing still comes last:
a list of them can be searched by halves whatever the mixture of directions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from kdesk.kube.table.rows import Cell, Column, ColumnKind, Row
from kdesk.viewmodel.rows.cluster_row import SEPARATOR

SortKey = tuple[float, str]
K = TypeVar("K")
V = TypeVar("V")

#: What kubectl prints where there is nothing.
MISSING = frozenset(["", "-", "<none>", "<unknown>", "<unset>", "<nil>", "n/a"])

_LAST = (math.inf, "\U0010ffff")
_LAST_DESCENDING = (math.inf, "")
_SUFFIX = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60, "%": 1.0,
}  # fmt: skip
_SECONDS = {"ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d+)?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|%)?\Z")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdwy]))+\Z")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])")
_RATIO = re.compile(r"(\d+)/(\d+)\Z")
# "3 (5m ago)", as restarts are shown.
_COUNT_WITH_NOTE = re.compile(r"(\d+) \(")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+(?P<rest>[-+].*)?\Z")
_DIGITS = re.compile(r"(\d\d+)")
# Columns whose "250m" is a quantity, not minutes.
_QUANTITIES = re.compile(r"cpu|memory|storage|capacity|quota|request|limit|size|cores", re.IGNORECASE)
# Turns the order of ASCII texts round (names, versions and states are); others keep theirs.
_TURNED = {code: 127 - code for code in range(128)}
_REMEMBERED = 200_000


class _Memo(dict[K, V]):
    """Values worked out once per key, at the speed of a dict; forgets all when it holds too many."""

    def __init__(self, work_out: Callable[[K], V]) -> None:
        self._work_out = work_out

    def __missing__(self, key: K) -> V:
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[key] = self._work_out(key)
        return value


# A run of digits is led by a character for its length, the longer one is the larger number. The characters stand
# between the digits and the small letters, where names have none; a single digit needs no leader.
_leaders = ["", "", *map(chr, range(58, 97))]


def _numbered(digits: str) -> str:
    if digits[0] == "0":
        digits = digits.lstrip("0") or "0"
    return _leaders[min(len(digits), len(_leaders) - 1)] + digits


# The short runs are few and come again and again. Others (a hash has one of its own) are not worth keeping: every text
# that outlives its table holds on to the memory around it.
_numbers = {digits: _numbered(digits) for digits in map(str, range(1_000))}


def natural(text: str) -> str:
    """A text that sorts as people count: ``web-2`` before ``web-10``, case aside."""
    parts = _DIGITS.split(text.lower())
    if len(parts) > 1:
        parts[1::2] = [_numbers.get(digits) or _numbered(digits) for digits in parts[1::2]]
    return "".join(parts)


def duration(text: str) -> float | None:
    """Seconds of ``3d4h``, ``90s``, ``1.5h``; None when it is no duration."""
    if not _DURATION.match(text):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text))


def quantity(text: str) -> float | None:
    """The value of a Kubernetes quantity (``250m``, ``1.5Gi``) or percentage; None when it is neither."""
    match = _QUANTITY.match(text)
    return float(match[1]) * _SUFFIX[match[2] or ""] if match else None


def text_key(text: str, *, minutes: bool = True) -> SortKey:
    """The sort key of a cell's text. ``minutes``: ``3m`` means three minutes, else three thousandths."""
    if text in MISSING:
        return _LAST
    if not (text[0].isdigit() or text[0] in "v+-"):
        return (math.inf, natural(text))
    return _number_key(text, minutes=minutes) or _version_key(text) or (math.inf, natural(text))


def _number_key(text: str, *, minutes: bool) -> SortKey | None:
    # The cheap tests first: this is run for every address and time of a large table.
    if "/" in text:
        match = _RATIO.match(text)
        if match is None:
            return None
        ready, wanted = int(match[1]), int(match[2])
        return (ready / wanted if wanted else 0.0, f"{wanted:09}")
    if " " in text:
        match = _COUNT_WITH_NOTE.match(text)
        return (float(match[1]), "") if match else None
    if text.count(".") > 1:
        return None
    number = duration(text) if minutes else None
    if number is None:
        number = quantity(text)
    return (number, "") if number is not None else None


def _version_key(text: str) -> SortKey | None:
    match = _VERSION.match(text)
    if match is None:
        return None
    # A release comes after its own candidates.
    return (math.inf, natural(text.removeprefix("v")) + ("" if match["rest"] else "~"))


def value_key(value: Cell, *, minutes: bool = True) -> SortKey:
    """The sort key of a cell's value."""
    if value is None:
        return _LAST
    if isinstance(value, str):
        return text_key(value, minutes=minutes)
    return (float(value), "")


def descending(key: SortKey) -> SortKey:
    """The same cell for descending order, to be sorted ascending; what is missing stays last."""
    if key == _LAST:
        return _LAST_DESCENDING
    number, text = key
    return (-number, turned(text))


def turned(text: str) -> str:
    """A text that sorts before those that ``text`` sorts after (ASCII; others keep their order)."""
    return text.translate(_TURNED) + "\x7f"


def is_quantity(column: Column) -> bool:
    """Its ``250m`` is a quarter, not minutes."""
    named = column.kind is ColumnKind.TEXT and _QUANTITIES.search(column.name) is not None
    return named or column.kind is ColumnKind.QUANTITY


class Ranking:
    """Sorts rows by one column. ``index`` is the column's cell; ages have the youngest first."""

    def __init__(self, column: Column, index: int, *, reverse: bool = False) -> None:
        minutes = not is_quantity(column)
        since = column.kind is ColumnKind.SINCE

        def work_out(value: Cell) -> SortKey:
            is_moment = since and isinstance(value, (int, float))
            key = (-float(value or 0), "") if is_moment else value_key(value, minutes=minutes)
            return descending(key) if reverse else key

        self._index = index
        # Columns hold few different values (states, nodes, counts): each is worked out once.
        self._known = _Memo(work_out)

    def value(self, row: Row, name: str) -> SortKey:
        """What one row ranks by; ``name``: its key made ``natural``."""
        return self._known[row.cells[self._index] if self._index < len(row.cells) else None]

    def values(self, rows: Sequence[Row], names: Sequence[str]) -> Sequence[object]:
        """What many rows rank by."""
        known, index = self._known, self._index
        try:
            return [known[row.cells[index]] for row in rows]
        except IndexError:  # a row of older columns among them
            return [self.value(row, "") for row in rows]


class AgeRanking:
    """Sorts rows by the age of the object, the youngest first."""

    def __init__(self, *, reverse: bool = False) -> None:
        self._sign = 1.0 if reverse else -1.0

    def value(self, row: Row, name: str) -> float:
        """As in Ranking."""
        return row.created * self._sign if row.created else math.inf

    def values(self, rows: Sequence[Row], names: Sequence[str]) -> Sequence[object]:
        """As in Ranking."""
        sign, last = self._sign, math.inf
        return [row.created * sign if row.created else last for row in rows]


class NameRanking:
    """Sorts rows by their name, or by their namespace."""

    def __init__(self, *, namespace: bool, reverse: bool = False) -> None:
        self._part = 0 if namespace else 2
        self._reverse = reverse

    def value(self, row: Row, name: str) -> str:
        """As in Ranking."""
        text = name.partition("/")[self._part]
        return turned(text) if self._reverse else text

    def values(self, rows: Sequence[Row], names: Sequence[str]) -> Sequence[object]:
        """As in Ranking."""
        part = self._part
        texts = [name.partition("/")[part] for name in names]
        return [turned(text) for text in texts] if self._reverse else texts


class ClusterRanking:
    """Sorts rows by their cluster."""

    def __init__(self, *, reverse: bool = False) -> None:
        self._reverse = reverse

    def value(self, row: Row, name: str) -> str:
        """As in Ranking."""
        text = name.rpartition(SEPARATOR)[2]
        return turned(text) if self._reverse else text

    def values(self, rows: Sequence[Row], names: Sequence[str]) -> Sequence[object]:
        """As in Ranking."""
        return [self.value(row, name) for row, name in zip(rows, names, strict=True)]
