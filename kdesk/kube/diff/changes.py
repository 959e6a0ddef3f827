"""What is different between two states of an object, as a list of changes that can be applied again.

Lists are compared as Kubernetes merges them: a container, a condition or a volume is the same one as long as its merge
key is, wherever it stands. What every write changes (managedFields, resourceVersion) and the order of fields are no
changes; everything else is, also where only the notation differs (``1`` and ``1.0``, ``1000m`` and ``"1"``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

import msgspec

from kdesk.kube.diff.masking import SECRET, digested
from kdesk.kube.errors import KubeError


class _Missing(Enum):
    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


#: There is no such field or item, which is not the same as null.
MISSING: Final = _Missing.MISSING


class Item(NamedTuple):
    """An item of a list by its merge key: field names and their values (MISSING where it lacks the field)."""

    key: tuple[tuple[str, Any], ...]


class Order(NamedTuple):
    """The order of a list's items; ``fields`` are those of the merge key."""

    fields: tuple[str, ...]


#: A field of a map, an item by merge key or by index, or a list's order.
Step = str | int | Item | Order
Steps = tuple[Step, ...]


class Change(NamedTuple):
    """One difference. ``before`` or ``after`` is MISSING where something was added or removed.

    The order of a list's items is a change of its own, of lists of their keys. Without any step, the object itself
    appeared or disappeared.
    """

    steps: Steps
    before: Any
    after: Any

    @property
    def path(self) -> str:
        """As people write it: ``spec.containers[name=web].image``, ``metadata.labels["a/b"]``; "" for the object."""
        return path_text(self.steps)

    def record(self) -> dict[str, Any]:
        """``path``, ``before`` and ``after`` for JSON; without the one that is MISSING."""
        sides = {"before": self.before, "after": self.after}
        return {"path": self.path} | {name: value for name, value in sides.items() if value is not MISSING}


class DoesNotFit(ValueError):
    """The changes are not those of this object."""


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
_BY_NAME = (("name",),)
_NESTED = (dict, list)
#: Fields of ``metadata`` that every write changes.
_NOISE = frozenset(["managedFields", "resourceVersion"])
_LCS_LIMIT = 64  # items; the table has the square of it

_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_PLAIN_VALUE = re.compile(r"[^\s\"\[\],=]+")
_LOOKS_TYPED = re.compile(r"-?[0-9][0-9.eE+-]*|true|false|null")
#: With sorted keys: two values are the same when their texts are, and 1 is neither true nor 1.0.
_exact = msgspec.json.Encoder(order="deterministic").encode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode
_decode = msgspec.json.Decoder().decode
_OPENING = ord("{")


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> tuple[Change, ...]:
    """What makes ``after`` of ``before`` (objects as decoded JSON; None: there is none), in the order of the fields.

    Empty exactly when they are equal apart from what is noise. The values are the objects' own: do not modify them.
    """
    if before is None or after is None:
        if before is after:
            return ()
        return (Change((), _or_missing(before), _or_missing(after)),)
    found: list[Change] = []
    _in_maps(found, (), without_noise(before), without_noise(after))
    return tuple(found)


def changes_of(before: bytes, after: bytes, kind: str) -> tuple[Change, ...]:
    """The same of two objects as JSON; the values of a Secret are replaced by digests.

    Only fields that differ are decoded: a change of status costs nothing for the spec. Raises KubeError.
    """
    if before == after:
        return ()
    try:
        if kind == SECRET:
            sides = ({**_object(raw), "kind": SECRET} for raw in (before, after))  # whatever it says it is
            return changes(*map(digested, sides))
        old, new = _differing(before, after)
        return changes(old, new)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise KubeError(f"the {kind} came without a readable object") from error


def _differing(
    before: bytes | msgspec.Raw, after: bytes | msgspec.Raw
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two maps without what is the same in both, byte for byte: decoding that would cost more than all else."""
    old: dict[str, Any] = _members(before)
    new: dict[str, Any] = _members(after)
    for name, raw in list(old.items()):
        other = new.get(name)
        if other is None:
            old[name] = _decode(raw)
        elif other == raw:
            del old[name], new[name]
        elif memoryview(raw)[0] == memoryview(other)[0] == _OPENING:
            old[name], new[name] = _differing(raw, other)
        else:
            old[name], new[name] = _decode(raw), _decode(other)
    for name in new.keys() - old.keys():
        new[name] = _decode(new[name])
    return old, new


def apply(before: Mapping[str, Any] | None, found: Sequence[Change]) -> dict[str, Any] | None:
    """The object after the changes; ``before`` is left as it was. Raises DoesNotFit."""
    result: Any = dict(before) if before is not None else None
    for change in found:
        try:
            result = _applied(result, change.steps, change)
        except (LookupError, TypeError, ValueError) as error:
            raise DoesNotFit(f"{change.path} is not there") from error
    return None if result is MISSING or result is None else dict(result)


def deeper(change: Change) -> tuple[Change, ...]:
    """The same change, where a whole map or list came or went, as one of each of its fields or items."""
    before, after = change.before, change.after
    value = after if before is MISSING else before if after is MISSING else None
    if not value or not isinstance(value, dict | list):
        return (change,)
    empty: Any = type(value)()
    pair = (empty, value) if before is MISSING else (value, empty)
    found: list[Change] = []
    _inside(found, change.steps, *pair)
    return tuple(found)


def without_noise(obj: Mapping[str, Any]) -> dict[str, Any]:
    """The object without the fields that every write changes: a copy as deep as that takes."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or not _NOISE & metadata.keys():
        return obj if isinstance(obj, dict) else dict(obj)
    return {**obj, "metadata": {name: value for name, value in metadata.items() if name not in _NOISE}}


def path_text(steps: Steps) -> str:
    """As ``Change.path``."""
    text = ""
    for step in steps:
        match step:
            case str() if _PLAIN.fullmatch(step):
                text += f".{step}" if text else step
            case str():
                text += f"[{json.dumps(step, ensure_ascii=False)}]"
            case int():
                text += f"[{step}]"
            case Item():
                text += f"[{key_text(step)}]"
            case Order():
                text += "[order]"
    return text


def key_text(item: Item) -> str:
    """``containerPort=80,protocol=TCP``."""
    return ",".join(f"{name}={_value_text(value)}" for name, value in item.key if value is not MISSING)


def _value_text(value: Any) -> str:
    if isinstance(value, str) and _PLAIN_VALUE.fullmatch(value) and not _LOOKS_TYPED.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _or_missing(obj: Mapping[str, Any] | None) -> Any:
    return MISSING if obj is None else without_noise(obj)


# How they are found


def _same(old: Any, new: Any) -> bool:
    """Equal in value and in notation. Comparing first is cheap and settles most; 1 == True needs the second look."""
    if type(old) is not type(new) or old != new:
        return False
    return type(old) not in _NESTED or _exact(old) == _exact(new)


def _inside(found: list[Change], steps: Steps, old: Any, new: Any) -> None:
    """Of two values that are not the same."""
    if type(old) is not type(new) or type(old) not in _NESTED:
        found.append(Change(steps, old, new))
    elif type(old) is dict:
        _in_maps(found, steps, old, new)
    else:
        _in_lists(found, steps, old, new)


def _in_maps(found: list[Change], steps: Steps, old: dict[str, Any], new: dict[str, Any]) -> None:
    for name, value in old.items():
        other = new.get(name, MISSING)
        if other is MISSING or not _same(value, other):
            if other is not MISSING and type(value) in _NESTED:
                _inside(found, (*steps, name), value, other)
            else:
                found.append(Change((*steps, name), value, other))
    for name, value in new.items():
        if name not in old:
            found.append(Change((*steps, name), MISSING, value))


def _in_lists(found: list[Change], steps: Steps, old: list[Any], new: list[Any]) -> None:
    field = next((step for step in reversed(steps) if isinstance(step, str)), "")
    for fields in _MERGE_KEYS.get(field, _BY_NAME):
        before = _keyed(fields, old)
        after = _keyed(fields, new) if before is not None else None
        if before is not None and after is not None:
            _in_keyed(found, steps, fields, before, after)
            return
    _in_sequences(found, steps, old, new)


#: The values of a merge key's fields.
_Key = tuple[Any, ...]


def _keyed(fields: tuple[str, ...], items: list[Any]) -> dict[_Key, Any] | None:
    """The items by their merge key; None where one has none, or not one of its own."""
    keyed: dict[_Key, Any] = {}
    for item in items:
        key = _key_of(item, fields)
        if key is None or key in keyed:
            return None
        keyed[key] = item
    return keyed


def _key_of(item: Any, fields: tuple[str, ...]) -> _Key | None:
    """The merge key of a list's item; None where it lacks the first field or a key is no text or whole number."""
    if type(item) is not dict or fields[0] not in item:
        return None
    key = tuple([item.get(name, MISSING) for name in fields])
    for value in key:
        if type(value) is not str and type(value) is not int and value is not MISSING:
            return None
    return key


def _item(fields: tuple[str, ...], key: _Key) -> Item:
    return Item(tuple(zip(fields, key, strict=True)))


def _in_keyed(
    found: list[Change],
    steps: Steps,
    fields: tuple[str, ...],
    old: dict[_Key, Any],
    new: dict[_Key, Any],
) -> None:
    for key, value in old.items():
        other = new.get(key, MISSING)
        if other is MISSING:
            found.append(Change((*steps, _item(fields, key)), value, MISSING))
        elif not _same(value, other):
            _inside(found, (*steps, _item(fields, key)), value, other)
    added = [key for key in new if key not in old]
    for key in added:
        found.append(Change((*steps, _item(fields, key)), MISSING, new[key]))
    wanted = list(new)
    if [key for key in old if key in new] + added != wanted:
        before, after = ([key_text(_item(fields, key)) for key in keys] for keys in (old, wanted))
        found.append(Change((*steps, Order(fields)), before, after))


def _in_sequences(found: list[Change], steps: Steps, old: list[Any], new: list[Any]) -> None:
    """By index: changed items first, then removed ones (the last first), then added ones.

    So each index is right at its turn: those of the list before until items are added, then those of the list after.
    """
    head, shorter = 0, min(len(old), len(new))
    while head < shorter and _same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < shorter - head and _same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    removed, added = _edits(before, after)
    for index in range(min(len(before), len(after))):
        if removed is None and not _same(before[index], after[index]):
            _inside(found, (*steps, head + index), before[index], after[index])
    if removed is None:
        paired = min(len(before), len(after))
        removed, added = list(range(paired, len(before))), list(range(paired, len(after)))
    for index in reversed(removed):
        found.append(Change((*steps, head + index), before[index], MISSING))
    for index in added:
        found.append(Change((*steps, head + index), MISSING, after[index]))


def _edits(old: list[Any], new: list[Any]) -> tuple[list[int] | None, list[int]]:
    """Which items to remove and to add, keeping the longest common sequence; None where pairs say it shorter."""
    if max(len(old), len(new)) > _LCS_LIMIT or any(isinstance(item, dict | list) for item in old + new):
        return None, []
    # length[i][j]: of the longest common sequence of old[i:] and new[j:]
    length = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            same = _same(old[i], new[j])
            length[i][j] = length[i + 1][j + 1] + 1 if same else max(length[i + 1][j], length[i][j + 1])
    differing = sum(not _same(one, other) for one, other in zip(old, new, strict=False))
    if differing + abs(len(old) - len(new)) <= len(old) + len(new) - 2 * length[0][0]:
        return None, []
    removed, added = [], []
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and _same(old[i], new[j]):
            i, j = i + 1, j + 1
        elif j == len(new) or (i < len(old) and length[i + 1][j] >= length[i][j + 1]):
            removed.append(i)
            i += 1
        else:
            added.append(j)
            j += 1
    return removed, added


# How they are applied


def _applied(node: Any, steps: Steps, change: Change) -> Any:
    """The node with the change made below it: a copy of what lies on the way."""
    if not steps:
        return change.after
    step, rest = steps[0], steps[1:]
    if isinstance(step, Order):
        keyed = _keyed(step.fields, node) or {}
        by_text = {key_text(_item(step.fields, key)): item for key, item in keyed.items()}
        return [by_text[text] for text in change.after]
    if isinstance(step, str):
        made = dict(node)
        if not rest and change.after is MISSING:
            del made[step]
        else:
            made[step] = _applied(made[step] if rest else None, rest, change)
        return made
    items = list(node)
    if not rest and change.before is MISSING:
        items.insert(len(items) if isinstance(step, Item) else step, change.after)
        return items
    index = _place(items, step) if isinstance(step, Item) else step
    if not rest and change.after is MISSING:
        del items[index]
    else:
        items[index] = _applied(items[index], rest, change)
    return items


def _place(items: list[Any], item: Item) -> int:
    fields, key = zip(*item.key, strict=True)
    return [_key_of(one, fields) for one in items].index(key)
