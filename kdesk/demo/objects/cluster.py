"""One simulated cluster: what it serves, what it stores, and who is told of a change."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable

import msgspec

from kdesk.demo.objects import columns_core, columns_more, crd
from kdesk.demo.objects.forms import Accept, Convert, Form
from kdesk.demo.objects.kinds import BUILT_IN, Group, Kind
from kdesk.demo.objects.store import Collection, Event, Record, Versions
from kdesk.demo.objects.tables import DEFAULT_PRINTER, Printer
from kdesk.demo.objects.values import Object, stamp

TICK_S = 0.01
"""Watches are woken at most this often; whatever happened in between goes out in one write."""

CRD = "customresourcedefinitions.apiextensions.k8s.io"
EVERYTHING = "*"
_FIRST_VERSION = 1000
# A random UUID has the version, 4, and the variant, binary 10, in these bits.
_UID_MASK = ~(0xF << 76 | 0x3 << 62)
_UID_VERSION = 0x4 << 76 | 0x2 << 62
_EVENT_FIELDS = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")

Listener = Callable[[Event], None]


class Served(msgspec.Struct, frozen=True, eq=False):
    """One resource type in one version: how it is named, where its objects are, how they are shown."""

    kind: Kind
    collection: Collection
    printer: Printer
    convert: Convert | None = None

    def form(self, accept: Accept) -> Form:
        return Form(self.kind, self.printer, accept, self.convert)


class Cluster:
    """The state of one cluster. It belongs to one thread (or event loop) and is not safe to share."""

    def __init__(self, name: str, seed: int, history: int, clock: Callable[[], float] = time.time) -> None:
        """`history`: how many changes of each resource type are kept for watches; `clock` gives Unix seconds."""
        self.name = name
        self.random = random.Random(f"{seed}/{name}")
        self.clock = clock
        self.versions = Versions(_FIRST_VERSION)
        self.served: dict[tuple[str, str, str], Served] = {}
        self.dependents: dict[str, set[tuple[str, str]]] = {}
        self._history = history
        self._collections: dict[str, Collection] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._dirty: set[Collection] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        printers = columns_core.PRINTERS | columns_more.PRINTERS
        for kind in BUILT_IN:
            resource, convert = kind.resource, None
            if resource == "events.events.k8s.io":
                # The same objects as the core group's, under another shape.
                resource, convert = "events", regarding_event
            collection = self._collections.get(resource) or self._add_collection(resource)
            self._serve(Served(kind, collection, printers.get(resource, DEFAULT_PRINTER), convert))

    def __getitem__(self, resource: str) -> Collection:
        """The collection of `pods`, `deployments.apps`, ... Raises KeyError for what is not served."""
        return self._collections[resource]

    def __contains__(self, resource: object) -> bool:
        return resource in self._collections

    @property
    def collections(self) -> list[Collection]:
        return list(self._collections.values())

    def groups(self) -> list[Group]:
        """Every named API group, each with its versions."""
        versions: dict[str, list[str]] = {}
        for group, version, _ in self.served:
            known = versions.setdefault(group, [])
            if version not in known:
                known.append(version)
        return [Group(name, tuple(listed)) for name, listed in versions.items() if name]

    def kinds(self, group: str, version: str) -> list[Kind]:
        return [served.kind for (of, at, _), served in self.served.items() if (of, at) == (group, version)]

    def new_uid(self) -> str:
        digits = f"{self.random.getrandbits(128) & _UID_MASK | _UID_VERSION:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def now(self) -> str:
        return stamp(self.clock())

    def metadata(self, name: str, namespace: str = "", born: float | None = None, **more: object) -> Object:
        """The metadata of a new object, made at `born` (now, if not given); `more` is appended."""
        moment = stamp(self.clock() if born is None else born)
        if namespace:
            made: Object = {"name": name, "namespace": namespace, "uid": self.new_uid()}
        else:
            made = {"name": name, "uid": self.new_uid()}
        made["creationTimestamp"] = moment
        return made | more

    def load(self, resource: str, objects: Iterable[Object]) -> None:
        """Fills an empty collection at the start, without events."""
        collection = self._collections[resource]
        collection.load(objects)
        for record in collection.records.values():
            self._index(resource, record)
        if resource == CRD:
            for record in list(collection.records.values()):
                self.define(record.object())

    def listen(self, resource: str, listener: Listener) -> None:
        """Calls `listener` after every change in that collection (or in `EVERYTHING`), from within the write."""
        self._listeners.setdefault(resource, []).append(listener)

    def run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """From here on watches of changed collections are woken on `loop`."""
        self._loop = loop

    def define(self, definition: Object) -> None:
        """Serves what a CustomResourceDefinition says, replacing what an older one said."""
        spec = definition["spec"]
        group, plural = spec["group"], spec["names"]["plural"]
        resource = f"{plural}.{group}"
        for key in [key for key in self.served if key[0] == group and key[2] == plural]:
            del self.served[key]
        collection = self._collections.get(resource) or self._add_collection(resource)
        for kind, printer in crd.kinds_of(definition):
            self._serve(Served(kind, collection, printer))

    def undefine(self, group: str, plural: str) -> None:
        """Deletes all objects of a custom resource and stops serving it."""
        collection = self._collections.get(f"{plural}.{group}")
        if collection is None:
            return
        for key in list(collection.records):
            collection.remove(key)
        collection.close()
        del self._collections[collection.resource]
        for served in [key for key in self.served if key[0] == group and key[2] == plural]:
            del self.served[served]

    def _add_collection(self, resource: str) -> Collection:
        fields_of = _FIELDS.get(resource, _no_fields)
        made = Collection(resource, self.versions, fields_of, self._history, self._changed, self.now)
        self._collections[resource] = made
        return made

    def _serve(self, served: Served) -> None:
        kind = served.kind
        self.served[kind.group, kind.version, kind.plural] = served

    def _changed(self, collection: Collection, event: Event) -> None:
        if event.type == "ADDED":
            self._index(collection.resource, event.record)
        elif event.type == "DELETED":
            self._drop(collection.resource, event.record)
        elif event.previous is not None and event.previous.owners != event.record.owners:
            self._drop(collection.resource, event.previous)
            self._index(collection.resource, event.record)
        for listener in self._listeners.get(collection.resource, []) + self._listeners.get(EVERYTHING, []):
            listener(event)
        if self._loop is not None:
            if not self._dirty:
                self._loop.call_later(TICK_S, self._tick)
            self._dirty.add(collection)

    def _tick(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for collection in dirty:
            collection.forget()
            collection.wake()

    def _index(self, resource: str, record: Record) -> None:
        for owner in record.owners:
            self.dependents.setdefault(owner, set()).add((resource, record.key))

    def _drop(self, resource: str, record: Record) -> None:
        for owner in record.owners:
            kept = self.dependents.get(owner)
            if kept is not None:
                kept.discard((resource, record.key))
                if not kept:
                    del self.dependents[owner]


def regarding_event(event: Object) -> Object:
    """A core Event in the shape of events.k8s.io/v1."""
    shown = {"metadata": event["metadata"], "eventTime": event.get("eventTime")}
    names = {
        "reportingComponent": "reportingController",
        "reportingInstance": "reportingInstance",
        "action": "action",
        "reason": "reason",
        "involvedObject": "regarding",
        "message": "note",
        "type": "type",
        "source": "deprecatedSource",
        "firstTimestamp": "deprecatedFirstTimestamp",
        "lastTimestamp": "deprecatedLastTimestamp",
        "count": "deprecatedCount",
    }
    return shown | {new: event[old] for old, new in names.items() if old in event}


def _no_fields(item: Object) -> dict[str, str]:
    return {}


def _pod_fields(item: Object) -> dict[str, str]:
    """What can be selected on, and with a dot before the name what the controllers look at besides."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    ready = any(
        entry["type"] == "Ready" and entry["status"] == "True" for entry in status.get("conditions") or ()
    )
    return {
        ".ready": "true" if ready else "",
        ".deleting": "true" if "deletionTimestamp" in item.get("metadata", ()) else "",
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.restartPolicy": spec.get("restartPolicy", ""),
        "status.phase": status.get("phase", ""),
    }


def _namespace_fields(item: Object) -> dict[str, str]:
    return {"status.phase": (item.get("status") or {}).get("phase", "")}


def _event_fields(item: Object) -> dict[str, str]:
    about = item.get("involvedObject") or {}
    fields = {f"involvedObject.{name}": str(about.get(name, "")) for name in _EVENT_FIELDS}
    return fields | {"type": item.get("type", ""), "reason": item.get("reason", "")}


def _type_fields(item: Object) -> dict[str, str]:
    return {"type": item.get("type", "")}


def _job_fields(item: Object) -> dict[str, str]:
    return {"status.successful": str((item.get("status") or {}).get("succeeded", 0))}


_FIELDS: dict[str, Callable[[Object], dict[str, str]]] = {
    "pods": _pod_fields,
    "namespaces": _namespace_fields,
    "events": _event_fields,
    "secrets": _type_fields,
    "jobs.batch": _job_fields,
}


def selectable_fields(resource: str) -> frozenset[str]:
    """The field labels that a fieldSelector on this resource may name."""
    own = _FIELDS.get(resource, _no_fields)({})
    shown = frozenset(name for name in own if not name.startswith("."))
    return shown | {"metadata.name", "metadata.namespace"}
