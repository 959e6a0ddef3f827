"""Watch events a second and CPU per event: kdesk's informer, the package's, and the bytes alone.

    python -m benchmarks.watch_throughput [--events 30000] [--repeats 3]

All read the same pod events from a replay server in another process, in turns. ``drain`` reads the bytes and throws
them away; ``decode`` decodes them to types besides. kdesk's informer is the whole of it: stream, projection, store and
a table's subscription, emptied 30 times a second. The package's SharedInformer keeps whole objects, with one handler
that counts. CPU is that of this process. The last line is JSON.
"""

from __future__ import annotations

import argparse
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from kubernetes import client
from kubernetes.informer import SharedInformer

from benchmarks.drain import Drain
from benchmarks.measuring import PODS, Cost, Meter, connection, median, report
from benchmarks.replay import Replay
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.engine.informer import Informer, WatchSpec
from kdesk.kube.engine.subscription import Latest
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.table.rows import Change
from kdesk.kube.wire.transport import Transport

_TARGET = "/api/v1/pods?watch=true"
_FRAME_S = 1 / 30


class Counted(Latest):
    """A table's queue that says when so many changes have come through it."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._left = count
        self.complete = threading.Event()

    def changed(self, changes: Sequence[Change]) -> None:
        super().changed(changes)
        self._left -= len(changes)
        if self._left <= 0:
            self.complete.set()


def drain(replay: Replay, info: ConnectionInfo, count: int, *, table: bool, decode: bool) -> Cost:
    with Drain(info, table=table) as peer:
        begun = peer.ask(_TARGET)
        replay.wait_watch()
        length = replay.go(count) - len(begun)
        meter = Meter()
        if decode:
            assert peer.decode(length) == count
        else:
            peer.drain(length)
        cost = meter.stop()
        replay.end()
    return cost


def kdesk(replay: Replay, info: ConnectionInfo, count: int, *, table: bool) -> Cost:
    informer = Informer(WatchSpec(PODS, whole=not table), Transport(info, Credentials(info)))
    queue = Counted(count)
    informer.subscribe(queue)
    informer.start()
    replay.wait_watch()
    meter = Meter()
    replay.go(count)
    while not queue.complete.wait(_FRAME_S):
        queue.take()
    cost = meter.stop()
    informer.stop()
    replay.end()
    assert informer.join(10)
    return cost


def package(replay: Replay, info: ConnectionInfo, count: int) -> Cost:
    # Its stop() breaks the connection and logs that as an error.
    logging.getLogger("kubernetes.informer").setLevel(logging.CRITICAL)
    settings = client.Configuration(host=info.server)
    settings.ssl_ca_cert = info.ca_file
    with client.ApiClient(settings) as api:
        informer: Any = SharedInformer(client.CoreV1Api(api).list_pod_for_all_namespaces)  # type: ignore[no-untyped-call]
        left, complete = count, threading.Event()

        def handle(_: object) -> None:
            nonlocal left
            left -= 1
            if not left:
                complete.set()

        for kind in ("ADDED", "MODIFIED"):
            informer.add_event_handler(kind, handle)
        informer.start()
        replay.wait_watch()
        meter = Meter()
        replay.go(count)
        complete.wait()
        cost = meter.stop()
        informer.stop()
        replay.end()
    return cost


def measure(replay: Replay, info: ConnectionInfo, events: int, repeats: int) -> dict[str, Cost]:
    """Cost per event of each contender."""
    contenders: dict[str, tuple[int, Callable[[int], Cost]]] = {}
    for form, table in (("table", True), ("whole", False)):
        bytes_alone = partial(drain, replay, info, table=table)
        contenders |= {
            f"drain_{form}": (events, partial(bytes_alone, decode=False)),
            f"decode_{form}": (events, partial(bytes_alone, decode=True)),
            f"kdesk_{form}": (events, partial(kdesk, replay, info, table=table)),
        }
    contenders["package"] = (max(events // 40, 1), partial(package, replay, info))
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for turn in range(repeats + 1):
        for name, (count, run) in contenders.items():
            cost = run(count if turn else max(count // 10, 1)).per(count)
            if turn:  # the first one warms up
                costs[name].append(cost)
    return {name: median(found) for name, found in costs.items()}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=30_000, help="a run (the package: a fortieth of that)")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    figures: dict[str, float | int | str] = {"events": options.events}
    with Replay() as replay:
        for scheme in ("plain", "tls"):
            found = measure(replay, connection(replay, scheme), options.events, options.repeats)
            print(f"{scheme:14} {'events/s':>12} {'CPU µs/event':>14}")
            for name, cost in found.items():
                print(f"  {name:12} {1 / cost.wall:12,.0f} {cost.cpu * 1e6:14.1f}")
                figures[f"{scheme}_{name}_per_s"] = round(1 / cost.wall)
                figures[f"{scheme}_{name}_cpu_us"] = cost.cpu * 1e6
            for form in ("table", "whole"):
                mine = found[f"kdesk_{form}"]
                figures[f"{scheme}_{form}_times_package"] = times = found["package"].wall / mine.wall
                figures[f"{scheme}_{form}_times_package_cpu"] = found["package"].cpu / mine.cpu
                figures[f"{scheme}_{form}_cpu_of_decode"] = cpu = mine.cpu / found[f"decode_{form}"].cpu
                print(f"  {form}: {times:.0f} times the package, {cpu:.2f} times the CPU of drain and decode")
    report(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
