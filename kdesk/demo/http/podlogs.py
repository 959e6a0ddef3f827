"""Log lines that were never written: a pod's log is a pure function of its uid and of time."""

from __future__ import annotations

import random
from collections.abc import Iterator

from kdesk.demo.objects.values import Object, micro_stamp, seconds_of

_STEP_S = 1.7
_MAX_LINES = 2000
_PATHS = ("/api/v1/items", "/api/v1/orders", "/checkout", "/healthz", "/metrics", "/cart", "/search?q=boots")
_ACTIONS = (
    "cache refreshed",
    "batch flushed",
    "connection pool resized",
    "lease renewed",
    "checkpoint written",
)
_CRASH = (
    "FATAL could not connect to database: connection refused (10.96.14.7:5432)",
    "goroutine 1 [running]:",
    "main.mustConnect(0xc0000a4000)",
    "    /src/cmd/server/main.go:87 +0x1d4",
    "exit status 1",
)


def running_since(pod: Object, container: str) -> float | None:
    """When the container's current run began, Unix seconds; None when it has never run."""
    for entry in (pod.get("status") or {}).get("containerStatuses") or ():
        if entry["name"] == container:
            for state in (entry.get("state") or {}, entry.get("lastState") or {}):
                started = (state.get("running") or state.get("terminated") or {}).get("startedAt")
                if started:
                    return float(seconds_of(started))
    return None


def ended_at(pod: Object, container: str) -> tuple[float, bool] | None:
    """When the container's run ended and whether it failed; None while it runs."""
    for entry in (pod.get("status") or {}).get("containerStatuses") or ():
        if entry["name"] == container and "running" not in (entry.get("state") or {}):
            for state in (entry.get("state") or {}, entry.get("lastState") or {}):
                if "terminated" in state:
                    ended = state["terminated"]
                    return float(seconds_of(ended["finishedAt"])), bool(ended["exitCode"])
    return None


def lines(
    uid: str, container: str, started: float, after: float, until: float
) -> Iterator[tuple[float, str]]:
    """Time and text of every line in `(after, until]`; all times in Unix seconds. The oldest ones are rotated away."""
    last = int((until - started) / _STEP_S)
    number = max(0, int((after - started) / _STEP_S) + 1, last - _MAX_LINES)
    if after < started <= until:
        yield started, f"starting {container}"
    while number <= last:
        moment = started + number * _STEP_S
        if number and moment > after:
            yield moment, _text(random.Random(f"{uid}/{container}/{number}"))
        number += 1


def crash(moment: float) -> list[tuple[float, str]]:
    """The last words of a container that failed at `moment`."""
    return [(moment, text) for text in _CRASH]


def stamped(moment: float, text: str) -> str:
    return f"{micro_stamp(moment)[:-1]}000Z {text}"


def _text(pick: random.Random) -> str:
    kind = pick.random()
    if kind < 0.7:
        code = pick.choices((200, 204, 304, 404, 500), (80, 6, 6, 6, 2))[0]
        address = f"10.244.{pick.randint(0, 12)}.{pick.randint(2, 250)}"
        request = f'"GET {pick.choice(_PATHS)} HTTP/1.1"'
        return f"{address} {request} {code} {pick.randint(80, 9000)} {pick.randint(1, 180)}ms"
    if kind < 0.92:
        return f"INFO {pick.choice(_ACTIONS)} in {pick.randint(2, 400)}ms"
    if kind < 0.985:
        return f"WARN slow upstream answered after {pick.randint(500, 4000)}ms, retry {pick.randint(1, 3)}"
    fields = f'"attempt":{pick.randint(1, 5)},"trace":"{pick.getrandbits(32):08x}"'
    return '{"level":"error","msg":"request failed",' + fields + "}"
