"""A snapshot of the open tables, with the history that is kept of their objects. What blocks is for the pool."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from kdesk import __version__
from kdesk.kube.diff.masking import SECRET
from kdesk.kube.gvk import Resource
from kdesk.kube.history.revisions import NoRevision, ObjectHistory, RevisionInfo
from kdesk.kube.history.snapshot import SnapshotTable, SnapshotWriter, writing
from kdesk.kube.stop import Stop
from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.objects.history import Revisions
from kdesk.viewmodel.rows.columns import TableColumn
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.object_work import by_part
from kdesk.viewmodel.tables.snapshot_table import DESCENDING, SnapshotController

#: JSON of revisions in one snapshot, before it is packed: what changed last goes in first.
MOST_BYTES = 256 << 20


class Histories(Revisions, Protocol):
    """A cluster's book, or a snapshot's."""

    def objects(
        self, resource: Resource | None = None, *, namespace: str = "", name: str = ""
    ) -> tuple[ObjectHistory, ...]: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """One cluster's part of a table as it is on the screen: its rows in their order, its columns from left to right.

    ``histories``: where revisions of its objects are; None: nowhere.
    """

    cluster: str
    resource: Resource
    namespaces: tuple[str, ...]
    at: float
    columns: tuple[TableColumn, ...]
    rows: Sequence[Row]
    filter: str
    sort: tuple[str, ...]
    histories: Histories | None


class Figures(NamedTuple):
    """What was saved. ``bytes``: of the file; ``left_out``: objects whose history was too much."""

    tables: int
    objects: int
    revisions: int
    bytes: int
    left_out: int


def shown(table: TableController, columns: Sequence[TableColumn], filter_: str) -> list[Shown]:
    """A table as of now, one for each of its clusters. Prompt."""
    kept: Histories | None = table.snapshot.kept if isinstance(table, SnapshotController) else None
    joined = table.model.joined if table.resource.kind == SECRET else ()
    told = tuple(column for column in columns if column.cell >= 0 and column.source not in joined)
    sort = tuple(f"{by.title}{DESCENDING if by.descending else ''}" for by in table.model.order)
    at, rows = table.model.clock(), table.model.shown_rows()
    parts = by_part(table, rows) or [(table.parts[0], [])]
    return [
        Shown(
            part.cluster,
            part.resource,
            table.namespaces,
            at,
            told,
            some,
            filter_,
            sort,
            part.session.book if part.session is not None else kept,
        )
        for part, some in parts
    ]


def save(path: Path, tables: Sequence[Shown], stop: Stop, progress: Callable[[int, int], None]) -> Figures:
    """Whole or not at all (blocking). ``progress``: tables and objects done, of how many. Raises SaveError, Stopped."""
    found, left_out = _chosen(tables)
    total = len(tables) + len(found)
    revisions = 0
    with writing(path, by=f"kdesk {__version__}") as snapshot:
        for done, table in enumerate(tables, 1):
            stop.check()
            snapshot.table(_as_saved(table))
            progress(done, total)
        for done, (table, history) in enumerate(found, len(tables) + 1):
            stop.check()
            revisions += _save_history(snapshot, table, history, stop)
            progress(done, total)
    return Figures(len(tables), len(found), revisions, path.expanduser().stat().st_size, left_out)


def _save_history(snapshot: SnapshotWriter, table: Shown, history: ObjectHistory, stop: Stop) -> int:
    """How many revisions that were."""
    count = 0

    def told() -> Iterator[tuple[RevisionInfo, bytes]]:
        nonlocal count
        kept, which = table.histories, history.object
        for info in kept.revisions(which.uid, which.resource) if kept is not None else ():
            stop.check()
            try:
                text = kept.document(which.uid, info.number, which.resource) if kept is not None else b""
            except NoRevision:
                continue  # it had to go for a newer one meanwhile
            count += 1
            yield info, text

    snapshot.history(table.cluster, history.object, told())
    return count


def _chosen(tables: Sequence[Shown]) -> tuple[list[tuple[Shown, ObjectHistory]], int]:
    """The objects whose history goes in, those that changed last first; and how many are left out."""
    found: dict[tuple[str, object, str], tuple[Shown, ObjectHistory]] = {}
    for table in tables:
        if table.histories is None:
            continue
        for namespace in table.namespaces or ("",):
            for history in table.histories.objects(table.resource, namespace=namespace):
                key = (table.cluster, history.object.resource.gvr, history.object.uid)
                found.setdefault(key, (table, history))
    newest = sorted(found.values(), key=lambda one: one[1].newest.at, reverse=True)
    room = MOST_BYTES
    for place, (_, history) in enumerate(newest):
        room -= history.kept * history.newest.size
        if room < 0:
            return newest[:place], len(newest) - place
    return newest, 0


def _as_saved(table: Shown) -> SnapshotTable:
    """Its columns are those that were shown, and no wide ones: all are to be seen again."""
    columns: tuple[Column, ...] = tuple(
        msgspec.structs.replace(column.source, wide=False) for column in table.columns
    )
    places = [column.cell for column in table.columns]
    rows = tuple(
        Row(
            f"{row.namespace}/{row.name}",
            row.uid,
            row.version,
            row.created,
            tuple(row.cells[place] if place < len(row.cells) else None for place in places),
            row.labels,
            row.owner,
            row.deleting,
        )
        for row in table.rows
    )
    return SnapshotTable(
        table.cluster, table.resource, table.namespaces, table.at, columns, rows, table.filter, table.sort
    )


def saved_text(path: Path, figures: Figures) -> str:
    """What was saved, as a sentence."""
    tables = _count(figures.tables, "table")
    history = f"{_count(figures.objects, 'object')} with {_count(figures.revisions, 'revision')}"
    size = figures.bytes / 1024
    told = f"{size:,.0f} KiB" if size < 1024 else f"{size / 1024:,.1f} MiB"
    rest = f" {_count(figures.left_out, 'object')} more did not fit." if figures.left_out else ""
    return f"{tables}, {history} in {path} ({told}).{rest}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
