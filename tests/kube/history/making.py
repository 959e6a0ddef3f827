"""Rows and changes as informers make them, for tests of what is kept of them."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.rows import Change, Row, row_key

PODS = Resource(GVR("", "v1", "pods"), "Pod", True)
DEPLOYMENTS = Resource(GVR("apps", "v1", "deployments"), "Deployment", True)
SECRETS = Resource(GVR("", "v1", "secrets"), "Secret", True)


def row(
    name: str,
    version: str | int,
    *,
    resource: Resource = PODS,
    uid: str = "",
    namespace: str = "default",
    who: str = "kubelet",
    written: int = 0,
    **fields: Any,
) -> Row:
    """A row of a whole object; ``fields`` are the object's own."""
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": uid or f"uid-{name}",
        "resourceVersion": str(version),
    }
    obj = {"apiVersion": resource.gvk.api_version, "kind": resource.kind, "metadata": metadata, **fields}
    return Row(
        row_key(namespace, name),
        metadata["uid"],
        str(version),
        1_700_000_000,
        (name, who, "", written),
        raw=msgspec.json.encode(obj),
    )


def added(new: Row, *, initial: bool = False) -> Change:
    return Change("ADDED", new, None, initial=initial)


def modified(new: Row, old: Row) -> Change:
    return Change("MODIFIED", new, old)


def deleted(last: Row, old: Row | None = None, *, final_unknown: bool = False) -> Change:
    return Change("DELETED", last, old or last, final_unknown=final_unknown)


def lives(name: str, versions: range, **fields: Any) -> tuple[list[Row], list[Change]]:
    """An object that comes and changes: its rows, and what an informer says of them."""
    rows = [row(name, version, status={"seen": version}, **fields) for version in versions]
    changes = [added(rows[0]), *(modified(new, old) for old, new in itertools.pairwise(rows))]
    return rows, changes
