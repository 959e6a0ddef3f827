"""One cluster's part of a table: its session, its informers, their queues, and how fresh its rows are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.journal import Budget, Journal
from kdesk.kube.engine.session import ClusterSession, Lease
from kdesk.kube.engine.subscription import Batch, Latest, Status, WatchState
from kdesk.kube.errors import Stopped
from kdesk.kube.gvk import Resource
from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.clusters.freshness import IDLE, PartFreshness, freshness, not_served, worst
from kdesk.viewmodel.rows.cluster_row import SEPARATOR, cell_places, in_cluster
from kdesk.viewmodel.rows.model import TableModel

_FRESH = (WatchState.LIVE, WatchState.LISTING)


@dataclass(slots=True)
class Feed:
    """One informer: its lease, its queue, and what of that is still to be put into the table."""

    namespace: str
    lease: Lease
    queue: Latest
    journal: Journal
    status: Status
    pending: Iterator[tuple[str, Row | None]] = field(default_factory=lambda: iter(()))
    # Rows of a first list or of a late start are not news.
    news: bool = False


class ClusterPart:
    """``session`` None: the cluster is not open at the moment. ``merged``: the table is of several clusters."""

    def __init__(self, cluster: str, resource: Resource, wake: Callable[[], None], budget: Budget) -> None:
        self.cluster, self.resource = cluster, resource
        self.session: ClusterSession | None = None
        self.served = True
        self.merged = False
        self.feeds: list[Feed] = []
        self.columns: tuple[Column, ...] = ()
        self._wake, self._budget = wake, budget
        self._places: tuple[int, ...] | None = None

    # Its informers.

    def bind(self, session: ClusterSession | None) -> None:
        """Let go of the session and take another (or none); ``start`` is still to be called."""
        self.release()
        self.session = session
        self.served = True
        if session is not None and session.catalogue is not None:
            found = session.catalogue.counterpart(self.resource)
            self.served = found is not None
            self.resource = found or self.resource

    def start(self, namespaces: tuple[str, ...]) -> None:
        """Watch these namespaces (all when empty), where there is something to watch."""
        self.release()
        session = self.session
        if session is None or not self.served:
            return
        try:
            for namespace in namespaces or ("",):
                lease = session.watch(WatchSpec(self.resource, namespace))
                queue, journal = Latest(self._wake), Journal(self._budget)
                self.feeds.append(Feed(namespace, lease, queue, journal, lease.informer.status))
                lease.subscribe(queue)
                lease.subscribe(journal)
        except Stopped:  # retired meanwhile: the next session is on its way
            self.release()

    def release(self) -> None:
        feeds, self.feeds = self.feeds, []
        for feed in feeds:
            feed.lease.release()

    # Its rows.

    @property
    def suffix(self) -> str:
        """What the keys of its rows end with."""
        return f"{SEPARATOR}{self.cluster}" if self.merged else ""

    def arrange(self, united: tuple[Column, ...]) -> None:
        """Cells are to stand under these columns from now on."""
        self._places = cell_places(self.columns, united)

    def changes(self, feed: Feed, batch: Batch, model: TableModel) -> list[tuple[str, Row | None]]:
        """What a batch changes in the table, with the keys that the cluster knows."""
        changes = list(batch.rows.items())
        if batch.reset:
            # Everything of this informer that is not in the batch is void.
            held = [key.removesuffix(self.suffix) for key in model.held(feed.namespace, self.suffix)]
            changes += [(key, None) for key in held if key not in batch.rows]
        return changes

    def next_changes(self, feed: Feed, most: int) -> Sequence[tuple[str, Row | None]]:
        """Up to ``most`` of the pending changes, with the keys and cells of the table."""
        return self.presented(list(itertools.islice(feed.pending, most)))

    def presented(self, changes: list[tuple[str, Row | None]]) -> list[tuple[str, Row | None]]:
        """The changes with the keys and cells of the table."""
        if not self.merged:
            return changes
        suffix, cluster, places = self.suffix, self.cluster, self._places
        return [
            (f"{key}{suffix}", None if row is None else in_cluster(row, cluster, places))
            for key, row in changes
        ]

    # How it is.

    @property
    def state(self) -> WatchState:
        """The worst of its informers; GONE where the cluster serves no such kind, STOPPED with no session."""
        if not self.served:
            return WatchState.GONE
        # From the informers themselves: a hidden table empties no queue.
        status = worst([feed.lease.informer.status for feed in self.feeds])
        return status.state if status is not None else WatchState.STOPPED

    @property
    def synced(self) -> bool:
        """Every row that there is has come as far as the queues were emptied."""
        return bool(self.feeds) and all(feed.status.synced for feed in self.feeds)

    def say(self, now: float) -> PartFreshness:
        """How fresh its rows are at ``now`` (epoch seconds)."""
        if self.feeds:
            proof = min(feed.lease.informer.last_proof for feed in self.feeds)
            said = freshness([feed.status for feed in self.feeds], last_proof=proof, now=now)
        else:
            said = IDLE if self.served else not_served(self.resource.label)
        return PartFreshness(self.cluster, said, not any(feed.status.state in _FRESH for feed in self.feeds))

    def history(self) -> Iterator[tuple[float, str, Status]]:
        """The last changes of state of its informers: when, where, to what."""
        for feed in self.feeds:
            where = " ".join(filter(None, (self.cluster if self.merged else "", feed.namespace)))
            for at, status in feed.lease.informer.history:
                yield at, where, status

    def reconnect(self) -> None:
        """Try now; where a login is needed, ask for it again."""
        if self.state is WatchState.UNAUTHORIZED and self.session is not None:
            self.session.log_in_again()
        for feed in self.feeds:
            feed.lease.informer.reconnect()
