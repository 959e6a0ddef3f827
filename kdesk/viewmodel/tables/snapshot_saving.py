"""A snapshot of the open tables, with the history that is kept of their objects. What blocks is for the pool."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from kdesk import __version__
from kdesk.kube.diff.masking import SECRET
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.gvk import Resource
from kdesk.kube.history.revisions import RevisionInfo
from kdesk.kube.history.snapshot import SnapshotTable, SnapshotWriter, writing
from kdesk.kube.stop import Stop
from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.rows.columns import TableColumn
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.object_work import by_part
from kdesk.viewmodel.tables.snapshot_choice import Chosen, Histories, Recording, Source, choose
from kdesk.viewmodel.tables.snapshot_table import DESCENDING, SnapshotController


@dataclass(frozen=True, slots=True)
class Shown:
    """One cluster's part of a table as it is on the screen: its rows in their order, its columns from left to right.

    ``histories``: where revisions of its objects are; None: nowhere. ``recording``: the recorder's file of the cluster,
    which need not be there.
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
    recording: Path | None = None


class Figures(NamedTuple):
    """What was saved. ``bytes``: of the file; ``left_out``: objects whose history was too much.

    ``shortened``: those whose recorded revisions were; ``trouble``: why not all that was recorded is in it.
    """

    tables: int
    objects: int
    revisions: int
    bytes: int
    left_out: int
    shortened: int = 0
    trouble: str = ""


def shown(
    table: TableController,
    columns: Sequence[TableColumn],
    filter_: str,
    recording_of: Callable[[ClusterSession], Path] | None = None,
) -> list[Shown]:
    """A table as of now, one for each of its clusters. Prompt."""
    kept: Histories | None = table.snapshot.kept if isinstance(table, SnapshotController) else None
    joined = table.model.joined if table.resource.kind == SECRET else ()
    told = tuple(column for column in columns if column.cell >= 0 and column.source not in joined)
    sort = tuple(f"{by.title}{DESCENDING if by.descending else ''}" for by in table.model.order)
    at, rows = table.model.clock(), table.leaving.remaining()
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
            recording_of(part.session) if part.session is not None and recording_of is not None else None,
        )
        for part, some in parts
    ]


def save(path: Path, tables: Sequence[Shown], stop: Stop, progress: Callable[[int, int], None]) -> Figures:
    """Whole or not at all (blocking). ``progress``: tables and objects done, of how many. Raises SaveError, Stopped."""
    recordings = {
        table.recording: Recording(table.recording) for table in tables if table.recording is not None
    }
    with ExitStack() as stack:
        for recording in recordings.values():
            stack.callback(recording.close)
        chosen = choose(
            [
                Source(
                    table.cluster,
                    table.resource,
                    table.namespaces,
                    frozenset(row.uid for row in table.rows),
                    table.histories,
                    recordings[table.recording] if table.recording is not None else None,
                )
                for table in tables
            ]
        )
        total = len(tables) + len(chosen.objects)
        revisions = 0
        with writing(path, by=f"kdesk {__version__}") as snapshot:
            for done, table in enumerate(tables, 1):
                stop.check()
                snapshot.table(_as_saved(table))
                progress(done, total)
            for done, one in enumerate(chosen.objects, len(tables) + 1):
                stop.check()
                revisions += _save_history(snapshot, one, stop)
                progress(done, total)
    return Figures(
        len(tables),
        len(chosen.objects),
        revisions,
        path.expanduser().stat().st_size,
        chosen.left_out,
        chosen.shortened,
        next((one.trouble for one in recordings.values() if one.trouble), ""),
    )


def _save_history(snapshot: SnapshotWriter, one: Chosen, stop: Stop) -> int:
    """How many revisions that were."""
    count = 0

    def told() -> Iterator[tuple[RevisionInfo, bytes]]:
        nonlocal count
        for revision in one.revisions():
            stop.check()
            count += 1
            yield revision

    snapshot.history(one.source.cluster, one.object, told())
    return count


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
    size = figures.bytes / 1000
    told = f"{size:,.0f} kB" if size < 1000 else f"{size / 1000:,.1f} MB"
    rest = f" {_count(figures.left_out, 'object')} more did not fit." if figures.left_out else ""
    if figures.shortened:
        rest += f" What was recorded of {_count(figures.shortened, 'object')} did not fit."
    if figures.trouble:
        rest += f" Not all that was recorded is in it: {figures.trouble}."
    return f"{tables}, {history} in {path} ({told}).{rest}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
