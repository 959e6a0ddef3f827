"""The order of a table: rows become entries, plain tuples that sort by Python's own comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kdesk.kube.table.rows import ColumnKind, Row
from kdesk.viewmodel.rows.columns import CLUSTER, NAMESPACE, TableColumn
from kdesk.viewmodel.rows.ordering import AgeRanking, ClusterRanking, NameRanking, Ranking, natural
from kdesk.viewmodel.rows.sorted_index import Entry


@dataclass(frozen=True, slots=True)
class SortBy:
    """One level of the order; ``title`` names the column (it may come and go with the server's columns)."""

    title: str
    descending: bool = False


def order_of(words: Sequence[str], titles: Sequence[str]) -> list[SortBy]:
    """``status restarts desc``: a level for each title, in any case, ``asc`` where nothing is said behind it.

    Raises ValueError with a sentence.
    """
    known = {title.lower(): title for title in titles}
    levels: list[SortBy] = []
    said = True  # whether the level before has its direction, or there is none before
    for word in words:
        title, direction = known.get(word.lower()), word.lower()
        if title is not None:
            if any(level.title == title for level in levels):
                raise ValueError(f"{title} is named twice")
            levels.append(SortBy(title))
        elif direction in ("asc", "desc") and not said:
            levels[-1] = SortBy(levels[-1].title, direction == "desc")
        elif said:
            raise ValueError(f"there is no column {word!r}; there are {', '.join(titles)}")
        else:
            raise ValueError(f"{word!r} is neither asc nor desc, nor one of the columns {', '.join(titles)}")
        said = title is None
    return levels


class TableOrder:
    """First by ``levels``, then by namespace and name, as kubectl prints. Unknown titles are passed over.

    An entry is ``(value, name, key)``: what the levels rank by, the natural form of the key, the key; without levels
    ``(name, key)``.
    """

    def __init__(self, levels: Sequence[SortBy] = (), columns: Sequence[TableColumn] = ()) -> None:
        self.levels = tuple(levels)
        by_title = {column.title: column for column in columns}
        self._ranked = [(by_title[level.title], level) for level in levels if level.title in by_title]
        self._rankings = [_ranking(column, level) for column, level in self._ranked]

    @property
    def ranked(self) -> bool:
        """Rows are sorted by more than their names."""
        return bool(self._rankings)

    def same_as(self, other: TableOrder) -> bool:
        """Every row stands where it would stand in the other."""
        return self._ranked == other._ranked

    def entry(self, row: Row, name: str = "") -> Entry:
        """The entry of one row; ``name``: its key made natural, where that is known."""
        name = name or natural(row.key)
        match self._rankings:
            case []:
                return (name, row.key)
            case [ranking]:
                return (ranking.value(row, name), name, row.key)
            case several:
                return (tuple(ranking.value(row, name) for ranking in several), name, row.key)

    def entries(self, rows: Sequence[Row], names: Sequence[str], keys: Sequence[str]) -> list[Entry]:
        """The entries of many rows, of each the key and that made natural."""
        match [ranking.values(rows, names) for ranking in self._rankings]:
            case []:
                return list(zip(names, keys, strict=True))
            case [values]:
                return list(zip(values, names, keys, strict=True))
            case several:
                return list(zip(zip(*several, strict=True), names, keys, strict=True))


def _ranking(column: TableColumn, level: SortBy) -> Ranking | AgeRanking | NameRanking | ClusterRanking:
    if column.cell == CLUSTER:
        return ClusterRanking(reverse=level.descending)
    if column.cell == NAMESPACE or column.is_name:
        return NameRanking(namespace=column.cell == NAMESPACE, reverse=level.descending)
    if column.source.kind is ColumnKind.AGE:
        return AgeRanking(reverse=level.descending)
    return Ranking(column.source, column.cell, reverse=level.descending)
