"""Makes a workload's story of what its watches tell and what is kept of its objects; in a background thread."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from kdesk.kube.engine.subscription import Stream
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.kube.history.revisions import ObjectHistory, ObjectId, RevisionInfo
from kdesk.kube.table.rows import Change
from kdesk.viewmodel.objects.history import Revisions
from kdesk.viewmodel.objects.recorded import one_history
from kdesk.viewmodel.objects.timeline_family import (
    Family,
    Happened,
    Member,
    events_namespace,
    owner_of,
    read_event,
)
from kdesk.viewmodel.objects.timeline_recorded import OnDisk
from kdesk.viewmodel.objects.timeline_states import created_at
from kdesk.viewmodel.objects.timeline_story import (
    MOST_LINES,
    Chronicle,
    Lane,
    Line,
    Story,
    event_lines,
    order_of,
    short_name,
)

#: Revisions that are told at once; then the story is shown, and the next ones follow.
_AT_ONCE = 256


class Book(Revisions, Protocol):
    """Where revisions are kept, by object and by kind."""

    def objects(
        self, resource: Resource | None = None, *, namespace: str = "", name: str = ""
    ) -> tuple[ObjectHistory, ...]: ...


class Source(NamedTuple):
    """A watch of a kind that can belong to the subject, or of Events."""

    resource: Resource
    stream: Stream
    events: bool


class Teller:
    """``tell`` again and again, from one thread at a time: each story is the one before and what is new."""

    def __init__(self, book: Book, subject: Member, sources: Sequence[Source], disk: OnDisk) -> None:
        self._book, self._subject, self._sources, self._disk = book, subject, tuple(sources), disk
        self._family = Family(subject)
        self._chronicles: dict[str, Chronicle] = {}
        # By object: what was recorded of it; its JSON until that is told.
        self._recorded: dict[str, dict[RevisionInfo, bytes]] = {}
        self._events: dict[str, Happened] = {}
        self._since = time.time()
        self._recalled = False

    def tell(self) -> Story:
        """The story as far as it is known."""
        try:
            return self._tell()
        finally:
            self._disk.rest()

    def _tell(self) -> Story:
        if not self._recalled:
            self._recalled = True
            self._recall()
        for source in self._sources:
            for happening in source.stream.take():
                if happening.change is not None:
                    self._take(source, happening.at, happening.change)
        members = self._family.members()
        untold = self._read([member for _, member in members])
        return self._story(members, untold)

    def _recall(self) -> None:
        """What is gone already: nobody tells that any more."""
        namespace = events_namespace(self._subject)
        for source in self._sources:
            for which, raw in self._disk.gone(source.resource, namespace):
                self._take_gone(source, which, raw)
            for history in self._book.objects(source.resource, namespace=namespace):
                if not history.deleted:
                    continue
                try:
                    raw = self._book.document(history.object.uid, history.newest.number, source.resource)
                except KubeError:
                    continue  # dropped in this very moment
                self._take_gone(source, history.object, raw)

    def _take_gone(self, source: Source, which: ObjectId, raw: bytes) -> None:
        if source.events:
            self._take_event(raw, 0.0, first=True)
            return
        try:
            document = msgspec.json.decode(raw)
        except msgspec.MsgspecError:
            return
        owner, created = owner_of(document), created_at(document)
        self._family.put(Member(source.resource, which.namespace, which.name, which.uid, owner, created))

    def _take(self, source: Source, at: float, change: Change) -> None:
        if not source.events:
            self._family.add(source.resource, change.row)
        elif change.type != "DELETED":  # an Event that expires is no news
            self._take_event(change.row.raw, 0.0 if change.initial else at, first=change.old is None)

    def _take_event(self, raw: bytes, at: float, *, first: bool) -> None:
        event = read_event(raw)
        if event is None:
            return
        known = self._events.get(event.uid)
        seen = at if first else known.seen if known is not None else 0.0
        self._events[event.uid] = event._replace(seen=seen, seen_last=at)

    def _read(self, members: Sequence[Member]) -> int:
        """Tell what is new of them. Gives how many revisions are left."""
        left, untold = _AT_ONCE, 0
        for member in members:
            chronicle = self._chronicles.get(member.uid)
            if chronicle is None:
                chronicle = self._chronicles[member.uid] = Chronicle(member)
            if not left:
                untold += 1  # or more
                continue
            recorded = self._recorded.get(member.uid)
            if recorded is None:
                recorded = self._recorded[member.uid] = self._disk.revisions(member.uid, member.resource)
            found = one_history(self._book.revisions(member.uid, member.resource), tuple(recorded))
            fresh = [info for info in found if not chronicle.told or info.number > chronicle.last]
            for info in fresh[:left]:
                try:
                    raw = recorded.get(info) or self._book.document(member.uid, info.number, member.resource)
                except KubeError:
                    continue  # dropped in this very moment
                chronicle.tell(info, raw)
            if len(fresh) <= left:
                self._recorded[member.uid] = dict.fromkeys(recorded, b"")
            untold += max(0, len(fresh) - left)
            left = max(0, left - len(fresh))
        return untold

    def _story(self, members: Sequence[tuple[int, Member]], untold: int) -> Story:
        names = {member.uid: member.name for _, member in members}
        lanes = []
        ordered: list[tuple[tuple[float, int, int], Line]] = []
        depths = {member.uid: depth for depth, member in members}
        by_name = {(member.resource.kind, member.name): member.uid for _, member in members}
        for depth, member in members:
            chronicle = self._chronicles[member.uid]
            short = short_name(member.name, names.get(member.owner, "") if depth else "")
            lanes.append(Lane(member, depth, short, chronicle.stretches(), chronicle.gone))
            ordered += [(order_of(line, depth), line) for line in chronicle.lines]
        events: dict[str, Happened] = {}
        for event in self._events.values():
            lane = self._lane_of(event, depths, by_name)
            if lane is not None:
                events[event.uid] = event
                lines = event_lines(event, lane, self._since)
                ordered += [(order_of(line, depths[lane]), line) for line in lines]
        ordered.sort(key=lambda pair: pair[0])  # stable: what is of one moment stays as it was told
        lines = [line for _, line in reversed(ordered)]
        dropped = max(0, len(lines) - MOST_LINES)
        return Story(tuple(lanes), tuple(lines[:MOST_LINES]), events, dropped, self._since, untold)

    def _lane_of(
        self, event: Happened, depths: dict[str, int], by_name: dict[tuple[str, str], str]
    ) -> str | None:
        """The uid of the member it is about."""
        if event.about in depths:
            return event.about
        # Some reporters know their object by its name alone; a kubelet says that of its node for the uid, too.
        named = event.about in ("", event.about_name)
        return by_name.get((event.about_kind, event.about_name)) if named else None
