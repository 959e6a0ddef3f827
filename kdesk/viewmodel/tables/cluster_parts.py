"""The clusters of a table, in the order in which they were chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from kdesk.kube.engine.journal import Budget
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Status, WatchState
from kdesk.kube.gvk import Resource
from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.clusters.freshness import Freshness, PartFreshness, freshness, of_clusters, worst_state
from kdesk.viewmodel.rows.cluster_row import cluster_of, unite
from kdesk.viewmodel.tables.cluster_part import ClusterPart, Feed

#: Between the names of several clusters.
JOINT = " + "
_FINE = (WatchState.LIVE, WatchState.LISTING)


class ClusterParts:
    """One part for each cluster; there is always one, which may have neither session nor name."""

    def __init__(self, resource: Resource, wake: Callable[[], None], budget: Budget) -> None:
        self._wake, self._budget = wake, budget
        self._parts = [ClusterPart("", resource, wake, budget)]
        #: How fresh each cluster's rows are, as of the last ``say``.
        self.said: tuple[PartFreshness, ...] = ()

    def __iter__(self) -> Iterator[ClusterPart]:
        return iter(self._parts)

    def __getitem__(self, place: int) -> ClusterPart:
        return self._parts[place]

    @property
    def merged(self) -> bool:
        """There are several."""
        return len(self._parts) > 1

    @property
    def names(self) -> tuple[str, ...]:
        """Of their contexts; empty when there never was one."""
        return tuple(part.cluster for part in self._parts if part.cluster)

    @property
    def sessions(self) -> tuple[ClusterSession, ...]:
        """Of those that are open."""
        return tuple(part.session for part in self._parts if part.session is not None)

    @property
    def state(self) -> WatchState:
        return worst_state([part.state for part in self._parts])

    @property
    def synced(self) -> bool:
        return all(part.synced for part in self._parts)

    def named(self, cluster: str) -> ClusterPart | None:
        return next((part for part in self._parts if part.cluster == cluster), None)

    def of(self, row: Row) -> ClusterPart:
        """The part that a row of the table comes from."""
        return self.named(cluster_of(row)) or self._parts[0]

    def feeds(self) -> list[tuple[ClusterPart, Feed]]:
        return [(part, feed) for part in self._parts for feed in part.feeds]

    def history(self) -> list[tuple[float, str, Status]]:
        """The last changes of state of all informers, oldest first: when, where (cluster, namespace), to what."""
        told = [change for part in self._parts for change in part.history()]
        return sorted(told, key=lambda change: change[0])

    def keep(self, clusters: Sequence[str]) -> list[ClusterPart]:
        """Have a part for each of these clusters, and no others; gives those that went, which are released."""
        known = {part.cluster: part for part in self._parts}
        resource = self._parts[0].resource
        kept = [known.pop(name) if name in known else self._new(name, resource) for name in clusters]
        gone = list(known.values())
        for part in gone:
            part.release()
        self._parts = kept
        for part in kept:
            part.merged = self.merged
        return gone

    def unite(self, held: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns of all parts, of which ``held`` are shown; each part knows its cells' places afterwards."""
        if not self.merged:
            return self._parts[0].columns
        united = unite(held, [part.columns for part in self._parts])
        for part in self._parts:
            part.arrange(united)
        return united

    def say(self) -> Freshness:
        """How fresh it all is; ``said`` tells it of each."""
        now = time.time()
        self.said = tuple(part.say(now) for part in self._parts)
        together = of_clusters(self.said)
        if self.merged and together.state in _FINE:
            feeds = [feed for _, feed in self.feeds()]  # counts add up over the clusters
            proof = min(feed.lease.informer.last_proof for feed in feeds)
            return freshness([feed.status for feed in feeds], last_proof=proof, now=now)
        return together

    def _new(self, cluster: str, resource: Resource) -> ClusterPart:
        return ClusterPart(cluster, resource, self._wake, self._budget)
