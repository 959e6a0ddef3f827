"""Changes made to an object once more: applied to the old one, they give the new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kdesk.kube.diff.changes import Change, Item, Order, Steps, key_text
from kdesk.kube.diff.merge_keys import MISSING, key_of, keyed


class DoesNotFit(ValueError):
    """The changes are not those of this object."""


def apply(before: Mapping[str, Any] | None, found: Sequence[Change]) -> dict[str, Any] | None:
    """The object after the changes; ``before`` is left as it was. Raises DoesNotFit."""
    result: Any = dict(before) if before is not None else None
    for change in found:
        try:
            result = _applied(result, change.steps, change)
        except (LookupError, TypeError, ValueError) as error:
            raise DoesNotFit(f"{change.path} is not there") from error
    return None if result is MISSING or result is None else dict(result)


def _applied(node: Any, steps: Steps, change: Change) -> Any:
    """The node with the change made below it: a copy of what lies on the way."""
    if not steps:
        return change.after
    step, rest = steps[0], steps[1:]
    if isinstance(step, Order):
        items_by_key = keyed(step.fields, node) or {}
        by_text = {key_text(Item.of(step.fields, key)): item for key, item in items_by_key.items()}
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
    return [key_of(one, fields) for one in items].index(key)
