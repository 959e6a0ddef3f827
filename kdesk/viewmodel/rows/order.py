"""The order of a table: rows become entries, plain tuples that sort by Python's own comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class TableOrder:
    """First by ``levels``, then by namespace and name, as kubectl prints. Unknown titles are passed over.

    An entry is ``(..., name, key)``: what the levels give, the natural form of the key, the key.
    """

    def __init__(self, levels: Sequence[SortBy] = (), columns: Sequence[TableColumn] = ()) -> None:
        self.levels = tuple(levels)
        by_title = {column.title: column for column in columns}
        self._rankings = [
            _ranking(by_title[level.title], level) for level in levels if level.title in by_title
        ]

    def entry(self, row: Row, before: Entry | None = None) -> Entry:
        """The entry of one row; ``before``, one of the same row, saves some work."""
        name = before[-2] if before is not None else natural(row.key)
        if not self._rankings:
            return (name, row.key)
        parts: list[object] = []
        for ranking in self._rankings:
            parts += ranking.of(row, name)
        return (*parts, name, row.key)

    def entries(self, rows: Mapping[str, Row], before: Mapping[str, Entry]) -> dict[str, Entry]:
        """The entries of all rows by key; ``before``: those of another order, in the order of ``rows``."""
        names: list[str] = [entry[-2] for entry in before.values()]
        parts = [part for ranking in self._rankings for part in ranking.columns(rows.values(), names)]
        return dict(zip(rows, zip(*parts, names, rows, strict=True), strict=True))


def _ranking(column: TableColumn, level: SortBy) -> Ranking | AgeRanking | NameRanking | ClusterRanking:
    if column.cell == CLUSTER:
        return ClusterRanking(reverse=level.descending)
    if column.cell == NAMESPACE or column.is_name:
        return NameRanking(namespace=column.cell == NAMESPACE, reverse=level.descending)
    if column.source.kind is ColumnKind.AGE:
        return AgeRanking(reverse=level.descending)
    return Ranking(column.source, column.cell, reverse=level.descending)
