"""What a test holds of an informer: its lease, everything it was told, and waiting with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import groupby

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Happening, Latest, Status, Stream, WatchState
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.rows import Change, Row
from tests.fakes.kinds import KINDS, ServedKind
from tests.fakes.server import ApiServer

DEADLINE_S = 10.0


def resource_of(kind: ServedKind) -> Resource:
    """A kind of the scripted server as discovery would tell it."""
    return Resource(
        GVR(kind.group, kind.version, kind.plural),
        kind.kind,
        kind.namespaced,
        kind.kind.lower(),
        kind.short,
        frozenset(kind.verbs),
    )


def resource(label: str) -> Resource:
    return next(resource_of(kind) for kind in KINDS if kind.label == label)


class Watcher:
    """One watched resource, with a ``Stream`` and a ``Latest`` subscribed from the beginning."""

    def __init__(
        self,
        server: ApiServer,
        session: ClusterSession,
        label: str = "pods",
        namespace: str = "",
        *,
        whole: bool = False,
        label_selector: str = "",
    ) -> None:
        self.server = server
        self.label = label
        self.stream = Stream()
        self.latest = Latest()
        self._seen: list[Happening] = []
        spec = WatchSpec(resource(label), namespace, label_selector=label_selector, whole=whole)
        self.lease = session.watch(spec)
        self.informer = self.lease.informer
        self.lease.subscribe(self.stream)
        self.lease.subscribe(self.latest)

    @property
    def seen(self) -> list[Happening]:
        """Everything the stream has told so far."""
        self._seen += self.stream.take()
        return self._seen

    @property
    def changes(self) -> list[Change]:
        return [happening.change for happening in self.seen if happening.change is not None]

    @property
    def told(self) -> list[tuple[str, str]]:
        """(type, name) of every change so far."""
        return [(change.type, change.row.name) for change in self.changes]

    @property
    def states(self) -> list[WatchState]:
        """Every state so far, in order, without repeats in a row."""
        states = [happening.status.state for happening in self.seen if happening.status is not None]
        return [state for state, _ in groupby(states)]

    @property
    def status(self) -> Status:
        return self.informer.status

    @property
    def rows(self) -> dict[str, Row]:
        """The store, by name."""
        return {row.name: row for row in self.informer.store.snapshot()}

    @property
    def names(self) -> set[str]:
        return set(self.rows)

    @property
    def requests(self) -> list[str]:
        """The lists and watches of this resource that the server was asked for, in order."""
        return [verb for verb in self.server.verbs(self.label) if verb != "get"]

    def watched_from(self) -> list[str]:
        """The versions that watches began at."""
        return [r.query.get("resourceVersion", "") for r in self.server.asked(f"watch {self.label}")]

    def forget(self) -> None:
        """Drop what was told so far, to look only at what comes."""
        self._seen.clear()
        self.stream.take()

    def until(self, condition: Callable[[], object], seconds: float = DEADLINE_S) -> None:
        """Wait; fails with what was told and asked so far."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"never happened; status {self.status}\nstates {self.states}\ntold {self.told[-20:]}\n"
                    f"asked {self.requests[-20:]} from {self.watched_from()[-5:]}\n"
                    f"rows {sorted(self.names)[:20]}"
                )
            time.sleep(0.005)

    def until_state(self, state: WatchState, seconds: float = DEADLINE_S) -> None:
        self.until(lambda: self.status.state is state, seconds)

    def until_live(self) -> None:
        """Live, and the server has the watch running."""
        self.until(lambda: self.status.state is WatchState.LIVE and self.server.feeds(self.label))

    def until_names(self, *names: str) -> None:
        """The store holds exactly these, and everyone was told."""
        self.until(lambda: self.names == set(names))
        # The store is written a moment before everyone is told, both under one lock.
        with self.informer._publisher._lock:
            return

    def fence(self, name: str = "fence") -> None:
        """Everything before this has been told: an object created now has arrived."""
        namespace = "" if not self.informer.spec.resource.namespaced else "default"
        self.server.cluster.create(self.label, name, namespace)
        self.until(lambda: ("ADDED", name) in self.told)
