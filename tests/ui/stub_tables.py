"""A cluster whose informers say what a test tells them: for tests of pages without a connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.config.kubeconfig import Sources
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Latest, Status, Subscription, WatchState
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.rows import Change, Column, Row
from tests.viewmodel.pods import PODS

POD = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=frozenset({"list", "watch"}))
NODE = Resource(GVR("", "v1", "nodes"), "Node", False, verbs=frozenset({"list", "watch"}))


@dataclass
class StubContext:
    plain_name: str = "prod"
    file: str = field(default_factory=lambda: str(Sources.default().files[0]))


@dataclass
class StubInformer:
    """Also its own lease."""

    spec: WatchSpec
    status: Status = field(default_factory=lambda: Status(WatchState.LISTING))
    last_proof: float = field(default_factory=time.time)
    history: list[tuple[float, Status]] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    reconnects: int = 0
    subscriptions: list[Subscription] = field(default_factory=list)

    @property
    def informer(self) -> StubInformer:
        return self

    @property
    def queue(self) -> Latest:
        """The table's."""
        return next(each for each in self.subscriptions if isinstance(each, Latest))

    def subscribe(self, subscription: Subscription) -> None:
        self.subscriptions.append(subscription)
        subscription.begin(list(self.rows.values()), self.columns, self.status)

    def resync(self, *subscriptions: Subscription) -> None:
        for subscription in subscriptions:
            subscription.resync(list(self.rows.values()), self.columns, self.status)

    def release(self) -> None:
        for subscription in self.subscriptions:
            subscription.close()

    def tell(self, tell: Callable[[Subscription], None]) -> None:
        for subscription in self.subscriptions:
            tell(subscription)

    def reconnect(self) -> None:
        self.reconnects += 1


class StubSession:
    """``say`` makes every informer say so; ``put`` and ``take`` change rows of all of them."""

    def __init__(self, name: str = "prod") -> None:
        self.name, self.context = name, StubContext(name)
        self.catalogue = Catalogue((POD, NODE), (), "v1.37.2")
        self.informers: list[StubInformer] = []
        self.logins = 0

    def watch(self, spec: WatchSpec) -> StubInformer:
        self.informers.append(StubInformer(spec))
        return self.informers[-1]

    def log_in_again(self) -> None:
        self.logins += 1

    def put(self, *rows: Row, columns: tuple[Column, ...] = PODS) -> None:
        for informer in self.informers:
            if columns != informer.columns:
                informer.columns = columns
                informer.tell(lambda one: one.columns(columns))
            for row in rows:
                old = informer.rows.get(row.key)
                informer.rows[row.key] = row
                changes = [Change("ADDED" if old is None else "MODIFIED", row, old)]
                informer.tell(partial(_changed, changes))

    def say(self, state: WatchState, **more: object) -> None:
        for informer in self.informers:
            synced = state is WatchState.LIVE or informer.status.synced
            status = Status(state, len(informer.rows), synced, **more)  # type: ignore[arg-type]
            informer.status = status
            informer.history.append((time.time(), status))
            informer.tell(partial(_status, status))

    def as_session(self) -> ClusterSession:
        return cast(ClusterSession, self)


def _changed(changes: list[Change], subscription: Subscription) -> None:
    subscription.changed(changes)


def _status(status: Status, subscription: Subscription) -> None:
    subscription.status(status)
