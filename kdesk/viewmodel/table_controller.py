"""One live table: the informers behind it, their changes on the way to the model, and how fresh it all is."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.kube.errors import Stopped
from kdesk.kube.gvk import Resource
from kdesk.kube.informer import WatchSpec
from kdesk.kube.rows import Column, Row
from kdesk.kube.session import ClusterSession, Lease
from kdesk.kube.subscription import Batch, Latest, Status, WatchState
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.freshness import IDLE, Freshness, freshness, not_served, worst
from kdesk.viewmodel.table_model import TableModel

#: Rows put into the model at once: a few milliseconds.
_SLICE = 250
#: How often words that change with time alone ("reconnecting in 4 s") are looked at.
_TICK_MS = 1000
_view_ids = itertools.count(1)


@dataclass(slots=True)
class _Feed:
    """One informer of the table: its lease, its queue, and what of that is still to be applied."""

    namespace: str
    lease: Lease
    queue: Latest
    status: Status
    pending: Iterator[tuple[str, Row | None]] = field(default_factory=lambda: iter(()))
    # Rows of a first list or of a late start are not news.
    news: bool = False


class TableController(QObject):
    """The rows of one resource in some namespaces (all of them when ``namespaces`` is empty) of one cluster.

    ``first_row_ms`` and ``synced_ms`` count from the making or the last ``rebind``; None until then. GUI thread only.
    """

    freshness_changed = Signal()
    namespaces_changed = Signal()
    count_changed = Signal()

    def __init__(
        self,
        session: ClusterSession | None,
        resource: Resource,
        namespaces: tuple[str, ...],
        clock: FrameClock,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.view_id = next(_view_ids)
        self.resource = resource
        self.namespaces = namespaces if resource.namespaced else ()
        self.cluster = ""
        self.model = TableModel(self)
        self.freshness: Freshness = IDLE
        self.first_row_ms: float | None = None
        self.synced_ms: float | None = None
        self._clock = clock
        self._session: ClusterSession | None = None
        self._feeds: list[_Feed] = []
        self._columns: tuple[Column, ...] = ()
        self._served = True
        self._visible = False
        # What came while the table was hidden is no news.
        self._catching_up = False
        self._preparing = False
        self._closed = False
        self._started = 0.0
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        clock.add(self._drain)
        self.rebind(session)

    @property
    def rows(self) -> int:
        """How many rows are held, filter aside."""
        return self.model.total

    @property
    def session(self) -> ClusterSession | None:
        return self._session

    @property
    def state(self) -> WatchState:
        """The worst state of its informers; GONE where the cluster serves no such kind, STOPPED with no cluster."""
        if not self._served:
            return WatchState.GONE
        # From the informers themselves: a hidden table empties no queue.
        status = worst([feed.lease.informer.status for feed in self._feeds])
        return status.state if status is not None else WatchState.STOPPED

    @property
    def synced(self) -> bool:
        """Every row that there is has come, and is in the model."""
        return bool(self._feeds) and self.synced_ms is not None

    @property
    def shows_namespaces(self) -> bool:
        """The rows' own namespace is shown: where there may be several."""
        return self.resource.namespaced and len(self.namespaces) != 1

    @property
    def history(self) -> list[tuple[float, str, Status]]:
        """The last changes of state of all its informers, oldest first: when, in which namespace, to what."""
        return sorted(
            (
                (at, feed.namespace, status)
                for feed in self._feeds
                for at, status in feed.lease.informer.history
            ),
            key=lambda change: change[0],
        )

    def rebind(self, session: ClusterSession | None) -> None:
        """Let go of the cluster and take another (or none); the table is empty at once."""
        self._release()
        self.model.clear()
        self._session = session
        self._served = True
        if session is not None:
            self.cluster = session.name
            found = session.catalogue.counterpart(self.resource) if session.catalogue is not None else None
            self._served = session.catalogue is None or found is not None
            self.resource = found or self.resource
        self._start()

    def set_namespaces(self, namespaces: tuple[str, ...]) -> None:
        """Show other namespaces (all when empty); the rows of those that stay in view stay."""
        namespaces = tuple(dict.fromkeys(namespaces))
        if namespaces == self.namespaces or not self.resource.namespaced:
            return
        self.namespaces = namespaces
        self._release()
        kept = set(namespaces)
        gone = [key for key in self.model.held() if kept and key.partition("/")[0] not in kept]
        self.model.apply([(key, None) for key in gone], glow=False)
        self.model.set_columns(self._columns, namespaces=self.shows_namespaces)
        self._start()
        self.namespaces_changed.emit()

    def set_visible(self, visible: bool) -> None:
        """A hidden table does no work; what it missed comes when it is shown again."""
        if visible == self._visible:
            return
        self._visible = visible
        if visible:
            self._catching_up = True
            self._clock.wake()
            self._tick.start()
        else:
            self._tick.stop()

    def prepare_filter(self) -> None:
        """Someone is about to type: work ahead, a slice in each frame, so that the first key is as fast as others."""
        self._preparing = True
        self._clock.wake()

    def reconnect(self) -> None:
        """Try now. Where a login is needed, ask for it again; where the kind was not served, look again."""
        if not self._served:
            self.rebind(self._session)
        if self.state is WatchState.UNAUTHORIZED and self._session is not None:
            self._session.log_in_again()
        for feed in self._feeds:
            feed.lease.informer.reconnect()

    def close(self) -> None:
        """Stop for good. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._tick.stop()
        self._clock.remove(self._drain)
        self._release()
        self.model.clear()

    # Inside.

    def _start(self) -> None:
        self._started = time.monotonic()
        self.first_row_ms = self.synced_ms = None
        session = self._session
        if session is not None and self._served:
            try:
                for namespace in self.namespaces or ("",):
                    self._subscribe(session, namespace)
            except Stopped:  # retired meanwhile: the next rebind is on its way
                self._release()
        self._say()
        self.count_changed.emit()

    def _subscribe(self, session: ClusterSession, namespace: str) -> None:
        lease = session.watch(WatchSpec(self.resource, namespace))
        queue = Latest(self._wake)
        self._feeds.append(_Feed(namespace, lease, queue, lease.informer.status))
        lease.subscribe(queue)

    def _release(self) -> None:
        feeds, self._feeds = self._feeds, []
        for feed in feeds:
            feed.lease.release()

    def _wake(self) -> None:
        """From an informer's thread. Nobody looks at a hidden table: it is not woken."""
        # While nothing was ever shown, counts and states are wanted all the same (waiting for a sync).
        if self._visible or self.synced_ms is None:
            self._clock.wake()

    def _drain(self, deadline: float) -> bool:
        """A frame: put what came into the model until time is up; True when there is more."""
        if not self._visible and self.synced_ms is not None:
            return False
        before = self.model.total
        more = False
        for feed in self._feeds:
            if self._drain_feed(feed, deadline):
                more = True
                break
        self._catching_up = self._catching_up and more
        self._note_progress(drained=not more)
        self._say()
        if self.model.total != before:
            self.count_changed.emit()
        if self._preparing and not more:
            more = self._preparing = self.model.prepare_filter(deadline)
        return more

    def _drain_feed(self, feed: _Feed, deadline: float) -> bool:
        while True:
            changes = list(itertools.islice(feed.pending, _SLICE))
            if changes:
                self.model.apply(changes, glow=feed.news)
            elif not self._take(feed):
                return False
            if time.monotonic() >= deadline:
                return True

    def _take(self, feed: _Feed) -> bool:
        """Ask the queue for the next batch; False when there is none."""
        batch = feed.queue.take()
        if batch is None:
            return False
        feed.news = feed.status.synced and not batch.reset and not self._catching_up
        feed.pending = iter(self._changes(feed, batch))
        if batch.status is not None:
            feed.status = batch.status
        if batch.columns:
            self._columns = batch.columns
            self.model.set_columns(batch.columns, namespaces=self.shows_namespaces)
        return True

    def _changes(self, feed: _Feed, batch: Batch) -> Sequence[tuple[str, Row | None]]:
        changes = list(batch.rows.items())
        if batch.reset:
            # Everything of this informer that is not in the batch is void.
            held = self.model.held(feed.namespace)
            changes += [(key, None) for key in held if key not in batch.rows]
        return changes

    def _note_progress(self, *, drained: bool) -> None:
        elapsed = (time.monotonic() - self._started) * 1000
        if self.first_row_ms is None and self.model.total:
            self.first_row_ms = elapsed
        if self.synced_ms is None and drained and self._feeds and all(f.status.synced for f in self._feeds):
            self.synced_ms = elapsed

    def _say(self) -> None:
        if self._session is None or self._feeds:
            proofs = [feed.lease.informer.last_proof for feed in self._feeds]
            said = freshness(
                [feed.status for feed in self._feeds], last_proof=min(proofs, default=0.0), now=time.time()
            )
        else:
            said = IDLE if self._served else not_served(self.resource.label)
        if said != self.freshness:
            self.freshness = said
            self.freshness_changed.emit()

    def _on_tick(self) -> None:
        self._say()
        self.model.refresh_filter()
