"""The list of problems as Qt's item views (and screen readers) want it: worst first, filtered, kept in place."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from kdesk.kube.rows import Column, ColumnKind, Row, age
from kdesk.viewmodel.filtering import EVERYTHING, Filter, haystack, parse
from kdesk.viewmodel.freshness import clock_time
from kdesk.viewmodel.ordering import natural
from kdesk.viewmodel.problems import ProblemId, ProblemWatch, Trouble

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
# More changes than this at once are one change of the layout.
_MOST_STEPS = 200


class ProblemColumn(IntEnum):
    """In the order on the screen."""

    TONE = 0
    CLUSTER = 1
    KIND = 2
    NAMESPACE = 3
    NAME = 4
    PROBLEM = 5
    SINCE = 6


#: As rows of a table would have them: what the filter speaks of.
COLUMNS = (
    *(Column(column.name.title()) for column in list(ProblemColumn)[:-1]),
    Column("Since", ColumnKind.SINCE),
)
#: What stands in the first column.
TONE_WORDS = {"bad": "bad", "warn": "warning"}


@dataclass(frozen=True, slots=True)
class Item:
    """One line. ``row`` has the line's texts as cells, for the filter."""

    trouble: Trouble
    row: Row
    hay: str
    key: tuple[Any, ...]

    @property
    def id(self) -> ProblemId:
        return self.trouble.id

    @property
    def tone(self) -> str:
        return self.trouble.problem.findings[0].rule.tone

    def text(self, column: ProblemColumn, now: float) -> str:
        """What the line says at ``now`` (epoch seconds)."""
        if column is ProblemColumn.PROBLEM:
            return self.trouble.problem.words(now)
        if column is ProblemColumn.SINCE:
            worst = self.trouble.problem.findings[0]
            return f"{'>' if worst.at_least else ''}{age(now - worst.since)}"
        return str(self.row.cells[column])

    def tip(self, now: float) -> str:
        """Everything that is wrong with the object, and what ``>`` means."""
        problem = self.trouble.problem
        worst = problem.findings[0]
        what = f"{self.row.cells[ProblemColumn.KIND]} {problem.row.key.lstrip('/')} of {self.id.cluster}"
        lines = [what, *problem.all_words(now)]
        if worst.at_least:
            lines.append(f"It was so already when first seen, at {clock_time(worst.since, now)}.")
        return "\n".join(lines)


class ProblemListModel(QAbstractTableModel):
    """Follows a ProblemWatch while ``set_active(True)``; otherwise it does nothing, and catches up later."""

    def __init__(self, watch: ProblemWatch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watch = watch
        self._items: dict[ProblemId, Item] = {}
        self._shown: list[Item] = []
        self._filter: Filter = EVERYTHING
        self._order: tuple[ProblemColumn, bool] = (ProblemColumn.TONE, False)
        self._active = False
        watch.changed.connect(self._changed)

    # Qt's side

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(ProblemColumn)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        item, now = self._shown[index.row()], time.time()
        if role == Qt.ItemDataRole.DisplayRole:
            return item.text(ProblemColumn(index.column()), now)
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.tip(now)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return ProblemColumn(section).name
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column; equal ones the worst first."""
        self._order = ProblemColumn(column), order is Qt.SortOrder.DescendingOrder
        self._arrange()

    # What is shown

    @property
    def total(self) -> int:
        """How many there are, filter aside."""
        return len(self._items)

    @property
    def bad(self) -> int:
        """How many of them are bad."""
        return sum(item.tone == "bad" for item in self._items.values())

    def item(self, row: int) -> Item:
        """Raises IndexError."""
        return self._shown[row]

    def items(self) -> Sequence[Item]:
        """The lines shown, in their order."""
        return tuple(self._shown)

    def row_of(self, id: ProblemId) -> int:
        """The line of an object; -1 where it has none."""
        return next((row for row, item in enumerate(self._shown) if item.id == id), -1)

    def set_filter(self, text: str) -> None:
        """Show only what fits. Raises FilterError, and shows what it showed, for a text that is no filter."""
        self._filter = parse(text, COLUMNS)
        self._arrange()

    def set_active(self, active: bool) -> None:
        """A list that nobody sees is not kept up to date."""
        if active and not self._active:
            self._items = {}
            self._update(self._watch.all())
        self._active = active

    def pass_time(self) -> None:
        """Times have passed: a filter such as ``since<5m`` may see it otherwise."""
        if self._filter.timed:
            self._arrange()

    def _changed(self, ids: set[ProblemId]) -> None:
        if self._active:
            self._update(ids)

    def _update(self, ids: Iterable[ProblemId]) -> None:
        now = time.time()
        for id in ids:
            trouble = self._watch.find(id)
            if trouble is None:
                self._items.pop(id, None)
            else:
                self._items[id] = _item(trouble, now)
        self._arrange()

    def _arrange(self) -> None:
        """Bring what is shown to what it should be, moving no line that need not move."""
        now, matches = time.time(), self._filter.matches
        wanted = [item for item in self._items.values() if matches(item.row, item.hay, now)]
        wanted.sort(key=lambda item: item.key)
        column, reverse = self._order
        if column is not ProblemColumn.TONE or reverse:
            wanted.sort(key=lambda item: _column_key(item, column), reverse=reverse)
        before, after = set(map(_identity, self._shown)), set(map(_identity, wanted))
        if len(before ^ after) > _MOST_STEPS:
            self._swap(wanted)
            return
        kept = before & after
        self._remove(lambda item: _identity(item) not in after)
        for row, item in enumerate(wanted):
            if row < len(self._shown) and _identity(self._shown[row]) == _identity(item):
                if self._shown[row] is not item:
                    self._shown[row] = item
                    self.dataChanged.emit(self.index(row, 0), self.index(row, len(ProblemColumn) - 1))
                continue
            if _identity(item) in kept:
                self._swap(wanted)  # another order, not another set
                return
            self.beginInsertRows(_NO_INDEX, row, row)
            self._shown.insert(row, item)
            self.endInsertRows()

    def _remove(self, gone: Any) -> None:
        for row in range(len(self._shown) - 1, -1, -1):
            if gone(self._shown[row]):
                self.beginRemoveRows(_NO_INDEX, row, row)
                del self._shown[row]
                self.endRemoveRows()

    def _swap(self, wanted: list[Item]) -> None:
        """All at once; what is selected stays so by what it is, not by where it was."""
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        ids = [self._shown[index.row()].id for index in held]
        self._shown = wanted
        rows = {item.id: row for row, item in enumerate(wanted)}
        for index, id in zip(held, ids, strict=True):
            row = rows.get(id, -1)
            to = self.index(row, index.column()) if row >= 0 else QModelIndex()
            self.changePersistentIndex(index, to)
        self.layoutChanged.emit()


def _identity(item: Item) -> tuple[ProblemId, tuple[Any, ...]]:
    """The same line at the same place."""
    return item.id, item.key


def _item(trouble: Trouble, now: float) -> Item:
    problem, id = trouble.problem, trouble.id
    worst = problem.findings[0]
    row = problem.row
    cells = (
        TONE_WORDS[worst.rule.tone], id.cluster, trouble.resource.kind, row.namespace, problem.name,
        problem.words(now), int(worst.since),
    )  # fmt: skip
    line = Row(row.key, row.uid, row.version, row.created, cells, row.labels)
    rank = (*worst.rule.rank, id.cluster, id.label, row.namespace, natural(problem.name), id.key)
    # Whatever is wrong with it is found, not only the worst.
    hay = "\n".join((haystack(line), row.name, *(text.lower() for text in problem.all_words(now)[1:])))
    return Item(trouble, line, hay, rank)


def _column_key(item: Item, column: ProblemColumn) -> Any:
    if column is ProblemColumn.SINCE:
        return -item.trouble.problem.findings[0].since
    if column is ProblemColumn.TONE:
        return item.tone == "warn"
    return natural(str(item.row.cells[column]))


def snapshot(watch: ProblemWatch) -> list[Item]:
    """Every problem that is known now, the worst first."""
    now = time.time()
    found = filter(None, map(watch.find, watch.all()))
    return sorted((_item(trouble, now) for trouble in found), key=lambda item: item.key)
