"""50,000 pods on a real control plane: the window beside kubectl, a client-go informer and k9s, in one run.

    python -m benchmarks.plane [--pods 50000] [--part drain window far kubectl informer k9s xvfb] [--build]

etcd and kube-apiserver run on loopback, loaded with pods of 4 KB that are Running. ``drain``: all pages of 500 as
Tables, read and thrown away; what others take is told as times that. The window is the real one as a process of its
own, offscreen, and under Xvfb; its times are from opening the table. The others' are from their start. ``far``: drain
and window through a relay that holds everything back for 25 ms each way. Idle is the CPU of the 20 s after.

Without ``--build`` it is skipped where the programs of the control plane have not been built yet, which takes minutes.
``--kubeconfig`` takes a cluster that runs already. Linux only; the last line is JSON.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from benchmarks import peers
from benchmarks.children import Taken
from benchmarks.measuring import report
from benchmarks.peers import IDLE_S, CannotBeHad
from benchmarks.relay import Relay
from benchmarks.windows import Script, WindowFailed, run, virtual_display
from tests.cluster import programs
from tests.cluster.controlplane import ControlPlane
from tests.cluster.load import Load

_PARTS = ("drain", "window", "xvfb", "far", "kubectl", "informer", "k9s")
_PAGE = 500
_NODES = 5
_EACH_WAY_S = 0.025
#: Of the pods, to open and close first: what a first table brings into memory for good is not the large one's.
_SMALL_NAMESPACE = "default"


@contextmanager
def loaded(pods: int) -> Iterator[Path]:
    """The kubeconfig of a control plane with so many pods."""
    with ControlPlane("bench", nodes=_NODES, controllers=False, scheduler=False) as plane:
        print(f"loading {pods} pods ...", file=sys.stderr, flush=True)
        took = plane.fill(Load(pods, nodes=[f"node-{number}" for number in range(_NODES)]))
        plane.stop_nodes()
        print(f"{pods} pods of 4 KB loaded in {took:.0f} s", flush=True)
        yield plane.kubeconfig()


def window(kubeconfig: Path, pods: int, *, platform: str | None = None) -> tuple[Taken, dict[str, float]]:
    """The table of all pods: opened, left alone, closed. And what came back, and how late the GUI thread was."""
    script = Script().do(f"view.open pods {_SMALL_NAMESPACE}", "view.wait-synced", "view.close")
    script.do("view.open nodes", "view.wait-synced").wait(4).read("before")
    script.open("pods").read("listed").wait(2).read("rest").wait(IDLE_S).read("idle")
    script.do("view.close").wait(3).read("closed")
    found = run(kubeconfig, [_context(kubeconfig)], script, platform=platform)
    view = found["listed"].view("pods")
    assert view["rows"] == pods, f"{view['rows']} rows of {pods}"
    before, idle, closed = (found[label].resident for label in ("before", "idle", "closed"))
    taken = Taken(
        view["synced_ms"] / 1000,
        view["first_row_ms"] / 1000,
        found.peak,
        idle,
        found["idle"].core_since(found["rest"]),
        found["listed"].cpu_s - found["before"].cpu_s,
    )
    more = {
        "late_p99_ms": found["listed"].late_p99_ms,
        "late_max_ms": found["listed"].late_max_ms,
        "returned": (idle - closed) / (idle - before),
    }
    return taken, more


def drain(kubeconfig: Path) -> Taken:
    """The better of two: the first one warms the server up."""
    return min((peers.drain(kubeconfig, _PAGE) for _ in range(2)), key=lambda taken: taken.all_s)


@contextmanager
def further_away(kubeconfig: Path) -> Iterator[Path]:
    """The same cluster, 50 ms there and back."""
    text = kubeconfig.read_text()
    server = str(yaml.safe_load(text)["clusters"][0]["cluster"]["server"])
    with (
        Relay(urlsplit(server).port or 443, _EACH_WAY_S) as relay,
        tempfile.TemporaryDirectory(prefix="kdesk-bench-") as folder,
    ):
        path = Path(folder) / "kubeconfig"
        path.write_text(text.replace(server, re.sub(r":\d+", f":{relay.port}", server)))
        path.chmod(0o600)
        yield path


class Table:
    """What was found, printed line by line, and kept as figures."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}
        self._drains: dict[str, Taken] = {}
        print(f"{'':24}{'first':>9}{'all rows':>10}{'':>10}{'CPU':>9}{'peak':>9}{'resident':>10}{'idle':>9}")

    def add(self, name: str, taken: Taken, against: str) -> None:
        """``against``: the drain that it is compared with."""
        if name == against:
            self._drains[name] = taken
        key = name.replace(" ", "_")
        yardstick = self._drains.get(against)
        times = taken.all_s / yardstick.all_s if yardstick else None
        print(
            f"{name:24}{_ms(taken.first_s):>9}{taken.all_s:8.2f} s"
            f"{'' if times is None else f'{times:.2f} x':>10}{taken.cpu_s:7.1f} s{taken.peak / 1e6:6.0f} MB"
            f"{'' if taken.resident is None else f'{taken.resident / 1e6:.0f} MB':>10}"
            f"{'' if taken.idle is None else f'{taken.idle:.1%}':>9}",
            flush=True,
        )
        self.figures[f"{key}_all_s"] = taken.all_s
        self.figures[f"{key}_peak_mb"] = taken.peak / 1e6
        self.figures[f"{key}_cpu_s"] = taken.cpu_s
        if times is not None:
            self.figures[f"{key}_times_drain"] = times
        if taken.first_s is not None:
            self.figures[f"{key}_first_ms"] = taken.first_s * 1000
            if yardstick is not None and yardstick.first_s:
                self.figures[f"{key}_first_pages"] = taken.first_s / yardstick.first_s
        if taken.resident is not None:
            self.figures[f"{key}_resident_mb"] = taken.resident / 1e6
        if taken.idle is not None:
            self.figures[f"{key}_idle"] = taken.idle

    def add_window(self, name: str, found: tuple[Taken, dict[str, float]], against: str = "drain") -> None:
        taken, more = found
        self.add(name, taken, against)
        key = name.replace(" ", "_")
        self.figures |= {f"{key}_{what}": value for what, value in more.items()}
        print(
            f"{'':24}GUI thread late: p99 {more['late_p99_ms']:.0f} ms, at most {more['late_max_ms']:.0f} ms;"
            f" {more['returned']:.0%} of the memory back 3 s after closing"
        )


def measure(kubeconfig: Path, pods: int, parts: list[str]) -> dict[str, float]:
    table = Table()

    def with_display() -> None:
        with virtual_display():
            table.add_window("window under Xvfb", window(kubeconfig, pods, platform="xcb"))

    def far() -> None:
        with further_away(kubeconfig) as path:
            table.add("drain far", drain(path), "drain far")
            table.add_window("window far", window(path, pods), "drain far")

    def kubectl() -> None:
        program = programs.locate("kubectl")["kubectl"]
        table.add("kubectl get", peers.kubectl(program, kubeconfig), "drain")

    runs: dict[str, Callable[[], None]] = {
        "drain": lambda: table.add("drain", drain(kubeconfig), "drain"),
        "window": lambda: table.add_window("window", window(kubeconfig, pods)),
        "xvfb": with_display,
        "far": far,
        "kubectl": kubectl,
        "informer": lambda: table.add("client-go informer", peers.informer(kubeconfig), "drain"),
        "k9s": partial(_k9s, table, kubeconfig, pods),
    }
    for part in _PARTS:
        if part in parts:
            try:
                runs[part]()
            except (CannotBeHad, FileNotFoundError) as error:
                print(f"{part}: left out, {error}", flush=True)
    return table.figures


def _k9s(table: Table, kubeconfig: Path, pods: int) -> None:
    table.add("k9s", peers.k9s(kubeconfig, pods), "drain")


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:,.0f} ms"


def _context(kubeconfig: Path) -> str:
    return str(yaml.safe_load(kubeconfig.read_text())["current-context"])


def _built() -> bool:
    folders = [programs.cache_folder(), Path(os.environ.get("KUBEBUILDER_ASSETS", "/nowhere"))]
    return all(
        any((folder / name).exists() for folder in folders)
        for name in ("etcd", "kube-apiserver", "kubectl", "kwok")
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pods", type=int, default=50_000)
    parser.add_argument("--part", nargs="+", choices=_PARTS, default=list(_PARTS))
    parser.add_argument("--build", action="store_true", help="build what has not been built yet")
    parser.add_argument("--kubeconfig", type=Path, help="of a cluster with so many pods")
    options = parser.parse_args(arguments)
    if options.kubeconfig is None and not options.build and not _built():
        print("skipped: the control plane has not been built here (make cluster-programs builds it)")
        report({"skipped": 1})
        return 0
    try:
        if options.kubeconfig is not None:
            report(measure(options.kubeconfig, options.pods, options.part))
        else:
            with loaded(options.pods) as kubeconfig:
                report(measure(kubeconfig, options.pods, options.part))
    except WindowFailed as error:
        print(f"the window failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
