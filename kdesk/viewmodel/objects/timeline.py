"""The timeline of a workload: what is watched for it while somebody looks, its story, and what one line stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession, Lease
from kdesk.kube.engine.subscription import Stream, WatchState
from kdesk.kube.errors import Stopped
from kdesk.kube.gvk import Resource
from kdesk.kube.history.book import RevisionBook
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.documents import Maker
from kdesk.viewmodel.objects.history import Compared, Revisions, compare
from kdesk.viewmodel.objects.recorded import RecordedRevisions
from kdesk.viewmodel.objects.timeline_family import (
    Happened,
    Member,
    events_kind,
    events_namespace,
    events_selector,
    owned_kinds,
)
from kdesk.viewmodel.objects.timeline_recorded import OnDisk
from kdesk.viewmodel.objects.timeline_story import Line, Story
from kdesk.viewmodel.objects.timeline_teller import Source, Teller

_LOOK_MS = 300

RecordingOf = Callable[[ClusterSession], Path | None]
_WELL = (WatchState.LIVE, WatchState.LISTING)


@dataclass(frozen=True, slots=True)
class Watches:
    """What the story costs: watches of whole objects of these kinds, and what is held for them.

    ``trouble`` says why some of them tell nothing now; "" when all do. ``listing``: not all is there yet.
    """

    namespace: str
    kinds: tuple[str, ...] = ()
    objects: int = 0
    listing: bool = False
    trouble: str = ""

    @property
    def words(self) -> str:
        """``3 watches in shop: replicasets.apps, pods, events · 212 objects``."""
        count = len(self.kinds)
        if not count:
            return "Nothing is watched for it"
        place = f" in {self.namespace}" if self.namespace else ""
        watches = f"{count} watch{'' if count == 1 else 'es'}{place}: {', '.join(self.kinds)}"
        return f"{watches}  ·  {self.objects:,} objects"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a line stands for: two states of its object, one alone (``compared.old`` None), or an Event."""

    line: Line
    compared: Compared | None = None
    event: Happened | None = None


class Timeline(QObject):
    """Follows one object's workload, and watches for it only while it is shown. All on the GUI thread, and prompt."""

    changed = Signal()  # story, watches
    chosen_changed = Signal()

    def __init__(
        self, clock: FrameClock, parent: QObject | None = None, *, recording_of: RecordingOf | None = None
    ) -> None:
        """``recording_of``: the recorder's file of a cluster, which need not be there."""
        super().__init__(parent)
        self._recording_of = recording_of or (lambda session: None)
        self.story = Story()
        self.watches = Watches("")
        self.chosen: Chosen | None = None
        self._session: ClusterSession | None = None
        self._subject: Member | None = None
        self._leases: list[Lease] = []
        self._sources: list[Source] = []
        self._teller: Teller | None = None
        self._seen = -1
        self._storier: Maker[Story] = Maker(clock, self._told)
        self._comparer: Maker[Chosen] = Maker(clock, self._compared)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def subject(self) -> Member | None:
        return self._subject

    @property
    def live(self) -> bool:
        """Whether it is being followed now."""
        return self._teller is not None

    def follow(self, session: ClusterSession | None, resource: Resource | None, row: Row | None) -> None:
        """Another object, or none."""
        shown = self._timer.isActive()
        self._end()
        self.choose(None)
        self._session, self._subject, self.story = session, None, Story()
        if resource is not None and row is not None:
            self._subject = Member(resource, row.namespace, row.name, row.uid, "", float(row.created))
        self.changed.emit()
        if shown:
            self._begin()

    def set_shown(self, shown: bool) -> None:
        """Watch only while somebody looks."""
        if shown and not self._timer.isActive():
            self._timer.start()
            self._begin()
        elif not shown and self._timer.isActive():
            self._timer.stop()
            self._end()

    def choose(self, line: Line | None) -> None:
        """Find out what a line stands for; ``chosen`` follows."""
        self._comparer.cancel()
        session, subject = self._session, self._subject
        if line is None or session is None or subject is None:
            self._compared(None)
            return
        event = self.story.events.get(line.event)
        if line.event:
            self._compared(Chosen(line, event=event))
            return
        if self.chosen is not None and self.chosen.line == line:
            return
        members = {lane.member.uid: lane.member for lane in self.story.lanes}
        member = members.get(line.lane, subject)
        self._comparer.make(partial(_compare, session.book, self._recording_of(session), member, line))

    def close(self) -> None:
        """For good: watches and threads end."""
        self.set_shown(False)
        self._storier.close()
        self._comparer.close()

    def _begin(self) -> None:
        session, subject = self._session, self._subject
        if session is None or subject is None:
            return
        catalogue = session.catalogue
        kinds = owned_kinds(subject.resource, catalogue) if catalogue is not None else ()
        events = events_kind(catalogue) if catalogue is not None else None
        try:
            for kind in kinds:
                self._watch(session, WatchSpec(kind, subject.namespace, whole=True), events=False)
            if events is not None:
                selector = events_selector(events, subject, alone=not kinds)
                namespace = events_namespace(subject)
                spec = WatchSpec(events, namespace, field_selector=selector, whole=True)
                self._watch(session, spec, events=True)
        except Stopped:  # retired a moment ago
            self._end()
            return
        self._teller = Teller(session.book, subject, self._sources, OnDisk(self._recording_of(session)))
        self._seen = -1
        self._look()

    def _watch(self, session: ClusterSession, spec: WatchSpec, *, events: bool) -> None:
        stream = Stream()
        lease = session.watch(spec)
        lease.subscribe(stream)
        self._leases.append(lease)
        self._sources.append(Source(spec.resource, stream, events))

    def _end(self) -> None:
        """The story stays; nothing more is watched for it."""
        self._storier.cancel()
        for lease, source in zip(self._leases, self._sources, strict=True):
            lease.unsubscribe(source.stream)
            lease.release()
        self._leases, self._sources, self._teller = [], [], None
        self.watches = Watches("")

    def _look(self) -> None:
        session, teller = self._session, self._teller
        if session is None or teller is None:
            return
        watches = self._state_of_watches()
        if watches != self.watches:
            self.watches = watches
            self.changed.emit()
        news = session.book.version != self._seen or any(len(source.stream) for source in self._sources)
        if news and not self._storier.busy:
            self._seen = session.book.version
            self._storier.make(teller.tell)

    def _state_of_watches(self) -> Watches:
        states = [(lease.spec, lease.informer.status) for lease in self._leases]
        trouble = [
            f"{spec.resource.label}: {status.error or status.state.lower()}"
            for spec, status in states
            if status.state not in _WELL
        ]
        return Watches(
            self._subject.namespace if self._subject is not None else "",
            tuple(spec.resource.label for spec, _ in states),
            sum(status.objects for _, status in states),
            any(status.state is WatchState.LISTING for _, status in states),
            "; ".join(trouble),
        )

    def _told(self, story: Story) -> None:
        if self._teller is None:
            return
        self.story = story
        self.changed.emit()
        if story.untold:
            self._storier.make(self._teller.tell)

    def _compared(self, chosen: Chosen | None) -> None:
        if chosen != self.chosen:
            self.chosen = chosen
            self.chosen_changed.emit()


def _compare(book: RevisionBook, path: Path | None, member: Member, line: Line) -> Chosen:
    kept: Revisions = book
    if path is not None and min(line.revision, line.before) < 0:
        kept = recorded = RecordedRevisions(book, path)
        recorded.load(member.uid, member.resource)
    found = {info.number: info for info in kept.revisions(member.uid, member.resource)}
    new = found.get(line.revision)
    if new is None:
        return Chosen(line)
    return Chosen(line, compare(kept, member.uid, member.resource, found.get(line.before), new))
