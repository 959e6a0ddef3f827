"""What a cluster serves: every resource with its versions, names and verbs, and the groups that could not be asked.

Aggregated discovery takes two requests; servers that do not know it are asked group by group. A group that fails costs
only itself, and is named.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kdesk.kube.errors import ApiError, BadAnswer, KubeError, Unauthorized
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.stop import Stop
from kdesk.kube.wire.transport import JSON, Transport

_AGGREGATED = ",".join(
    [f"{JSON};g=apidiscovery.k8s.io;v={v};as=APIGroupDiscoveryList" for v in ("v2", "v2beta1")] + [JSON]
)
_SECONDS = 20.0
_AT_ONCE = 8


class UnknownResource(KubeError):
    """The cluster serves nothing by this name."""


class AmbiguousResource(KubeError):
    """Several groups serve something by this name. ``candidates`` are full names to choose from."""

    def __init__(self, name: str, candidates: Iterable[str]) -> None:
        self.candidates = tuple(candidates)
        super().__init__(f'"{name}" is ambiguous: it may be {" or ".join(self.candidates)}')


@dataclass(frozen=True, slots=True)
class Catalogue:
    """``resources``: all there is, in all versions, the server's order; ``failures``: (group, sentence).

    ``stale``: the groups (``apps/v1``) that did not answer and are here as they were before, and when that was (Unix
    seconds, 0 unknown). ``checked`` False: all of it is from before, and the cluster is being asked.
    """

    resources: tuple[Resource, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    version: str = ""
    stale: tuple[tuple[str, float], ...] = ()
    checked: bool = True
    _by_gvr: dict[GVR, Resource] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._by_gvr.update((resource.gvr, resource) for resource in self.resources)

    def preferred(self) -> list[Resource]:
        """What can be listed, in the version the server prefers, by name."""
        return sorted((r for r in self.resources if r.preferred and r.listable), key=lambda r: r.gvr)

    def by_gvr(self, gvr: GVR) -> Resource | None:
        return self._by_gvr.get(gvr)

    def stale_since(self, resource: Resource) -> float | None:
        """When the cluster last said that it serves this (0 unknown), where it does not say so now; else None."""
        return next((at for name, at in self.stale if name == group_version(resource)), None)

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        group, _, version = api_version.rpartition("/")
        for resource in self.resources:
            if resource.kind == kind and resource.gvr.group == group and resource.gvr.version == version:
                return resource
        return None

    def counterpart(self, other: Resource) -> Resource | None:
        """The same kind in this catalogue: in the same version, else in the preferred one of its group."""
        same = self.by_gvr(other.gvr)
        if same is not None and same.kind == other.kind:
            return same
        group, _, plural = other.gvr
        return next((r for r in self.preferred() if (r.gvr.group, r.gvr.resource) == (group, plural)), None)

    def resolve(self, text: str) -> Resource:
        """What kubectl takes: plural, singular, short name or kind; ``plural.group``; ``plural.version.group``.

        A bare name that a core resource has is that one, as for kubectl; where only other groups have it, several of
        them are ambiguous. Raises UnknownResource, AmbiguousResource.
        """
        name, _, rest = text.lower().partition(".")
        served = [r for r in self.resources if r.listable]
        if rest:
            version, _, group = rest.partition(".")
            found = [r for r in served if r.preferred and r.gvr.group == rest and _called(r, name)]
            found += [
                r for r in served if (r.gvr.version, r.gvr.group) == (version, group) and _called(r, name)
            ]
        else:
            found = [r for r in served if r.preferred and _called(r, name)]
            # The full name wins over a short name that another kind has.
            found = [r for r in found if r.gvr.resource == name] or found
            found = [r for r in found if not r.gvr.group] or found
        unique = list(dict.fromkeys(found))
        if len(unique) > 1:
            raise AmbiguousResource(text, [r.label for r in unique])
        if not unique:
            raise UnknownResource(self._unknown(text))
        return unique[0]

    def _unknown(self, text: str) -> str:
        if self.failures:
            groups = ", ".join(group for group, _ in self.failures)
            return f'the cluster serves no "{text}" (groups that did not answer: {groups})'
        return f'the cluster serves no "{text}"'


def group_version(resource: Resource) -> str:
    """As failures and stale groups are named: ``apps/v1``, ``v1``."""
    return f"{resource.gvr.group}/{resource.gvr.version}".lstrip("/")


def _called(resource: Resource, name: str) -> bool:
    return name in {resource.gvr.resource, resource.singular, resource.kind.lower(), *resource.short_names}


def discover(transport: Transport, stop: Stop) -> Catalogue:
    """Ask the cluster (blocking). Raises what ``Transport.get`` raises when it cannot be asked at all."""
    core = transport.get("/api", stop=stop, accept=_AGGREGATED, timeout=_SECONDS)
    groups = transport.get("/apis", stop=stop, accept=_AGGREGATED, timeout=_SECONDS)
    resources: list[Resource] = []
    failures: list[tuple[str, str]] = []
    classic: list[tuple[str, str, bool]] = []  # group, version, preferred
    for body in (core.body, groups.body):
        document = _object(body, transport.server)
        if document.get("kind") == "APIGroupDiscoveryList":
            for group in _dicts(document.get("items")):
                _aggregated(group, resources, failures)
        elif document.get("kind") == "APIVersions":
            versions = _texts(document.get("versions"))
            classic += [("", version, i == 0) for i, version in enumerate(versions)]
        else:
            classic += _classic_groups(document)
    _ask_each(transport, classic, stop, resources, failures)
    return Catalogue(tuple(resources), tuple(failures), _version(transport, stop))


def category(resource: Resource) -> str:
    """Where the tree shows a resource: one of the built-in categories, or "Custom"."""
    group, _, plural = resource.gvr
    found = _CATEGORIES.get((group, plural))
    if found is not None:
        return found
    return "Cluster" if group == "" or group.endswith(".k8s.io") or group in _BUILT_IN_GROUPS else "Custom"


def _aggregated(group: dict[str, Any], into: list[Resource], failures: list[tuple[str, str]]) -> None:
    name = _text(_dict(group.get("metadata")).get("name"))
    seen: set[str] = set()
    for version in _dicts(group.get("versions")):
        if version.get("freshness") == "Stale":
            failures.append(
                (f"{name}/{version.get('version')}".lstrip("/"), "the server behind it does not answer")
            )
        for entry in _dicts(version.get("resources")):
            plural = _text(entry.get("resource"))
            kind = _text(_dict(entry.get("responseKind")).get("kind"))
            if not plural or not kind:
                continue
            into.append(
                Resource(
                    GVR(name, _text(version.get("version")), plural),
                    kind,
                    entry.get("scope") == "Namespaced",
                    _text(entry.get("singularResource")) or kind.lower(),
                    _texts(entry.get("shortNames")),
                    frozenset(_texts(entry.get("verbs"))),
                    _texts(entry.get("categories")),
                    # Versions come in the server's order of preference; a resource may be missing from the first.
                    plural not in seen,
                )
            )
            seen.add(plural)


def _classic_groups(document: dict[str, Any]) -> list[tuple[str, str, bool]]:
    found: list[tuple[str, str, bool]] = []
    for group in _dicts(document.get("groups")):
        name = _text(group.get("name"))
        versions = list(filter(None, (_text(v.get("version")) for v in _dicts(group.get("versions")))))
        best = _text(_dict(group.get("preferredVersion")).get("version")) or next(iter(versions), "")
        versions.sort(key=lambda version: version != best)
        found += [(name, version, version == best) for version in versions]
    return found


def _ask_each(
    transport: Transport,
    wanted: list[tuple[str, str, bool]],
    stop: Stop,
    into: list[Resource],
    failures: list[tuple[str, str]],
) -> None:
    """The classic way: one request per group and version, a few at a time."""
    if not wanted:
        return
    ask = functools.partial(_ask, transport, stop)
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="discovery") as pool:
        answers = list(pool.map(ask, wanted))
    stop.check()
    seen: set[tuple[str, str]] = set()
    for (group, version, _), answer in zip(wanted, answers, strict=True):
        name = f"{group}/{version}".lstrip("/")
        if isinstance(answer, KubeError):
            if isinstance(answer, Unauthorized):
                raise answer
            failures.append((name, str(answer)))
            continue
        for entry in _dicts(answer.get("resources")):
            plural, kind = _text(entry.get("name")), _text(entry.get("kind"))
            if not plural or not kind or "/" in plural:
                continue
            into.append(
                Resource(
                    GVR(group, version, plural),
                    kind,
                    bool(entry.get("namespaced")),
                    _text(entry.get("singularName")) or kind.lower(),
                    _texts(entry.get("shortNames")),
                    frozenset(_texts(entry.get("verbs"))),
                    _texts(entry.get("categories")),
                    (group, plural) not in seen,
                )
            )
            seen.add((group, plural))


def _ask(transport: Transport, stop: Stop, wanted: tuple[str, str, bool]) -> dict[str, Any] | KubeError:
    group, version, _ = wanted
    path = f"/apis/{group}/{version}" if group else f"/api/{version}"
    try:
        return _object(transport.get(path, stop=stop, timeout=_SECONDS).body, transport.server)
    except KubeError as error:
        return error


def server_version(transport: Transport, stop: Stop) -> str:
    """The ``gitVersion`` of ``/version``. Raises what ``Transport.get`` raises, BadAnswer."""
    answer = transport.get("/version", stop=stop, timeout=_SECONDS)
    return str(_object(answer.body, transport.server).get("gitVersion") or "")


def _version(transport: Transport, stop: Stop) -> str:
    """For people only: "" where it may not be asked."""
    try:
        return server_version(transport, stop)
    except (ApiError, BadAnswer):
        return ""


def _object(body: bytes, server: str) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError):
        document = None
    if not isinstance(document, dict):
        raise BadAnswer(f"{server} answered with something that is not Kubernetes")
    return document


# What servers behind the API server say is not always what it should be: an odd value is one that is not there.


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


_BUILT_IN_GROUPS = frozenset({"apps", "batch", "autoscaling", "policy", "extensions", "events.k8s.io"})
_BY_CATEGORY = {
    "Workloads": (
        "pods deployments.apps statefulsets.apps daemonsets.apps replicasets.apps jobs.batch cronjobs.batch"
        " replicationcontrollers horizontalpodautoscalers.autoscaling poddisruptionbudgets.policy"
        " controllerrevisions.apps podtemplates"
    ),
    "Network": (
        "services endpoints endpointslices.discovery.k8s.io ingresses.networking.k8s.io"
        " ingressclasses.networking.k8s.io networkpolicies.networking.k8s.io"
    ),
    "Config": "configmaps secrets resourcequotas limitranges",
    "Storage": (
        "persistentvolumeclaims persistentvolumes storageclasses.storage.k8s.io volumeattachments.storage.k8s.io"
        " csidrivers.storage.k8s.io csinodes.storage.k8s.io csistoragecapacities.storage.k8s.io"
        " volumeattributesclasses.storage.k8s.io"
    ),
    "Access": (
        "serviceaccounts roles.rbac.authorization.k8s.io rolebindings.rbac.authorization.k8s.io"
        " clusterroles.rbac.authorization.k8s.io clusterrolebindings.rbac.authorization.k8s.io"
        " certificatesigningrequests.certificates.k8s.io"
    ),
    "Cluster": (
        "nodes namespaces events events.events.k8s.io leases.coordination.k8s.io"
        " customresourcedefinitions.apiextensions.k8s.io apiservices.apiregistration.k8s.io"
        " priorityclasses.scheduling.k8s.io runtimeclasses.node.k8s.io"
    ),
}
_CATEGORIES = {
    (label.partition(".")[2], label.partition(".")[0]): name
    for name, labels in _BY_CATEGORY.items()
    for label in labels.split()
}
#: The tree's order.
CATEGORIES = (*_BY_CATEGORY, "Custom")
