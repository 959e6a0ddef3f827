"""Rows of several clusters in one table: which cluster a row is of, and columns that are united by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from kdesk.kube.table.rows import Cell, Column, Row

#: Stands between an object's own key and its cluster; no name contains it, and it sorts before all that do occur.
SEPARATOR = "\x1e"


class ClusterRow(Row, frozen=True, gc=False, kw_only=True):
    """A row that knows its cluster.

    ``key`` is ``namespace/name``, SEPARATOR, cluster: no two clusters share one, and what has the same name in several
    clusters stands together.
    """

    cluster: str

    @property
    def name(self) -> str:
        return self.key.partition("/")[2].partition(SEPARATOR)[0]


def cluster_of(row: Row) -> str:
    """The cluster of a row of a table of several; "" in a table of one."""
    return row.cluster if isinstance(row, ClusterRow) else ""


def place_key(row: Row) -> str:
    """``namespace/name`` as the object's own cluster knows it; the name alone where there is no namespace."""
    return f"{row.namespace}/{row.name}" if row.namespace else row.name


def rekeyed(key: str, alone: str, clusters: Collection[str]) -> str:
    """The key that a row has in a table of ``clusters``; "" where it has no place in that.

    ``alone``: the cluster of a row whose key does not say it.
    """
    plain, _, cluster = key.partition(SEPARATOR)
    cluster = cluster or alone
    if cluster not in clusters:
        return ""
    return f"{plain}{SEPARATOR}{cluster}" if len(clusters) > 1 else plain


def unite(held: Sequence[Column], parts: Iterable[Sequence[Column]]) -> tuple[Column, ...]:
    """The columns of all ``parts``, one of each name.

    Those of ``held`` that are still wanted come first, in their order, so that cells made for them stay where they are
    unless one went.
    """
    found: dict[str, Column] = {}
    for columns in parts:
        for column in columns:
            found.setdefault(column.name.lower(), column)
    kept = [column for column in held if found.pop(column.name.lower(), None) is not None]
    return (*kept, *found.values())


def cell_places(own: Sequence[Column], united: Sequence[Column]) -> tuple[int, ...] | None:
    """For each united column the index of the cell among a part's own, -1 for none; None: they begin with its own."""
    index = {column.name.lower(): at for at, column in enumerate(own)}
    places = tuple(index.get(column.name.lower(), -1) for column in united)
    return None if places[: len(own)] == tuple(range(len(own))) else places


def in_cluster(row: Row, cluster: str, places: Sequence[int] | None) -> ClusterRow:
    """The row as one of a table of several clusters; ``places`` from ``cell_places``."""
    cells = row.cells if places is None else tuple(_cell(row.cells, at) for at in places)
    return ClusterRow(
        key=f"{row.key}{SEPARATOR}{cluster}",
        uid=row.uid,
        version=row.version,
        created=row.created,
        cells=cells,
        labels=row.labels,
        owner=row.owner,
        deleting=row.deleting,
        cluster=cluster,
    )


def _cell(cells: Sequence[Cell], at: int) -> Cell:
    return cells[at] if 0 <= at < len(cells) else None
