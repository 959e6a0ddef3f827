"""What is different between two states of an object, as a list of changes that can be applied again.

Lists are compared as Kubernetes merges them: a container, a condition or a volume is the same one as long as its merge
key is, wherever it stands. What every write changes (managedFields, resourceVersion) and the order of fields are no
changes; everything else is, also where only the notation differs (``1`` and ``1.0``, ``1000m`` and ``"1"``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from kdesk.kube.diff.masking import SECRET, digested
from kdesk.kube.diff.merge_keys import MISSING, Key, key_of, keyed, merge_keys
from kdesk.kube.diff.opening import NOISE, compared, opened
from kdesk.kube.errors import KubeError

_PATHS = 8_192  # that are kept, and their texts: objects of a kind change in the same places


class Item(NamedTuple):
    """An item of a list by its merge key: field names and their values (MISSING where it lacks the field)."""

    key: tuple[tuple[str, Any], ...]

    @classmethod
    @lru_cache(_PATHS)  # the same items change again and again, and those that are one need no comparing
    def of(cls, fields: tuple[str, ...], values: Key) -> Item:
        if len(fields) == 1:  # nearly all
            return cls(((fields[0], values[0]),))
        return cls(tuple(zip(fields, values, strict=True)))


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


_NESTED = (dict, list)
_LCS_LIMIT = 64  # items; the table has the square of it

_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_PLAIN_VALUE = re.compile(r"[^\s\"\[\],=]+")
_LOOKS_TYPED = re.compile(r"-?[0-9][0-9.eE+-]*|true|false|null")
#: With sorted keys: two values are the same when their texts are, and 1 is neither true nor 1.0.
_exact = msgspec.json.Encoder(order="deterministic").encode
_object = msgspec.json.Decoder(dict[str, Any]).decode
_decode = msgspec.json.Decoder().decode


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
        found: list[Change] = []
        _in_map_texts(found, (), *compared(before, after))
        return tuple(found)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise KubeError(f"the {kind} came without a readable object") from error


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
    if not isinstance(metadata, dict) or not NOISE & metadata.keys():
        return obj if isinstance(obj, dict) else dict(obj)
    return {**obj, "metadata": {name: value for name, value in metadata.items() if name not in NOISE}}


@lru_cache(_PATHS)
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


# Decoded values


def _in_maps(found: list[Change], steps: Steps, old: dict[str, Any], new: dict[str, Any]) -> None:
    kept = 0
    for name, before in old.items():
        after = new.get(name, MISSING)
        kept += after is not MISSING
        # Most values are texts, which need no second look.
        if before == after and (type(before) is str or _same(before, after)):
            continue
        _inside(found, (*steps, name), before, after)
    if kept < len(new):
        found += [Change((*steps, name), MISSING, new[name]) for name in new if name not in old]


def _inside(found: list[Change], steps: Steps, old: Any, new: Any) -> None:
    """Of two values that are not the same."""
    if type(old) is not type(new) or type(old) not in _NESTED:
        found.append(Change(steps, old, new))
    elif type(old) is dict:
        _in_maps(found, steps, old, new)
    else:
        _in_lists(found, steps, old, new)


def _same(old: Any, new: Any) -> bool:
    """Equal in value and in notation. Comparing first is cheap and settles most; 1 == True needs the second look."""
    if type(old) is not type(new) or old != new:
        return False
    return type(old) not in _NESTED or not old or _exact(old) == _exact(new)


def _in_lists(found: list[Change], steps: Steps, old: list[Any], new: list[Any]) -> None:
    for fields in merge_keys(_field(steps)):
        before = keyed(fields, old)
        after = keyed(fields, new) if before is not None else None
        if before is not None and after is not None:
            _in_keyed(found, steps, fields, before, after)
            return
    _in_sequences(found, steps, old, new)


def _in_keyed(
    found: list[Change], steps: Steps, fields: tuple[str, ...], old: dict[Key, Any], new: dict[Key, Any]
) -> None:
    for key, before in old.items():
        after = new.get(key, MISSING)
        if not _same(before, after):
            _inside(found, (*steps, Item.of(fields, key)), before, after)
    had, wanted = list(old), list(new)
    if had == wanted:
        return
    added = [key for key in wanted if key not in old]
    for key in added:
        found.append(Change((*steps, Item.of(fields, key)), MISSING, new[key]))
    if [key for key in had if key in new] + added != wanted:
        before, after = ([key_text(Item.of(fields, key)) for key in keys] for keys in (had, wanted))
        found.append(Change((*steps, Order(fields)), before, after))


def _field(steps: Steps) -> str:
    """Of a list: what it is called."""
    for step in reversed(steps):
        if isinstance(step, str):
            return step
    return ""


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


# JSON: what is the same byte for byte is the same, and decoding it would cost more than all else


def _in_map_texts(found: list[Change], steps: Steps, old: dict[str, Any], new: dict[str, Any]) -> None:
    kept = 0
    for name, before in old.items():
        after = new.get(name, MISSING)
        if after is MISSING:
            found.append(Change((*steps, name), _decoded(before), MISSING))
            continue
        kept += 1
        if before != after:
            _between(found, (*steps, name), before, after)
    if kept < len(new):
        found += [Change((*steps, name), MISSING, _decoded(new[name])) for name in new if name not in old]


def _between(found: list[Change], steps: Steps, old: Any, new: Any) -> None:
    """Of two texts that are not the same, or maps of texts."""
    before: Any = old if type(old) is dict else opened(old)
    after: Any = new if type(new) is dict else opened(new)
    if type(before) is not type(after):
        found.append(Change(steps, _decoded(old), _decoded(new)))
    elif type(before) is dict:
        _in_map_texts(found, steps, before, after)
    elif type(before) is list:
        _in_list_texts(found, steps, (old, before), (new, after))
    elif before != after:
        found.append(Change(steps, before, after))


#: A list as JSON, and its items as such.
_ListText = tuple[msgspec.Raw, list[msgspec.Raw]]


def _in_list_texts(found: list[Change], steps: Steps, old: _ListText, new: _ListText) -> None:
    """Mostly all items are where they were: then only those are looked at whose texts differ."""
    before, texts, after = _decode(old[0]), old[1], new[1]
    fields, keys = _keys(steps, before)
    if fields and len(texts) == len(after):
        differing = [(at, _decode(after[at])) for at, text in enumerate(texts) if text != after[at]]
        if [key_of(item, fields) for _, item in differing] == [keys[at] for at, _ in differing]:
            for at, item in differing:
                _in_maps(found, (*steps, Item.of(fields, keys[at])), before[at], item)
            return
    _in_lists(found, steps, before, _decode(new[0]))


def _keys(steps: Steps, items: list[Any]) -> tuple[tuple[str, ...], list[Key]]:
    """The fields of the merge key that a list's items have, and the keys; none where they have none."""
    for fields in merge_keys(_field(steps)):
        by_key = keyed(fields, items)
        if by_key is not None:
            return fields, list(by_key)
    return (), []


def _decoded(text: Any) -> Any:
    if type(text) is dict:
        return {name: _decode(inner) for name, inner in text.items()}
    return _decode(text)
