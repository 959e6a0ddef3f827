"""What is remembered of tables, per kind: columns, widths, order, saved filters. Kept in the settings, readable there.

[tables.pods]
columns = ["NAME", "NAMESPACE"]   # the order, where a person moved one
shown = ["NODE"]
hidden = ["READY"]
sort = ["AGE desc", "NAME"]
[tables.pods.widths]
NAME = 320
[tables.pods.filters]
crashing = "status:crash | restarts>5"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from kdesk.viewmodel.rows.order import SortBy

T = TypeVar("T")
_WIDTHS = range(24, 4001)
_DESCENDING = " desc"


@dataclass(frozen=True, slots=True)
class TableLayout:
    """Columns by their titles. ``columns``: their order, empty for the server's; ``widths`` in logical pixels."""

    columns: tuple[str, ...] = ()
    shown: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    widths: Mapping[str, int] = field(default_factory=dict)
    sort: tuple[SortBy, ...] = ()


class TableMemory(QObject):
    """``tables`` is the settings' own dict, by the kind's label; ``save`` asks for it to be written.

    ``problems``: a sentence for each value that makes no sense; such a value is passed over and stays in the file
    until that kind's tables are changed. ``filters_changed(kind)``.
    """

    filters_changed = Signal(str)

    def __init__(
        self, tables: dict[str, Any], save: Callable[[], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tables, self._save = tables, save
        self.problems: list[str] = []
        for kind in tables:
            self._read(kind)
            self._read_filters(kind)

    def layout(self, kind: str) -> TableLayout:
        """What was kept for a kind (``pods``, ``deployments.apps``)."""
        silent, self.problems = self.problems, []
        layout = self._read(kind)
        self.problems = silent
        return layout

    def keep(self, kind: str, layout: TableLayout) -> None:
        """Remember it, and forget what is as it would be anyhow."""
        values: dict[str, Any] = {
            "columns": list(layout.columns),
            "shown": sorted(layout.shown),
            "hidden": sorted(layout.hidden),
            "sort": [f"{by.title}{_DESCENDING if by.descending else ''}" for by in layout.sort],
            "widths": dict(layout.widths),
            "filters": self.filters(kind),
        }
        self._put(kind, values)

    def filters(self, kind: str) -> dict[str, str]:
        """The saved filters of a kind: text by name."""
        silent, self.problems = self.problems, []
        found = self._read_filters(kind)
        self.problems = silent
        return found

    def save_filter(self, kind: str, name: str, text: str) -> None:
        """Under a name; one of that name is replaced."""
        self._put_filters(kind, {**self.filters(kind), name: text})

    def forget_filter(self, kind: str, name: str) -> None:
        self._put_filters(kind, {key: text for key, text in self.filters(kind).items() if key != name})

    def _put_filters(self, kind: str, filters: dict[str, str]) -> None:
        held = self._tables.get(kind)
        self._put(kind, {**(held if isinstance(held, dict) else {}), "filters": filters})
        self.filters_changed.emit(kind)

    def _put(self, kind: str, values: dict[str, Any]) -> None:
        kept = {key: value for key, value in values.items() if value}
        before = self._tables.get(kind)
        if kept:
            self._tables[kind] = kept
        else:
            self._tables.pop(kind, None)
        if (before or {}) != kept:
            self._save()

    def _read(self, kind: str) -> TableLayout:
        widths = self._value(kind, "widths", dict[str, int], {})
        for title in [title for title, width in widths.items() if width not in _WIDTHS]:
            self._complain(kind, f"widths.{title}", f"{widths.pop(title)} is no width")
        return TableLayout(
            tuple(dict.fromkeys(self._value(kind, "columns", list[str], []))),
            frozenset(self._value(kind, "shown", list[str], [])),
            frozenset(self._value(kind, "hidden", list[str], [])),
            widths,
            tuple(map(_sort_by, self._value(kind, "sort", list[str], []))),
        )

    def _read_filters(self, kind: str) -> dict[str, str]:
        return self._value(kind, "filters", dict[str, str], {})

    def _value(self, kind: str, name: str, shape: type[T], default: T) -> T:
        table = self._tables.get(kind, {})
        if not isinstance(table, dict):
            self._complain(kind, "", "it is no table of settings")
            return default
        try:
            # A copy: the settings' own value is not to be changed by whoever reads it.
            return msgspec.convert(table[name], shape) if name in table else default
        except msgspec.ValidationError as error:
            self._complain(kind, name, str(error))
            return default

    def _complain(self, kind: str, name: str, why: str) -> None:
        place = ".".join(filter(None, ("tables", kind, name)))
        sentence = f"The setting {place} is passed over: {why}."
        if sentence not in self.problems:
            self.problems.append(sentence)


def titles(order: Iterable[str], present: Iterable[str]) -> list[str]:
    """The titles ``present`` (as the server has them) as ``order`` wants; one that it lacks follows its neighbour."""
    present = list(present)
    wanted = [title for title in order if title in present]
    for at, title in enumerate(present):
        if title not in wanted:
            before = present[at - 1] if at else ""
            wanted.insert(wanted.index(before) + 1 if before else 0, title)
    return wanted


def _sort_by(text: str) -> SortBy:
    title = text.removesuffix(_DESCENDING)
    return SortBy(title, descending=title != text)
