"""The namespaces of each open cluster, for pickers and the palette: watched from the first time that someone asks."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QObject

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession, Lease
from kdesk.kube.engine.subscription import Latest
from kdesk.kube.errors import KubeError
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.frame import FrameClock


@dataclass(slots=True)
class _Watched:
    session: ClusterSession
    lease: Lease
    latest: Latest
    names: set[str] = field(default_factory=set)


class Namespaces(QObject):
    """Where namespaces may not be listed, there is still the context's own."""

    def __init__(self, clusters: Clusters, clock: FrameClock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clusters, self._clock = clusters, clock
        self._watched: dict[str, _Watched] = {}
        clock.add(self._frame)
        clusters.retired.connect(self._on_retired)

    def names(self, cluster: str) -> list[str]:
        """Those known now, sorted; the first question for a cluster begins its watch, and knows little yet."""
        session = self._clusters.sessions.get(cluster)
        if session is None:
            return []
        watched = self._watched.get(cluster)
        if watched is None or watched.session is not session:
            watched = self._watch(session)
        known = set(watched.names) if watched is not None else set()
        return sorted(known | {session.context.namespace or "default"})

    def close(self) -> None:
        for watched in self._watched.values():
            watched.lease.release()
        self._watched.clear()
        self._clock.remove(self._frame)

    def _watch(self, session: ClusterSession) -> _Watched | None:
        if session.catalogue is None:
            return None
        try:
            lease = session.watch(WatchSpec(session.catalogue.resolve("namespaces")))
        except KubeError:  # retired a moment ago, or a server without namespaces
            return None
        watched = _Watched(session, lease, Latest(self._clock.wake))
        lease.subscribe(watched.latest)
        self._watched[session.name] = watched
        return watched

    def _on_retired(self, session: ClusterSession) -> None:
        watched = self._watched.get(session.name)
        if watched is not None and watched.session is session:
            del self._watched[session.name]
            watched.lease.release()

    def _frame(self, deadline: float) -> bool:
        for watched in self._watched.values():
            batch = watched.latest.take()
            if batch is None:
                continue
            if batch.reset:
                watched.names.clear()
            for key, row in batch.rows.items():
                name = key.partition("/")[2]
                if row is None:
                    watched.names.discard(name)
                else:
                    watched.names.add(name)
        return False
