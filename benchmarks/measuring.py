"""What the benchmarks share: clocks, memory, a session on the replay server, and how figures are printed."""

from __future__ import annotations

import gc
import json
import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from benchmarks.replay import Replay
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine.reaper import Reaper, give_back_memory
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.gvk import GVR, Resource

PODS = Resource(GVR("", "v1", "pods"), "Pod", True, "pod", ("po",), frozenset({"get", "list", "watch"}))
_DEADLINE_S = 120.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock and of this process's CPU."""

    wall: float
    cpu: float

    def per(self, count: int) -> Cost:
        return Cost(self.wall / count, self.cpu / count)


class Meter:
    """Started when it is made."""

    def __init__(self) -> None:
        gc.collect()
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def stop(self) -> Cost:
        return Cost(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def median(costs: Iterable[Cost]) -> Cost:
    found = list(costs)
    return Cost(statistics.median(c.wall for c in found), statistics.median(c.cpu for c in found))


def connection(replay: Replay, scheme: str) -> ConnectionInfo:
    """``scheme``: "plain" or "tls"."""
    return ConnectionInfo(replay.urls[scheme], ca_file=str(replay.authority) if scheme == "tls" else None)


def open_session(info: ConnectionInfo, reaper: Reaper) -> ClusterSession:
    context = Context("replay", "replay", "", "replay", info.server, "", "default", True, None, info)
    return ClusterSession(context, 1, reaper)


def until(condition: Callable[[], object], *, every: float = 0.002, seconds: float = _DEADLINE_S) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("a benchmark waited in vain")
        time.sleep(every)


def resident() -> int:
    """Bytes of this process in memory (Linux)."""
    with open("/proc/self/statm", "rb", buffering=0) as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def settled() -> int:
    """``resident`` after the garbage is gone and all that can be given back has been."""
    gc.collect()
    give_back_memory()
    return resident()


def report(figures: Mapping[str, float | int | str]) -> None:
    """One line of JSON, the last that a benchmark prints."""
    print(json.dumps({name: round(v, 4) if isinstance(v, float) else v for name, v in figures.items()}))
