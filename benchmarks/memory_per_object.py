"""Bytes kept for each pod, and what of them comes back when a session is retired.

    python -m benchmarks.memory_per_object [--pods 100000]

Each way of keeping pods is measured in a process of its own, by its resident memory before and after loading (garbage
collected, freed memory returned): kdesk's session with a table's informer; the same with whole objects (JSON); dicts
decoded from the same lists; the package's models (fewer of them, and said so). The rows of kdesk are then purged the
way a switch does it, ``ClusterSession.retire`` and the reaper, and memory is looked at 2 s later. Linux only; the last
line is JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from benchmarks.measuring import PODS, connection, open_session, report, resident, settled, until
from benchmarks.replay import Replay
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Latest, WatchState
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.stop import Stop
from kdesk.kube.wire.transport import Transport

_PAGE = "/api/v1/pods"
_RETURN_S = 2.0


def rows(replay: Replay, pods: int, *, whole: bool = False) -> dict[str, float]:
    """Loaded by a session, then retired; bytes per pod, and the part of all of them that came back in time."""
    reaper = Reaper()
    with Replay(pods=5_000) as small:
        # Once around with fewer: what a first session brings into memory for good is not the pods'.
        _load(small, reaper, whole).retire()
        time.sleep(_RETURN_S)
    before = settled()
    session = _load(replay, reaper, whole)
    loaded = settled()
    assert sum(one.objects for one in session.reports()) == pods
    session.retire()
    del session  # as a view lets go of it
    took = _returned_after(before, loaded)
    time.sleep(_RETURN_S - took)
    after = resident()
    reaper.close()
    return {
        "bytes_per_pod": (loaded - before) / pods,
        "returned": (loaded - after) / (loaded - before),
        "returned_after_s": took,
        "loaded_mb": loaded / 1e6,
        "after_mb": after / 1e6,
        "before_mb": before / 1e6,
    }


def _load(replay: Replay, reaper: Reaper, whole: bool) -> ClusterSession:
    """A session whose watch is live, its table's queue emptied."""
    session = open_session(connection(replay, "tls"), reaper)
    queue = Latest()
    informer = session.watch(WatchSpec(PODS, whole=whole), queue).informer
    until(lambda: queue.take() is None and informer.status.state is WatchState.LIVE, every=0.03)
    return session


def _returned_after(before: int, loaded: int) -> float:
    """Seconds from ``retire`` (just now) until 95 % is back; the limit when that takes longer."""
    started = time.monotonic()
    while time.monotonic() - started < _RETURN_S:
        if loaded - resident() >= 0.95 * (loaded - before):
            break
        time.sleep(0.01)
    return min(time.monotonic() - started, _RETURN_S)


def dicts(replay: Replay, pods: int) -> dict[str, float]:
    """What decoding without a thought keeps: whole objects, managedFields and all."""
    return _kept(connection(replay, "tls"), pods, lambda body: list(msgspec.json.decode(body)["items"]))


def models(replay: Replay, pods: int) -> dict[str, float]:
    from kubernetes import client  # noqa: PLC0415 (only this process needs it)

    api = client.ApiClient()
    return _kept(
        connection(replay, "tls"),
        pods,
        lambda body: list(api.deserialize(body.decode(), "V1PodList", "application/json").items),
    )


def _kept(info: ConnectionInfo, pods: int, decode: Callable[[bytes], list[Any]]) -> dict[str, float]:
    transport, kept = Transport(info, Credentials(info)), []
    before = 0
    for start in range(0, pods, 500):
        query = {"limit": "500", "continue": str(start) if start else ""}
        body = transport.get(_PAGE, query, stop=Stop()).body
        if not start:
            decode(body)  # imports and caches
            before = settled()
        kept += decode(body)
    del body
    found = {"bytes_per_pod": (settled() - before) / len(kept)}
    transport.close()
    return found


_WAYS: dict[str, tuple[int, Callable[[Replay, int], dict[str, float]]]] = {
    "kdesk": (1, rows),
    "kdesk_whole": (8, lambda replay, pods: rows(replay, pods, whole=True)),
    "dicts": (20, dicts),
    "models": (40, models),
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pods", type=int, default=100_000)
    parser.add_argument("--way", choices=_WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.way:
        with Replay(pods=options.pods) as replay:
            report(_WAYS[options.way][1](replay, options.pods))
        return 0
    figures: dict[str, float | int | str] = {"pods": options.pods}
    for way, (part, _) in _WAYS.items():
        pods = max(options.pods // part, 1_000)
        command = [sys.executable, "-m", "benchmarks.memory_per_object", "--way", way, "--pods", str(pods)]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        figures |= {f"{way}_{name}": value for name, value in found.items()}
        print(f"{way:12} {found['bytes_per_pod']:10,.0f} bytes a pod ({pods} of them)")
        if "returned" in found:
            loaded, after, before = (found[f"{name}_mb"] for name in ("loaded", "after", "before"))
            print(f"{'':12} retired: {loaded:.0f} MB became {after:.0f} (before: {before:.0f})")
            print(f"{'':12} {found['returned']:.1%} returned; 95 % after {found['returned_after_s']:.2f} s")
    report(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
