"""Twice a second: what every informer of every open cluster says of itself, read once for all who show it."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.kube.engine.subscription import WatchState
from kdesk.viewmodel.clusters.clusters import Clusters

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.engine.informer import InformerReport

_INTERVAL_MS = 500
_WINDOW = 6  # readings: the rate is over the last three seconds
Key = tuple[str, str, str]


class Pulse(QObject):
    """``reports`` by the name of the context; ``rate`` in events a second. Runs only while a cluster is open."""

    beat = Signal()

    def __init__(self, clusters: Clusters, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clusters = clusters
        self.reports: dict[str, list[InformerReport]] = {}
        self.rate = 0.0
        self._seen: Counter[Key] = Counter()
        self._history: deque[tuple[float, int]] = deque(maxlen=_WINDOW)
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.read)
        clusters.state_changed.connect(self._follow)
        clusters.listed.connect(self._follow)

    @property
    def watches(self) -> int:
        return sum(len(reports) for reports in self.reports.values())

    @property
    def live_clusters(self) -> int:
        """Open clusters none of whose watches has lost its connection."""
        lost = (WatchState.BACKOFF, WatchState.UNAUTHORIZED)
        return sum(
            self._clusters.is_open(name) and all(report.state not in lost for report in reports)
            for name, reports in self.reports.items()
        )

    def read(self) -> None:
        """Read now, and tell."""
        self.reports = {name: session.reports() for name, session in self._clusters.sessions.items()}
        counts: Counter[Key] = Counter()
        for name, reports in self.reports.items():
            for report in reports:
                counts[name, report.resource, report.namespace] += report.events
        # Watches that came and went must not count as negative.
        new = sum(max(0, count - self._seen[key]) for key, count in counts.items() if key in self._seen)
        self._seen = counts
        now = time.monotonic()
        self._history.append((now, new))
        span = now - self._history[0][0]
        self.rate = sum(count for _, count in list(self._history)[1:]) / span if span > 0 else 0.0
        self.beat.emit()

    def stop(self) -> None:
        self._timer.stop()

    def _follow(self) -> None:
        if self._clusters.sessions:
            if not self._timer.isActive():
                self._history.clear()
                self._timer.start()
        else:
            self._timer.stop()
        self.read()
