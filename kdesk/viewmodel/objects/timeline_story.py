"""A workload's story: a lane for each object with the states it was in, and a line for everything that happened."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import msgspec

from kdesk.kube.diff.changes import Change, changes_of
from kdesk.kube.diff.words import ONLY_HEARTBEAT, ONLY_METADATA, in_words
from kdesk.kube.errors import KubeError
from kdesk.kube.history.revisions import RevisionInfo, RevisionType
from kdesk.viewmodel.objects.timeline_family import Happened, Member
from kdesk.viewmodel.objects.timeline_states import (
    Document,
    Fact,
    Span,
    State,
    created_at,
    creation_words,
    facts_of,
    spans_before,
    state_of,
)

#: Lines that are kept, the newest: a story of more is not read.
MOST_LINES = 5_000
#: What an object says of a time that is longer ago than this when it comes is news of the past.
_LATE_S = 10.0
_COUNTS = frozenset(
    [
        "availableReplicas",
        "fullyLabeledReplicas",
        "observedGeneration",
        "replicas",
        "terminatingReplicas",
        "unavailableReplicas",
        "updatedReplicas",
    ]
)
_TROUBLE = ("warn", "bad")
_NOISE = frozenset(["", ONLY_METADATA, ONLY_HEARTBEAT])


class Known(StrEnum):
    """How something is known to have happened: seen in this run, by the recorder before it, or said by the objects."""

    SEEN = "seen"
    RECORDED = "recorded before"
    TOLD = "said of the time before"


class Line(NamedTuple):
    """Something that happened at ``at`` (epoch seconds) to the object with the uid ``lane``.

    ``seen``: it was seen to happen; otherwise the object, or an Event, says that it did. ``revision`` is the one that
    it came with and ``before`` the one before it (0: none), ``event`` the uid of the Kubernetes Event that it is.
    """

    key: tuple[str | float, ...]
    at: float
    lane: str
    words: str
    tone: str = ""
    seen: bool = False
    revision: int = 0
    before: int = 0
    event: str = ""

    @property
    def known(self) -> Known:
        return Known.TOLD if not self.seen else Known.RECORDED if self.revision < 0 else Known.SEEN


class Stretch(NamedTuple):
    """An object's state for some time, epoch seconds; ``end`` 0: it lasts. ``seen``: see ``Line``."""

    begin: float
    end: float
    state: State
    seen: bool


class Lane(NamedTuple):
    """One object. ``short`` is its name without what its owner's has; ``gone``: when it was deleted, 0 if it is not."""

    member: Member
    depth: int
    short: str
    stretches: tuple[Stretch, ...]
    gone: float


@dataclass(frozen=True, slots=True)
class Story:
    """``lines``: newest first; ``dropped``: older ones that are not among them; ``since``: when its watch began.

    ``untold``: revisions that are not in it yet.
    """

    lanes: tuple[Lane, ...] = ()
    lines: tuple[Line, ...] = ()
    events: Mapping[str, Happened] = field(default_factory=dict)
    dropped: int = 0
    since: float = 0.0
    untold: int = 0


class Chronicle:
    """One object's part of the story, told revision by revision, the oldest first."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.lines: list[Line] = []
        self.told = False  # a revision of it
        self.last = 0  # the number of the last one
        self.gone = 0.0
        self._spans: list[Stretch] = []
        self._raw = b""
        self._at = 0.0
        self._said = ""
        self._facts: frozenset[tuple[str, float]] = frozenset()
        self._state = State("")

    def tell(self, info: RevisionInfo, raw: bytes) -> None:
        """The next revision."""
        kind = self.member.resource.kind
        try:
            document = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, UnicodeError):
            return
        first = not self.told
        # How it was when another watch began: what came between, nobody saw.
        gap = not first and info.type is RevisionType.INITIAL
        facts = facts_of(kind, document)
        state = state_of(kind, document)
        if first:
            self._begin(info, document, facts)
        else:
            self._recall(info, facts, known=self._facts, late=-math.inf if gap else _LATE_S)
        words = _words(kind, info, self._raw, raw, document, first=first)
        if words not in _NOISE and words != self._said:
            self._said = words
            tone = self._tone(state, facts, info, first=first)
            key = (self.member.uid, "revision", info.number)
            told = f"while nobody watched: {words}" if gap else words
            self._put(Line(key, info.at, self.member.uid, told, tone, not gap, info.number, self.last))
        if gap:
            self._bridge(info, document)
        self._turn(info, state)
        self.told, self.last, self._at, self._raw = True, info.number, info.at, raw
        self._facts = frozenset((fact.key, fact.at) for fact in facts)

    def stretches(self) -> tuple[Stretch, ...]:
        if not self._spans and self.member.created:  # it belongs, and nothing is kept of it yet
            return (Stretch(self.member.created, 0.0, State(""), False),)
        return tuple(self._spans)

    def _begin(self, info: RevisionInfo, document: Document, facts: Iterable[Fact]) -> None:
        if info.type is not RevisionType.ADDED:
            self._recall(info, facts, known=frozenset(), late=-math.inf)
            kind = self.member.resource.kind
            self._spans = [_told(span) for span in spans_before(kind, document, info.at)]
            return
        self._recall(info, facts, known=frozenset())

    def _bridge(self, info: RevisionInfo, document: Document) -> None:
        """What it was in from the last revision until another watch began: as it says itself, or as it was."""
        spans, at = self._spans, self._at
        if spans and not spans[-1].end:
            spans[-1] = spans[-1]._replace(end=max(spans[-1].begin, at))
        before = [_told(span) for span in spans_before(self.member.resource.kind, document, info.at)]
        between = [span._replace(begin=max(span.begin, at)) for span in before if span.end > at]
        spans += between or [Stretch(at, info.at, self._state, False)]

    def _recall(
        self,
        info: RevisionInfo,
        facts: Iterable[Fact],
        *,
        known: frozenset[tuple[str, float]],
        late: float = _LATE_S,
    ) -> None:
        """Facts that are new, and of a time when nobody watched. None can be later than the revision that says so."""
        reference = info.server_at or info.at
        for fact in facts:
            if (fact.key, fact.at) in known or reference - fact.at < late:
                continue
            key = (self.member.uid, fact.key, fact.at)
            at = min(fact.at, info.at)
            self._put(Line(key, at, self.member.uid, fact.words, fact.tone, revision=info.number))

    def _tone(self, state: State, facts: Iterable[Fact], info: RevisionInfo, *, first: bool) -> str:
        """That of the state it led to; of what stays in its state, of the worst that is new."""
        if first or info.type in (RevisionType.DELETED, RevisionType.LEFT):
            return ""
        if state != self._state and (state.tone in _TROUBLE or state.tone != self._state.tone):
            return state.tone if state.tone != "info" else ""
        fresh = {fact.tone for fact in facts if (fact.key, fact.at) not in self._facts}
        return "bad" if "bad" in fresh else "warn" if "warn" in fresh else ""

    def _turn(self, info: RevisionInfo, state: State) -> None:
        gone = info.type in (RevisionType.DELETED, RevisionType.LEFT)
        spans = self._spans
        if gone:
            self.gone = info.at
            if spans and not spans[-1].end:
                spans[-1] = spans[-1]._replace(end=info.at)
            return
        if spans and spans[-1].seen and spans[-1].state == state and not spans[-1].end:
            return
        if spans and not spans[-1].end:
            spans[-1] = spans[-1]._replace(end=info.at)
        spans.append(Stretch(info.at, 0.0, state, True))
        self._state, self.gone = state, 0.0

    def _put(self, line: Line) -> None:
        insort(self.lines, line, key=lambda one: one.at)
        del self.lines[:-MOST_LINES]


def event_lines(event: Happened, lane: str, until: float) -> list[Line]:
    """The first time, and the last with how often it came. What was not seen to come was before ``until``."""
    tone = "warn" if event.warning else ""
    words = f"{event.reason}: {event.message}" if event.message else event.reason
    first = event.seen or min(event.first, until)
    key = (lane, "event", event.uid)
    lines = [Line((*key, "first"), first, lane, words, tone, bool(event.seen), event=event.uid)]
    if event.times > 1:
        last = max(first, event.seen_last or min(event.last, until))
        again = f"{words}  ×{event.times:,}"
        lines.append(Line((*key, "last"), last, lane, again, tone, bool(event.seen_last), event=event.uid))
    return lines


def order_of(line: Line, depth: int) -> tuple[float, int, int]:
    """Oldest first. What is known by the second: owners before what they own, and to begin with the creation."""
    if line.seen:
        return (line.at, depth, 1)
    rank = 0 if "created" in line.key else 1 if line.event else 2
    return (float(int(line.at)) if rank == 2 else line.at, depth, rank)


def short_name(name: str, owner: str) -> str:
    """``…-x2x9k`` of an object named after its owner."""
    return (
        f"…{name[len(owner) :]}" if owner and name.startswith(owner) and len(name) > len(owner) + 1 else name
    )


def _told(span: Span) -> Stretch:
    return Stretch(span.begin, span.end, span.state, False)


def _words(
    kind: str, info: RevisionInfo, before: bytes, raw: bytes, document: Document, *, first: bool
) -> str:
    match info.type:
        case RevisionType.DELETED:
            return "deleted while nobody watched" if info.final_unknown else "deleted"
        case RevisionType.LEFT:
            return "deleted, or out of the watch's selection"
    if first:
        return (
            creation_words(kind, document) if info.type is RevisionType.ADDED and created_at(document) else ""
        )
    try:
        found = changes_of(before, raw, kind)
    except KubeError as error:
        return str(error)
    return "" if all(map(_bookkeeping, found)) else in_words(found, kind)


def _bookkeeping(change: Change) -> bool:
    """What controllers count besides; the number of those that are ready tells the story."""
    return len(change.steps) == 2 and change.steps[0] == "status" and change.steps[1] in _COUNTS
