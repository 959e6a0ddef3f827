"""The list of problems as Qt's item views (and screen readers) want it: worst first, filtered, kept in place."""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from operator import attrgetter
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from kdesk.kube.table.rows import Column, ColumnKind, Row, age
from kdesk.viewmodel.moments import minute_text
from kdesk.viewmodel.problems.watch import ProblemId, ProblemWatch, Trouble
from kdesk.viewmodel.rows.filtering import EVERYTHING, Filter, haystack, parse
from kdesk.viewmodel.rows.ordering import natural

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
# More changes than this at once are one change of the layout.
_MOST_STEPS = 100
# An update that took longer than this is followed by a rest of so many times its duration.
_SLOW_S, _REST = 0.015, 10


class ProblemColumn(IntEnum):
    """In the order on the screen."""

    SEVERITY = 0
    CLUSTER = 1
    KIND = 2
    NAMESPACE = 3
    NAME = 4
    PROBLEM = 5
    SINCE = 6


_place = attrgetter("key")
#: As rows of a table would have them: what the filter speaks of.
COLUMNS = (
    *(Column(column.name.title()) for column in list(ProblemColumn)[:-1]),
    Column("Since", ColumnKind.SINCE),
)
#: What stands in the first column.
TONE_WORDS = {"bad": "critical", "warn": "warning"}


@dataclass(frozen=True, eq=False)
class Item:
    """One line. ``key`` is its place among all, the worst first."""

    trouble: Trouble
    key: tuple[Any, ...]

    @cached_property
    def row(self) -> Row:
        """The line's texts as cells: what the filter speaks of."""
        problem, id = self.trouble.problem, self.trouble.id
        row, worst = problem.row, problem.findings[0]
        words = problem.words(time.time())
        cells = (
            TONE_WORDS[self.tone], id.cluster, self.trouble.resource.kind, row.namespace, problem.name, words,
            int(worst.since),
        )  # fmt: skip
        return Row(row.key, row.uid, row.version, row.created, cells, row.labels)

    @cached_property
    def hay(self) -> str:
        """Where plain words are looked for. Whatever is wrong with it is found, not only the worst."""
        problem = self.trouble.problem
        others = [text.lower() for text in problem.all_words(time.time())[1:]]
        return "\n".join((haystack(self.row), problem.row.name, *others))

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
            lines.append(f"It was so already when first seen, at {minute_text(worst.since, now)}.")
        return "\n".join(lines)


_Change = tuple[Item | None, Item | None]


class ProblemListModel(QAbstractTableModel):
    """Follows a ProblemWatch while ``set_active(True)``; otherwise it does nothing, and catches up later.

    ``caught_up``: the lines are those of this moment.
    """

    caught_up = Signal()

    def __init__(self, watch: ProblemWatch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watch = watch
        self.bad = 0  # how many are, filter aside
        self._items: dict[ProblemId, Item] = {}
        self._sorted: list[Item] = []
        self._shown: list[Item] = []
        self._filter: Filter = EVERYTHING
        self._order: tuple[ProblemColumn, bool] = (ProblemColumn.SEVERITY, False)
        self._active = False
        self._waiting: dict[ProblemId, _Change] = {}  # what is shown, and what is to be
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.catch_up)
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
        if role == Qt.ItemDataRole.TextAlignmentRole and section == ProblemColumn.SINCE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column; equal ones the worst first."""
        self._order = ProblemColumn(column), order is Qt.SortOrder.DescendingOrder
        self._swap(self._wanted())

    # What is shown

    @property
    def total(self) -> int:
        """How many there are, filter aside."""
        return len(self._items)

    def item(self, row: int) -> Item:
        """Raises IndexError."""
        return self._shown[row]

    def items(self) -> Sequence[Item]:
        """The lines shown, in their order."""
        return tuple(self._shown)

    def row_of(self, id: ProblemId) -> int:
        """The line of an object; -1 where it has none."""
        item = self._items.get(id)
        if item is None:
            return -1
        if not self._by_rank:
            return self._shown.index(item) if item in self._shown else -1
        row = bisect_left(self._shown, item.key, key=_place)
        return row if row < len(self._shown) and self._shown[row] is item else -1

    def set_filter(self, text: str) -> None:
        """Show only what fits. Raises FilterError, and shows what it showed, for a text that is no filter."""
        self._filter = parse(text, COLUMNS)
        self._swap(self._wanted())

    def set_active(self, active: bool) -> None:
        """A list that nobody sees is not kept up to date."""
        self._waiting.clear()
        self._later.stop()
        if active and not self._active:
            self._items, self._sorted = {}, []
            self.bad = 0
            for id in self._watch.all():
                trouble = self._watch.find(id)
                if trouble is not None:
                    self._items[id] = item = _item(trouble)
                    self.bad += _is_bad(item)
            self._sorted = sorted(self._items.values(), key=_place)
            self._swap(self._wanted())
        self._active = active

    def pass_time(self) -> None:
        """Times have passed: a filter such as ``since<5m`` may see it otherwise."""
        if self._filter.timed:
            self._swap(self._wanted())

    def _changed(self, ids: set[ProblemId]) -> None:
        if not self._active:
            return
        for id in ids:
            trouble = self._watch.find(id)
            new = _item(trouble) if trouble is not None else None
            old = self._items.pop(id, None)
            if new is not None:
                self._items[id] = new
            self.bad += _is_bad(new) - _is_bad(old)
            shown = self._waiting[id][0] if id in self._waiting else old
            self._waiting[id] = shown, new
        if not self._later.isActive():
            self.catch_up()

    def catch_up(self) -> None:
        """Show at once what has changed. Of a list so long that this takes a while it is done less often."""
        self._later.stop()
        steps, self._waiting = list(self._waiting.values()), {}
        began = time.monotonic()
        if len(steps) > _MOST_STEPS:
            self._leap(steps)
        else:
            self._walk(steps)
        took = time.monotonic() - began
        if took > _SLOW_S:
            self._later.start(round(took * 1000 * _REST))
        self.caught_up.emit()

    def _leap(self, steps: list[_Change]) -> None:
        gone = {old for old, _ in steps}
        self._sorted = [item for item in self._sorted if item not in gone]
        self._sorted += [new for _, new in steps if new is not None]
        self._sorted.sort(key=_place)  # what was sorted before costs little
        self._swap(self._wanted())

    def _walk(self, steps: list[_Change]) -> None:
        for old, new in steps:
            if old is not None:
                del self._sorted[bisect_left(self._sorted, old.key, key=_place)]
            if new is not None:
                insort(self._sorted, new, key=_place)
        if self._by_rank:
            for old, new in steps:
                self._step(old, new)
        elif steps:
            self._swap(self._wanted())

    def _step(self, old: Item | None, new: Item | None) -> None:
        """One line changes, comes or goes; all others stay what they are."""
        shown = self._shown
        at = bisect_left(shown, old.key, key=_place) if old is not None else len(shown)
        was = at < len(shown) and shown[at] is old
        fits = new is not None and self._filter.matches(new.row, new.hay, time.time())
        if was and fits and old is not None and new is not None and old.key == new.key:
            shown[at] = new
            self.dataChanged.emit(self.index(at, 0), self.index(at, len(ProblemColumn) - 1))
            return
        if was:
            self.beginRemoveRows(_NO_INDEX, at, at)
            del shown[at]
            self.endRemoveRows()
        if fits and new is not None:
            at = bisect_left(shown, new.key, key=_place)
            self.beginInsertRows(_NO_INDEX, at, at)
            shown.insert(at, new)
            self.endInsertRows()

    @property
    def _by_rank(self) -> bool:
        return self._order == (ProblemColumn.SEVERITY, False)

    def _wanted(self) -> list[Item]:
        """The lines that fit the filter, in the order that was asked for."""
        wanted = self._sorted
        if self._filter is not EVERYTHING:
            now, matches = time.time(), self._filter.matches
            wanted = [item for item in wanted if matches(item.row, item.hay, now)]
        column, reverse = self._order
        if self._by_rank:
            return list(wanted)
        return sorted(wanted, key=lambda item: _column_key(item, column), reverse=reverse)

    def _swap(self, wanted: list[Item]) -> None:
        """All at once; what is selected stays so by what it is, not by where it was."""
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        ids = [self._shown[index.row()].id for index in held]
        self._shown = wanted
        rows = {id: self.row_of(id) for id in set(ids)}
        for index, id in zip(held, ids, strict=True):
            to = self.index(rows[id], index.column()) if rows[id] >= 0 else QModelIndex()
            self.changePersistentIndex(index, to)
        self.layoutChanged.emit()


def _item(trouble: Trouble) -> Item:
    problem, id = trouble.problem, trouble.id
    rank = problem.findings[0].rule.rank
    return Item(trouble, (*rank, id.cluster, id.label, problem.row.namespace, natural(problem.name), id.key))


def _is_bad(item: Item | None) -> bool:
    return item is not None and item.tone == "bad"


def _column_key(item: Item, column: ProblemColumn) -> Any:
    if column is ProblemColumn.SINCE:
        return -item.trouble.problem.findings[0].since
    if column is ProblemColumn.SEVERITY:
        return item.tone == "warn"
    return natural(str(item.row.cells[column]))


def snapshot(watch: ProblemWatch) -> list[Item]:
    """Every problem that is known now, the worst first."""
    found = filter(None, map(watch.find, watch.all()))
    return sorted(map(_item, found), key=_place)
