"""A session without a cluster: tests say what its informers tell their subscribers."""

from __future__ import annotations

import json
from typing import Any, cast

from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.engine.informer import InformerReport, WatchSpec
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Status, Subscription, WatchState
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.history.book import RevisionBook
from kdesk.kube.table.rows import Change, Row
from kdesk.viewmodel.events.log import EventLog

_VERBS = frozenset(["get", "list", "watch"])


def resource(label: str, kind: str, *, namespaced: bool = True) -> Resource:
    """``deployments.apps``; everything is v1."""
    plural, _, group = label.partition(".")
    return Resource(GVR(group, "v1", plural), kind, namespaced, verbs=_VERBS)


PODS = resource("pods", "Pod")
SECRETS = resource("secrets", "Secret")
DEPLOYMENTS = resource("deployments.apps", "Deployment")
LEASES = resource("leases.coordination.k8s.io", "Lease")
NODES = resource("nodes", "Node", namespaced=False)
KINDS = (PODS, SECRETS, DEPLOYMENTS, LEASES, NODES)


class StubLease:
    """Also its own informer: ``tell`` speaks to all subscribers."""

    def __init__(self, spec: WatchSpec, existing: list[Row]) -> None:
        self.spec = spec
        self.existing = existing
        self.released = False
        self.reconnects = 0
        self._status = Status(WatchState.LISTING)
        self._subscriptions: list[Subscription] = []

    @property
    def informer(self) -> StubLease:
        return self

    @property
    def status(self) -> Status:
        return self._status

    def reconnect(self) -> None:
        self.reconnects += 1

    def subscribe(self, subscription: Subscription) -> None:
        self._subscriptions.append(subscription)
        subscription.begin(list(self.existing), (), self._status)

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.remove(subscription)
        subscription.close()

    def release(self) -> None:
        self.released = True

    def tell(self, *changes: Change) -> None:
        for subscription in self._subscriptions:
            subscription.changed(changes)

    def say(self, state: WatchState, **more: Any) -> None:
        self._status = Status(state, **more)
        for subscription in self._subscriptions:
            subscription.status(self._status)


class StubSession:
    """``leases``: everything that was watched, in order."""

    def __init__(self, name: str = "prod", kinds: tuple[Resource, ...] = KINDS) -> None:
        self.name = name
        self.catalogue: Catalogue | None = Catalogue(kinds, (), "v1.37.0")
        self.existing: dict[str, list[Row]] = {}
        self.leases: list[StubLease] = []
        self.book: RevisionBook | None = None

    def watch(self, spec: WatchSpec) -> StubLease:
        lease = StubLease(spec, self.existing.get(spec.resource.label, []))
        self.leases.append(lease)
        return lease

    def reports(self) -> list[InformerReport]:
        return []

    @property
    def real(self) -> ClusterSession:
        """Itself, as what it stands for."""
        return cast(ClusterSession, self)


def watch(log: EventLog, session: StubSession, *kinds: Resource) -> None:
    """Open the cluster, and watch these kinds too."""
    if session.real not in log.feed.sessions:
        log.feed.rebind([*log.feed.sessions, session.real])
    log.feed.choose(*kinds)


def row(
    name: str = "web",
    *,
    namespace: str = "shop",
    version: str = "1",
    uid: str = "",
    manager: str = "",
    **fields: Any,
) -> Row:
    """A whole object as an informer keeps it: no apiVersion and kind, as items of a list have none.

    ``manager`` wrote its status last.
    """
    uid = uid or f"uid-{name}"
    metadata = {"name": name, "uid": uid, "resourceVersion": version}
    if namespace:
        metadata["namespace"] = namespace
    raw = json.dumps({"metadata": metadata, **fields}).encode()
    cells = (name, manager, "status") if manager else ()
    return Row(f"{namespace}/{name}", uid, version, 1_680_604_865, cells, raw=raw)


def added(one: Row, *, initial: bool = False) -> Change:
    return Change("ADDED", one, None, initial=initial)


def modified(one: Row, old: Row | None = None) -> Change:
    return Change("MODIFIED", one, old or one)


def deleted(one: Row, *, final_unknown: bool = False) -> Change:
    return Change("DELETED", one, one, final_unknown=final_unknown)
