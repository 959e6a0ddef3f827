"""Merging a patch into an object: JSON merge patch (RFC 7386) and the strategic kind that kubectl sends."""

from __future__ import annotations

from typing import Any

from kdesk.demo.objects.errors import bad_request, unsupported_media_type
from kdesk.demo.objects.values import Object

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"

_KEYED_LISTS = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "ports": "containerPort",
    "conditions": "type",
    "imagePullSecrets": "name",
    "taints": "key",
    "ownerReferences": "uid",
}
"""Lists that a strategic patch merges element by element, and by which field; all others are replaced."""


def apply_patch(media_type: str, target: Object, patch: Any) -> Object:
    """The patched object; the given one is not changed. Raises ApiError 400 or 415."""
    if media_type not in (MERGE, STRATEGIC):
        raise unsupported_media_type(media_type, f"{MERGE}, {STRATEGIC}")
    if not isinstance(patch, dict):
        raise bad_request("the patch is not a JSON object")
    return _merge(target, patch, media_type == STRATEGIC)


def _merge(target: Any, patch: Object, strategic: bool) -> Object:
    merged: Object = dict(target) if isinstance(target, dict) else {}
    if strategic and patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    for name, value in patch.items():
        if strategic and name.startswith("$"):
            continue
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = _merge(merged.get(name), value, strategic)
        elif strategic and name in _KEYED_LISTS and isinstance(value, list):
            merged[name] = _merge_list(merged.get(name) or [], value, _KEYED_LISTS[name])
        elif strategic and name == "finalizers" and isinstance(value, list):
            merged[name] = list(dict.fromkeys([*(merged.get(name) or []), *value]))
        else:
            merged[name] = value
    return merged


def _merge_list(target: list[Any], patch: list[Any], key: str) -> list[Any]:
    if not all(isinstance(entry, dict) and key in entry for entry in [*target, *patch]):
        return patch
    merged = {entry[key]: entry for entry in target}
    for entry in patch:
        if entry.get("$patch") == "delete":
            merged.pop(entry[key], None)
        else:
            merged[entry[key]] = _merge(merged.get(entry[key]), entry, True)
    return list(merged.values())
