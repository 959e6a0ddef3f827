"""What a cluster says about itself: version, groups, resources (classic and aggregated) and a minimal OpenAPI."""

from __future__ import annotations

import platform

from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.kinds import REVIEWS, Kind
from kdesk.demo.objects.values import Object

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
VERSION = "v1.37.2"

_SUBRESOURCE_VERBS = {"log": ["get"], "finalize": ["update"]}
_CHANGING = ["get", "patch", "update"]


def version() -> Object:
    return {
        "major": "1",
        "minor": "37",
        "emulationMajor": "1",
        "emulationMinor": "37",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "36",
        "gitVersion": VERSION,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2026-08-12T00:00:00Z",
        "goVersion": "",
        "compiler": "kdesk-demo",
        "platform": f"{platform.system().lower()}/{platform.machine()}",
    }


def core_versions(address: str) -> Object:
    """`/api` for old clients. `address` is the host and port of this server."""
    servers = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": servers}


def groups(cluster: Cluster) -> Object:
    """`/apis` for old clients."""
    listed = [_group(name, versions) for name, versions in _group_versions(cluster)]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}


def group(cluster: Cluster, name: str) -> Object | None:
    """`/apis/GROUP`, or None when there is no such group."""
    found = next((entry for entry in _group_versions(cluster) if entry[0] == name), None)
    return {"kind": "APIGroup", "apiVersion": "v1"} | _group(*found) if found else None


def resources(cluster: Cluster, group_name: str, at: str) -> Object | None:
    """`/api/v1` or `/apis/GROUP/VERSION`, or None when it is not served."""
    kinds = _kinds(cluster, group_name, at)
    if not kinds:
        return None
    listed = []
    for kind in kinds:
        entry: Object = {
            "name": kind.plural,
            "singularName": kind.singular_name,
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": list(kind.verbs),
        }
        names = {"shortNames": list(kind.short_names), "categories": list(kind.categories)}
        listed.append(entry | {name: value for name, value in names.items() if value})
        listed += [_subresource(kind, name) for name in kind.subresources]
    group_version = f"{group_name}/{at}" if group_name else at
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": listed,
    }


def aggregated(cluster: Cluster, core: bool) -> Object:
    """`/api` (`core`) or `/apis` in the aggregated form: everything in one answer."""
    wanted = [("", ("v1",))] if core else _group_versions(cluster)
    items = []
    for name, versions in wanted:
        listed = [
            {
                "version": at,
                "resources": [_aggregated_resource(kind) for kind in _kinds(cluster, name, at)],
                "freshness": "Current",
            }
            for at in versions
        ]
        metadata = {"name": name, "creationTimestamp": None} if name else {"creationTimestamp": None}
        items.append({"metadata": metadata, "versions": listed})
    head = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2"}
    return head | {"metadata": {}, "items": items}


def open_api_index(cluster: Cluster) -> Object:
    """`/openapi/v3`: one document for each group and version."""
    paths = ["api/v1"]
    paths += [f"apis/{name}/{at}" for name, versions in _group_versions(cluster) for at in versions]
    found = {path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={cluster.name}"} for path in paths}
    return {"paths": found}


def open_api(cluster: Cluster, group_name: str, at: str) -> Object | None:
    """Paths without schemas. It is what kubectl needs to leave validation (`fieldValidation`) to the server."""
    kinds = _kinds(cluster, group_name, at)
    if not kinds:
        return None
    root = f"/apis/{group_name}/{at}" if group_name else f"/api/{at}"
    queries = ("dryRun", "fieldManager", "fieldValidation")
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in queries]
    paths: Object = {}
    for kind in kinds:
        inside = f"/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else f"/{kind.plural}"
        named = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        answer: Object = {"responses": {"200": {"description": "OK"}}, "parameters": parameters}
        for verb, action, path in (("patch", "patch", inside + "/{name}"), ("post", "create", inside)):
            about = {"x-kubernetes-action": verb, "x-kubernetes-group-version-kind": named}
            if action in kind.verbs:
                paths[root + path] = {verb: answer | about}
    info = {"title": "Kubernetes", "version": VERSION}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": {}}}


def _group_versions(cluster: Cluster) -> list[tuple[str, tuple[str, ...]]]:
    stored = [(entry.name, entry.versions) for entry in cluster.groups()]
    return stored + [(name, ("v1",)) for name in sorted({kind.group for kind in REVIEWS})]


def _kinds(cluster: Cluster, group_name: str, at: str) -> list[Kind]:
    reviews = [kind for kind in REVIEWS if (kind.group, kind.version) == (group_name, at)]
    return cluster.kinds(group_name, at) + reviews


def _group(name: str, versions: tuple[str, ...]) -> Object:
    listed = [{"groupVersion": f"{name}/{at}", "version": at} for at in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def _subresource(kind: Kind, name: str) -> Object:
    entry: Object = {
        "name": f"{kind.plural}/{name}",
        "singularName": "",
        "namespaced": kind.namespaced,
        "kind": "Scale" if name == "scale" else kind.kind,
        "verbs": _SUBRESOURCE_VERBS.get(name, _CHANGING),
    }
    return entry | ({"group": "autoscaling", "version": "v1"} if name == "scale" else {})


def _aggregated_resource(kind: Kind) -> Object:
    entry: Object = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular_name,
        "verbs": list(kind.verbs),
    }
    for name, values in (("shortNames", kind.short_names), ("categories", kind.categories)):
        if values:
            entry[name] = list(values)
    scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    if kind.subresources:
        entry["subresources"] = [
            {
                "subresource": name,
                "responseKind": scale if name == "scale" else entry["responseKind"],
                "verbs": _SUBRESOURCE_VERBS.get(name, _CHANGING),
            }
            for name in kind.subresources
        ]
    return entry
