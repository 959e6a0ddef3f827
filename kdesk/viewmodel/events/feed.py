"""What the live-event log is fed with: the watches that a plan takes over the open clusters, while they run."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Happening
from kdesk.kube.errors import Stopped
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.events.lines import EventLine
from kdesk.viewmodel.events.plan import Cost, Watched, WatchPlan, cost
from kdesk.viewmodel.events.source import EventSource

_SLICE = 256  # entries of one source before the next has its turn


class Feed(QObject):
    """``start`` and ``stop`` it; ``wake`` is called, from any thread, when there is something to ``receive``.

    A kind that the plan names is watched in every open cluster that serves it, also in one that is opened later.
    """

    changed = Signal()  # what is watched, whether it runs, or the state of a watch

    def __init__(self, wake: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running = False
        self.name = ""  # of the watch list that the plan came from
        self.dropped = 0  # events that came faster than they could be taken
        self._wake = wake
        self._plan = WatchPlan()
        self._sources: dict[Watched, EventSource] = {}
        self._sessions: list[ClusterSession] = []

    @property
    def plan(self) -> WatchPlan:
        return self._plan

    @property
    def sessions(self) -> tuple[ClusterSession, ...]:
        """The open clusters."""
        return tuple(self._sessions)

    @property
    def waiting(self) -> int:
        """Events that were received and are not lines yet."""
        return sum(source.waiting for source in self._sources.values())

    def sources(self) -> tuple[EventSource, ...]:
        return tuple(self._sources.values())

    def cost(self, plan: WatchPlan | None = None) -> Cost:
        """What the plan takes, or would take, over the open clusters."""
        return cost(self._plan if plan is None else plan, self._sessions)

    def use(self, plan: WatchPlan, name: str = "") -> None:
        """Watch this instead, from now on where it runs; watches that are the same go on."""
        self._plan, self.name = plan, name
        self._settle()

    def start(self) -> None:
        self.running = True
        self._settle()

    def stop(self) -> None:
        """End every watch; the lines stay."""
        self.running = False
        self._settle()

    def choose(self, *resources: Resource) -> None:
        """Watch these kinds too, and start."""
        for resource in resources:
            self._plan = self._plan.with_kind(resource.label)
        self.start()

    def remove(self, label: str) -> None:
        """Watch this kind no longer."""
        self.use(self._plan.with_kind(label, False), self.name)

    def rebind(self, sessions: Iterable[ClusterSession]) -> None:
        """These are the open clusters now."""
        self._sessions = list(sessions)
        self._settle()

    def existing(self) -> list[EventLine]:
        """A line for every object that is there now."""
        return [line for source in self._sources.values() for line in source.existing()]

    def receive(self, deadline: float) -> tuple[list[EventLine], bool]:
        """The lines of what was received, in the order of time, until the time (monotonic) is up; whether it was."""
        lines: list[EventLine] = []
        sources = self.sources()
        states_before = [source.status for source in sources]
        more = False
        while slices := [taken for source in sources if (taken := _taken(source))]:
            for happening, source in heapq.merge(*slices, key=lambda entry: entry[0].at):
                line = source.line(happening)
                if line is not None:
                    lines.append(line)
            if time.monotonic() >= deadline:
                more = True
                break
        lines += self._losses()
        if states_before != [source.status for source in sources]:
            self.changed.emit()
        return lines, more

    def _losses(self) -> Iterator[EventLine]:
        for source in self._sources.values():
            if count := source.newly_dropped():
                self.dropped += count
                yield source.dropped_line(time.time(), count)

    def _settle(self) -> None:
        """Make the sources what the plan and the open clusters ask for; those that stay are not touched."""
        wanted = list(self._plan.watches(self._sessions)) if self.running else []
        before, self._sources = self._sources, {}
        for watched in wanted:
            source = before.pop(watched, None)
            with suppress(Stopped):  # retired a moment ago: the next rebind knows
                self._sources[watched] = source or EventSource(watched, self._wake)
        for source in before.values():
            source.close()
        self.changed.emit()
        self._wake()


def _taken(source: EventSource) -> list[tuple[Happening, EventSource]]:
    return [(happening, source) for happening in source.take(_SLICE)]
