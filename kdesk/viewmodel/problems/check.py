"""Rules held against rows: fast for the many rows that are well, exact in words and moments for the others."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from kdesk.kube.table.rows import MOMENT, Cell, Column, ColumnKind, Row, age, cell_text
from kdesk.viewmodel.problems.rules import CREATED, DELETING, SEEN, Rule, Test, values

_RATIO = re.compile(r"(\d+)/(\d+)\Z")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MOMENT = re.compile(f"{MOMENT}(-?\\d+){MOMENT}")
_AGO = re.compile(f" ?\\({MOMENT}-?\\d+{MOMENT} ago\\)")
_PLACE = re.compile(r"\{([^{}]+)\}")
_BREAKS = re.compile(r"\s+")
_REMEMBERED = 20_000


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A rule that holds for a row. ``since``: epoch seconds; ``at_least``: it was so already when first seen."""

    rule: Rule
    since: float
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class _Site:
    """A rule on the columns of one kind: where its cells are."""

    rule: Rule
    since: int  # of the cell that tells the moment, -1 for none
    tests: tuple[tuple[Test, int, int], ...]  # the test, its column, the column it compares with or -1


class Checker:
    """The rules of one kind, prepared for the columns of its rows.

    Rules are told apart by bits. A rule whose columns are not all there does not take part.
    """

    def __init__(self, rules: Sequence[Rule], columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        # The first of two columns with one title, as everywhere.
        self._places = {column.name.upper(): at for at, column in reversed([*enumerate(columns)])}
        self._sites: list[_Site] = []
        self._living = self._dying = 0
        self._cells: dict[int, list[tuple[int, Callable[[Cell], bool]]]] = {}
        self._rows: list[tuple[int, Callable[[Row], bool]]] = []
        for rule in sorted(rules, key=lambda rule: rule.rank):
            self._add(rule)
        self._memos = tuple((at, _Memo(self._all, tests)) for at, tests in self._cells.items())

    @property
    def _all(self) -> int:
        return (1 << len(self._sites)) - 1

    def _add(self, rule: Rule) -> None:
        places = self._places
        since = places.get(rule.since, -1)
        if since < 0 and rule.since not in (SEEN, CREATED, DELETING):
            return
        bit = 1 << len(self._sites)
        found: list[tuple[Test, int, int]] = []
        cells: list[tuple[int, Callable[[Cell], bool]]] = []
        rows: list[Callable[[Row], bool]] = []
        for test in rule.tests:
            here = [places[title] for title in test.columns if title in places]
            other = _other(test)
            if not here or (other and other not in places):
                return
            found.append((test, here[0], places[other] if other else -1))
            if other:
                rows.append(_comparison(test, here[0], places[other]))
            elif len(here) == 1:
                cells.append((here[0], predicate(test)))
            else:
                rows.append(_any_of(predicate(test), tuple(here)))
        if rule.owned is not None:
            rows.append(functools.partial(_owned, rule.owned))
        for at, holds in cells:
            self._cells.setdefault(at, []).append((bit, holds))
        self._rows += [(bit, holds_of_row) for holds_of_row in rows]
        self._sites.append(_Site(rule, since, tuple(found)))
        if rule.since == DELETING:
            self._dying |= bit
        else:
            self._living |= bit

    def mask(self, row: Row) -> int:
        """The rules whose tests all hold, as bits; time aside."""
        mask = self._dying if row.deleting else self._living
        cells = row.cells
        if len(cells) < len(self._columns):  # a row of older columns
            cells = (*cells, *(None,) * (len(self._columns) - len(cells)))
        for at, memo in self._memos:
            mask &= memo[cells[at]]
            if not mask:
                return 0
        for bit, holds in self._rows:
            if mask & bit and not holds(row):
                mask &= ~bit
        return mask

    def rules(self, mask: int) -> list[Rule]:
        """Those of a mask, the worst first."""
        return [site.rule for at, site in enumerate(self._sites) if mask >> at & 1]

    def since(self, row: Row, rule: Rule, seen: float) -> float | None:
        """The moment from which the rule's time counts; ``seen``: since when its tests hold. None: not told."""
        if rule.since == SEEN:
            return seen
        if rule.since == CREATED:
            return float(row.created) if row.created else None
        if rule.since == DELETING:
            return float(row.deleting) if row.deleting else None
        site = self._site(rule)
        return self._moment(row, site.since) if site is not None else None

    def words(self, row: Row, finding: Finding, now: float) -> str:
        """The reason, with the row's own values, at the moment ``now``."""
        return self._filled(finding.rule.reason, row, finding, now)

    def name(self, row: Row, finding: Finding) -> str:
        """What the object is called in the list."""
        name = finding.rule.name
        return self._filled(name, row, finding, finding.since) if name else row.name

    def _filled(self, text: str, row: Row, finding: Finding, now: float) -> str:
        def value(match: re.Match[str]) -> str:
            return self._value(row, finding, match[1], now)

        return _BREAKS.sub(" ", _PLACE.sub(value, text)).strip()

    def _value(self, row: Row, finding: Finding, name: str, now: float) -> str:
        match name:
            case "name":
                return row.name
            case "namespace":
                return row.namespace
            case "since":
                return age(now - finding.since)
            case "have" | "want":
                have, want = self._ratio(row, finding.rule, now)
                return have if name == "have" else want
            case "column" | "value":
                at = self._first(row, finding.rule)
                if at < 0:
                    return "?"
                return self._columns[at].name if name == "column" else self._text(row, at, now)
        at = self._places.get(name.upper(), -1)
        return self._text(row, at, now, _AGO) if at >= 0 else "?"

    def _text(self, row: Row, at: int, now: float, without: re.Pattern[str] | None = None) -> str:
        value = row.cells[at] if at < len(row.cells) else None
        if without is not None and isinstance(value, str) and MOMENT in value:
            return without.sub("", value)
        return cell_text(row, at, self._columns[at], now)

    def _site(self, rule: Rule) -> _Site | None:
        return next((site for site in self._sites if site.rule is rule), None)

    def _ratio(self, row: Row, rule: Rule, now: float) -> tuple[str, str]:
        site = self._site(rule)
        for test, at, other in site.tests if site is not None else ():
            match = _RATIO.match(self._text(row, at, now)) if test.incomplete else None
            if match is not None:
                return match[1], match[2]
            if other >= 0:
                return self._text(row, at, now), self._text(row, other, now)
        return "?", "?"

    def _first(self, row: Row, rule: Rule) -> int:
        """The column for which the first test of a rule holds."""
        for test in rule.tests[:1]:
            holds = predicate(test)
            for title in test.columns:
                at = self._places.get(title, -1)
                if 0 <= at < len(row.cells) and holds(row.cells[at]):
                    return at
        return -1

    def _moment(self, row: Row, at: int) -> float | None:
        if self._columns[at].kind is ColumnKind.AGE:
            return float(row.created) if row.created else None
        value = row.cells[at] if at < len(row.cells) else None
        if isinstance(value, str):
            match = _MOMENT.search(value) if MOMENT in value else None
            return float(match[1]) if match is not None else None
        is_time = self._columns[at].kind is ColumnKind.SINCE and isinstance(value, (int, float))
        return float(value) if is_time and value is not None else None


class _Memo(dict[Cell, int]):
    """Which rules a cell's value leaves standing. Columns hold few different values: each is worked out once."""

    def __init__(self, everything: int, tests: Sequence[tuple[int, Callable[[Cell], bool]]]) -> None:
        super().__init__()
        self._everything, self._tests = everything, tests

    def __missing__(self, value: Cell) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        mask = self._everything
        for bit, holds in self._tests:
            if not holds(value):
                mask &= ~bit
        self[value] = mask
        return mask


def comparable(value: Cell) -> str:
    """A cell as rules compare it: in small letters, without the times that pass."""
    if value is None:
        return ""
    text = str(value)
    return (_MOMENT.sub("", text) if MOMENT in text else text).lower()


@functools.lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def predicate(test: Test) -> Callable[[Cell], bool]:
    """The test of one cell. Of a comparison with another column: always True."""
    if test.is_ is not None:
        wanted = values(test.is_)
        return lambda value: comparable(value) in wanted
    if test.is_not is not None:
        unwanted = values(test.is_not)
        return lambda value: comparable(value) not in unwanted
    if test.has is not None:
        words = values(test.has)
        return lambda value: not words.isdisjoint(comparable(value).split(","))
    if test.matches is not None:
        search = _pattern(test.matches).search
        return lambda value: search("" if value is None else _MOMENT.sub("", str(value))) is not None
    if test.incomplete:
        return _incomplete
    return _limited(test)


def _limited(test: Test) -> Callable[[Cell], bool]:
    below, above = test.below, test.above
    if isinstance(below, (int, float)):
        return lambda value: _number(value) < below  # what is no number is not below anything
    if isinstance(above, (int, float)):
        return lambda value: _number(value) > above
    return lambda value: True


def _incomplete(value: Cell) -> bool:
    match = _RATIO.match(value) if isinstance(value, str) else None
    return match is not None and int(match[1]) < int(match[2])


def _number(value: Cell) -> float:
    """Of ``3 (5m ago)``: 3. NaN, which no comparison holds for, where there is none."""
    if isinstance(value, bool) or value is None:
        return math.nan
    if isinstance(value, str):
        match = _NUMBER.match(value)
        return float(match[0]) if match is not None else math.nan
    return float(value)


def _other(test: Test) -> str:
    """The title of the column that a test compares with, or ""."""
    return next((limit.upper() for limit in (test.below, test.above) if isinstance(limit, str)), "")


def _comparison(test: Test, one: int, other: int) -> Callable[[Row], bool]:
    lower = test.below is not None

    def holds(row: Row) -> bool:
        if max(one, other) >= len(row.cells):
            return False
        a, b = _number(row.cells[one]), _number(row.cells[other])
        return a < b if lower else a > b

    return holds


def _any_of(holds: Callable[[Cell], bool], places: tuple[int, ...]) -> Callable[[Row], bool]:
    return lambda row: any(at < len(row.cells) and holds(row.cells[at]) for at in places)


def _owned(wanted: bool, row: Row) -> bool:
    return bool(row.owner) is wanted
