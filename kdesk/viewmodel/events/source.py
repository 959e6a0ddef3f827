"""One watch behind the live-event log: a kind in a cluster, whole objects, nothing merged."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Happening, Status, Stream, WatchState
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.events.lines import DROPPED, EventLine, Origin

# Whole objects wait here when the window is busy: ten seconds' worth of a very busy cluster.
_QUEUE = 20_000
#: Kinds that change every few seconds for as long as a cluster lives.
_NOISY = {
    "leases.coordination.k8s.io": "renewed all the time",
    "events": "many a second",
    "events.events.k8s.io": "many a second",
    "endpoints": "follows every pod",
    "endpointslices.discovery.k8s.io": "follows every pod",
}


def noise(resource: Resource) -> str:
    """Why a kind floods the log; empty for one that does not."""
    return _NOISY.get(resource.label, "")


class Choice(NamedTuple):
    """A kind to be watched in every open cluster, in the version it has there; ``namespace`` "" is all."""

    group: str
    kind: str
    namespace: str = ""

    def find(self, session: ClusterSession) -> Resource | None:
        """The kind as this cluster serves it; None where it does not."""
        if session.catalogue is None:
            return None
        served = session.catalogue.preferred()
        return next((r for r in served if (r.gvr.group, r.kind) == (self.group, self.kind)), None)


def choice_of(resource: Resource, namespace: str = "") -> Choice:
    return Choice(resource.gvr.group, resource.kind, namespace if resource.namespaced else "")


class EventSource:
    """A lease and its stream. ``close`` it once."""

    def __init__(
        self, session: ClusterSession, resource: Resource, choice: Choice, wake: Callable[[], None]
    ) -> None:
        self.session = session
        self.choice = choice
        self.origin = Origin(session.name, resource, choice.namespace)
        self.status: Status | None = None
        self._dropped = 0
        self._lease = session.watch(WatchSpec(resource, choice.namespace, whole=True))
        self._stream = Stream(wake, capacity=_QUEUE)
        self._lease.subscribe(self._stream)

    def take(self, limit: int) -> list[Happening]:
        return self._stream.take(limit)

    def newly_dropped(self) -> int:
        """How many events the queue has lost since the last call."""
        new = self._stream.dropped - self._dropped
        self._dropped += new
        return new

    def line(self, happening: Happening) -> EventLine | None:
        """The line of an entry, not yet numbered; None for a state that is no news."""
        at, change, status = happening
        if change is not None:
            old = change.old.raw if change.type == "MODIFIED" and change.old is not None else b""
            line = EventLine(0, at, change.type, self.origin, change.row, change.initial, old=old)
            line.final_unknown = change.final_unknown
            return line
        before, self.status = self.status, status
        if status is None or (before is not None and _same(before, status)):
            return None
        return EventLine(0, at, status.state, self.origin, note=status.error, count=status.objects)

    def dropped_line(self, at: float, count: int) -> EventLine:
        return EventLine(0, at, DROPPED, self.origin, count=count)

    def existing(self) -> list[EventLine]:
        """A line for every object that is there now, all marked initial."""
        stream = Stream(capacity=_QUEUE * 10)
        self._lease.subscribe(stream)
        happenings = stream.take()
        self._lease.unsubscribe(stream)
        return [
            EventLine(0, at, change.type, self.origin, change.row, initial=True)
            for at, change, _ in happenings
            if change is not None and change.initial
        ]

    def close(self) -> None:
        self._lease.unsubscribe(self._stream)
        self._lease.release()


def _same(before: Status, after: Status) -> bool:
    failing = after.state not in (WatchState.LISTING, WatchState.LIVE)
    return before.state is after.state and (not failing or before.error == after.error)
