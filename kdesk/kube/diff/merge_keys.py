"""Which item of a list is which: by its merge key, as Kubernetes merges lists, wherever it stands."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final


class _Missing(Enum):
    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


#: There is no such field or item, which is not the same as null.
MISSING: Final = _Missing.MISSING


#: The values of a merge key's fields.
Key = tuple[Any, ...]

# The merge keys of the API's own types (patchMergeKey, x-kubernetes-list-map-keys), by the list's field; the first
# that tells all items apart counts. Some lists that the API replaces as a whole have keys here as well: it is the same
# container whose status changed.
_MERGE_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "addresses": (("type", "address"), ("ip",)),
    "conditions": (("type",),),
    "egress": (),
    "envFrom": (),
    "hostAliases": (("ip",),),
    "hostIPs": (("ip",),),
    "ingress": (("ip",), ("hostname",)),
    "items": (("key",), ("path",)),
    "matchExpressions": (("key", "operator"),),
    "ownerReferences": (("uid",),),
    "paths": (("path", "pathType"),),
    "podIPs": (("ip",),),
    "ports": (("containerPort", "protocol"), ("port", "protocol"), ("name",)),
    "rules": (("host",), ("name",)),
    "subjects": (("kind", "namespace", "name"),),
    "taints": (("key", "effect"),),
    "tolerations": (("key", "operator", "effect", "value"),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "volumeDevices": (("devicePath",),),
    "volumeMounts": (("mountPath",),),
}
#: Containers, volumes, env, webhooks, versions, image pull secrets, listeners of a gateway: most lists, of most CRDs.
_BY_NAME: tuple[tuple[str, ...], ...] = (("name",),)


def merge_keys(field: str) -> tuple[tuple[str, ...], ...]:
    """The fields of the merge keys that the items of a list may have, by the list's field: the first that fits."""
    return _MERGE_KEYS.get(field, _BY_NAME)


def keyed(fields: tuple[str, ...], items: list[Any]) -> dict[Key, Any] | None:
    """The items by their merge key; None where one has none, or not one of its own."""
    found: dict[Key, Any] = {}
    if len(fields) == 1:  # nearly always: what follows, without a call for each
        [name] = fields
        for item in items:
            value = item.get(name) if type(item) is dict else None
            if type(value) is not str and type(value) is not int:
                return None
            found[(value,)] = item
        return found if len(found) == len(items) else None
    for item in items:
        key = key_of(item, fields)
        if key is None or key in found:
            return None
        found[key] = item
    return found


def key_of(item: Any, fields: tuple[str, ...]) -> Key | None:
    """The merge key of a list's item; None where it lacks the first field or a key is no text or whole number."""
    if type(item) is not dict or fields[0] not in item:
        return None
    if len(fields) == 1:
        value = item[fields[0]]
        return (value,) if type(value) is str or type(value) is int else None
    key = tuple([item.get(name, MISSING) for name in fields])
    for value in key:
        if type(value) is not str and type(value) is not int and value is not MISSING:
            return None
    return key
