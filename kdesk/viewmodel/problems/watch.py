"""What needs attention in all open clusters, live.

It rides along with every watch that runs anyway, which costs no request. ``keep`` makes it watch the kinds that rules
name as well, for as long as someone wants to know.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from kdesk.kube.api.discovery import category
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession, Lease
from kdesk.kube.engine.subscription import Status, WatchState
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.problem_counts import ProblemCounts
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.problems.book import Problem
from kdesk.viewmodel.problems.rules import Rule, RuleSet
from kdesk.viewmodel.problems.source import ProblemSource


class ProblemId(NamedTuple):
    """An object of a cluster; ``label`` of its resource, ``key`` of its row."""

    cluster: str
    label: str
    key: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem and where it is."""

    id: ProblemId
    resource: Resource
    problem: Problem


@dataclass(frozen=True, slots=True)
class Part:
    """One watch behind the list. ``namespace`` "" is all; ``complete``: all its objects have been looked at."""

    cluster: str
    label: str
    namespace: str
    status: Status
    complete: bool


class ProblemWatch(QObject):
    """``changed`` carries the set of ProblemId whose problem came, went or became another; GUI thread only."""

    changed = Signal(object)
    parts_changed = Signal()

    def __init__(
        self,
        clusters: Clusters,
        pulse: Pulse,
        clock: FrameClock,
        rules: RuleSet,
        counts: ProblemCounts,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.rules = rules
        self._clusters, self._pulse, self._clock, self._counts = clusters, pulse, clock, counts
        self._sources: dict[tuple[str, WatchSpec], ProblemSource] = {}
        self._of_kind: dict[tuple[str, str], list[ProblemSource]] = {}  # by cluster and label
        self._leases: dict[str, tuple[ClusterSession, dict[WatchSpec, Lease]]] = {}
        self._by_label: dict[tuple[str, bool], tuple[Rule, ...]] = {}
        self._kept = 0
        self._closed = False
        self._dirty = False  # set by informers' threads
        self._working = False
        self._parts: tuple[Part, ...] = ()
        clock.add(self._frame)
        pulse.beat.connect(self._beat)
        clusters.opened.connect(self._beat)
        clusters.retired.connect(self._on_retired)

    @property
    def kept(self) -> bool:
        """The named kinds are watched for their own sake."""
        return self._kept > 0

    def keep(self, wanted: bool) -> None:
        """One more, or one less, who wants the named kinds watched in all open clusters."""
        if self._closed:  # pages go after the watch when the program ends
            return
        self._kept = max(0, self._kept + (1 if wanted else -1))
        if not self._kept:
            for name in list(self._leases):
                self._release(name)
        self._beat()

    def find(self, id: ProblemId) -> Trouble | None:
        """The problem of an object; None when it has none."""
        for source in self._of_kind.get((id.cluster, id.label), ()):
            problem = source.problems.get(id.key)
            if problem is not None:
                return Trouble(id, source.resource, problem)
        return None

    def all(self) -> Iterator[ProblemId]:
        """Every object with a problem, once, in no order."""
        seen: set[ProblemId] = set()
        for source in self._sources.values():
            for id in _ids(source, source.problems):
                if id not in seen:
                    seen.add(id)
                    yield id

    def parts(self) -> tuple[Part, ...]:
        """What is being looked at, and how far that has come."""
        return self._parts

    def stale(self) -> set[tuple[str, str]]:
        """Cluster and label of the kinds none of whose watches is up to date."""
        fresh = (WatchState.LIVE, WatchState.LISTING)
        known = {(part.cluster, part.label) for part in self._parts}
        return known - {(part.cluster, part.label) for part in self._parts if part.status.state in fresh}

    @property
    def complete(self) -> bool:
        """Everything that can be known of the open clusters is known."""
        hopeless = (WatchState.FORBIDDEN, WatchState.UNAUTHORIZED, WatchState.GONE, WatchState.STOPPED)
        opened = [s for s in self._clusters.sessions.values() if s.catalogue is not None]
        reached = not self._kept or all(session.name in self._leases for session in opened)
        return reached and all(part.complete or part.status.state in hopeless for part in self._parts)

    def close(self) -> None:
        """Stop for good."""
        self._closed = True
        self._kept = 0
        self._clock.remove(self._frame)
        self._pulse.beat.disconnect(self._beat)
        for name in list(self._leases):
            self._release(name)
        for key in list(self._sources):
            self._drop(key)

    # Twice a second: which watches there are, and whose time has come

    def _beat(self, *_: object) -> None:
        sessions = {name: s for name, s in self._clusters.sessions.items() if s.catalogue is not None}
        if self._kept:
            for session in sessions.values():
                self._lease(session)
        changed = self._follow(sessions.values())
        now = time.time()
        for source in self._sources.values():
            if source.book.next_due <= now:
                changed.update(_ids(source, source.tick(now)))
        self._tell(changed)
        if self._dirty:
            self._dirty = False
            self._working = True
            self._clock.wake()
        self._note_parts()

    def _follow(self, sessions: Iterable[ClusterSession]) -> set[ProblemId]:
        """Have a source for each informer that runs; gives what has changed by those that ended."""
        running = {}
        for session in sessions:
            for informer in session.informers():
                spec = informer.spec
                if not (spec.whole or spec.label_selector or spec.field_selector):
                    running[session.name, spec] = session, informer
        changed: set[ProblemId] = set()
        for key, source in list(self._sources.items()):
            if key not in running or running[key][1] is not source.informer:
                changed |= self._drop(key)
        for key, (session, informer) in running.items():
            rules = self._rules_of(informer.spec.resource)
            if key not in self._sources and rules:
                self._sources[key] = source = ProblemSource(session, informer, rules, self._wake)
                self._of_kind.setdefault((session.name, source.resource.label), []).append(source)
        return changed

    def _rules_of(self, resource: Resource) -> tuple[Rule, ...]:
        custom = category(resource) == "Custom"
        key = resource.label, custom
        if key not in self._by_label:
            self._by_label[key] = self.rules.of(resource.label, custom=custom)
        return self._by_label[key]

    def _lease(self, session: ClusterSession) -> None:
        """Watch the named kinds; where all namespaces may not be read, at least the context's own."""
        known, leases = self._leases.get(session.name, (session, {}))
        if known is not session:
            self._release(session.name)
            leases = {}
        self._leases[session.name] = session, leases
        catalogue, own = session.catalogue, session.context.namespace
        served = {resource.label: resource for resource in catalogue.preferred()} if catalogue else {}
        for label in self.rules.named:
            resource = served.get(label)
            if resource is None:
                continue
            whole = WatchSpec(resource)
            self._take_lease(session, whole, leases)
            lease = leases.get(whole)
            forbidden = lease is not None and lease.informer.status.state is WatchState.FORBIDDEN
            if forbidden and resource.namespaced and own:
                self._take_lease(session, WatchSpec(resource, own), leases)

    def _take_lease(self, session: ClusterSession, spec: WatchSpec, leases: dict[WatchSpec, Lease]) -> None:
        if spec not in leases:
            try:
                leases[spec] = session.watch(spec)
            except KubeError:  # retired a moment ago
                return

    # What they say

    def _wake(self) -> None:
        """From an informer's thread. The next beat is soon enough: a burst of changes is then one look at each row."""
        self._dirty = True

    def _frame(self, deadline: float) -> bool:
        if not self._working:
            return False
        changed: set[ProblemId] = set()
        more = False
        for source in self._sources.values():
            keys, more = source.drain(deadline)
            changed.update(_ids(source, keys))
            if more:
                break
        self._working = more
        self._tell(changed)
        if not more:
            self._note_parts()
        return more

    def _tell(self, changed: set[ProblemId]) -> None:
        for cluster, label in {(id.cluster, id.label) for id in changed}:
            sources = self._of_kind.get((cluster, label), [])
            # The watch of all namespaces has what the others have.
            whole = [source for source in sources if not source.namespace and source.complete]
            self._counts.put(cluster, label, [source.book.titles for source in whole[:1] or sources])
        if changed:
            self.changed.emit(changed)

    def _note_parts(self) -> None:
        parts = tuple(
            Part(cluster, spec.resource.label, spec.namespace, source.informer.status, source.complete)
            for (cluster, spec), source in self._sources.items()
        )
        if parts != self._parts:
            self._parts = parts
            self.parts_changed.emit()

    # Ends

    def _on_retired(self, session: ClusterSession) -> None:
        known = self._leases.get(session.name)
        if known is not None and known[0] is session:
            self._release(session.name)
        changed: set[ProblemId] = set()
        for key, source in list(self._sources.items()):
            if source.session is session:
                changed |= self._drop(key)
        self._tell(changed)
        self._note_parts()

    def _release(self, name: str) -> None:
        _, leases = self._leases.pop(name)
        for lease in leases.values():
            lease.release()

    def _drop(self, key: tuple[str, WatchSpec]) -> set[ProblemId]:
        source = self._sources.pop(key)
        self._of_kind[source.session.name, source.resource.label].remove(source)
        source.close()
        return set(_ids(source, source.problems))


def _ids(source: ProblemSource, keys: Iterable[str]) -> Iterator[ProblemId]:
    cluster, label = source.session.name, source.resource.label
    return (ProblemId(cluster, label, key) for key in keys)
