"""Time to list many pods in pages: kdesk's informer, the package's typed list, and the bytes alone.

    python -m benchmarks.list_speed [--pods 100000] [--repeats 3] [--limit 500] [--page-ms 39] [--latency-ms 0]

``drain`` asks for the same pages one after the other and throws them away. ``fast``: the pages come from memory as fast
as the loopback carries them, so the ratio is what decoding costs. ``real``: the server takes as long for 500 pods as a
kube-apiserver 1.37 did (39 ms: 50,003 pods in 3.9 s on two cores); that is what a person waits for. The package's list
of models is of fewer pods (a fiftieth), and scaled. The last line is JSON.
"""

from __future__ import annotations

import argparse
import re
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from kubernetes import client

from benchmarks.drain import Drain
from benchmarks.measuring import PODS, Cost, Meter, connection, median, report
from benchmarks.replay import Replay
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.engine.informer import Informer, WatchSpec
from kdesk.kube.engine.subscription import Latest, Status
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.wire.transport import Answer, Transport

_CONTINUE = re.compile(rb'"continue":"(\d+)"')
_FRAME_S = 1 / 30


class Synced(Latest):
    """A table's queue that says when the list is complete."""

    def __init__(self) -> None:
        super().__init__()
        self.complete = threading.Event()

    def status(self, status: Status) -> None:
        super().status(status)
        if status.synced:
            self.complete.set()


class Limited(Transport):
    """Asks for pages of another size than the informer does."""

    limit = 500

    def get(self, path: str, query: Any = None, **more: Any) -> Answer:
        return super().get(path, {**query, "limit": str(self.limit)}, **more)


def drain(info: ConnectionInfo, limit: int) -> Cost:
    meter, token = Meter(), b""
    with Drain(info) as peer:
        while True:
            begun = peer.ask(f"/api/v1/pods?limit={limit}&continue={token.decode()}")
            while len(begun) < 300:
                begun += peer.more()
            peer.drain(peer.length - len(begun))
            found = _CONTINUE.search(begun)
            if found is None:
                return meter.stop()
            token = found[1]


def kdesk(info: ConnectionInfo, limit: int, pods: int) -> Cost:
    transport = Limited(info, Credentials(info))
    transport.limit = limit
    informer = Informer(WatchSpec(PODS), transport)
    queue = Synced()
    informer.subscribe(queue)
    meter = Meter()
    informer.start()
    while not queue.complete.wait(_FRAME_S):
        queue.take()
    cost = meter.stop()
    assert len(informer.store) == pods
    informer.stop()
    assert informer.join(10)
    transport.close()
    return cost


def package(info: ConnectionInfo, limit: int, pods: int) -> Cost:
    settings = client.Configuration(host=info.server)
    settings.ssl_ca_cert = info.ca_file
    meter, found, token = Meter(), 0, None
    with client.ApiClient(settings) as api:
        while found < pods:
            page = client.CoreV1Api(api).list_pod_for_all_namespaces(limit=limit, _continue=token)
            assert page.metadata is not None
            found, token = found + len(page.items), page.metadata._continue
    return meter.stop()


def measure(contenders: dict[str, Callable[[], Cost]], repeats: int) -> dict[str, Cost]:
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, run in contenders.items():
            costs[name].append(run())
    return {name: median(found) for name, found in costs.items()}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pods", type=int, default=100_000)
    parser.add_argument(
        "--repeats", type=int, default=3, help="of the fast ones; of the real ones there are two"
    )
    parser.add_argument("--limit", type=int, default=500, help="pods in a page")
    parser.add_argument("--page-ms", type=float, default=39.0, help="what the real server takes for 500 pods")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="of the real server's network")
    options = parser.parse_args(arguments)
    pods, limit = options.pods, options.limit
    figures: dict[str, float | int | str] = {"pods": pods, "limit": limit}
    with Replay(pods=pods) as replay:
        plain, tls = connection(replay, "plain"), connection(replay, "tls")
        drain(plain, limit)  # makes the pages
        few = max(pods // 50, limit)
        runs: dict[str, tuple[int, dict[str, Callable[[], Cost]]]] = {}
        for name, info in (("fast plain", plain), ("fast tls", tls), ("real tls", tls)):
            both: dict[str, Callable[[], Cost]] = {
                "drain": partial(drain, info, limit),
                "kdesk": partial(kdesk, info, limit, pods),
            }
            runs[name] = (2 if name == "real tls" else options.repeats, both)
        for name, (repeats, contenders) in runs.items():
            if name == "real tls":
                replay.slow_down(page_s=options.page_ms / 1000, latency_s=options.latency_ms / 1000)
            found = measure(contenders, repeats)
            ratio = found["kdesk"].wall / found["drain"].wall
            print(
                f"{name:12}"
                + "".join(f"  {n} {c.wall:6.2f} s (CPU {c.cpu:5.2f} s)" for n, c in found.items())
            )
            print(f"{'':12}  {ratio:.2f} times the drain")
            key = name.replace(" ", "_")
            figures |= {f"{key}_{n}_s": c.wall for n, c in found.items()}
            figures |= {f"{key}_{n}_cpu_s": c.cpu for n, c in found.items()} | {f"{key}_ratio": ratio}
        replay.slow_down()
        package(plain, limit, limit)  # imports its models
        models = median([package(plain, limit, few)]).per(few)
        figures["package_us_per_pod"] = models.wall * 1e6
        times = models.wall * pods / float(figures["fast_plain_kdesk_s"])
        figures["times_package"] = times
        print(
            f"package       {models.wall * 1e6:.0f} µs a pod over {few}: kdesk is {times:.0f} times as fast"
        )
    report(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
