"""The values of a person's own columns in one table: one further watch for each that the table has."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession, Lease
from kdesk.kube.engine.subscription import Batch, Latest, Status
from kdesk.kube.errors import Stopped
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.joined_model import JoinedModel, Values
from kdesk.viewmodel.tables.column_book import OwnColumn
from kdesk.viewmodel.tables.controller import TableController

_SLICE = 500
#: What a watch is of: the session, where, and what keys of the table's rows end with.
_Source = tuple[ClusterSession, WatchSpec, str]


@dataclass(frozen=True, slots=True)
class Cost:
    """What the values take: further watches, bytes received so far, and the worst state of the watches in words."""

    watches: int = 0
    received: int = 0
    error: str = ""

    @property
    def short(self) -> str:
        """For a bar: ``+1 watch · 12 MB``."""
        return f"+{self.watches} watch{'' if self.watches == 1 else 'es'} · {megabytes(self.received)}"

    @property
    def sentence(self) -> str:
        if not self.watches:
            return "Labels come with the rows: nothing more is read."
        further = "1 further watch" if self.watches == 1 else f"{self.watches} further watches"
        said = f"{further} of whole objects, {megabytes(self.received)} so far"
        return f"{said}; {self.error}" if self.error else said


def megabytes(size: float) -> str:
    """``4 kB``, ``2.5 MB``, ``205 MB``."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000)) if size else 0} kB"
    return f"{size / 1e6:,.1f} MB" if size < 10_000_000 else f"{size / 1e6:,.0f} MB"


@dataclass(slots=True)
class _Feed:
    lease: Lease
    queue: Latest
    suffix: str
    status: Status
    pending: Iterator[tuple[str, Values | None]] = field(default_factory=lambda: iter(()))
    news: bool = False
    drained: bool = False


class OwnColumns(QObject):
    """``cost_changed``: ``cost`` may be another. GUI thread only; ``close`` when the table closes."""

    cost_changed = Signal()

    def __init__(
        self, table: TableController, model: JoinedModel, clock: FrameClock, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._table, self._model, self._clock = table, model, clock
        self.columns: tuple[OwnColumn, ...] = ()
        self._sources: list[_Source] = []
        self._feeds: list[_Feed] = []
        self._said = Cost()
        self._changing = False  # rows have yet to follow other columns
        table.freshness_changed.connect(self._follow)
        table.namespaces_changed.connect(self._follow)
        clock.add(self._drain)

    @property
    def cost(self) -> Cost:
        watched = [feed.lease.informer.extraction for feed in self._feeds]
        received = sum(one.received for one in watched if one is not None)
        error = next((feed.status.error for feed in self._feeds if feed.status.error), "")
        return Cost(len(self._feeds), received, error)

    @property
    def synced(self) -> bool:
        """Every value that there is has come to its row."""
        return not self._changing and all(feed.status.synced and feed.drained for feed in self._feeds)

    def show(self, columns: Sequence[OwnColumn]) -> None:
        """Show these columns and no others."""
        if tuple(columns) == self.columns:
            return
        self.columns = tuple(columns)
        self._model.set_joined([one.column for one in columns], [one.label for one in columns])
        self._changing = True
        self._follow(anew=True)
        self._clock.wake()

    def close(self) -> None:
        self._clock.remove(self._drain)
        self._release()

    # Inside.

    def _wanted_sources(self) -> list[_Source]:
        if all(column.label for column in self.columns):
            return []
        values = tuple(column.wanted for column in self.columns)
        table = self._table
        return [
            (part.session, WatchSpec(part.resource, namespace, values=values), part.suffix)
            for part in table.parts
            if part.session is not None and part.served
            for namespace in table.namespaces or ("",)
        ]

    def _follow(self, *, anew: bool = False) -> None:
        """The table may be of other clusters or namespaces now."""
        wanted = self._wanted_sources()
        if not anew and wanted == self._sources:
            return
        # Those that are given back are shared again at once where they are still wanted: informers linger.
        self._release()
        self._sources = wanted
        if not anew or not wanted:  # else they stay until others come
            self._model.forget_values(self._model.value_keys())
        for session, spec, suffix in wanted:
            try:
                lease = session.watch(spec)
            except Stopped:  # retired meanwhile: the next session is on its way
                continue
            queue = Latest(self._wake)
            self._feeds.append(_Feed(lease, queue, suffix, lease.informer.status))
            lease.subscribe(queue)
        self.cost_changed.emit()

    def _release(self) -> None:
        feeds, self._feeds, self._sources = self._feeds, [], []
        for feed in feeds:
            feed.lease.release()

    def _wake(self) -> None:
        """From an informer's thread."""
        if self._table.visible:
            self._clock.wake()

    def _drain(self, deadline: float) -> bool:
        """A frame: values on their way to the rows; True when there is more. Nobody looks at a hidden table."""
        if not self._table.visible or self._table.held or not (self.columns or self._changing):
            return False
        self._changing = more = self._model.rejoin(deadline)
        more = more or any(self._drain_feed(feed, deadline) for feed in self._feeds)
        cost = self.cost
        if cost != self._said:
            self._said = cost
            self.cost_changed.emit()
        return more

    def _drain_feed(self, feed: _Feed, deadline: float) -> bool:
        while True:
            some = dict(itertools.islice(feed.pending, _SLICE))
            if some:
                self._model.put_values(some, glow=feed.news)
            else:
                batch = feed.queue.take()
                feed.drained = batch is None
                if batch is None:
                    return False
                self._take(feed, batch)
            if time.monotonic() >= deadline:
                return True

    def _take(self, feed: _Feed, batch: Batch) -> None:
        feed.news = feed.status.synced and not batch.reset
        if batch.status is not None:
            feed.status = batch.status
        # Worked out slice by slice, as they are put into the table.
        feed.pending = itertools.chain(self._voided(feed, batch), _found(batch, feed.suffix))

    def _voided(self, feed: _Feed, batch: Batch) -> Iterator[tuple[str, None]]:
        """All that the watch said before, where it begins anew, and now says no more."""
        if not batch.reset:
            return
        suffix, namespace = feed.suffix, feed.lease.spec.namespace
        prefix = f"{namespace}/" if namespace else ""
        for key in self._model.value_keys():
            own = key.removesuffix(suffix)
            if key.endswith(suffix) and key.startswith(prefix) and own not in batch.rows:
                yield key, None


def _found(batch: Batch, suffix: str) -> Iterator[tuple[str, Values | None]]:
    for key, row in batch.rows.items():
        yield f"{key}{suffix}", None if row is None else Values(row.uid, row.cells)
