"""Clusters whose watches say what a test tells them, for tests of the watch of problems and of its page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from PySide6.QtCore import QObject, Signal

from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.store import Store, StoreWriter
from kdesk.kube.engine.subscription import Status, Subscription, WatchState
from kdesk.kube.errors import Stopped
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.rows import Change, Column, Row
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.problem_counts import ProblemCounts
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.problems.rules import RuleSet
from kdesk.viewmodel.problems.watch import ProblemWatch
from tests.viewmodel.problem_rows import built_in, columns

_VERBS = frozenset(["list", "watch"])
PODS = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=_VERBS)
NODES = Resource(GVR("", "v1", "nodes"), "Node", False, verbs=_VERBS)
EVENTS = Resource(GVR("", "v1", "events"), "Event", True, verbs=_VERBS)
DEPLOYMENTS = Resource(GVR("apps", "v1", "deployments"), "Deployment", True, verbs=_VERBS)
SERVICES = Resource(GVR("", "v1", "services"), "Service", True, verbs=_VERBS)
KINDS = (PODS, NODES, EVENTS, DEPLOYMENTS, SERVICES)


class Informer:
    """``put``, ``remove`` and ``say`` tell its subscribers; it counts its shares."""

    def __init__(self, spec: WatchSpec) -> None:
        self.spec = spec
        self.store = Store()
        self.status = Status(WatchState.LISTING, since=time.time())
        self.columns: tuple[Column, ...] = ()
        self.shares = 0
        self.subscriptions: list[Subscription] = []
        self._writer = StoreWriter(self.store)

    def subscribe(self, subscription: Subscription) -> None:
        self.subscriptions.append(subscription)
        subscription.begin(self.store.snapshot(), self.columns, self.status)

    def unsubscribe(self, subscription: Subscription) -> None:
        self.subscriptions = [other for other in self.subscriptions if other is not subscription]
        subscription.close()

    def define(self, found: tuple[Column, ...]) -> None:
        self.columns = found
        for subscription in self.subscriptions:
            subscription.columns(found)

    def put(self, *rows: Row) -> None:
        if not self.columns:
            self.define(columns(self.spec.resource.label))
        version = str(time.monotonic_ns())
        new = [Row(r.key, r.uid, version, r.created, r.cells, r.labels, r.owner, r.deleting) for r in rows]
        self._tell(self._writer.apply([("MODIFIED", row) for row in new]))

    def remove(self, row: Row) -> None:
        self._tell(self._writer.apply([("DELETED", row)]))

    def say(self, state: WatchState, error: str = "") -> None:
        synced = self.status.synced or state is WatchState.LIVE
        self.status = replace(
            self.status, state=state, error=error, synced=synced, objects=len(self.store), since=time.time()
        )
        for subscription in self.subscriptions:
            subscription.status(self.status)

    def _tell(self, changes: list[Change]) -> None:
        for subscription in self.subscriptions:
            subscription.changed(changes)


class Lease:
    def __init__(self, informer: Informer) -> None:
        self.informer = informer
        informer.shares += 1

    def release(self) -> None:
        self.informer.shares -= 1


@dataclass
class Place:
    namespace: str = ""


class Session:
    """What is watched is in ``running``; a watch that nobody shares goes on until ``sweep``."""

    def __init__(self, name: str = "prod", namespace: str = "", kinds: tuple[Resource, ...] = KINDS) -> None:
        self.name, self.context = name, Place(namespace)
        self.catalogue: Catalogue | None = Catalogue(kinds, (), "v1.37.0")
        self.running: dict[WatchSpec, Informer] = {}
        self.retired = False

    def watch(self, spec: WatchSpec) -> Lease:
        if self.retired:
            raise Stopped("retired")
        return Lease(self.running.setdefault(spec, Informer(spec)))

    def informers(self) -> list[Informer]:
        return list(self.running.values())

    def sweep(self) -> None:
        self.running = {spec: informer for spec, informer in self.running.items() if informer.shares}

    def informer(self, resource: Resource, namespace: str = "") -> Informer:
        return self.running[WatchSpec(resource, namespace)]


class FakeClusters(QObject):
    opened = Signal(object)
    retired = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, Session] = {}


class FakePulse(QObject):
    beat = Signal()


class FakeClock:
    """Runs its consumers in ``run``, when it was woken."""

    def __init__(self) -> None:
        self.consumers: list[Callable[[float], bool]] = []
        self.woken = False
        self.budget = 10.0

    def add(self, consumer: Callable[[float], bool]) -> None:
        self.consumers.append(consumer)

    def remove(self, consumer: Callable[[float], bool]) -> None:
        self.consumers.remove(consumer)

    def wake(self) -> None:
        self.woken = True

    def run(self) -> int:
        """Frames until nothing is left to do; gives their number."""
        frames = 0
        while self.woken:
            self.woken = False
            frames += 1
            for consumer in list(self.consumers):
                self.woken = consumer(time.monotonic() + self.budget) or self.woken
        return frames


class Ward:
    """A watch of problems over such clusters. ``beat`` is half a second."""

    def __init__(self, *sessions: Session, rules: RuleSet | None = None) -> None:
        self.clusters, self.pulse, self.clock = FakeClusters(), FakePulse(), FakeClock()
        self.counts = ProblemCounts()
        self.clusters.sessions = {session.name: session for session in sessions}
        self.watch = ProblemWatch(
            cast(Clusters, self.clusters),
            cast(Pulse, self.pulse),
            cast(FrameClock, self.clock),
            rules or built_in(),
            self.counts,
        )

    def beat(self) -> int:
        self.pulse.beat.emit()
        return self.clock.run()

    def settle(self) -> None:
        """Until what was told has been looked at, and said."""
        for _ in range(3):
            self.beat()

    def retire(self, session: Session) -> None:
        session.retired = True
        session.catalogue = None
        del self.clusters.sessions[session.name]
        self.clusters.retired.emit(session)
        session.running.clear()

    def told(self) -> dict[str, str]:
        """What is said, by cluster, kind and key."""
        now = time.time()
        found = {}
        for id in self.watch.all():
            trouble = self.watch.find(id)
            assert trouble is not None
            found["/".join((id.cluster, id.label, id.key))] = trouble.problem.words(now)
        return found


def go_live(session: Session, *rest: Informer) -> None:
    """Every watch of the session (but the ``rest``) has listed all there is."""
    for informer in session.informers():
        if informer not in rest:
            informer.define(columns(informer.spec.resource.label))
            informer.say(WatchState.LIVE)
