"""In what state an object is, in a word and a tone, and what it itself says of its past.

Objects remember little, and only the newest of each: when they were created, when conditions turned, when containers
started and exited. What was seen live knows better; this is for the time before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

Document = Mapping[str, Any]

#: Waiting for these is how a pod starts; waiting for anything else is a fault.
_STARTING = frozenset(["ContainerCreating", "PodInitializing"])
_REVISION = "deployment.kubernetes.io/revision"
_GOOD = frozenset(["Ready", "Available", "Complete"])
#: Conditions that are bad news when they hold.
_FAULTS = {"Failed": "bad", "FailureTarget": "bad", "ReplicaFailure": "bad", "DisruptionTarget": "warn"}
_FAULT_ENDINGS = ("Pressure", "Unavailable")
#: Conditions that say what Ready says.
_ECHOES = frozenset(["ContainersReady"])


class State(NamedTuple):
    """``tone``: ok, warn, bad or info; "" for what is neither good nor bad."""

    word: str
    tone: str = ""


class Fact(NamedTuple):
    """What an object says of its past. ``key`` and ``at`` (epoch seconds, whole) tell it from its other facts."""

    key: str
    at: float
    words: str
    tone: str = ""


class Span(NamedTuple):
    """A state from ``begin`` to ``end``, epoch seconds."""

    begin: float
    end: float
    state: State


def moment(text: object) -> float:
    """Epoch seconds of a timestamp as Kubernetes writes it; 0 where there is none."""
    if not isinstance(text, str):
        return 0.0
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def created_at(document: Document) -> float:
    return moment(_map(document, "metadata").get("creationTimestamp"))


def state_of(kind: str, document: Document) -> State:
    """The state now. A kind that is not known here is judged by its conditions Ready and Available."""
    found = _STATES.get(kind, _any_state)(document)
    if _map(document, "metadata").get("deletionTimestamp"):
        return State("terminating", found.tone if found.tone == "bad" else "")
    return found


def facts_of(kind: str, document: Document) -> tuple[Fact, ...]:
    """All that the object says of its past, oldest first."""
    found = _creation(kind, document) + _deletion(document) + _containers(document) + _conditions(document)
    status = _map(document, "status")
    for field, words in (("completionTime", "completed"), ("lastScheduleTime", "scheduled a job")):
        if at := moment(status.get(field)):
            found.append(Fact(field, at, words))
    return tuple(sorted(found, key=lambda fact: fact.at))


def spans_before(kind: str, document: Document, until: float) -> tuple[Span, ...]:
    """What can be said of the states from its creation to ``until``, by the object as it was then."""
    begin = created_at(document)
    if not begin or begin >= until:
        return ()
    state = state_of(kind, document)
    if kind == "Pod":
        spans = _runs(document, begin, until, state)
    else:
        turned = max([fact.at for fact in _conditions(document)], default=begin)
        spans = [Span(begin, turned, State("")), Span(turned, until, state)]
    return tuple(span for span in spans if span.end > span.begin)


def _map(document: Document, name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _maps(document: Document, name: str) -> list[dict[str, Any]]:
    value = document.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(document: Document, name: str, absent: int = 0) -> int:
    value = document.get(name)
    return value if isinstance(value, int) else absent


# What the states are


def _pod(document: Document) -> State:
    status = _map(document, "status")
    phase = str(status.get("phase") or "Pending")
    if phase == "Succeeded":
        return State("completed")
    if phase == "Failed":
        return State(str(status.get("reason") or "failed"), "bad")
    for container in _maps(status, "initContainerStatuses") + _maps(status, "containerStatuses"):
        state = _map(container, "state")
        reason = str(_map(state, "waiting").get("reason") or "")
        if reason and reason not in _STARTING:
            return State(reason, "bad")
        ended = _map(state, "terminated")
        if ended and _number(ended, "exitCode"):
            return State(f"exited with {_number(ended, 'exitCode')}", "bad")
    if phase == "Pending":
        scheduled = _condition(document, "PodScheduled")
        return (
            State("unschedulable", "bad") if scheduled.get("status") == "False" else State("pending", "info")
        )
    return State("ready", "ok") if _condition(document, "Ready").get("status") == "True" else _NOT_READY


_NOT_READY = State("not ready", "warn")


def _replicas(document: Document) -> State:
    spec, status = _map(document, "spec"), _map(document, "status")
    wanted = _number(spec, "replicas", 1)
    ready, there = _number(status, "readyReplicas"), _number(status, "replicas")
    if _condition(document, "Progressing").get("status") == "False":
        return State("stalled", "bad")
    if _condition(document, "ReplicaFailure").get("status") == "True":
        return State("cannot make pods", "bad")
    if not wanted and not there:
        return State("scaled to 0")
    word = f"{ready}/{wanted} ready"
    if ready < wanted:
        return State(word, "warn")
    if there > wanted or _number(status, "updatedReplicas", wanted) < wanted:
        return State(f"{word}, rolling out", "info")
    return State(word, "ok" if wanted else "")


def _daemons(document: Document) -> State:
    status = _map(document, "status")
    ready, wanted = _number(status, "numberReady"), _number(status, "desiredNumberScheduled")
    return State(f"{ready}/{wanted} ready", "ok" if ready >= wanted else "warn")


def _job(document: Document) -> State:
    if _condition(document, "Failed").get("status") == "True":
        return State("failed", "bad")
    if _condition(document, "Complete").get("status") == "True":
        return State("complete", "ok")
    if _map(document, "spec").get("suspend"):
        return State("suspended")
    return State("running", "info")


def _cron_job(document: Document) -> State:
    if _map(document, "spec").get("suspend"):
        return State("suspended")
    active = document.get("status", {}).get("active") if isinstance(document.get("status"), dict) else None
    return State("active", "info") if active else State("waiting")


def _namespace(document: Document) -> State:
    phase = str(_map(document, "status").get("phase") or "")
    return State(phase.lower(), "ok" if phase == "Active" else "")


def _any_state(document: Document) -> State:
    for kind in ("Ready", "Available"):
        condition = _condition(document, kind)
        if condition:
            holds = condition.get("status") == "True"
            return State(kind.lower(), "ok") if holds else State(f"not {kind.lower()}", "warn")
    return State(str(_map(document, "status").get("phase") or "").lower())


def _node(document: Document) -> State:
    return (
        State("ready", "ok")
        if _condition(document, "Ready").get("status") == "True"
        else State("not ready", "bad")
    )


_STATES: dict[str, Callable[[Document], State]] = {
    "Pod": _pod,
    "Deployment": _replicas,
    "ReplicaSet": _replicas,
    "ReplicationController": _replicas,
    "StatefulSet": _replicas,
    "DaemonSet": _daemons,
    "Job": _job,
    "CronJob": _cron_job,
    "Namespace": _namespace,
    "Node": _node,
}


def _condition(document: Document, kind: str) -> dict[str, Any]:
    conditions = _maps(_map(document, "status"), "conditions")
    return next((condition for condition in conditions if condition.get("type") == kind), {})


# What objects say of their past


def _creation(kind: str, document: Document) -> list[Fact]:
    at = created_at(document)
    return [Fact("created", at, creation_words(kind, document))] if at else []


def creation_words(kind: str, document: Document) -> str:
    """``created``, of a ReplicaSet ``created: revision 3, nginx:1.27``."""
    revision = _map(_map(document, "metadata"), "annotations").get(_REVISION)
    if kind != "ReplicaSet" or not revision:
        return "created"
    template = _map(_map(_map(document, "spec"), "template"), "spec")
    images = [
        str(container.get("image", "")).rpartition("/")[2] for container in _maps(template, "containers")
    ]
    return ", ".join([f"created: revision {revision}", *filter(None, images)])


def _deletion(document: Document) -> list[Fact]:
    metadata = _map(document, "metadata")
    due, grace = moment(metadata.get("deletionTimestamp")), _number(metadata, "deletionGracePeriodSeconds")
    words = f"deletion requested, {grace} s of grace" if grace else "deletion requested"
    return [Fact("deletion", due - grace, words)] if due else []


def _conditions(document: Document) -> list[Fact]:
    """Those that turned in the same second, as one."""
    turned: dict[float, list[dict[str, Any]]] = {}
    for condition in _maps(_map(document, "status"), "conditions"):
        at = moment(condition.get("lastTransitionTime"))
        if at and condition.get("type") not in _ECHOES:
            turned.setdefault(at, []).append(condition)
    return [
        Fact(
            "condition " + " ".join(str(condition.get("type")) for condition in those),
            at,
            "; ".join(map(_condition_words, those)),
            max(map(_condition_tone, those), key=_WORST.index),
        )
        for at, those in turned.items()
    ]


_WORST = ("", "ok", "warn", "bad")


def _condition_words(condition: dict[str, Any]) -> str:
    status, reason = condition.get("status"), condition.get("reason")
    because = f" ({reason})" if reason and status != "True" else ""
    return f"condition {condition.get('type')} {status}{because}"


def _condition_tone(condition: dict[str, Any]) -> str:
    kind, holds = str(condition.get("type")), condition.get("status") == "True"
    if kind in _FAULTS or kind.endswith(_FAULT_ENDINGS):
        return _FAULTS.get(kind, "warn") if holds else ""
    if holds:
        return "ok" if kind in _GOOD else ""
    return "bad" if kind == "Progressing" else "warn"


def _containers(document: Document) -> list[Fact]:
    status = _map(document, "status")
    found: list[Fact] = []
    for container in _maps(status, "initContainerStatuses") + _maps(status, "containerStatuses"):
        state = _map(container, "state")
        name, restarts = str(container.get("name")), _number(container, "restartCount")
        last, ended = _map(_map(container, "lastState"), "terminated"), _map(state, "terminated")
        waits = str(_map(state, "waiting").get("reason") or "")
        found += _run(name, last, max(0, restarts - 1), waits)
        found += _run(name, ended, restarts)
        found += _start(name, _map(state, "running"), restarts)
    return found


def _run(name: str, ended: Document, restarts: int, waits: str = "") -> list[Fact]:
    """One run that is over."""
    at, code = moment(ended.get("finishedAt")), _number(ended, "exitCode")
    if not at:
        return []
    reason = ended.get("reason")
    words = (
        f"{name} exited with {code}"
        + (f" ({reason})" if reason else "")
        + (f", then {waits}" if waits else "")
    )
    return [*_start(name, ended, restarts), Fact(f"{name} exited", at, words, "bad" if code else "")]


def _start(name: str, running: Document, restarts: int) -> list[Fact]:
    at = moment(running.get("startedAt"))
    words = f"{name} started" + (f", restart {restarts:,}" if restarts else "")
    return [Fact(f"{name} started", at, words)] if at else []


def _runs(document: Document, begin: float, until: float, state: State) -> list[Span]:
    """A pod's states by its container that restarted most."""
    statuses = _maps(_map(document, "status"), "containerStatuses")
    container = max(statuses, key=lambda one: _number(one, "restartCount"), default={})
    last, now = _map(_map(container, "lastState"), "terminated"), _map(container, "state")
    started = moment(_map(now, "running").get("startedAt")) or moment(
        _map(now, "terminated").get("startedAt")
    )
    spans: list[Span] = []
    if moment(last.get("finishedAt")):
        ran, ended = moment(last.get("startedAt")), moment(last.get("finishedAt"))
        restarts = _number(container, "restartCount")
        spans.append(Span(begin, ran, State(f"{restarts:,} restarts by now") if restarts > 1 else _PENDING))
        spans.append(Span(max(begin, ran), ended, State("running", "ok")))
        waits = str(_map(now, "waiting").get("reason") or "waiting")
        spans.append(Span(ended, started or until, State(waits, "bad")))
        begin = started or until
    elif started:
        spans.append(Span(begin, started, _PENDING))
        begin = started
    turned = moment(_condition(document, "Ready").get("lastTransitionTime"))
    if state.tone == "ok" and turned > begin:
        spans.append(Span(begin, turned, _NOT_READY))
        begin = turned
    ended_at = moment(_map(now, "terminated").get("finishedAt"))
    if ended_at > begin:
        spans.append(Span(begin, ended_at, State("running", "ok")))
        begin = ended_at
    spans.append(Span(begin, until, state))
    return spans


_PENDING = State("pending", "info")
