"""Changes in words, the most important first: ``condition Ready True → False (ContainersNotReady); image web 1 → 2``.

Which change is worth how much, and how it is said, is a table. A value of a Secret is never said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from kdesk.kube.diff.changes import Change, Item, Order, Step, Steps, deeper, path_text
from kdesk.kube.diff.masking import SECRET, VALUES, digest
from kdesk.kube.diff.merge_keys import MISSING

ONLY_METADATA = "only metadata"
ONLY_HEARTBEAT = "only heartbeat"
_LONGEST_VALUE = 48
_MARKED = re.compile(r", digest ([0-9a-f]{8})>\Z")
#: Numbers that the API leaves out when they are zero.
_COUNTERS = re.compile(r".*[rR]eplicas|active|succeeded|failed|ready|terminating|number\w+|count")
#: What one item of a list is called.
_SINGULAR = {
    "conditions": "condition",
    "containers": "container",
    "env": "env",
    "ephemeralContainers": "debug container",
    "finalizers": "finalizer",
    "imagePullSecrets": "pull secret",
    "initContainers": "init container",
    "ownerReferences": "owner",
    "ports": "port",
    "taints": "taint",
    "tolerations": "toleration",
    "volumeMounts": "mount",
    "volumes": "volume",
}

#: Says the changes of one subject: the steps that lead to it, and what changed at or below it.
_Say = Callable[[Steps, list[Change]], str]


class _Rule(NamedTuple):
    """``shape``: of a path, with ``[]`` for an item by merge key and ``[#]`` by index.

    ``depth``: how many steps lead to its subject; 0: all.
    """

    shape: str
    rank: int
    say: _Say
    depth: int = 0


def in_words(found: Sequence[Change], kind: str = "", *, limit: int = 4) -> str:
    """One line for a person: up to ``limit`` of the ``phrases``, then ``+5 more``."""
    return joined(phrases(found, kind), limit)


def joined(said: Sequence[str], limit: int) -> str:
    """Up to ``limit`` phrases as one line, then ``+5 more``."""
    more = len(said) - limit
    return "; ".join([*said[:limit], f"+{more} more"] if more > 0 else said)


def phrases(found: Sequence[Change], kind: str = "") -> list[str]:
    """What is said of the changes, the most important first.

    ``kind`` is the object's. What is only noise is said where there is nothing else: ``only heartbeat`` for signs of
    life, ``only metadata`` for what the API server keeps for itself.
    """
    if found and not found[0].steps:  # the object itself: there is no other change then
        return ["created" if found[0].before is MISSING else "gone"]
    secret = kind == SECRET
    unfolded = _unfolded(found, secret)
    parts = _parts(tuple([change.steps for change in unfolded]), secret)
    if isinstance(parts, str):
        return [parts]
    said = [say(subject, [unfolded[at] for at in places]) for say, subject, places in parts]
    return [phrase for phrase in said if phrase]


class _About(NamedTuple):
    """What is known of a change by the shape of its path alone."""

    quiet: bool
    heartbeat: bool
    unfolds: bool
    rule: _Rule


def _unfolded(found: Iterable[Change], secret: bool) -> list[Change]:
    """The changes; a map or list that came or went whole as its items, where these are what one speaks of."""
    unfolded = []
    for change in found:
        steps, before, after = change
        if (before is MISSING or after is MISSING) and _about(steps, secret).unfolds:
            parts = deeper(change)
            if parts != (change,):
                unfolded += _unfolded(parts, secret)
                continue
        unfolded.append(change)
    return unfolded


class _Part(NamedTuple):
    """One phrase: what says it, of what, and the places of its changes."""

    say: _Say
    subject: Steps
    places: list[int]


@lru_cache(maxsize=2048)
def _parts(paths: tuple[Steps, ...], secret: bool) -> list[_Part] | str:
    """What there is to say of changes in these places, the most important first; a text: nothing but that.

    Objects of a kind mostly change in the same places together: that is looked up once.
    """
    known = [_about(steps, secret) for steps in paths]
    loud = [at for at, about in enumerate(known) if not about.quiet]
    if not loud:
        if known and all(about.heartbeat for about in known):
            return ONLY_HEARTBEAT
        loud = [at for at, steps in enumerate(paths) if steps[0] != "metadata"]
        if not loud:
            return ONLY_METADATA
    subjects: dict[Steps, tuple[_Rule, list[int]]] = {}
    for at in loud:
        steps, rule = paths[at], known[at].rule
        subjects.setdefault(steps[: rule.depth or len(steps)], (rule, []))[1].append(at)
    # Stable: of one rank in the order of the fields.
    ranked = sorted(subjects.items(), key=lambda entry: entry[1][0].rank)
    return [_Part(rule.say, subject, places) for subject, (rule, places) in ranked]


def _about(steps: Steps, secret: bool) -> _About:
    return _about_shape(".".join([step if type(step) is str else _shape(step) for step in steps]), secret)


def _shape(step: Step) -> str:
    """Only an item by its merge key is surely what its list is known for: a map."""
    return "[]" if isinstance(step, Item) else "[order]" if isinstance(step, Order) else "[#]"


@lru_cache(maxsize=8192)
def _about_shape(shape: str, secret: bool) -> _About:
    quiet, heartbeat, unfolds = (rule(shape) is not None for rule in (_QUIET, _HEARTBEAT, _UNFOLDED))
    for rule in (_SECRET_RULES if secret else ()) + _RULES:
        if re.fullmatch(rule.shape, shape):
            return _About(quiet, heartbeat, unfolds, rule)
    raise AssertionError("the last rule fits every path")


# How things are said


def _plain(subject: Steps, found: list[Change]) -> str:
    return _sentence(_path(subject), found[0])


@lru_cache(maxsize=8192)
def _path(steps: Steps) -> str:
    """An item of a well-known list by what it is called: ``volume data``, ``container web resources.limits.cpu``."""
    for at in range(len(steps) - 1, 0, -1):
        step, field = steps[at], steps[at - 1]
        if isinstance(step, Item) and isinstance(field, str) and field in _SINGULAR:
            rest = path_text(steps[at + 1 :])
            return f"{_SINGULAR[field]} {_item(step)}" + (f" {rest}" if rest else "")
    return path_text(steps)


def _item(step: Any) -> str:
    if not isinstance(step, Item):
        return str(step)
    if len(step.key) == 1:  # nearly all
        return _value(step.key[0][1]) if step.key[0][1] != "" else ""
    return "/".join([_value(value) for _, value in step.key if value not in (MISSING, "")])


def _sentence(name: str, change: Change) -> str:
    steps, before, after = change
    if before is MISSING or after is MISSING:
        last, there = steps[-1], after if before is MISSING else before
        if type(there) is int and isinstance(last, str) and _COUNTERS.fullmatch(last):
            before, after = (0 if one is MISSING else one for one in (before, after))
        elif after is MISSING:
            return f"{name} removed"
        else:
            return f"{name} added" if _long(after) else f"{name} set to {_value(after)}"
    if _long(before) or _long(after):
        return f"{name} changed"
    return f"{name} {_value(before)} → {_value(after)}"


def _long(value: Any) -> bool:
    if type(value) is str:
        return len(value) > _LONGEST_VALUE or "\n" in value
    return type(value) is dict or type(value) is list


def _value(value: Any) -> str:
    kind = type(value)
    if kind is str:
        text = " ".join(value.split()) if value else '""'
        return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
    if kind is dict or kind is list:
        inside = str(len(value))
        return f"{{{inside}}}" if kind is dict else f"[{inside}]"
    if kind is bool:
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _named(name: str) -> _Say:
    return lambda subject, found: _sentence(name, found[0])


def _deletion(subject: Steps, found: list[Change]) -> str:
    return "deletionTimestamp " + ("removed" if found[0].after is MISSING else "set")


def _condition(subject: Steps, found: list[Change]) -> str:
    """``condition Ready True → False (ContainersNotReady)``."""
    name, depth = f"condition {_item(subject[-1])}", len(subject)
    by_field = {change.steps[depth]: change for change in found if len(change.steps) > depth}
    if not by_field:
        item = found[0].after
        if item is MISSING:
            return f"{name} removed"
        return f"{name} {_value(item.get('status'))}{_because(item.get('status'), item.get('reason'))}"
    status, reason = by_field.get("status"), by_field.get("reason")
    if status is not None:
        why = _because(status.after, reason.after if reason is not None else MISSING)
        return f"{_sentence(name, status)}{why}"
    if reason is not None:
        return _sentence(f"{name} reason", reason)
    return f"{name} {', '.join(str(field) for field in by_field)} changed"


def _because(status: Any, reason: Any) -> str:
    """Why a condition does not hold; why it holds is mostly its name once more."""
    return f" ({reason})" if isinstance(reason, str) and reason and status != "True" else ""


def _state(subject: Steps, found: list[Change]) -> str:
    """``web waiting (CrashLoopBackOff) → running``."""
    before = [state for change in found for state in _states(len(subject), change.steps, change.before)]
    after = [state for change in found for state in _states(len(subject), change.steps, change.after)]
    said = [", ".join(side) for side in (before, after) if side]
    return f"{_item(subject[2])} {' → '.join(said)}" if said else ""


def _states(depth: int, steps: Steps, value: Any) -> Iterable[str]:
    """What one side of a change says of the state that lies ``depth`` steps deep."""
    if value is MISSING:
        return ()
    rest = steps[depth:]
    if not rest:
        return [_named_state(*one) for one in value.items()] if type(value) is dict else ()
    if len(rest) == 1:
        return (_named_state(str(rest[0]), value),)
    return (f"{rest[0]} ({_value(value)})",) if rest[1:] == ("reason",) else ()


def _container(subject: Steps, found: list[Change]) -> str:
    """``web waiting (ContainerCreating)``, of a status that came with its container."""
    name, item = _item(subject[-1]), found[0].after
    if item is MISSING:
        return f"status of {name} removed"
    state = item.get("state")
    states = state.items() if isinstance(state, dict) else ()
    return " ".join([name, *(_named_state(one, inside) for one, inside in states)])


def _named_state(state: str, inside: Any) -> str:
    reason = inside.get("reason") if isinstance(inside, dict) else None
    return f"{state} ({_value(reason)})" if reason else state


def _restarts(subject: Steps, found: list[Change]) -> str:
    return f"{_sentence('restarts', found[0])} ({_item(subject[2])})"


def _ready(subject: Steps, found: list[Change]) -> str:
    return f"{_item(subject[2])} {'' if found[0].after is True else 'not '}ready"


def _image(subject: Steps, found: list[Change]) -> str:
    """``image nginx:1.26 → 1.27``: of the same image, only what is different after the name."""
    before, after = found[0].before, found[0].after
    if not isinstance(before, str) or not isinstance(after, str):
        return _plain(subject, found)
    name, mark = _image_name(before)
    other, other_mark = _image_name(after)
    if name == other and mark and other_mark:
        return f"image {_image_value(before)} → {_image_value(other_mark)}"
    return f"image {_image_value(before)} → {_image_value(after)}"


def _image_name(image: str) -> tuple[str, str]:
    """The name, and its tag and digest; a port of the registry is no tag."""
    name, _, sha = image.partition("@")
    folder, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return f"{folder}{slash}{last}", f"{tag}@{sha}" if sha else tag


def _image_value(image: str) -> str:
    """Short: without the registry's folders where that is too long, and of a digest the beginning."""
    image = re.sub(r"(@\w+:[0-9a-f]{8})[0-9a-f]+", r"\1…", image)
    return image if len(image) <= _LONGEST_VALUE else f"…/{image.rpartition('/')[2]}"


def _pair(noun: str) -> _Say:
    """``label tier=web added``, ``label tier web → db``."""

    def say(subject: Steps, found: list[Change]) -> str:
        change = found[0]
        key = str(subject[-1])
        if change.before is MISSING or change.after is MISSING:
            value = change.after if change.before is MISSING else change.before
            shown = f"{key}={_value(value)}" if isinstance(value, str) and value and not _long(value) else key
            return f"{noun} {shown} {'added' if change.before is MISSING else 'removed'}"
        return _sentence(f"{noun} {key}", change)

    return say


def _environment(subject: Steps, found: list[Change]) -> str:
    """``env LEVEL=debug added``, ``env LEVEL info → debug``."""
    change = found[0]
    if not isinstance(subject[-1], Item):
        return _sentence(f"env {_item(subject[-2])}", change)
    name = f"env {_item(subject[-1])}"
    item = change.after if change.before is MISSING else change.before
    value = item.get("value", MISSING)
    shown = name if value is MISSING or _long(value) else f"{name}={value}"
    return f"{shown} {'added' if change.before is MISSING else 'removed'}"


def _owner(subject: Steps, found: list[Change]) -> str:
    """``owner ReplicaSet/web-1 added``."""
    change = found[0]
    item = change.after if change.before is MISSING else change.before
    if len(change.steps) > len(subject) or not isinstance(item, dict):
        return _plain(change.steps, found)
    return f"owner {item.get('kind')}/{item.get('name')} {'added' if change.before is MISSING else 'removed'}"


def _finalizer(subject: Steps, found: list[Change]) -> str:
    change = found[0]
    if change.before is MISSING:
        return f"finalizer {_value(change.after)} added"
    if change.after is MISSING:
        return f"finalizer {_value(change.before)} removed"
    return _sentence("finalizer", change)


def _secret_value(subject: Steps, found: list[Change]) -> str:
    """``data.password changed (digest 1f0c9a3b → 77a0e52d)``."""
    name, (_, before, after) = path_text(subject), found[0]
    if before is MISSING or after is MISSING:
        return f"{name} {'added' if before is MISSING else 'removed'}"
    return f"{name} changed (digest {_digest(before)} → {_digest(after)})"


def _digest(value: Any) -> str:
    known = _MARKED.search(value) if isinstance(value, str) else None
    return known[1] if known else digest(value)


def _secret_annotation(subject: Steps, found: list[Change]) -> str:
    """Copies of the values may stand in annotations: only the key is said."""
    before, after = found[0].before, found[0].after
    verb = "added" if before is MISSING else "removed" if after is MISSING else "changed"
    return f"annotation {'.'.join(map(str, subject[2:]))} {verb}"


_STATUSES = r"status\.(c|initC|ephemeralC)ontainerStatuses"
_RULES: tuple[_Rule, ...] = (
    _Rule(r"metadata\.deletionTimestamp", 0, _deletion),
    _Rule(r"status\.phase", 1, _named("phase")),
    _Rule(rf"{_STATUSES}\.\[\]\.state(\..*)?", 2, _state, 4),
    _Rule(rf"{_STATUSES}\.\[\]", 2, _container),
    _Rule(rf"{_STATUSES}\.\[\]\.restartCount", 3, _restarts),
    _Rule(r"status\.conditions\.\[\](\..*)?", 4, _condition, 3),
    _Rule(r"status\.reason", 4, _named("reason")),
    _Rule(r"spec\.(.*\.)?\w*[cC]ontainers\.\[\]\.image", 3, _image),
    _Rule(r"spec\.replicas", 3, _plain),
    _Rule(r"status\.readyReplicas", 5, _plain),
    _Rule(r"spec\.(.*\.)?\w*[cC]ontainers\.\[\]\.env\.\[\](\.value)?", 5, _environment),
    _Rule(rf"{_STATUSES}\.\[\]\.ready", 7, _ready),
    _Rule(r"metadata\.labels\.[^.]*(\..*)?", 6, _pair("label")),
    _Rule(r"metadata\.finalizers\.\[#\]", 6, _finalizer),
    _Rule(r"metadata\.ownerReferences\.\[\](\..*)?", 6, _owner, 3),
    _Rule(r"metadata\.annotations\.[^.]*(\..*)?", 8, _pair("annotation")),
    _Rule(r"metadata(\..*)?", 8, _plain),
    _Rule(r"status(\..*)?", 7, _plain),
    _Rule(r"(?s:.*)", 5, _plain),
)
_SECRET_RULES: tuple[_Rule, ...] = (
    _Rule(rf"({'|'.join(VALUES)})(?s:\..*)?", 4, _secret_value, 2),
    _Rule(r"metadata\.annotations(?s:\..*)?", 8, _secret_annotation, 3),
)
#: Signs of life: they change for as long as nothing happens.
_HEARTBEATS = (
    r"status\.conditions\.\[\]\.(lastHeartbeatTime|lastProbeTime|lastUpdateTime)"
    r"|spec\.renewTime"
    r"|metadata\.annotations\.control-plane\.alpha\.kubernetes\.io/leader"
)
_HEARTBEAT = re.compile(_HEARTBEATS).fullmatch
#: Said only when there is nothing else: what follows from other changes, and what nobody reads.
_QUIET = re.compile(
    _HEARTBEATS + r"|metadata\.(generation|deletionGracePeriodSeconds|managedFields|resourceVersion)"
    r"|metadata\.annotations\.kubectl\.kubernetes\.io/last-applied-configuration"
    r"|(.*\.)?observedGeneration"
    r"|status\.conditions\.\[\]\.lastTransitionTime"
    r"|(.*\.)?\[order\]"
    r"|status\.images(\..*)?"
    rf"|{_STATUSES}\.\[\]\.(started|imageID|containerID|lastState(\..*)?)"
    rf"|{_STATUSES}\.\[\]\.state\.\w+\.(startedAt|finishedAt|containerID|message|exitCode|signal)"
).fullmatch
_UNFOLDED = re.compile(
    r"status|status\.conditions|status\.\w+Statuses|metadata|metadata\.(labels|annotations|ownerReferences|finalizers)"
    r"|(.*\.)?(containers|initContainers|env|volumes)"
    r"|data|stringData|binaryData"
).fullmatch
