"""The cells of a server's Table: columns by kind, times that go on ageing, repeated texts held once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from kdesk.kube.table.rows import MOMENT, Cell, Column, ColumnKind

PLAIN_COLUMNS = (Column("Name"), Column("Age", ColumnKind.AGE))
#: Built-in printers give these as the time since some moment, in words that would not go on ageing.
_SINCE_NAMES = frozenset({"Last Seen", "First Seen", "Last Schedule"})
_AGE_TEXT = re.compile(r"(?:(\d+)y)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_AGO = re.compile(r"\((\w+) ago\)")
_SECONDS = (31_536_000, 86_400, 3_600, 60, 1)
_INTERN_LIMIT = 20_000
_encode = msgspec.json.Encoder().encode


class ColumnDefinition(msgspec.Struct):
    """As in ``columnDefinitions`` of a Table."""

    name: str = ""
    type: str = ""
    format: str = ""
    description: str = ""
    priority: int = 0


class Cells:
    """Turns a Table's cells into those of rows. Not thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.columns: tuple[Column, ...] = PLAIN_COLUMNS
        self._clock = clock
        self._known: dict[str, str] = {}
        self._plan(())

    def define(self, definitions: Iterable[ColumnDefinition] | None) -> tuple[Column, ...]:
        """Take over a Table's columns; None (there is no Table): name and age."""
        found = tuple(definitions or ())
        self.columns = PLAIN_COLUMNS if definitions is None else tuple(map(_column, found))
        self._plan(tuple(at for at, definition in enumerate(found) if definition.format == "name"))
        return self.columns

    def _plan(self, unique: tuple[int, ...]) -> None:
        """Which cells are treated how: what need not be looked at costs nothing on each row."""
        kinds = [column.kind for column in self.columns]
        timed = (ColumnKind.AGE, ColumnKind.SINCE)
        self._unique = unique
        self._timed = tuple((at, kind) for at, kind in enumerate(kinds) if kind in timed)
        self._shared = tuple(at for at, kind in enumerate(kinds) if kind not in timed and at not in unique)

    def read(self, cells: list[Any]) -> tuple[Cell, ...]:
        """The cells of one row, in place of the Table's. ``cells`` is used up."""
        if len(cells) != len(self.columns):
            kinds = [column.kind for column in self.columns[: len(cells)]]
            kinds += [ColumnKind.TEXT] * (len(cells) - len(kinds))
            return tuple([self._cell(value, kind) for value, kind in zip(cells, kinds, strict=True)])
        known = self._known
        for at in self._shared:
            value = cells[at]
            if type(value) is str:
                cells[at] = known.get(value) or self._text(value)
            elif value is not None:
                cells[at] = _scalar(value)
        for at in self._unique:
            if type(cells[at]) is not str:
                cells[at] = _scalar(cells[at])
        for at, kind in self._timed:
            cells[at] = self._cell(cells[at], kind)
        return tuple(cells)

    def intern(self, text: str) -> str:
        """Texts repeat (states, nodes, owners): one string for all of them, within bounds."""
        known = self._known
        found = known.get(text)
        if found is None:
            if len(known) >= _INTERN_LIMIT:
                known.clear()
            found = known[text] = text
        return found

    def forget(self) -> None:
        """Let go of the texts."""
        self._known.clear()

    def _cell(self, value: Any, kind: ColumnKind) -> Cell:
        if kind is ColumnKind.AGE:
            return None  # computed from the row's creation
        if not isinstance(value, str):
            return _scalar(value)
        if kind is not ColumnKind.SINCE:
            return self._text(value)
        seconds = _age_seconds(value)
        return value if seconds is None else int(self._clock()) - seconds

    def _text(self, value: str) -> str:
        if value.endswith(" ago)"):
            now = int(self._clock())
            return _AGO.sub(lambda match: _moment(match, now), value)
        return self.intern(value)


def _scalar(value: Any) -> Cell:
    if value is None or isinstance(value, (str, int, float)):
        return value
    return _encode(value).decode()  # an array or object, as some custom resources have


def _column(definition: ColumnDefinition) -> Column:
    kind = ColumnKind.TEXT
    if definition.name == "Age":
        kind = ColumnKind.AGE
    elif definition.type == "date" or definition.name in _SINCE_NAMES:
        kind = ColumnKind.SINCE
    elif definition.type in ("integer", "number"):
        kind = ColumnKind.NUMBER
    return Column(definition.name, kind, definition.priority > 0, definition.description)


def _age_seconds(text: str) -> int | None:
    match = _AGE_TEXT.fullmatch(text)
    if match is None or not text:
        return None
    return sum(int(part) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True) if part)


def _moment(match: re.Match[str], now: int) -> str:
    seconds = _age_seconds(match[1])
    return match[0] if seconds is None else f"({MOMENT}{now - seconds}{MOMENT} ago)"
