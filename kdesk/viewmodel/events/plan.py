"""What is to be watched for live events, and what that costs: a value that settings keep under a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.gvk import Resource

#: Kinds that change every few seconds for as long as a cluster lives.
_NOISY = {
    "leases.coordination.k8s.io": "renewed all the time",
    "events": "many a second",
    "events.events.k8s.io": "many a second",
    "endpoints": "follows every pod",
    "endpointslices.discovery.k8s.io": "follows every pod",
}
#: Bytes of a usual object, to say roughly what many of them take.
USUAL_OBJECT = 4_096


def noise(label: str) -> str:
    """Why a kind floods the log; empty for one that does not."""
    return _NOISY.get(label, "")


class Watched(NamedTuple):
    """One watch: a kind in a cluster, in one namespace ("" for all)."""

    session: ClusterSession
    spec: WatchSpec


class WatchPlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """Kinds by their labels (``deployments.apps``), each in the version that a cluster prefers.

    ``everything``: all kinds that can be watched, but for ``without`` and for noisy ones that ``kinds`` does not name.
    ``clusters``, ``namespaces``: empty for all (of the open clusters). ``labels`` and ``fields`` are selectors as the
    API server takes them.
    """

    kinds: tuple[str, ...] = ()
    everything: bool = False
    without: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    labels: str = ""
    fields: str = ""

    def __bool__(self) -> bool:
        return self.everything or bool(self.kinds)

    def wants(self, label: str) -> bool:
        """Whether this kind is watched (where it is served)."""
        if label in self.kinds:
            return True
        return self.everything and label not in self.without and not noise(label)

    def with_kind(self, label: str, wanted: bool = True) -> WatchPlan:
        """The same with this kind, or without it."""
        if wanted == self.wants(label):
            return self
        kinds = tuple(kind for kind in self.kinds if kind != label)
        without = tuple(kind for kind in self.without if kind != label)
        plan = msgspec.structs.replace(self, kinds=kinds, without=without)
        if wanted == plan.wants(label):
            return plan
        if wanted:
            return msgspec.structs.replace(plan, kinds=(*kinds, label))
        return msgspec.structs.replace(plan, without=(*without, label))

    def watches(self, sessions: Iterable[ClusterSession]) -> Iterator[Watched]:
        """Every watch that it takes over these clusters."""
        for session in sessions:
            if self.clusters and session.name not in self.clusters:
                continue
            for resource in _served(session):
                if self.wants(resource.label):
                    for namespace in (self.namespaces or ("",)) if resource.namespaced else ("",):
                        yield Watched(
                            session, WatchSpec(resource, namespace, self.labels, self.fields, whole=True)
                        )

    @property
    def text(self) -> str:
        """In a few words: ``everything but secrets in shop · app=web``."""
        kinds = ", ".join(self.kinds[:3]) + (
            f" and {len(self.kinds) - 3} more" if len(self.kinds) > 3 else ""
        )
        if self.everything:
            kinds = "everything" + (f" with {kinds}" if kinds else "")
            kinds += f" but {', '.join(self.without)}" if self.without else ""
        places = [", ".join(part) for part in (self.namespaces, self.clusters) if part]
        return " · ".join(
            filter(None, (" in ".join([kinds or "nothing", *places]), self.labels, self.fields))
        )


class Cost(NamedTuple):
    """Of a plan: ``watches`` (a connection and a thread each), ``objects`` that they hold as far as is known from what
    is watched already, and how many watches nothing is known of.
    """

    watches: int
    clusters: int
    objects: int
    unknown: int

    @property
    def text(self) -> str:
        """``12 watches on 2 clusters · at least 3,400 objects, about 14 MB``."""
        watches = f"{self.watches:,} watch{'' if self.watches == 1 else 'es'}"
        clusters = f" on {self.clusters} clusters" if self.clusters > 1 else ""
        if self.unknown == self.watches:
            return f"{watches}{clusters}"
        least = "at least " if self.unknown else ""
        size = max(1, round(self.objects * USUAL_OBJECT / 1e6))
        return f"{watches}{clusters} · {least}{self.objects:,} objects, about {size:,} MB"


def cost(plan: WatchPlan, sessions: Iterable[ClusterSession]) -> Cost:
    """What ``plan`` would take."""
    sessions = list(sessions)
    known = {
        (session.name, report.resource, report.namespace): report.objects
        for session in sessions
        for report in session.reports()
    }
    watches = list(plan.watches(sessions))
    places = [(one.session.name, one.spec.resource.label, one.spec.namespace) for one in watches]
    counts = [known[place] for place in places if place in known]
    return Cost(len(watches), len({place[0] for place in places}), sum(counts), len(places) - len(counts))


def _served(session: ClusterSession) -> list[Resource]:
    served = session.catalogue.preferred() if session.catalogue is not None else []
    return [resource for resource in served if resource.watchable]
