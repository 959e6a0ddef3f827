"""Who belongs to an object: what its kind may own, who has it for an owner, and the Kubernetes Events about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.objects.timeline_states import moment

#: What an object of a kind may own, and what these may own in turn. Kinds not named here and not custom own nothing.
_OWNED = {
    "deployments.apps": ("replicasets.apps", "pods"),
    "replicasets.apps": ("pods",),
    "statefulsets.apps": ("pods",),
    "daemonsets.apps": ("pods",),
    "replicationcontrollers": ("pods",),
    "jobs.batch": ("pods",),
    "cronjobs.batch": ("jobs.batch", "pods"),
}
#: Whatever an operator makes for a custom resource ends in these.
_OF_CUSTOM = (
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "replicasets.apps",
    "jobs.batch",
    "pods",
)
#: Both name the same objects: the first that is served.
_EVENTS = (GVR("", "v1", "events"), GVR("events.k8s.io", "v1", "events"))
#: Where Events about objects without a namespace are.
_DEFAULT = "default"


class Member(NamedTuple):
    """An object of the story. ``owner``: the uid of what it belongs to, "" for the subject; ``created``: epoch s."""

    resource: Resource
    namespace: str
    name: str
    uid: str
    owner: str = ""
    created: float = 0.0


class Happened(NamedTuple):
    """A Kubernetes Event. ``about``: the uid of its object, "" where its reporter knew none.

    ``first`` and ``last``: epoch seconds, by who reported it.
    ``seen`` and ``seen_last``: when it, and its newest count, came in while it was watched; 0: it was there before.
    """

    uid: str
    about: str
    about_kind: str
    about_name: str
    reason: str
    message: str
    warning: bool
    times: int
    first: float
    last: float
    reporter: str
    seen: float = 0.0
    seen_last: float = 0.0


def owned_kinds(resource: Resource, catalogue: Catalogue) -> tuple[Resource, ...]:
    """The served kinds that can belong to an object of this one, directly or through others."""
    labels = _OWNED.get(resource.label)
    if labels is None:
        labels = _OF_CUSTOM if _custom(resource) else ()
    served = {one.label: one for one in catalogue.preferred() if one.watchable}
    return tuple(served[label] for label in labels if label in served)


def events_kind(catalogue: Catalogue) -> Resource | None:
    """One of the two kinds that Events are served as."""
    return next((found for gvr in _EVENTS if (found := catalogue.by_gvr(gvr)) and found.watchable), None)


def events_namespace(member: Member) -> str:
    return member.namespace or _DEFAULT


def events_selector(events: Resource, subject: Member, *, alone: bool) -> str:
    """Only the subject's own Events where nothing else can belong to it; "" for all of the namespace."""
    return f"involvedObject.name={subject.name}" if alone and not events.gvr.group else ""


class Family:
    """The subject, and everything that has it for an owner, directly or not. Those that are gone stay in it."""

    def __init__(self, subject: Member) -> None:
        self.subject = subject
        self._owned: dict[str, dict[str, Member]] = {}

    def add(self, resource: Resource, row: Row) -> None:
        """An object that was seen; whose it is, its row says."""
        self.put(
            Member(resource, row.namespace, row.name, row.uid, row.owner, float(row.created)),
        )

    def put(self, member: Member) -> None:
        if member.owner and member.uid != self.subject.uid:
            self._owned.setdefault(member.owner, {})[member.uid] = member

    def members(self) -> list[tuple[int, Member]]:
        """Each with its depth: the subject (0), what it owns, the newest first, each followed by what that owns."""
        found: list[tuple[int, Member]] = []
        todo = [(0, self.subject)]
        met: set[str] = set()
        while todo:
            depth, member = todo.pop()
            if member.uid in met:
                continue  # owners in a circle
            met.add(member.uid)
            found.append((depth, member))
            children = sorted(
                self._owned.get(member.uid, {}).values(), key=lambda one: (one.created, one.name)
            )
            todo += [(depth + 1, child) for child in children]
        return found


def owner_of(document: Mapping[str, Any]) -> str:
    """The uid of the controlling owner, else of the first; ""."""
    references = document.get("metadata", {}).get("ownerReferences") or ()
    controlling = [one for one in references if one.get("controller")] or references
    return str(controlling[0].get("uid", "")) if controlling else ""


class _About(msgspec.Struct):
    uid: str = ""
    kind: str = ""
    name: str = ""


class _Series(msgspec.Struct):
    count: int = 0
    lastObservedTime: str | None = None


class _Source(msgspec.Struct):
    component: str = ""


class _Meta(msgspec.Struct):
    uid: str = ""
    creationTimestamp: str | None = None


class _Event(msgspec.Struct):
    """Of v1 and of events.k8s.io/v1 in one: they differ by the names of some fields."""

    metadata: _Meta
    involvedObject: _About | None = None
    regarding: _About | None = None
    reason: str | None = None
    message: str | None = None
    note: str | None = None
    type: str | None = None
    count: int | None = None
    deprecatedCount: int | None = None
    eventTime: str | None = None
    firstTimestamp: str | None = None
    lastTimestamp: str | None = None
    deprecatedFirstTimestamp: str | None = None
    deprecatedLastTimestamp: str | None = None
    series: _Series | None = None
    source: _Source | None = None
    reportingComponent: str | None = None
    reportingController: str | None = None


_decode = msgspec.json.Decoder(_Event).decode


def read_event(raw: bytes) -> Happened | None:
    """None for what is no Event that can be read."""
    try:
        event = _decode(raw)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    about = event.involvedObject or event.regarding or _About()
    series = event.series or _Series()
    times = (event.eventTime, event.firstTimestamp, event.deprecatedFirstTimestamp)
    first = _earliest(times) or moment(event.metadata.creationTimestamp)
    last = max(map(moment, (series.lastObservedTime, event.lastTimestamp, event.deprecatedLastTimestamp)))
    return Happened(
        event.metadata.uid,
        about.uid,
        about.kind,
        about.name,
        event.reason or "Event",
        " ".join((event.message or event.note or "").split()),
        event.type == "Warning",
        max(series.count, event.count or event.deprecatedCount or 1),
        first,
        max(first, last),
        (event.source.component if event.source else "")
        or event.reportingComponent
        or event.reportingController
        or "",
    )


def _earliest(times: Iterable[str | None]) -> float:
    return min((at for at in map(moment, times) if at), default=0.0)


def _custom(resource: Resource) -> bool:
    group = resource.gvr.group
    return "." in group and not group.endswith(".k8s.io")
