"""Switching to and fro between two large clusters that both change: nothing grows, nothing old comes through.

    python -m benchmarks.switching [--switches 30] [--pods 20000] [--events-per-second 200]

Two simulated clusters run in a process of their own. Each switch is ``Fleet.switch``, timed on the thread that calls it
(in the window that is the GUI's), then discovery, the list, and some live events. The queue of the old cluster's watch
is emptied when the switch returns and looked into later: nothing may have come. Threads, file descriptors, sockets and
resident memory are counted when a cluster is loaded and live. The last line is JSON. Linux only.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field

from benchmarks.measuring import report, resident, until
from kdesk.demo import launch
from kdesk.kube.config.kubeconfig import Sources
from kdesk.kube.engine.fleet import Fleet
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.reaper import give_back_memory
from kdesk.kube.engine.subscription import Stream, WatchState

_TARGET_MS = 16.0
_LOOK_S = 0.3  # a person looks at it for a moment, and the old session is purged


@dataclass
class Census:
    """What was counted, an entry for each switch. ``switch_ms``: time on the caller's thread."""

    switch_ms: list[float] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    sockets: list[int] = field(default_factory=list)
    resident_mb: list[float] = field(default_factory=list)
    events: int = 0
    old_events: int = 0

    def count(self) -> None:
        names = []
        for name in os.listdir("/proc/self/fd"):
            try:
                names.append(os.readlink(f"/proc/self/fd/{name}"))
            except FileNotFoundError:
                continue  # the one that listed the folder
        gc.collect()
        give_back_memory()
        self.threads.append(threading.active_count())
        self.files.append(len(names))
        self.sockets.append(sum(name.startswith("socket:") for name in names))
        self.resident_mb.append(resident() / 1e6)


def endure(fleet: Fleet, switches: int, pods: int) -> Census:
    census = Census()
    names = [context.name for context in fleet.contexts]
    before = Stream()
    for turn in range(switches):
        started = time.perf_counter()
        session = fleet.switch(names[turn % 2])
        census.switch_ms.append((time.perf_counter() - started) * 1000)
        before.take()  # from here on, whatever the old watch tells is of an old epoch
        stream = Stream(capacity=10_000_000)
        informer = session.watch(WatchSpec(session.open().resolve("pods")), stream).informer
        until(lambda: informer.status.state is WatchState.LIVE and informer.report().events >= 20)  # noqa: B023
        census.ready_s.append(time.perf_counter() - started)
        assert abs(len(informer.store) - pods) < 0.05 * pods
        time.sleep(_LOOK_S)
        census.old_events += len(before.take())
        census.events += len(stream.take())
        census.count()
        before = stream
    return census


def tell(census: Census, options: argparse.Namespace) -> bool:
    """Print it; whether nothing grew, nothing came late and no switch took too long."""
    ordered = sorted(census.switch_ms)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    # A cycle is there and back.
    first, last = max(census.resident_mb[:2]), max(census.resident_mb[-2:])
    # The first switch leaves nothing behind: the thread that cleans up starts with the second.
    counts = {name: getattr(census, name)[1:] for name in ("threads", "files", "sockets")}
    flat = {name: max(found) - min(found) for name, found in counts.items()}
    print(f"{len(ordered)} switches between two clusters of {options.pods} pods, {census.events} events")
    print(
        f"on the caller's thread  median {statistics.median(ordered):.2f} ms, p99 {p99:.2f}, max {ordered[-1]:.2f}"
    )
    print(
        f"live again after        median {statistics.median(census.ready_s):.2f} s, max {max(census.ready_s):.2f}"
    )
    for name, spread in flat.items():
        found = counts[name]
        print(f"{name:23} {found[0]} at first, {found[-1]} at last, {spread} between least and most")
    print(
        f"resident memory         {first:.1f} MB in the first cycle, {last:.1f} in the last ({last / first:.1%})"
    )
    print(f"events of an old epoch  {census.old_events}")
    figures: dict[str, float | int | str] = {
        "switches": len(ordered),
        "pods": options.pods,
        "events": census.events,
    }
    figures |= {
        "switch_median_ms": statistics.median(ordered),
        "switch_p99_ms": p99,
        "switch_max_ms": ordered[-1],
    }
    figures |= {"ready_median_s": statistics.median(census.ready_s), "old_events": census.old_events}
    figures |= {f"{name}_spread": spread for name, spread in flat.items()}
    figures |= {"first_cycle_mb": first, "last_cycle_mb": last, "memory_ratio": last / first}
    report(figures)
    return not census.old_events and not any(flat.values()) and last <= 1.05 * first and p99 <= _TARGET_MS


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--switches", type=int, default=30, help="at least 4")
    parser.add_argument("--pods", type=int, default=20_000, help="in each cluster")
    parser.add_argument("--events-per-second", type=float, default=200.0, help="in each cluster")
    options = parser.parse_args(arguments)
    clusters = launch.start(2, options.pods, options.events_per_second)
    try:
        if not clusters.wait_ready(120):
            print(clusters.complaint(), file=sys.stderr)
            return 1
        fleet = Fleet(Sources((clusters.kubeconfig,), merged=True))
        fleet.load()
        census = endure(fleet, options.switches, options.pods)
        fleet.close()
        assert fleet.wait_closed(10)
    finally:
        clusters.stop()
    return 0 if tell(census, options) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
