"""The JSON documents of a scripted API server: discovery in both forms, lists, Tables, watch events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.fakes.kinds import ServedKind

AGGREGATED = "as=APIGroupDiscoveryList"
TABLE = "as=Table"
_META = "meta.k8s.io/v1"


def version() -> dict[str, Any]:
    return {"major": "1", "minor": "37", "gitVersion": "v1.37.2", "platform": "linux/amd64"}


def grouped(kinds: Iterable[ServedKind]) -> dict[str, dict[str, list[ServedKind]]]:
    """group -> version -> kinds, in the order given: the first version of a group is the preferred one."""
    groups: dict[str, dict[str, list[ServedKind]]] = {}
    for kind in kinds:
        groups.setdefault(kind.group, {}).setdefault(kind.version, []).append(kind)
    return groups


def aggregated(kinds: Sequence[ServedKind], *, core: bool, stale: Iterable[str] = ()) -> dict[str, Any]:
    """``/api`` (core) or ``/apis`` as APIGroupDiscoveryList; a group in ``stale`` is listed so and without
    resources.
    """
    unhealthy = set(stale)
    items = [
        {
            "metadata": {"name": group} if group else {},
            "versions": [
                {
                    "version": version,
                    "resources": [] if group in unhealthy else [_aggregated_kind(kind) for kind in members],
                    "freshness": "Stale" if group in unhealthy else "Current",
                }
                for version, members in versions.items()
            ],
        }
        for group, versions in grouped(kinds).items()
        if (group == "") == core
    ]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _aggregated_kind(kind: ServedKind) -> dict[str, Any]:
    return {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.kind.lower(),
        "verbs": list(kind.verbs),
        "shortNames": list(kind.short),
        "subresources": [{"subresource": "status", "responseKind": {}, "verbs": ["get", "patch", "update"]}],
    }


def core_versions() -> dict[str, Any]:
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def group_list(kinds: Sequence[ServedKind]) -> dict[str, Any]:
    groups = []
    for group, versions in grouped(kinds).items():
        named = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
        if group:
            groups.append({"name": group, "versions": named, "preferredVersion": named[0]})
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def resource_list(kinds: Sequence[ServedKind], group_version: str) -> dict[str, Any] | None:
    """``/api/v1`` or ``/apis/GROUP/VERSION``, with a subresource per kind; None where nothing is served."""
    members = [kind for kind in kinds if kind.group_version == group_version]
    if not members:
        return None
    resources = [entry for kind in members for entry in _classic_kind(kind)]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": resources,
    }


def _classic_kind(kind: ServedKind) -> list[dict[str, Any]]:
    whole = {
        "name": kind.plural,
        "singularName": kind.kind.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
        "shortNames": list(kind.short),
    }
    status = whole | {"name": f"{kind.plural}/status", "verbs": ["get", "patch", "update"]}
    return [whole, status]


def whole(kind: ServedKind, obj: Mapping[str, Any]) -> dict[str, Any]:
    """One object as GET and watch give it: with its kind and version."""
    return {"kind": kind.kind, "apiVersion": kind.group_version, **obj}


def object_list(
    kind: ServedKind, objects: Sequence[Mapping[str, Any]], meta: Mapping[str, Any]
) -> dict[str, Any]:
    """A plain list; its items are bare, as those of built-in kinds are."""
    return {
        "kind": f"{kind.kind}List",
        "apiVersion": kind.group_version,
        "metadata": dict(meta),
        "items": list(objects),
    }


def table(
    kind: ServedKind,
    objects: Sequence[Mapping[str, Any]],
    meta: Mapping[str, Any],
    *,
    columns: bool = True,
    include: str = "Metadata",
) -> dict[str, Any]:
    """A Table; ``include`` as the query's includeObject: None, Metadata or Object."""
    return {
        "kind": "Table",
        "apiVersion": _META,
        "metadata": dict(meta),
        "columnDefinitions": [column.definition() for column in kind.columns] if columns else None,
        "rows": [
            {
                "cells": [column.cell(obj) for column in kind.columns],
                "object": _table_object(kind, obj, include),
            }
            for obj in objects
        ],
    }


def _table_object(kind: ServedKind, obj: Mapping[str, Any], include: str) -> dict[str, Any] | None:
    if include == "None":
        return None
    if include == "Object":
        return whole(kind, obj)
    return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": obj["metadata"]}


def watch_object(
    kind: ServedKind, obj: Mapping[str, Any], *, as_table: bool, columns: bool, include: str
) -> dict[str, Any]:
    """The ``object`` of a watch event: the object, or a Table of one row."""
    if not as_table:
        return whole(kind, obj)
    own_version = {"resourceVersion": (obj.get("metadata") or {}).get("resourceVersion", "")}
    return table(kind, [obj], own_version, columns=columns, include=include)


def bookmark(kind: ServedKind, at: str, *, as_table: bool, columns: bool) -> dict[str, Any]:
    """The ``object`` of a BOOKMARK: nothing but a version; in a Table, in the row's object."""
    empty = {"metadata": {"resourceVersion": at, "creationTimestamp": None}}
    if not as_table:
        return whole(kind, empty)
    document = table(kind, [], {"resourceVersion": at}, columns=columns)
    blank = [None if column.type != "string" else "" for column in kind.columns]
    document["rows"] = [{"cells": blank, "object": whole(kind, empty)}]
    return document
