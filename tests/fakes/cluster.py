"""The state behind a scripted API server: objects, one resourceVersion counter, and the history that watches
read.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Object = dict[str, Any]
_LISTS_KEPT = 8


class Event(NamedTuple):
    """One change; ``old`` is the object before it (None when it was created)."""

    version: int
    type: str
    obj: Object
    old: Object | None


class Cluster:
    """Objects by resource label and ``namespace/name``. All methods are thread-safe; stored objects never
    change.

    ``changed`` is notified whenever watches have something to read.
    """

    def __init__(self, *, version: int = 100) -> None:
        self.changed = threading.Condition()
        self.version = version
        self.oldest = 0  # watches and exact lists from before this version are expired
        self._objects: dict[str, dict[str, Object]] = {}
        self._history: dict[str, list[Event]] = {}
        self._uids = 0
        self._lists: dict[tuple[str, str, int], list[Object]] = {}  # the last ones: pages belong together

    def create(self, label: str, name: str, namespace: str = "default", **fields: Any) -> Object:
        """A new object; ``fields`` are merged into it (``metadata`` deeply enough for labels and owners)."""
        with self.changed:
            self._uids += 1
            meta = {
                "name": name,
                **({"namespace": namespace} if namespace else {}),
                "uid": f"uid-{self._uids}",
                "creationTimestamp": "2026-01-02T03:04:05Z",
                **fields.pop("metadata", {}),
            }
            obj = self._store(label, "ADDED", {"metadata": meta, **fields})
        return obj

    def create_many(self, label: str, count: int, namespace: str = "default", prefix: str = "o") -> None:
        """``count`` objects named ``o00000``, ..."""
        with self.changed:
            for number in range(count):
                self.create(label, f"{prefix}{number:05d}", namespace, status={"phase": "Running"})

    def update(self, label: str, name: str, namespace: str = "default", **fields: Any) -> Object:
        """The object with ``fields`` replaced (``metadata`` merged). Raises KeyError when it is not there."""
        with self.changed:
            old = self._objects[label][f"{namespace}/{name}"]
            meta = {**old["metadata"], **fields.pop("metadata", {})}
            return self._store(label, "MODIFIED", {**old, **fields, "metadata": meta})

    def delete(self, label: str, name: str, namespace: str = "default") -> Object:
        """Remove it; the event carries its last state with the version of the deletion. Raises KeyError."""
        with self.changed:
            old = self._objects[label].pop(f"{namespace}/{name}")
            self.version += 1
            last = {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.version)}}
            self._append(label, Event(self.version, "DELETED", last, old))
            return last

    def recreate(self, label: str, name: str, namespace: str = "default") -> Object:
        """Delete and create: the same name, a new uid."""
        with self.changed:
            self.delete(label, name, namespace)
            return self.create(label, name, namespace)

    def objects(self, label: str, namespace: str = "") -> list[Object]:
        """In the order of their keys, as etcd gives them."""
        with self.changed:
            stored = sorted(self._objects.get(label, {}).items())
        return [obj for key, obj in stored if not namespace or key.startswith(f"{namespace}/")]

    def snapshot(self, label: str, namespace: str) -> tuple[int, list[Object]]:
        """The version and the objects of one moment."""
        with self.changed:
            return self.version, self.at_version(label, namespace, self.version)

    def at_version(self, label: str, namespace: str, version: int) -> list[Object]:
        """The objects as they were at ``version`` (not before ``oldest``), in the order of their keys."""
        with self.changed:
            known = self._lists.get((label, namespace, version))
            if known is None:
                known = self._lists[label, namespace, version] = self._rewound(label, namespace, version)
                if len(self._lists) > _LISTS_KEPT:
                    del self._lists[next(iter(self._lists))]
        return known

    def get(self, label: str, name: str, namespace: str = "default") -> Object | None:
        with self.changed:
            return self._objects.get(label, {}).get(f"{namespace}/{name}")

    def since(self, label: str, version: int) -> list[Event]:
        """Every event of the resource after ``version``. Call with ``changed`` held."""
        history = self._history.get(label, [])
        return history[bisect_right(history, version, key=lambda event: event.version) :]

    def compact(self) -> None:
        """Forget the history: every version before the present one is expired."""
        with self.changed:
            self.oldest = self.version

    def restore(self, version: int) -> None:
        """As after a restore of etcd from a backup: what came after ``version`` never happened, nor did its
        history.
        """
        with self.changed:
            for label in list(self._objects):
                kept = self.at_version(label, "", version)
                self._objects[label] = {object_key(obj): obj for obj in kept}
            self._history.clear()
            self._lists.clear()
            self.version = self.oldest = version
            self.changed.notify_all()

    def forget(self, label: str) -> None:
        """The kind is removed with all its objects, as with its CRD: each is deleted."""
        with self.changed:
            for obj in self.objects(label):
                self.delete(label, obj["metadata"]["name"], obj["metadata"].get("namespace", ""))

    def _rewound(self, label: str, namespace: str, version: int) -> list[Object]:
        stored = dict(self._objects.get(label, {}))
        for event in reversed(self._history.get(label, [])):
            if event.version <= version:
                break
            key = object_key(event.obj)
            if event.old is None:
                stored.pop(key, None)
            else:
                stored[key] = event.old
        return [o for key, o in sorted(stored.items()) if not namespace or key.startswith(f"{namespace}/")]

    def _store(self, label: str, kind: str, obj: Object) -> Object:
        self.version += 1
        obj["metadata"] = {**obj["metadata"], "resourceVersion": str(self.version)}
        objects = self._objects.setdefault(label, {})
        key = object_key(obj)
        old = objects.get(key)
        objects[key] = obj
        self._append(label, Event(self.version, kind, obj, old))
        return obj

    def _append(self, label: str, event: Event) -> None:
        self._history.setdefault(label, []).append(event)
        self.changed.notify_all()


def object_key(obj: Object) -> str:
    """``namespace/name``."""
    meta = obj["metadata"]
    return f"{meta.get('namespace', '')}/{meta['name']}"


def selected(obj: Mapping[str, Any], labels: str, fields: str) -> bool:
    """Whether the object matches equality selectors (``a=b,c=d``); of fields, ``metadata.*`` alone."""
    meta = obj["metadata"]
    return _match(meta.get("labels") or {}, labels) and _match(
        {f"metadata.{key}": value for key, value in meta.items()}, fields
    )


def _match(values: Mapping[str, Any], selector: str) -> bool:
    terms: Iterable[str] = filter(None, selector.split(","))
    return all(values.get(key) == wanted for key, _, wanted in (term.partition("=") for term in terms))


def as_seen(event: Event, labels: str, fields: str) -> tuple[str, Object] | None:
    """The event as a watch with these selectors sees it (an object that no longer matches is deleted), or
    None.
    """
    now = event.type != "DELETED" and selected(event.obj, labels, fields)
    before = event.old is not None and selected(event.old, labels, fields)
    if now:
        return ("MODIFIED" if before else "ADDED"), event.obj
    if before:
        return "DELETED", event.obj
    return None
