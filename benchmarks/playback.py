"""A table taken back in time: how long it takes, how smoothly it plays, what the past costs.

    python -m benchmarks.playback [--rows 20000] [--changes 100000]

The rows come through the informer's own publisher into a real table, offscreen. ``back`` is from the call to the last
row in its place, by the clock, frames included; lateness is that of a timer on the GUI thread; the past is played at
100 times a rate of 400 changes a second. The last line is JSON.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.measuring import PODS, report, settled
from benchmarks.table_model import _COLUMNS, pods
from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.journal import Budget
from kdesk.kube.engine.publisher import Publisher
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Status, Subscription, WatchState
from kdesk.kube.table.projection import Events, Page
from kdesk.kube.table.rows import Row
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.tables.page import TablePage
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.playback import Playback

_RATE = 400.0
_SPEED = 100
_LIMIT_S = 60.0


class _Lease:
    """A share in a publisher, which is all that a table sees of an informer."""

    def __init__(self, spec: WatchSpec, publisher: Publisher) -> None:
        self.spec = spec
        self._publisher = publisher
        self._subscriptions: list[Subscription] = []
        self.last_proof = time.time()
        self.history: deque[tuple[float, Status]] = publisher.history

    @property
    def informer(self) -> _Lease:
        return self

    @property
    def status(self) -> Status:
        return self._publisher.status

    def subscribe(self, subscription: Subscription) -> None:
        self._subscriptions.append(subscription)
        self._publisher.subscribe(subscription)

    def resync(self, *subscriptions: Subscription) -> None:
        self._publisher.resync(subscriptions)

    def release(self) -> None:
        for subscription in self._subscriptions:
            self._publisher.unsubscribe(subscription)


class _Session:
    def __init__(self, publisher: Publisher) -> None:
        self.name = "bench"
        self.catalogue = Catalogue((PODS,), (), "v1.37.2")
        self._publisher = publisher

    def watch(self, spec: WatchSpec) -> _Lease:
        return _Lease(spec, self._publisher)


class _Late:
    """How late a timer of 5 ms is on the GUI thread."""

    def __init__(self) -> None:
        self.found: list[float] = []
        self._due = time.perf_counter() + 0.005
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.found.append(max(0.0, now - self._due) * 1000)
        self._due = now + 0.005

    def stop(self) -> tuple[float, float]:
        """p99 and the most, ms."""
        self._timer.stop()
        self._tick()  # what it waited for when it was stopped
        ordered = sorted(self.found)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], ordered[-1]


def changed(rows: list[Row], count: int) -> list[Row]:
    """The next versions of rows picked at random."""
    pick = random.Random(7)
    newest = {row.key: row for row in rows}
    keys = list(newest)
    made = []
    for number in range(count):
        old = newest[pick.choice(keys)]
        cells = (*old.cells[:2], pick.choice(("Running", "Pending")), number, *old.cells[4:])
        new = Row(old.key, old.uid, str(1_000_000 + number), old.created, cells, old.labels, old.owner)
        newest[old.key] = new
        made.append(new)
    return made


def spin(
    app: QApplication, done: Callable[[], object], *, first: Callable[[], object] | None = None
) -> float:
    """Call ``first``, run the loop until ``done()``; gives the seconds it took. Raises TimeoutError."""
    began = time.perf_counter()
    if first is not None:
        first()
    while not done():
        app.processEvents()
        if time.perf_counter() - began > _LIMIT_S:
            raise TimeoutError("a benchmark waited in vain")
        time.sleep(0.0002)
    return time.perf_counter() - began


class Bench:
    """A table of ``rows`` rows over which ``changes`` changes went, each a moment of its own."""

    def __init__(self, app: QApplication, rows: int, changes: int) -> None:
        self._app, self._clock = app, FrameClock()
        publisher, made = Publisher("bench"), pods(rows)
        publisher.begin()
        publisher.page(Page(made, _COLUMNS, "1", "", 0, 0))
        publisher.commit()
        publisher.say(WatchState.LIVE, "", 0.0)
        session = cast(ClusterSession, _Session(publisher))
        self._table = TableController(session, PODS, (), self._clock, budget=Budget())
        self._page = TablePage(self._table, Theme(load_theme("dark")), list)
        self._page.resize(1200, 800)
        self._page.show()
        self._table.set_visible(True)
        spin(app, lambda: self._table.synced)
        self.playback = Playback(self._table)
        # As if they had come at this rate: the moments are what a step is played at.
        moments = iter([time.time() + number / _RATE for number in range(changes)])
        self._table.parts[0].feeds[0].journal._clock = lambda: next(moments)
        before = settled()
        for row in changed(made, changes):
            publisher.events(Events([("MODIFIED", row)], None, row.version, 0, None, 0))
        spin(app, lambda: self._clock.idle)
        self.held = settled() - before

    def timed(self, act: Callable[[], object]) -> tuple[float, float, float]:
        """Until the last row is in its place: ms; lateness of the GUI thread meanwhile: p99 and the most, ms."""
        late = _Late()
        took = spin(self._app, self._done, first=act)
        return (took * 1000, *late.stop())

    def close(self) -> None:
        self.playback.close()
        self._page.close()
        self._table.close()

    def _done(self) -> bool:
        return not self.playback.playing and self.playback.settled and self._clock.idle


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rows", type=int, default=20_000)
    options.add_argument("--changes", type=int, default=100_000)
    wanted = options.parse_args(arguments)
    app = QApplication.instance() or QApplication([])
    gc.disable()  # as in the program, which looks for garbage when nothing happens
    bench = Bench(cast(QApplication, app), wanted.rows, wanted.changes)
    playback = bench.playback
    enter, _, enter_most = bench.timed(playback.enter)
    kept = playback.steps
    back, _, back_most = bench.timed(lambda: playback.go_to(0))
    _, play_p99, play_most = bench.timed(lambda: playback.play(_SPEED))
    leave, _, leave_most = bench.timed(playback.leave)
    a_change = bench.held / wanted.changes
    print(f"{wanted.rows:,} rows, {wanted.changes:,} changes, {kept:,} of them kept")
    print(f"  stop at the present          {enter:8.0f} ms, lateness at most {enter_most:.0f} ms")
    print(f"  back over all of them        {back:8.0f} ms (at most 200), lateness at most {back_most:.0f} ms")
    print(
        f"  played at {_SPEED}x: lateness p99   {play_p99:8.1f} ms (at most 16), at most {play_most:.0f} ms"
    )
    print(f"  back to live                 {leave:8.0f} ms, lateness at most {leave_most:.0f} ms")
    print(f"  memory of the past           {a_change:8.0f} bytes a change")
    bench.close()
    report(
        {
            "rows": wanted.rows,
            "changes": wanted.changes,
            "enter_ms": round(enter, 1),
            "back_ms": round(back, 1),
            "jump_late_max_ms": round(max(enter_most, back_most, leave_most), 1),
            "play_late_p99_ms": round(play_p99, 1),
            "leave_ms": round(leave, 1),
            "bytes_per_change": round(a_change),
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
