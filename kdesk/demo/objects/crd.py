"""Custom resources: from a CustomResourceDefinition to the kinds and columns that are served."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from kdesk.demo.objects.kinds import Kind
from kdesk.demo.objects.tables import Cell, Column, Printer, Since, columns
from kdesk.demo.objects.values import Object, seconds_of

_STEP = re.compile(
    r"""\.([\w-]+(?:\\\.[\w-]+)*)|\[(\d+|\*)\]|\['([^']+)'\]|\[\?\(@\.(\w+)\s*==\s*["']([^"']*)["']\)\]"""
)

Find = Callable[[Any], list[Any]]


def kinds_of(definition: Object) -> list[tuple[Kind, Printer]]:
    """Every served version of a definition with its columns, the storage version first."""
    spec = definition["spec"]
    names = spec["names"]
    served = [version for version in spec["versions"] if version.get("served")]
    served.sort(key=lambda version: not version.get("storage"))
    made = []
    for version in served:
        kind = Kind(
            group=spec["group"],
            version=version["name"],
            kind=names["kind"],
            plural=names["plural"],
            namespaced=spec.get("scope") == "Namespaced",
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            subresources=tuple(sorted(version.get("subresources") or ())),
            singular=names.get("singular") or "",
            custom=True,
            list_kind=names.get("listKind") or "",
        )
        made.append((kind, _printer(version.get("additionalPrinterColumns") or [])))
    return made


def scale_paths(definition: Object, version: str) -> tuple[str, str]:
    """The dotted paths of desired and of actual replicas in a version with a scale subresource."""
    entry = next(entry for entry in definition["spec"]["versions"] if entry["name"] == version)
    scale = entry["subresources"]["scale"]
    return scale["specReplicasPath"].strip("."), scale["statusReplicasPath"].strip(".")


def complete(definition: Object, now: str) -> None:
    """Fills in what the API server itself writes: defaulted names and the status that says *established*."""
    spec = definition["spec"]
    names = spec["names"]
    names.setdefault("singular", names["kind"].lower())
    names.setdefault("listKind", names["kind"] + "List")
    spec.setdefault("conversion", {"strategy": "None"})
    kept = (definition.get("status") or {}).get("conditions")
    accepted = [
        _condition("NamesAccepted", now, "NoConflicts", "no conflicts found"),
        _condition("Established", now, "InitialNamesAccepted", "the initial names have been accepted"),
    ]
    definition["status"] = {
        "conditions": kept or accepted,
        "acceptedNames": names,
        "storedVersions": [version["name"] for version in spec["versions"] if version.get("storage")],
    }


def problem(definition: Object) -> tuple[str, str] | None:
    """The first field that makes a definition unusable, and why; or None."""
    spec = definition.get("spec") or {}
    names = spec.get("names") or {}
    required = (
        ("spec.group", spec.get("group")),
        ("spec.scope", spec.get("scope")),
        ("spec.names.plural", names.get("plural")),
        ("spec.names.kind", names.get("kind")),
        ("spec.versions", spec.get("versions")),
    )
    for field, value in required:
        if not value:
            return field, "Required value"
    wanted = f"{names['plural']}.{spec['group']}"
    name = definition["metadata"]["name"]
    if name != wanted:
        return "metadata.name", f'Invalid value: "{name}": must be spec.names.plural+"."+spec.group'
    if sum(bool(version.get("storage")) for version in spec["versions"]) != 1:
        return "spec.versions", "Invalid value: must have exactly one version marked as storage version"
    return None


def _condition(kind: str, now: str, reason: str, message: str) -> Object:
    state = {"type": kind, "status": "True", "lastTransitionTime": now}
    return state | {"reason": reason, "message": message}


def _printer(wanted: list[Object]) -> Printer:
    if not wanted:
        wanted = [{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]
    extra = tuple(
        Column(
            entry["name"],
            entry["type"],
            entry.get("format", ""),
            entry.get("description")
            or f"Custom resource definition column (in JSONPath format): {entry['jsonPath']}",
            entry.get("priority", 0),
        )
        for entry in wanted
    )
    finders = [(entry["type"], _path(entry["jsonPath"])) for entry in wanted]

    def cells(item: Object) -> list[Cell]:
        return [item["metadata"]["name"], *(_cell(kind, find(item)) for kind, find in finders)]

    return Printer(columns("Name") + extra, cells)


def _path(text: str) -> Find:
    """The part of JSONPath that printer columns use: fields, indexes, `[*]` and one equality filter."""
    steps = [found.groups() for found in _STEP.finditer(text)]

    def find(value: Any) -> list[Any]:
        found = [value]
        for field, index, quoted, key, wanted in steps:
            if index == "*":
                found = [entry for value in found if isinstance(value, list) for entry in value]
            elif index is not None:
                at = int(index)
                found = [value[at] for value in found if isinstance(value, list) and at < len(value)]
            elif key is not None:
                rows = [entry for value in found if isinstance(value, list) for entry in value]
                found = [row for row in rows if isinstance(row, dict) and str(row.get(key)) == wanted]
            else:
                name = quoted or field.replace("\\.", ".")
                found = [value[name] for value in found if isinstance(value, dict) and name in value]
        return found

    return find


def _cell(kind: str, found: list[Any]) -> Cell:
    if not found or found[0] is None:
        return None
    value = found[0]
    if kind == "string":
        if isinstance(value, (dict, list)):
            return msgspec.json.encode(value).decode()
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if kind == "integer":
        return int(value) if isinstance(value, (int, float)) else None
    if kind == "number":
        return float(value) if isinstance(value, (int, float)) else None
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    try:
        seconds_of(value)
    except (TypeError, ValueError):
        return "<invalid>"
    return Since(value)
