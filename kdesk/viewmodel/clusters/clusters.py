"""The contexts and the open clusters, as the window sees them: open, switch, close, log in again, reload.

The way of a switch: the epoch grows and the old sessions retire at once; the new one is discovered in the pool; what
comes back late for an older epoch is dropped. Every method is for the GUI thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from kdesk.viewmodel.clusters.opener import ContextError, Opener
from kdesk.viewmodel.clusters.state import ClusterState, cluster_state
from kdesk.viewmodel.tasks import Tasks

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.config.kubeconfig import Context, Sources
    from kdesk.kube.engine.fleet import Fleet, FleetChange
    from kdesk.kube.engine.informer import InformerReport
    from kdesk.kube.engine.session import ClusterSession

_READ_LIMIT_S = 30.0

MakeFleet = Callable[[Callable[["FleetChange"], None]], "Fleet"]


class Clusters(QObject):
    """Which contexts there are, which are open, and which one is active (new tables open on it)."""

    listed = Signal()  # the contexts were read (again)
    state_changed = Signal(str)  # of the context with this name
    active_changed = Signal()
    opened = Signal(object)  # a ClusterSession is discovered
    retired = Signal(object)  # a ClusterSession: its tables have lost their source, and may get another
    closed = Signal(str)  # a person closed the context: its tables close too
    switched = Signal()  # all tables are to come back on the active context
    notice = Signal(str)  # a sentence for the status bar

    def __init__(self, tasks: Tasks, make_fleet: MakeFleet, parent: QObject | None = None) -> None:
        """``make_fleet`` imports the core and builds the fleet; it runs in the pool."""
        super().__init__(parent)
        self._tasks, self._make_fleet = tasks, make_fleet
        self._fleet: Fleet | None = None
        self._started: dict[str, ClusterSession] = {}  # not yet known here to be retired
        self._opener = Opener(tasks, self._current, self._give_up, self.state_changed.emit, self.opened.emit)
        self.active: str = ""
        self.problems: tuple[str, ...] = ()
        self.loaded = False
        self._changed.connect(self._on_change, Qt.ConnectionType.QueuedConnection)

    _changed = Signal(object)

    # What there is

    @property
    def contexts(self) -> tuple[Context, ...]:
        return self._fleet.contexts if self._fleet else ()

    @property
    def current(self) -> str:
        """The kubeconfigs' current context, or "" for none."""
        return (self._fleet.current or "") if self._fleet else ""

    @property
    def epoch(self) -> int:
        return self._fleet.epoch if self._fleet else 0

    @property
    def missing_current(self) -> str:
        """What the kubeconfigs name as current although there is no such context, or ""."""
        loaded = self._fleet.loaded if self._fleet else None
        return (loaded.missing_current or "") if loaded else ""

    @property
    def sources(self) -> Sources | None:
        """Which kubeconfig files are read; None before the first reading."""
        return self._fleet.sources if self._fleet else None

    @property
    def sessions(self) -> dict[str, ClusterSession]:
        """The sessions that are open or being opened, by the name of their context."""
        return dict(self._fleet.sessions) if self._fleet else {}

    def context(self, name: str) -> Context:
        """By its name, or by its plain name where only one file has it. Raises KubeconfigError."""
        return self._need().context(name)

    def is_open(self, name: str) -> bool:
        session = self.sessions.get(name)
        return session is not None and session.catalogue is not None

    def open_names(self) -> list[str]:
        """The contexts that are discovered, in the order of the kubeconfigs."""
        return [context.name for context in self.contexts if self.is_open(context.name)]

    def session(self, name: str) -> ClusterSession:
        """The open session of a context. Raises ContextError with the reason why there is none."""
        if not name:
            raise ContextError("no cluster is open")
        session = self.sessions.get(name)
        if session is None or session.catalogue is None:
            reason = self._opener.errors.get(name) or (session.error if session else "")
            raise ContextError(f"{name} is not open: {reason}" if reason else f"{name} is not open")
        return session

    def state(self, name: str, reports: Sequence[InformerReport] = ()) -> ClusterState:
        return cluster_state(
            self.context(name), self.sessions.get(name), self._opener.errors.get(name, ""), reports
        )

    def activate(self, name: str) -> None:
        """New tables open on this context."""
        if name != self.active:
            self.active = name
            self.active_changed.emit()

    # One-shot work

    async def load(self) -> None:
        """Load the core, read the kubeconfigs, and follow their files. Raises KubeError."""
        self._fleet = await self._tasks.run(
            self._built, timeout=_READ_LIMIT_S, what="reading the kubeconfig files"
        )
        self._read(self._fleet)

    async def use(self, sources: Sources) -> None:
        """Read other files; sessions whose connection is the same live on. Raises KubeError."""
        fleet = self._need()
        fleet.sources = sources
        change = await self._tasks.run(
            fleet.reload, timeout=_READ_LIMIT_S, what="reading the kubeconfig files"
        )
        self._on_change(change)

    async def open(self, name: str, *, activate: bool = True) -> ClusterSession:
        """Open a context beside the others, and wait until it is discovered.

        Raises KubeError with the reason, Superseded when it was closed or switched away from meanwhile.
        """
        fleet, context = self._need(), self.context(name)
        if context.problem:
            raise ContextError(context.problem)
        if activate:
            self.activate(context.name)
        session = fleet.start(context.name)
        self._started[context.name] = session
        await self._opener.open(session)
        return session

    async def switch(self, name: str) -> ClusterSession:
        """Retire all others, and come back on this one. Raises as ``open``; nothing is retired for an unusable one."""
        fleet, context = self._need(), self.context(name)
        if context.problem:
            raise ContextError(context.problem)
        session = fleet.switch(context.name)
        self._opener.errors.clear()
        self.activate(context.name)
        for old in list(self._started.values()):
            self._let_go(old)
        self._started[context.name] = session
        self.switched.emit()
        await self._opener.open(session)
        return session

    def close(self, name: str) -> None:
        """Retire one context. Raises KubeError when it is not open."""
        name = self.context(name).name
        session = self.sessions.get(name)
        if session is None:
            raise ContextError(f"{name} is not open")
        self._need().stop(name)
        self._opener.errors.pop(name, None)
        self._let_go(session)
        self.closed.emit(name)
        if name == self.active:
            self.activate(next(iter(self.sessions), ""))

    async def log_in(self, name: str) -> None:
        """Forget what was refused and ask for a credential again. Raises as ``open``."""
        name = self.context(name).name
        session = self.sessions.get(name)
        if session is not None:
            session.log_in_again()
        await self.open(name)
        self.state_changed.emit(name)

    def shut_down(self) -> None:
        """Stop everything. Prompt: threads end on their own, ``wait_closed`` waits for them."""
        self._opener.cancel_all()
        if self._fleet is not None:
            self._fleet.close()

    def wait_closed(self, limit: float) -> None:
        """Blocks up to ``limit`` seconds until every thread of the core has ended."""
        if self._fleet is not None:
            self._fleet.wait_closed(limit)

    # Inside

    def _need(self) -> Fleet:
        if self._fleet is None:
            raise ContextError("the kubeconfig files have not been read yet")
        return self._fleet

    def _current(self, name: str) -> ClusterSession | None:
        return self.sessions.get(name)

    def _give_up(self, name: str) -> None:
        self._need().stop(name)

    def _built(self) -> Fleet:
        """In the pool."""
        fleet = self._make_fleet(self._changed.emit)
        fleet.load()
        fleet.watch_files()
        return fleet

    def _read(self, fleet: Fleet) -> None:
        self.problems = fleet.loaded.problems if fleet.loaded is not None else ()
        self.loaded = True
        self.listed.emit()

    def _let_go(self, session: ClusterSession) -> None:
        """The session is retired: whoever waits for it stops, its tables lose it."""
        self._started.pop(session.name, None)
        self._opener.cancel(session)
        self.retired.emit(session)
        self.state_changed.emit(session.name)

    def _on_change(self, change: FleetChange) -> None:
        if change.kind == "files":
            self._files_changed(change.removed, change.changed)
        else:
            self.state_changed.emit(change.name)
            session = self.sessions.get(change.name)
            if session is not None and session.state.name == "IDLE":  # its credential was renewed
                self._tasks.start(self.open(change.name, activate=False), f"Opening {change.name}")

    def _files_changed(self, removed: Iterable[str], changed: Iterable[str]) -> None:
        """The fleet has retired the sessions of contexts whose connection changed or went: those start again."""
        fleet = self._need()
        restart = []
        usable = {context.name for context in fleet.contexts if not context.problem}
        for name in (*removed, *changed):
            self._opener.errors.pop(name, None)
            session = self._started.get(name)
            if session is None or fleet.sessions.get(name) is session:
                continue
            self._let_go(session)
            if name in usable:
                restart.append(name)
                self.notice.emit(f"{name} changed on disk: connecting again.")
            else:
                self.notice.emit(f"{name} is no longer in the kubeconfig files, or cannot be used any more.")
        self._read(fleet)
        if self.active and all(context.name != self.active for context in fleet.contexts):
            self.activate(next(iter(self.sessions), ""))
        for name in restart:
            self._tasks.start(self.open(name, activate=False), f"Opening {name}")
