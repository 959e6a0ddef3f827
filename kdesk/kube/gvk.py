"""Group, version, kind and resource; and restoring kind and apiVersion where an API leaves them out.

Items of a list and objects read from a cache lack ``kind`` and ``apiVersion``. What was asked for, or what the cluster
serves, says what they are. Each way in which that can fail has its own error, and where there are several answers
nothing is guessed (the meaning of ``apiutil.GVKForObject`` of controller-runtime).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kdesk.kube.errors import KubeError


class GVKError(KubeError):
    """An object's group, version and kind cannot be told."""


class MissingKind(GVKError):
    """The object carries no kind, and nothing says what was asked for."""


class MissingVersion(GVKError):
    """The object carries a kind and no apiVersion."""


class Unversioned(GVKError):
    """The type belongs to no group and version (Status, ListOptions, WatchEvent, ...)."""


class NoGVK(GVKError):
    """The cluster serves nothing of this type."""


class SeveralGVKs(GVKError):
    """The type may be any of several kinds: refused, with the candidates."""

    def __init__(self, message: str, candidates: Sequence[GVK]) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class GVK(NamedTuple):
    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @classmethod
    def parse(cls, api_version: str, kind: str) -> GVK:
        group, _, version = api_version.rpartition("/")
        return cls(group, version, kind)

    def __str__(self) -> str:
        return f"{self.api_version} {self.kind}"


class GVR(NamedTuple):
    group: str
    version: str
    resource: str

    @property
    def label(self) -> str:
        """As people write it: ``pods``, ``deployments.apps``."""
        return f"{self.resource}.{self.group}" if self.group else self.resource


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as the cluster serves it (discovery's word for it)."""

    gvr: GVR
    kind: str
    namespaced: bool
    singular: str = ""
    short_names: tuple[str, ...] = ()
    verbs: frozenset[str] = field(default_factory=frozenset)
    categories: tuple[str, ...] = ()
    preferred: bool = True

    @property
    def label(self) -> str:
        return self.gvr.label

    @property
    def gvk(self) -> GVK:
        return GVK(self.gvr.group, self.gvr.version, self.kind)

    @property
    def listable(self) -> bool:
        return "list" in self.verbs

    @property
    def watchable(self) -> bool:
        return "watch" in self.verbs

    def path(self, namespace: str = "", name: str = "") -> str:
        """The URL path of the collection (all namespaces when ``namespace`` is empty) or of one object."""
        group, version, plural = self.gvr
        parts = [f"/apis/{group}/{version}" if group else f"/api/{version}"]
        if self.namespaced and namespace:
            parts.append(f"namespaces/{namespace}")
        parts.append(plural)
        if name:
            parts.append(name)
        return "/".join(parts)


_PARTIAL = "PartialObjectMetadata"
_UNVERSIONED = frozenset(
    [
        "Status",
        "WatchEvent",
        "ListOptions",
        "GetOptions",
        "DeleteOptions",
        "CreateOptions",
        "UpdateOptions",
        "PatchOptions",
        "APIGroup",
        "APIGroupList",
        "APIResourceList",
        "APIVersions",
        "Table",
        "List",
    ]
)
# V1Pod, CoreV1Event, V1alpha1PodGroup: the class names of the kubernetes package.
_MODEL_NAME = re.compile(
    r"^(?P<group>[A-Z][A-Za-z]*?)?(?P<version>V\d+(?:(?:alpha|beta)\d+)?)(?P<kind>[A-Z]\w*)$"
)


def gvk_of(obj: Mapping[str, Any], requested: GVK | None = None) -> GVK:
    """The GVK of one object, as it says itself or, where it is silent, as it was asked for.

    ``PartialObjectMetadata`` is a wrapper: its own kind and version must be there, the answer is ``requested``'s.
    Raises MissingKind, MissingVersion, Unversioned.
    """
    kind, api_version = obj.get("kind") or "", obj.get("apiVersion") or ""
    if kind == _PARTIAL:
        if not api_version:
            raise MissingVersion(f"a {_PARTIAL} carries no apiVersion")
        if requested is None:
            raise MissingKind(f"a {_PARTIAL} says nothing of the kind it stands for")
        return requested
    if kind and api_version:
        if kind in _UNVERSIONED and GVK.parse(api_version, kind).group in ("", "meta.k8s.io"):
            raise Unversioned(
                f"{kind} is not an object of the cluster: it has no group and version of its own"
            )
        return GVK.parse(api_version, kind)
    if requested is not None and (not kind or kind == requested.kind):
        return requested
    if not kind:
        raise MissingKind("the object carries no kind")
    raise MissingVersion(f"the object of kind {kind} carries no apiVersion")


def restore(obj: Mapping[str, Any], requested: GVK | None = None) -> dict[str, Any]:
    """A copy of the object that begins with its true ``apiVersion`` and ``kind``. Raises as ``gvk_of``."""
    gvk = gvk_of(obj, requested)
    rest = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}
    return {"apiVersion": gvk.api_version, "kind": gvk.kind, **rest}


def restore_list(document: Mapping[str, Any], requested: GVK | None = None) -> list[dict[str, Any]]:
    """The items of a list, each with its own ``apiVersion`` and ``kind``.

    Bare items take what was asked for, whatever the list calls itself (``listKind`` is free for custom resources);
    with nothing asked for, ``PodList`` of ``v1`` tells ``v1 Pod``. Items of a mixed ``List`` must speak for themselves.
    """
    items = document.get("items") or []
    kind, api_version = document.get("kind") or "", document.get("apiVersion") or ""
    if (
        requested is None
        and kind.endswith("List")
        and kind not in ("List", f"{_PARTIAL}List")
        and api_version
    ):
        requested = GVK.parse(api_version, kind.removesuffix("List"))
    mixed = kind == "List"
    return [restore(item, None if mixed and not _silent(item) else requested) for item in items]


def gvk_of_type(name: str, served: Iterable[Resource]) -> GVK:
    """The GVK of a typed model by its class name (``V1Pod``, ``CoreV1Event``), from what the cluster serves.

    Raises Unversioned, NoGVK, SeveralGVKs.
    """
    match = _MODEL_NAME.match(name)
    kind = match["kind"] if match else name
    if kind in _UNVERSIONED:
        raise Unversioned(f"{name} has no group and version of its own")
    version = match["version"].lower() if match else None
    group = (match["group"] or "").lower() if match else ""
    found = {
        r.gvk
        for r in served
        if r.kind == kind
        and (version is None or r.gvr.version == version)
        and (not group or (r.gvr.group.split(".")[0] or "core") == group)
    }
    if not found:
        raise NoGVK(f"the cluster serves nothing that is a {name}")
    if len(found) > 1:
        names = sorted(found)
        raise SeveralGVKs(f"{name} may be any of {', '.join(map(str, names))}: refusing to guess", names)
    return found.pop()


def _silent(item: Mapping[str, Any]) -> bool:
    return not item.get("kind") and not item.get("apiVersion")
