"""Stand-ins for the core, for tests of what the window makes of it: nothing here connects to anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.config.kubeconfig import Context, Loaded, Sources
from kdesk.kube.engine.fleet import Fleet, FleetChange
from kdesk.kube.engine.informer import InformerReport
from kdesk.kube.engine.session import ClusterSession, SessionState
from kdesk.kube.errors import KubeconfigError, KubeError, Stopped
from kdesk.kube.gvk import GVR, Resource

PODS = Resource(GVR("", "v1", "pods"), "Pod", True, "pod", ("po",), frozenset({"list", "watch"}))
NODES = Resource(GVR("", "v1", "nodes"), "Node", False, "node", ("no",), frozenset({"list", "watch"}))
DEPLOYMENTS = Resource(
    GVR("apps", "v1", "deployments"),
    "Deployment",
    True,
    "deployment",
    ("deploy",),
    frozenset({"list", "watch"}),
)
WIDGETS = Resource(
    GVR("example.com", "v1", "widgets"), "Widget", True, "widget", (), frozenset({"list", "watch"})
)
CATALOGUE = Catalogue((PODS, NODES, DEPLOYMENTS, WIDGETS), (), "v1.37.2")


def context(
    name: str, *, problem: str | None = None, namespace: str = "default", file: str = "/kc"
) -> Context:
    connection = None if problem else ConnectionInfo("https://127.0.0.1:1")
    return Context(name, name, file, name, "https://127.0.0.1:1", "me", namespace, False, problem, connection)


class FakeSession:
    """``gate`` set: ``open`` answers at once; ``failure``: with this error."""

    def __init__(self, of: Context, epoch: int) -> None:
        self.context, self.name, self.epoch = of, of.name, epoch
        self.state, self.error = SessionState.IDLE, ""
        self.catalogue: Catalogue | None = None
        self.answered = 0.0
        self.gate = threading.Event()
        self.gate.set()
        self.failure: KubeError | None = None
        self.offers = CATALOGUE
        self.informers: list[InformerReport] = []
        self.opened = 0
        self.logins = 0

    def open(self) -> Catalogue:
        self.state = SessionState.OPENING
        self.opened += 1
        self.gate.wait(20)
        if self.state is SessionState.RETIRED:
            raise Stopped("stopped")
        if self.failure is not None:
            self.state, self.error = SessionState.FAILED, str(self.failure)
            raise self.failure
        self.catalogue, self.state = self.offers, SessionState.OPEN
        return self.offers

    def reports(self) -> list[InformerReport]:
        return self.informers

    def log_in_again(self) -> None:
        self.logins += 1
        self.failure = None

    def retire(self) -> None:
        self.state, self.catalogue = SessionState.RETIRED, None
        self.gate.set()


class FakeFleet:
    """``prepare`` is given every session when it is made."""

    def __init__(
        self,
        contexts: list[Context],
        on_change: Callable[[FleetChange], None],
        prepare: Callable[[FakeSession], None] = lambda session: None,
    ) -> None:
        self.contexts = tuple(contexts)
        self.on_change, self.prepare = on_change, prepare
        self.current: str | None = contexts[0].name if contexts else None
        self.epoch = 0
        self.sessions: Mapping[str, FakeSession] = {}
        self.sources = Sources.explicit(["/kc"])
        self.loaded = Loaded(self.contexts, self.current, (), ())
        self.made: list[FakeSession] = []
        self.closed = False

    def load(self) -> Loaded:
        return self.loaded

    def watch_files(self) -> None:
        """Nothing to watch: tests call ``on_change`` themselves."""

    def context(self, name: str) -> Context:
        for known in self.contexts:
            if known.name == name:
                return known
        raise KubeconfigError(f'there is no context "{name}"')

    def start(self, name: str) -> FakeSession:
        if name not in self.sessions:
            session = FakeSession(self.context(name), self.epoch)
            self.prepare(session)
            self.made.append(session)
            self.sessions = {**self.sessions, name: session}
        return self.sessions[name]

    def stop(self, name: str) -> None:
        session = self.sessions.get(name)
        self.sessions = {key: value for key, value in self.sessions.items() if key != name}
        if session is not None:
            session.retire()

    def switch(self, name: str) -> FakeSession:
        self.epoch += 1
        for old in list(self.sessions):
            self.stop(old)
        return self.start(name)

    def reload(self) -> FleetChange:
        return FleetChange("files")

    def close(self) -> None:
        self.closed = True
        for name in list(self.sessions):
            self.stop(name)

    def wait_closed(self, seconds: float) -> bool:
        return True

    def as_fleet(self) -> Fleet:
        return cast(Fleet, self)


def report(resource: str = "pods", **changes: Any) -> InformerReport:
    """What an informer says of itself; every field may be given."""
    fields: dict[str, Any] = {
        "resource": resource,
        "namespace": "",
        "state": "LIVE",
        "objects": 3,
        "resource_version": "7",
        "events": 5,
        "lists": 1,
        "relists": 0,
        "last_error": "",
        "age_s": 0.5,
        "odd": 0,
        "last_odd": "",
    }
    return InformerReport(**{**fields, **changes})


class FakeView:
    """A table as the list of tables knows it."""

    count = 0
    live = True

    def __init__(
        self, session: ClusterSession | None, resource: Resource, namespaces: tuple[str, ...]
    ) -> None:
        FakeView.count += 1
        self.view_id = FakeView.count
        self.session, self.resource, self.namespaces = session, resource, namespaces
        self.clusters: tuple[str, ...] = (session.name,) if session else ()
        self.sessions = [session] if session else []
        self.synced, self.state, self.rows = True, "LIVE", 3
        self.first_row_ms: float | None = 12.345
        self.synced_ms: float | None = None
        self.bound: list[str | None] = []
        self.closed = False

    @property
    def cluster(self) -> str:
        return " + ".join(self.clusters)

    def rebind(self, session: ClusterSession | None) -> None:
        self.session = session
        self.sessions = [session] if session else []
        self.bound.append(session.name if session else None)
        if session is not None:
            self.clusters = (session.name,)

    def rebind_part(self, cluster: str, session: ClusterSession | None) -> None:
        if cluster not in self.clusters:
            return
        self.sessions = [one for one in self.sessions if one.name != cluster] + ([session] if session else [])
        self.session = self.sessions[0] if self.sessions else None
        self.bound.append(session.name if session else None)

    def set_clusters(self, sessions: Sequence[ClusterSession]) -> None:
        self.sessions, self.session = list(sessions), sessions[0]
        self.clusters = tuple(session.name for session in sessions)

    def close(self) -> None:
        self.closed = True

    def deleteLater(self) -> None:
        assert self.closed
