"""The live-event log: the watch streams of chosen kinds over the open clusters, one line per event."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Happening
from kdesk.kube.errors import Stopped
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.events.export import save_lines
from kdesk.viewmodel.events.filter import EventFilter
from kdesk.viewmodel.events.inspector import EventInspector
from kdesk.viewmodel.events.lines import EventLine, Ring
from kdesk.viewmodel.events.model import EventLogModel
from kdesk.viewmodel.events.scan import Scan
from kdesk.viewmodel.events.source import Choice, EventSource, choice_of
from kdesk.viewmodel.frame import FrameClock

CAPACITY = 100_000  # lines
MAX_BYTES = 128 << 20  # of objects kept
_SLICE = 256  # entries of one source before the next has its turn
_FREE_SLICE = 1_000
_BUDGET_S = 0.008


class EventLog(QObject):
    """Collects lines from its sources into ``model``. Everything is called on the GUI thread.

    A kind that was chosen is watched in every open cluster that serves it. The oldest lines are dropped
    beyond ``capacity`` lines or ``max_bytes`` of objects; what waits in a pause is bounded likewise.
    """

    changed = Signal()  # counts, pause, filter; at most once per frame
    sources_changed = Signal()  # what is watched, or the state of a watch

    def __init__(
        self,
        clock: FrameClock,
        *,
        capacity: int = CAPACITY,
        max_bytes: int = MAX_BYTES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.model = EventLogModel(self)
        self.inspector = EventInspector(clock, self)
        self.paused = False
        self.existing_shown = False
        self.dropped = 0
        self._clock = clock
        self._kept = Ring(capacity, max_bytes)
        self._held = Ring(capacity, max_bytes)
        self._held_dropped = 0
        self._filter = EventFilter()
        self._scan: Scan | None = None
        self._choices: list[Choice] = []
        self._sources: list[EventSource] = []
        self._sessions: list[ClusterSession] = []
        self._number = 0
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kdesk-events")
        clock.add(self._frame)

    # What is watched

    @property
    def sessions(self) -> tuple[ClusterSession, ...]:
        """The open clusters."""
        return tuple(self._sessions)

    def choices(self) -> tuple[Choice, ...]:
        return tuple(self._choices)

    def sources(self) -> tuple[EventSource, ...]:
        return tuple(self._sources)

    def choose(self, resource: Resource, namespace: str = "") -> None:
        """Watch a kind in every open cluster; nothing happens when it is being watched."""
        choice = choice_of(resource, namespace)
        if choice not in self._choices:
            self._choices.append(choice)
        self._settle()

    def add_source(self, session: ClusterSession, resource: Resource, namespace: str = "") -> None:
        """As ``choose``, for a session that may be newer than the last ``rebind``."""
        if session not in self._sessions:
            self._sessions.append(session)
        self.choose(resource, namespace)

    def remove_source(self, choice: Choice) -> None:
        """Watch this no longer; its lines stay."""
        self._choices = [other for other in self._choices if other != choice]
        self._settle()

    def rebind(self, sessions: Iterable[ClusterSession]) -> None:
        """These are the open clusters now: what was chosen is watched in each of them, and nowhere else."""
        self._sessions = list(sessions)
        self._settle()

    def _settle(self) -> None:
        """Make the sources what choices and sessions ask for; those that stay are not touched."""
        wanted = {(id(session), choice): session for choice in self._choices for session in self._sessions}
        staying = [source for source in self._sources if (id(source.session), source.choice) in wanted]
        for source in self._sources:
            if source not in staying:
                source.close()
        there = {(id(source.session), source.choice) for source in staying}
        self._sources = staying
        for (key, choice), session in wanted.items():
            resource = choice.find(session) if (key, choice) not in there else None
            if resource is not None:
                with suppress(Stopped):  # retired a moment ago: the next rebind knows
                    self._sources.append(EventSource(session, resource, choice, self._clock.wake))
        self.sources_changed.emit()
        self._clock.wake()

    # What is shown

    @property
    def filter_text(self) -> str:
        return self._filter.text

    @property
    def pending(self) -> int:
        """Lines that arrived during the pause."""
        return len(self._held) + self._held_dropped

    @property
    def total(self) -> int:
        """Lines kept, filter and pause aside."""
        return len(self._kept)

    def pause(self, paused: bool) -> None:
        """Stand still, while the streams go on behind it; what arrived appears when the pause ends."""
        if paused == self.paused:
            return
        self.paused = paused
        if not paused:
            self.dropped += self._held_dropped
            self._held_dropped = 0
            self._keep(self._held.take_all())
        self.changed.emit()

    def set_filter(self, text: str) -> None:
        """Show only the lines that ``EventFilter`` accepts; large logs follow over some frames."""
        if text.strip() == self._filter.text:
            return
        self._filter = EventFilter(text)
        self._rescan()
        self.changed.emit()

    def show_existing(self, shown: bool) -> None:
        """With or without the objects that were there before their watch began."""
        if shown == self.existing_shown:
            return
        if shown:
            self._receive(time.monotonic() + _BUDGET_S)  # what is queued belongs to the time before
            self.existing_shown = True
            self._store([line for source in self._sources for line in source.existing()])
        else:
            self.existing_shown = False
            for ring in (self._kept, self._held):
                ring.keep(lambda line: not line.initial)
            self._rescan()
        self.changed.emit()

    def clear(self) -> None:
        """Forget all lines; the streams go on."""
        old = self._kept.take_all() + self._held.take_all()
        self.dropped = self._held_dropped = 0
        self._rescan()
        self._pool.submit(_free, old)
        self.changed.emit()

    async def save(self, path: Path | str) -> int:
        """Write the lines shown as JSON lines, in a thread; how many. Raises SaveError."""
        lines = self.model.lines()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, save_lines, lines, Path(path))

    def close(self) -> None:
        """Release every watch; nothing is shown any more."""
        self.inspector.close()
        self._clock.remove(self._frame)
        self._choices, self._sessions = [], []
        self._settle()
        self._pool.shutdown(wait=False)

    # How lines come in

    def _frame(self, deadline: float) -> bool:
        more = self._receive(deadline)
        if self._scan is not None:
            more = self._continue_scan(deadline) or more
        return more

    def _receive(self, deadline: float) -> bool:
        """Take from all sources in turn until nothing is left or the time is up; True for the latter."""
        lines: list[EventLine] = []
        states_before = [source.status for source in self._sources]
        more = False
        while slices := [taken for source in self._sources if (taken := _taken(source))]:
            for happening, source in heapq.merge(*slices, key=lambda entry: entry[0].at):
                line = source.line(happening)
                if line is not None and (self.existing_shown or not line.initial):
                    lines.append(line)
            if time.monotonic() >= deadline:
                more = True
                break
        lines += self._losses()
        if lines:
            self._store(lines)
            self.changed.emit()
        if states_before != [source.status for source in self._sources]:
            self.sources_changed.emit()
        return more

    def _losses(self) -> Iterator[EventLine]:
        for source in self._sources:
            if count := source.newly_dropped():
                self.dropped += count
                yield source.dropped_line(time.time(), count)

    def _store(self, lines: list[EventLine]) -> None:
        for line in lines:
            self._number += 1
            line.number = self._number
        if self.paused:
            self._held_dropped += self._held.extend(lines)
        else:
            self._keep(lines)

    def _keep(self, lines: list[EventLine]) -> None:
        dropped = self._kept.extend(lines)
        if dropped:
            self.dropped += dropped
            self.model.drop_before(self._kept.lines[0].number if self._kept.lines else self._number + 1)
        if self._scan is None:  # else the scan comes to them
            first = self._kept.lines[0].number if self._kept.lines else self._number + 1
            accepts = self._filter.accepts
            self.model.append([line for line in lines if line.number >= first and accepts(line)])

    def _rescan(self) -> None:
        self._scan = Scan(self._filter, self._pool, self._clock.wake)
        if self._continue_scan(time.monotonic() + _BUDGET_S):
            self._clock.wake()

    def _continue_scan(self, deadline: float) -> bool:
        """Go on looking for accepted lines; they replace the model's when all were seen. True: not yet."""
        scan, lines = self._scan, self._kept.lines
        if scan is None:
            return False
        more = scan.advance(lines, deadline)
        if not scan.complete:
            return more
        found = scan.take(lines[0].number if lines else self._number + 1)
        if scan.shown:
            self.model.append(found)
        else:
            self.model.replace(found)
            scan.shown = True
        if not self._filter.costly:
            self._scan = None
        self.changed.emit()
        return more


def _taken(source: EventSource) -> list[tuple[Happening, EventSource]]:
    return [(happening, source) for happening in source.take(_SLICE)]


def _free(lines: list[EventLine]) -> None:
    """Let go of many lines in the background, in slices: freeing holds the interpreter's lock."""
    while lines:
        del lines[-_FREE_SLICE:]
        time.sleep(0)
