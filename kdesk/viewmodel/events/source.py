"""One watch behind the live-event log: a kind in a cluster, whole objects, nothing merged."""

from __future__ import annotations

from collections.abc import Callable

from kdesk.kube.engine.subscription import Happening, Status, Stream, WatchState
from kdesk.kube.table.rows import Change
from kdesk.viewmodel.events.lines import DROPPED, EventLine, Origin
from kdesk.viewmodel.events.plan import Watched

# Whole objects wait here when the window is busy: ten seconds' worth of a very busy cluster.
_QUEUE = 20_000


class EventSource:
    """A lease and its stream. ``close`` it once."""

    def __init__(self, watched: Watched, wake: Callable[[], None]) -> None:
        """Raises Stopped where the cluster was retired."""
        self.watched = watched
        spec = watched.spec
        self.origin = Origin(watched.session.name, spec.resource, spec.namespace)
        self.status: Status | None = None
        self.lost = 0  # events that came faster than they were taken
        self._lease = watched.session.watch(spec)
        self._stream = Stream(wake, capacity=_QUEUE)
        self._lease.subscribe(self._stream)

    @property
    def waiting(self) -> int:
        """Entries that the log has not taken yet."""
        return len(self._stream)

    def take(self, limit: int) -> list[Happening]:
        return self._stream.take(limit)

    def newly_dropped(self) -> int:
        """How many events the queue has lost since the last call."""
        new = self._stream.dropped - self.lost
        self.lost += new
        return new

    def line(self, happening: Happening) -> EventLine | None:
        """The line of an entry, not yet numbered; None for a state that is no news."""
        at, change, status = happening
        if change is not None:
            old = change.old.raw if change.type == "MODIFIED" and change.old is not None else b""
            line = EventLine(0, at, change.type, self.origin, change.row, change.initial, old=old)
            line.final_unknown, line.stamped = change.final_unknown, _stamped(change)
            return line
        before, self.status = self.status, status
        if status is None or (before is not None and _same(before, status)):
            return None
        return EventLine(0, at, status.state, self.origin, note=status.error, count=status.objects)

    def dropped_line(self, at: float, count: int) -> EventLine:
        return EventLine(0, at, DROPPED, self.origin, count=count)

    def existing(self) -> list[EventLine]:
        """A line for every object that is there now, all marked initial."""
        stream = Stream(capacity=_QUEUE * 10)
        self._lease.subscribe(stream)
        happenings = stream.take()
        self._lease.unsubscribe(stream)
        return [
            EventLine(0, at, change.type, self.origin, change.row, initial=True)
            for at, change, _ in happenings
            if change is not None and change.initial
        ]

    def close(self) -> None:
        self._lease.unsubscribe(self._stream)
        self._lease.release()


def _stamped(change: Change) -> float:
    """The server's own time of the event: of the creation, of the last write, or of the request to delete."""
    row = change.row
    if change.type == "ADDED":
        return row.created
    return row.deleting if change.type == "DELETED" else row.written


def _same(before: Status, after: Status) -> bool:
    failing = after.state not in (WatchState.LISTING, WatchState.LIVE)
    return before.state is after.state and (not failing or before.error == after.error)
