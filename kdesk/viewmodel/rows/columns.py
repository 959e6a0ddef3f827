"""The columns that a table shows, made from those that the server names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kdesk.kube.table.rows import MOMENT, Column, ColumnKind, Row, cell_text
from kdesk.viewmodel.rows.cluster_row import cluster_of

#: ``TableColumn.cell`` of the column that shows the row's namespace.
NAMESPACE = -1
#: ``TableColumn.cell`` of the column that shows the row's cluster.
CLUSTER = -2


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column on the screen. ``cell`` is the index into ``Row.cells``, or NAMESPACE, or CLUSTER."""

    source: Column
    cell: int

    @property
    def title(self) -> str:
        return self.source.name.upper()

    @property
    def is_name(self) -> bool:
        """It shows the object's own name, which is cut in the middle: its end tells it from others."""
        return self.cell == 0 and self.source.name.lower() == "name"

    @property
    def ages(self) -> bool:
        """Its text changes as time passes."""
        return self.source.kind in (ColumnKind.AGE, ColumnKind.SINCE)

    @property
    def is_number(self) -> bool:
        is_number = self.source.kind in (ColumnKind.NUMBER, ColumnKind.QUANTITY)
        return is_number or self.ages or self.title in _COUNTS

    def passes(self, row: Row) -> bool:
        """The text of this cell changes as time passes."""
        if self.ages:
            return True
        value = row.cells[self.cell] if 0 <= self.cell < len(row.cells) else None
        return isinstance(value, str) and MOMENT in value

    @property
    def bit(self) -> int:
        """Its place in the mask of a glow; a namespace or a cluster never changes."""
        return 1 << self.cell if self.cell >= 0 else 0

    def text(self, row: Row, now: float) -> str:
        """What the cell says at ``now`` (epoch seconds), on one line."""
        if self.cell < 0:
            return row.namespace if self.cell == NAMESPACE else cluster_of(row)
        text = cell_text(row, self.cell, self.source, now)
        return _BREAKS.sub(" ", text) if "\n" in text or "\t" in text else text


# Numbers that servers send as text: "3 (5m ago)".
_COUNTS = frozenset(["RESTARTS"])
_BREAKS = re.compile(r"\s+")


def table_columns(
    columns: Sequence[Column], *, namespaces: bool, clusters: bool = False
) -> tuple[TableColumn, ...]:
    """The columns on the screen; ``namespaces``, ``clusters``: with the row's own in front."""
    shown = [TableColumn(column, index) for index, column in enumerate(columns)]
    if namespaces and columns:
        shown.insert(0, TableColumn(Column("Namespace", description="Where the object lives."), NAMESPACE))
    if clusters and columns:
        # Some kinds have a column of this name themselves.
        taken = any(column.title == "CLUSTER" for column in shown)
        name = "Context" if taken else "Cluster"
        shown.insert(0, TableColumn(Column(name, description="Which cluster the object is in."), CLUSTER))
    return tuple(shown)
