"""Live events: a million lines held, a keystroke in the filter, and a fast stream with words for every line.

    python -m benchmarks.events [--lines 1000000] [--objects 50000] [--seconds 10] [--rate 2000]

``held``: lines of several clusters and kinds, most of them modifications with one of some hundred things that changed;
bytes a line are those of this process, without the lines' objects. ``keystroke``: from setting a filter to the lines
that it accepts being in the model, as a person types; the worst of some texts, the median of repeats. ``stream``: whole
pods of 4 KB through a source's queue, as an informer puts them there, while a window would be painting: events lost,
lines without words at the end, how late a timer of the GUI thread came (p99), and the CPU of everything against that of
decoding the same events, also by thread: what stands for the informer (it decodes, and sleeps between events),
``words``, and the window's (lines into columns, filter, timers). ``history`` is what keeping the same events' revisions
takes, by itself: it is the cluster's and not the log's. The last line is JSON.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import msgspec
from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer

from benchmarks.measuring import PODS, report, settled
from benchmarks.pods import Pods
from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Status, Subscription, WatchState
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.history.book import RevisionBook
from kdesk.kube.table.projection import Projection
from kdesk.kube.table.rows import Change, Row
from kdesk.viewmodel.events.book import Book
from kdesk.viewmodel.events.lines import NOTHING_TOLD, EventLine, Origin, Told
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.events.rates import Rates
from kdesk.viewmodel.events.reading import Opened
from kdesk.viewmodel.frame import FrameClock

_LIMITS = {
    "keystroke_ms": 100.0,
    "bytes_per_line": 400.0,
    "late_p99_ms": 16.0,
    "lost": 0.0,
}
_KEYS = (
    "w",
    "we",
    "web-00",
    "!web",
    "type:DELETED",
    "path:status.phase",
    "who:kubelet",
    "time:>00:10",
    "3 | prod",
)
_TICK_S = 0.004
_WAIT_S = 60.0
_LOOK_MS = 2
_BATCH = 4_096


def _kind(label: str, kind: str) -> Resource:
    plural, _, group = label.partition(".")
    return Resource(GVR(group, "v1", plural), kind, True, verbs=frozenset(["list", "watch"]))


def hold(lines: int, objects: int) -> Book:
    """A book as a day of watching leaves it; of an object's lines each is new text, as it is on the wire."""
    kinds = [_kind("pods", "Pod"), _kind("deployments.apps", "Deployment"), _kind("jobs.batch", "Job")]
    origins = [Origin(cluster, kind, "") for cluster in ("prod-eu", "prod-us", "edge") for kind in kinds]
    writers = ("kubelet", "kube-controller-manager", "kubectl-client-side-apply")
    tales = [
        Told(f"restarts {n} → {n + 1} (web); condition Ready True → False", "", "status.phase\nstatus.ready")
        for n in range(500)
    ]
    book, start = Book(lines, 1 << 30), time.time() - lines / 10
    for first in range(0, lines, _BATCH):
        batch, told = [], []
        for number in range(first, min(lines, first + _BATCH)):
            which = number * 7919 % objects
            kind = ("MODIFIED", "MODIFIED", "MODIFIED", "ADDED", "DELETED")[number % 5]
            row = Row(
                f"team-{which % 40:02d}/web-{which:06x}-{which * 31 % 99991:05x}",
                f"{which:08x}-7c1d-4f6e-9a51-0242ac1200{which % 99:02d}",
                str(10_000_000 + number),
                1_700_000_000 + which,
                ("", writers[which % 3], "status"),
                f"app=web-{which % 200},tier=web",
            )
            batch.append(EventLine(0, start + number / 10, kind, origins[which % len(origins)], row))
            told.append(tales[number % 500] if kind == "MODIFIED" else NOTHING_TOLD)
        book.extend(batch, told)
    return book


def keystrokes(book: Book, repeats: int) -> dict[str, tuple[float, float]]:
    """Median milliseconds from each of _KEYS to its lines: by the clock, and CPU of the window's thread."""
    log = EventLog(FrameClock(), opened=Opened(cast(Any, None), book, Rates()))
    _until(lambda: not log.searching)
    found: dict[str, tuple[float, float]] = {}
    for text in _KEYS:
        costs, cpu = [], []
        for _ in range(repeats):
            log.set_filter("")
            _until(lambda: not log.searching)
            started, worked = time.perf_counter(), time.thread_time()
            log.set_filter(text)
            _until(lambda: not log.searching)
            costs.append((time.perf_counter() - started) * 1e3)
            cpu.append((time.thread_time() - worked) * 1e3)
        wall, own = found[text] = statistics.median(costs), statistics.median(cpu)
        print(f"  {text:20} {wall:7.1f} ms  {own:7.1f} ms of CPU  {log.model.rowCount():>9,} lines")
    log.close()
    return found


class _Lease:
    """One subscriber, told by a thread that stands for the informer."""

    def __init__(self, spec: WatchSpec) -> None:
        self.spec = spec
        self.subscription: Subscription | None = None

    def subscribe(self, subscription: Subscription) -> None:
        self.subscription = subscription
        subscription.begin([], (), Status(WatchState.LIVE))

    def unsubscribe(self, subscription: Subscription) -> None:
        subscription.close()

    def release(self) -> None:
        self.subscription = None


class _Session:
    name = "bench"
    catalogue = Catalogue((PODS,), (), "v1.37.0")

    def __init__(self) -> None:
        self.leases: list[_Lease] = []

    def watch(self, spec: WatchSpec) -> _Lease:
        self.leases.append(_Lease(spec))
        return self.leases[-1]

    def reports(self) -> list[Any]:
        return []


def wire(count: int, pods: int = 500) -> list[bytes]:
    """Watch lines of pods whose status changes with every event, about 4 KB each."""
    made = [msgspec.json.decode(Pods().event("MODIFIED", n, n + 1, table=False)) for n in range(pods)]
    for event in made:
        event["object"]["metadata"].pop("managedFields", None)
    lines = []
    for number in range(count):
        event = made[number % pods]
        event["object"]["metadata"]["resourceVersion"] = str(1_000_000 + number)
        status = event["object"]["status"]["containerStatuses"][0]
        status["restartCount"], status["ready"] = number // pods, number % 2 == 0
        lines.append(msgspec.json.encode(event) + b"\n")
    return lines


def decode_cpu(lines: list[bytes]) -> float:
    """Seconds of CPU to decode them as an informer does."""
    projection = Projection(PODS, whole=True)
    started = time.process_time()
    for line in lines:
        projection.events([line])
    return time.process_time() - started


def history_cpu(lines: list[bytes]) -> float:
    """Seconds of CPU of a book's own thread to keep the revisions."""
    projection, known, book = Projection(PODS, whole=True), dict[str, Row](), RevisionBook("bench")
    feed = book.feed(PODS)
    for line in lines:
        [(_, row)] = projection.events([line]).events
        old = known.get(row.key)
        known[row.key] = row
        feed.put([Change("MODIFIED" if old else "ADDED", row, old)])
        if row.version.endswith("000"):
            book.wait_idle(_WAIT_S)
    book.wait_idle(_WAIT_S)
    cpu = _thread_cpu("history bench")
    book.stop()
    book.join(_WAIT_S)
    for _ in book.purge():
        pass
    return cpu


def _thread_cpu(name: str) -> float:
    """Seconds of CPU of the threads, still running, whose names begin so."""
    found = [thread.ident for thread in threading.enumerate() if thread.name.startswith(name)]
    return sum(time.clock_gettime(time.pthread_getcpuclockid(ident)) for ident in found if ident is not None)


def stream(lines: list[bytes], rate: int) -> dict[str, float]:
    """Let them come at ``rate`` a second, decoded in a thread of their own."""
    session = _Session()
    log = EventLog(FrameClock())
    log.feed.rebind([cast(ClusterSession, session)])
    log.feed.choose(PODS)
    subscription = session.leases[0].subscription
    late: list[float] = []
    due = time.perf_counter() + _TICK_S

    def tick() -> None:
        nonlocal due
        now = time.perf_counter()
        late.append(max(0.0, now - due))
        due = now + _TICK_S

    timer = QTimer(interval=round(_TICK_S * 1e3), timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start()
    done, informing = threading.Event(), list[float]()
    informer = threading.Thread(target=_inform, args=(lines, rate, subscription, done, informing))
    cpu, window = time.process_time(), time.thread_time()
    informer.start()
    _until(lambda: done.is_set() and log.book.end > len(lines) + 1 and not log._teller.waiting)
    cpu, window = time.process_time() - cpu, time.thread_time() - window
    words = _thread_cpu("kdesk-events")
    timer.stop()
    informer.join()
    untold = sum(1 for number in range(log.book.first, log.book.end) if log.book.told(number) is None)
    shown = sum(1 for number in range(log.book.first, log.book.end) if log.book.line(number).row is not None)
    lost = log.dropped + untold + len(lines) - shown
    log.close()
    late.sort()
    split = {"informer_s": informing[0], "words_s": words, "window_s": window}
    return {"late_p99_ms": late[len(late) * 99 // 100] * 1e3, "lost": float(lost), "cpu_s": cpu, **split}


def _inform(
    lines: list[bytes], rate: int, subscription: Any, done: threading.Event, cpu: list[float]
) -> None:
    projection, known = Projection(PODS, whole=True), dict[str, Row]()
    started = time.perf_counter()
    for number, line in enumerate(lines):
        [(_, row)] = projection.events([line]).events
        old = known.get(row.key)
        known[row.key] = row
        subscription.changed([Change("MODIFIED" if old else "ADDED", row, old)])
        ahead = started + (number + 1) / rate - time.perf_counter()
        if ahead > 0.002:
            time.sleep(ahead)
    cpu.append(time.thread_time())
    done.set()


def _until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    """Let the event loop run as it does in the program. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    loop = QEventLoop()
    timer = QTimer(interval=_LOOK_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: loop.quit() if condition() or time.monotonic() > deadline else None)
    timer.start()
    if not condition():
        loop.exec()
    timer.stop()
    if not condition():
        raise TimeoutError("live events: waited in vain")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--objects", type=int, default=50_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rate", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QCoreApplication([])
    hold(20_000, 1_000)  # what is loaded once is nobody's
    before = settled()
    book = hold(options.lines, options.objects)
    per_line = (settled() - before) / options.lines
    print(
        f"{options.lines:,} lines of {options.objects:,} objects: {per_line:.0f} bytes each besides the objects"
    )
    keys = keystrokes(book, options.repeats)
    del book
    lines = wire(options.rate * options.seconds)
    decoding = decode_cpu(lines)
    figures = stream(lines, options.rate)
    figures["history_s"] = history_cpu(lines)
    figures |= {
        "keystroke_ms": max(wall for wall, _ in keys.values()),
        "keystroke_cpu_ms": max(cpu for _, cpu in keys.values()),
        "bytes_per_line": per_line,
        "cpu_of_decode": figures["cpu_s"] / decoding,
    }
    print(f"{len(lines):,} events of {len(lines[0]):,} bytes at {options.rate:,} a second")
    for name, limit in _LIMITS.items():
        print(f"{name:16} {figures[name]:8.2f}  (at most {limit:g})")
    print(
        f"{'cpu_of_decode':16} {figures['cpu_of_decode']:8.2f}  (of everything: informer, log, words, timers)"
    )
    for name in ("informer", "words", "window", "history"):
        print(f"  {name:14} {figures[f'{name}_s'] / decoding:8.2f}  times decoding")
    report({"lines": options.lines, "events": len(lines), **figures})
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
