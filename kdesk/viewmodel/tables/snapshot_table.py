"""A table out of a snapshot: everything that a table can do but change, and no cluster behind it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject

from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.history.snapshot import SnapshotTable
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.order import SortBy
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.snapshot_file import Snapshot, snapshot_freshness

DESCENDING = " desc"
_SLICE = 250


class SnapshotController(TableController):
    """``snapshot`` is the file that it is out of. Ages are counted to the moment when it was saved."""

    live = False

    def __init__(
        self, snapshot: Snapshot, table: SnapshotTable, clock: FrameClock, parent: QObject | None = None
    ) -> None:
        super().__init__(None, table.resource, table.namespaces, clock, parent)
        self.snapshot, self._table = snapshot, table
        self._pending: Iterator[Row] = iter(())
        self._typing = False
        if table.cluster:
            self.parts.keep([table.cluster])
        self.freshness = snapshot_freshness(snapshot, table)
        self.model.set_moment(table.at)
        self.model.set_order(
            [SortBy(by.removesuffix(DESCENDING), by.endswith(DESCENDING)) for by in table.sort]
        )
        self._fill()

    @property
    def synced(self) -> bool:
        return self.synced_ms is not None

    def known_namespaces(self) -> Sequence[str]:
        """Those of its rows."""
        return sorted({row.namespace for row in self._table.rows if row.namespace})

    def set_namespaces(self, namespaces: tuple[str, ...]) -> None:
        """Show the rows of these only (all when empty)."""
        namespaces = tuple(dict.fromkeys(namespaces))
        if namespaces != self.namespaces and self.resource.namespaced:
            self.restarting.emit()
            self.namespaces = namespaces
            self._fill()
            self.namespaces_changed.emit()

    def set_typing(self, typing: bool) -> None:
        self._typing = typing
        super().set_typing(typing)

    # There is no session to take, none to lose, and nothing to try again.

    def rebind(self, session: ClusterSession | None) -> None:
        return

    def rebind_part(self, cluster: str, session: ClusterSession | None) -> None:
        return

    def set_clusters(self, sessions: Sequence[ClusterSession]) -> None:
        return

    def reconnect(self, cluster: str = "") -> None:
        return

    # Inside.

    def _fill(self) -> None:
        wanted = set(self.namespaces)
        self._started, self.synced_ms = time.monotonic(), None
        self.model.clear()
        self.model.set_columns(self._table.columns, namespaces=self.shows_namespaces)
        self._pending = (row for row in self._table.rows if not wanted or row.namespace in wanted)
        self.count_changed.emit()
        self._clock.wake()

    def _drain(self, deadline: float) -> bool:
        before, more = self.rows, False
        while not more and (some := list(itertools.islice(self._pending, _SLICE))):
            self.model.apply([(row.key, row) for row in some], glow=False)
            more = time.monotonic() >= deadline
        if not more and self.synced_ms is None:
            self.synced_ms = (time.monotonic() - self._started) * 1000
            self.first_row_ms = self.synced_ms if self.rows else None
            before = -1
        if self.rows != before:
            self.count_changed.emit()
        if not more:
            more = self.model.work(deadline)
        if self._typing and not more:
            more = self._typing = self.model.prepare_filter(deadline)
        return more

    def _tell(self) -> None:
        """What it says was true when it was saved, and stays so."""
