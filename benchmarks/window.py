"""The real window on simulated clusters: is it late, what does it take, how does it grow?

    python -m benchmarks.window [--part NAME ...] [--display offscreen|xvfb]

Parts: ``start`` (first paint, against an empty Qt window; until there is something to work with), ``idle`` (CPU with
50,000 rows, with the life that a simulated cluster has anyway and with 400 changes a second; when nothing at all
happens: see ``plane``),
``busy`` (10,000 changes a second in 100,000 rows sorted by what changes; as many as the server manages),
``sort`` and ``type`` (another column and a filter, key by key, over 100,000 rows), ``list`` (100,000 rows come in),
``tables`` (50 tables over 10 clusters at 20 changes a second each), ``memory`` (50,000 and 200,000 rows, and what comes
back 3 s after the table was closed), ``growth`` (10,000 to 500,000 rows).

Lateness is that of a frame timer on the GUI thread, in milliseconds. CPU is that of the window's process, in parts of a
core. Each line has its limit beside it. Linux only, and ``--display xvfb`` with Xvfb; the last line is JSON.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import yaml

from benchmarks.measuring import report
from benchmarks.windows import Reading, Run, Script, environment, run, virtual_display
from kdesk.demo import launch

_READY_S = 240.0
_LIST_S = 60.0
_STARTS = 5
_LATE_P99_MS, _LATE_MAX_MS = 16.0, 100.0
_KINDS = ("pods", "deployments.apps", "nodes", "jobs.batch", "services")


class Figures:
    """What was found, each line printed with its limit. ``platform``: of Qt's, for the windows."""

    def __init__(self, platform: str | None = None) -> None:
        self.platform = platform
        self.found: dict[str, float] = {}

    def add(self, name: str, words: str, value: float, unit: str, most: float | None = None) -> None:
        """``most``: the limit; None where there is none."""
        self.found[name] = value
        limit = "" if most is None else f"   at most {most:g} {unit}: {'met' if value <= most else 'MISSED'}"
        print(f"{words:52}{value:10.1f} {unit:4}{limit}", flush=True)

    def late(self, name: str, words: str, reading: Reading) -> None:
        self.add(f"{name}_late_p99_ms", f"{words}: late, p99", reading.late_p99_ms, "ms", _LATE_P99_MS)
        self.add(f"{name}_late_max_ms", f"{words}: late, most", reading.late_max_ms, "ms", _LATE_MAX_MS)


@contextmanager
def clusters(count: int, pods: int | None, changes: float = 0.0) -> Iterator[tuple[Path, list[str]]]:
    """The kubeconfig of simulated clusters in a process of their own, and the names of their contexts."""
    # A list takes as long as it takes: what changes meanwhile must not have been forgotten when the watch begins.
    process = launch.start(count, pods, changes, history=max(20_000, round(changes * _LIST_S)))
    try:
        if not process.wait_ready(_READY_S):
            raise TimeoutError(f"the simulated clusters are not ready: {process.complaint()}")
        contexts = yaml.safe_load(process.kubeconfig.read_text())["contexts"]
        yield process.kubeconfig, [str(context["name"]) for context in contexts]
    finally:
        process.stop()


def started(platform: str | None, *, empty: bool) -> float:
    """Milliseconds from the start of a process to the first paint of its window."""
    what = "empty" if empty else "kdesk"
    with tempfile.TemporaryDirectory(prefix="kdesk-bench-start-") as folder:
        asked = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.first_paint", what],
            cwd=folder,
            env=environment(Path(folder), platform),
            capture_output=True,
            text=True,
            check=True,
        )
    return (float(done.stdout.split()[-1]) - asked) * 1000


def until(kubeconfig: Path, contexts: Sequence[str], script: Script, platform: str | None) -> float:
    """Milliseconds from the start of the window until a script is at its end, with these contexts open."""
    asked = time.time()
    found = run(kubeconfig, contexts, script.read("end"), platform=platform)
    return (found["end"].at - asked) * 1000


def start(figures: Figures) -> None:
    platform = figures.platform
    with clusters(1, 50) as (kubeconfig, names):

        def once() -> tuple[float, float, float, float]:
            return (
                started(platform, empty=True),
                started(platform, empty=False),
                until(kubeconfig, names, Script(), platform),
                until(kubeconfig, names, Script().open("pods"), platform),
            )

        once()  # files come into the system's cache
        rounds = [once() for _ in range(_STARTS)]
    empty, mine, ready, table = (statistics.median(times) for times in zip(*rounds, strict=True))
    figures.add("start_empty_ms", "first paint of an empty Qt window", empty, "ms")
    figures.add("start_ms", "first paint of the window", mine, "ms")
    figures.add("start_ratio", "  times the empty one", mine / empty, "x", 1.5)
    figures.add("start_ready_ms", "a cluster is open, all can be done", ready, "ms")
    figures.add("start_table_ms", "a table of 50 pods is complete", table, "ms")


def idle(figures: Figures) -> None:
    for name, changes, most in (("life", 0.0, None), ("changes_400", 400.0, 15.0)):
        with clusters(1, 50_000, changes) as (kubeconfig, names):
            script = Script().open("pods").wait(3).read("before").wait(15).read("after")
            found = run(kubeconfig, names, script, platform=figures.platform)
        rate = _rate(found, "before", "after")
        words = f"50,000 rows, {rate:.0f} changes a second: CPU"
        figures.add(f"{name}_core", words, found["after"].core_since(found["before"]) * 100, "%", most)
        figures.late(name, "  the same", found["after"])


def large(figures: Figures, parts: set[str]) -> None:
    """All that is asked of a table of 100,000 rows that stands still."""
    script = Script().read("start").open("pods").wait(0.5).read("listed").wait(3).read("rest")
    for title in ("STATUS", "NODE", "AGE", "NAME"):
        script.do(f"view.sort {title}").wait(0.5)
    script.read("sorted").do("view.filter ''").wait(0.5).read("before-typing")
    for text in ("w", "we", "web", "web-", "web-1", "web-", "web", "we", "w"):
        script.do(f"view.filter {text}").wait(0.15)
    script.read("typed")
    with clusters(1, 100_000) as (kubeconfig, names):
        found = run(kubeconfig, names, script, platform=figures.platform)
    if "list" in parts:
        figures.late("list", "100,000 rows come in", found["listed"])
    if "sort" in parts:
        figures.late("sort", "100,000 rows sorted by another column", found["sorted"])
    if "type" in parts:
        figures.late("type", "a filter typed over 100,000 rows", found["typed"])


def busy(figures: Figures) -> None:
    with clusters(1, 100_000, 10_000.0) as (kubeconfig, names):
        script = Script().open("pods").do("view.sort READY").wait(3).read("before").wait(10).read("after")
        found = run(kubeconfig, names, script, platform=figures.platform)
    rate = _rate(found, "before", "after")
    figures.add("busy_per_s", "100,000 live-sorted rows: changes a second", rate, "/s")
    figures.add("busy_core", "  CPU", found["after"].core_since(found["before"]) * 100, "%")
    figures.late("busy", "  the same", found["after"])


def tables(figures: Figures) -> None:
    script = Script()
    with clusters(10, 100, 100.0) as (kubeconfig, names):  # of five tables, one in front
        for name in names:
            script.do(f"context.open {name}")
            for kind in _KINDS:
                script.do(f"view.open {kind} *")
        script.do("view.wait-synced 60").wait(4).read("before").wait(15).read("after")
        found = run(kubeconfig, names, script, platform=figures.platform)
    rate = _rate(found, "before", "after")
    words = f"50 tables, 10 clusters, {rate:.0f} changes a second: CPU"
    figures.add("tables_core", words, found["after"].core_since(found["before"]) * 100, "%", 30.0)
    figures.late("tables", "  the same", found["after"])


def _warm() -> Script:
    """First a small table of the same kind: what comes into memory for good with it is not the rows'."""
    return Script().do("view.open pods none", "view.wait-synced", "view.close").wait(4)


def memory(figures: Figures) -> None:
    for pods, most in ((50_000, 250.0), (200_000, 400.0)):
        with clusters(1, pods) as (kubeconfig, names):
            script = _warm().read("before").open("pods").wait(2).read("open")
            script.do("view.close").wait(3).read("closed")
            found = run(kubeconfig, names, script, platform=figures.platform)
        before, opened, closed = (found[label].resident / 1e6 for label in ("before", "open", "closed"))
        name = f"memory_{pods // 1000}k"
        figures.add(f"{name}_mb", f"{pods:,} rows: the whole window", opened, "MB", most)
        figures.add(f"{name}_bytes", "  for each row", (opened - before) * 1e6 / pods, "B")
        kept = (closed - before) / (opened - before) * 100
        figures.add(f"{name}_kept", "  of what they took, not back after 3 s", kept, "%", 10.0)


def growth(figures: Figures) -> None:
    costs, sizes = {}, {}
    counts = (10_000, 100_000, 500_000)
    for pods in counts:
        with clusters(1, pods, 500.0) as (kubeconfig, names):
            script = _warm().read("empty").open("pods").wait(3).read("before").wait(10).read("after")
            found = run(kubeconfig, names, script, platform=figures.platform)
        before, after = found["before"], found["after"]
        costs[pods] = (after.cpu_s - before.cpu_s) / max(1, after.events - before.events) * 1e6
        sizes[pods] = (before.resident - found["empty"].resident) / pods
        figures.add(f"growth_{pods}_us", f"{pods:,} rows: CPU for a change", costs[pods], "µs")
        figures.add(f"growth_{pods}_bytes", "  memory for a row", sizes[pods], "B")
    ratio = costs[counts[-1]] / costs[counts[0]]
    figures.add("growth_cost_ratio", "a change in 500,000 rows, times one in 10,000", ratio, "x", 2.0)
    linear = sizes[counts[-1]] / sizes[counts[1]]
    figures.add("growth_bytes_ratio", "a row of 500,000, times one of 100,000", linear, "x")


def _rate(found: Run, before: str, after: str) -> float:
    """Watch events a second."""
    first, last = found[before], found[after]
    return (last.events - first.events) / (last.at - first.at)


_PARTS: dict[str, Callable[[Figures], None]] = {
    "start": start,
    "idle": idle,
    "busy": busy,
    "tables": tables,
    "memory": memory,
    "growth": growth,
}
_LARGE = ("list", "sort", "type")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*_PARTS, *_LARGE]
    parser.add_argument("--part", nargs="+", choices=names, default=names)
    parser.add_argument("--display", choices=("offscreen", "xvfb"), default="offscreen")
    options = parser.parse_args(arguments)
    parts = set(options.part)
    figures = Figures("xcb" if options.display == "xvfb" else None)
    print(f"on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, {options.display}")
    with virtual_display() if options.display == "xvfb" else nullcontext():
        for name, part in _PARTS.items():
            if name in parts:
                part(figures)
        if parts.intersection(_LARGE):
            large(figures, parts)
    report(figures.found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
