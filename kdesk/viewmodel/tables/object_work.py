"""What a person asks of many objects at once: a file of them, or their YAML. Coroutines; what blocks is in the pool."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from kdesk.kube.api.objects import FEW, Objects, read_objects
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.errors import KubeError, Stopped
from kdesk.kube.gvk import Resource
from kdesk.kube.stop import Stop
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.objects.history import Revisions
from kdesk.viewmodel.objects.yaml_text import to_yaml
from kdesk.viewmodel.operations import Operation, Operations
from kdesk.viewmodel.rows.cluster_row import cluster_of
from kdesk.viewmodel.rows.columns import TableColumn
from kdesk.viewmodel.tables.cluster_part import ClusterPart
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.export import ExportError, Format, format_of, write_cells, write_objects
from kdesk.viewmodel.tasks import Tasks

#: The most objects that go to the clipboard as YAML; more are better off in a file.
MOST_COPIED = 1_000
_LIMIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Source:
    """One of the table's clusters. ``namespaces``: those that the table lists (empty: all)."""

    cluster: str
    session: ClusterSession | None
    resource: Resource
    namespaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of one table, in their order, and where their objects are. ``now``: what ages are counted to (epoch s).

    ``kept``: where the objects are read from instead of clusters.
    """

    resource: Resource
    rows: Sequence[Row]
    sources: tuple[Source, ...]
    now: float = field(default_factory=time.time)
    kept: Revisions | None = None

    def keys(self, source: Source) -> dict[str, str]:
        """The keys of a source's objects, as their cluster knows them, to those of their rows."""
        several = len(self.sources) > 1
        return {
            f"{row.namespace}/{row.name}": row.key
            for row in self.rows
            if not several or cluster_of(row) == source.cluster
        }


def choose(table: TableController, rows: Sequence[Row], kept: Revisions | None = None) -> Chosen:
    """Rows of a table, as of now; ``kept``: see there. Prompt: what takes time with many rows is left to the pool."""
    sources = (Source(part.cluster, part.session, part.resource, table.namespaces) for part in table.parts)
    return Chosen(table.resource, rows, tuple(sources), table.model.clock(), kept)


def by_part(table: TableController, rows: Sequence[Row]) -> list[tuple[ClusterPart, list[Row]]]:
    """The rows of each of the table's clusters."""
    if not table.parts.merged:
        return [(table.parts[0], list(rows))]
    parts: dict[str, tuple[ClusterPart, list[Row]]] = {}
    for row in rows:
        part = table.parts.of(row)
        parts.setdefault(part.cluster, (part, []))[1].append(row)
    return list(parts.values())


class ObjectWork:
    """``say`` tells a person of an end that is not in the window to see."""

    def __init__(self, tasks: Tasks, operations: Operations, say: Callable[[str], None]) -> None:
        self._tasks, self._operations, self._say = tasks, operations, say

    async def export(self, chosen: Chosen, columns: Sequence[TableColumn], file: str) -> int:
        """Write the rows' cells, or their objects, as the file's suffix says; how many. Raises KubeError.

        Whole or not at all; cancelled by the person it ends without a file and without an error, and with 0.
        """
        path = Path(file).expanduser()
        form = format_of(path)
        rows = chosen.rows
        if not rows:
            raise ExportError("there is no row to export")
        title = f"Exporting {chosen.resource.gvr.resource} to {path.name}"

        def write(operation: Operation) -> int:
            if form is Format.CSV:
                return write_cells(path, columns, rows, chosen.now, operation.stop, operation.note)
            keys = [row.key for row in rows]
            return write_objects(
                path, form, keys, _read(chosen, operation.stop), operation.stop, operation.note
            )

        done: int | None = await self._work(title, len(rows), write)
        if done is None:
            self._say(f"{path.name} was not written: cancelled.")
            return 0
        self._say(
            f"{_count(done, form)} in {path}.{_missing(len(rows) - done, kept=chosen.kept is not None)}"
        )
        return done

    async def yaml(self, chosen: Chosen) -> str:
        """The objects of the rows as YAML documents, secret values masked; "" when cancelled. Raises KubeError."""
        rows = chosen.rows
        if len(rows) > MOST_COPIED:
            raise ExportError(
                f"{len(rows):,} objects are too many for the clipboard (at most {MOST_COPIED:,}): export them"
            )

        def read(operation: Operation) -> str:
            found: dict[str, str] = {}
            for some in _read(chosen, operation.stop):
                found.update({key: to_yaml(obj) for key, obj in some.items()})
                operation.note(len(found), len(rows))
            return "---\n".join(found[row.key] for row in rows if row.key in found)

        title = f"Reading {chosen.resource.gvr.resource}"
        text: str | None = await self._work(title, len(rows), read)
        if text == "":
            raise ExportError(
                "it is gone from the cluster" if len(rows) == 1 else "they are gone from the cluster"
            )
        return text or ""

    async def _work(self, title: str, total: int, run: Callable[[Operation], Any]) -> Any:
        """What ``run`` gives, as an operation that can be cancelled; None when it was."""
        with self._operations.begin(title) as operation:
            operation.note(0, total if total > FEW else 0)
            try:
                return await self._tasks.run(
                    lambda: run(operation), timeout=_LIMIT_S, what=title, cancel=operation.stop.set
                )
            except Stopped:
                if operation.cancelled:
                    return None
                raise KubeError("the cluster was closed meanwhile") from None


def _read(chosen: Chosen, stop: Stop) -> Iterator[Objects]:
    """The objects by the keys of their rows."""
    if chosen.kept is not None:
        yield from _read_kept(chosen, chosen.kept, stop)
        return
    for source in chosen.sources:
        keys = chosen.keys(source)
        if not keys:
            continue
        if source.session is None:
            raise ExportError(f"{source.cluster or 'the cluster'} is not open: its objects cannot be read")
        child = source.session.child_stop()
        try:
            with stop.waking(child.set):
                for some in read_objects(
                    source.session.transport, source.resource, keys, child, namespaces=source.namespaces
                ):
                    yield {keys[key]: obj for key, obj in some.items()}
        finally:
            child.release()


def _read_kept(chosen: Chosen, kept: Revisions, stop: Stop) -> Iterator[Objects]:
    """Their newest revisions, where there are any. Raises ExportError where there are none at all."""
    gvk, found = chosen.resource.gvk, False
    for row in chosen.rows:
        stop.check()
        infos = kept.revisions(row.uid, chosen.resource)
        if infos:
            obj = msgspec.json.decode(kept.document(row.uid, infos[-1].number, chosen.resource))
            found = True
            yield {row.key: {"apiVersion": gvk.api_version, "kind": gvk.kind, **obj}}
    if not found:
        raise ExportError("the snapshot holds no whole object of these rows: only cells (.csv) can be had")


def _count(number: int, form: Format) -> str:
    noun = "object" if form.objects else "row"
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _missing(number: int, *, kept: bool) -> str:
    if number <= 0:
        return ""
    was = "object was" if number == 1 else "objects were"
    if kept:
        return f" {number:,} {was} not in the snapshot as a whole."
    return f" {number:,} {was} deleted meanwhile and left out."
