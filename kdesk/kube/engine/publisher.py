"""An informer's store and all who hear of it: it is written, and they are told, under one lock.

So a subscriber who comes late gets every object exactly once, and nobody is told anything once ``mute`` has returned.
Subscribers only have queues filled (see ``subscription``): none can hold up the watch.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from kdesk.kube.engine.store import By, Index, Store, StoreWriter
from kdesk.kube.engine.subscription import Status, Subscription, WatchState
from kdesk.kube.errors import Stopped
from kdesk.kube.table.projection import Events, Page
from kdesk.kube.table.rows import Change, Column, Row

_log = logging.getLogger(__name__)
_HISTORY = 50


class Publisher:
    """Readers and subscribers may be on any thread; what writes belongs to the informer's own, and raises Stopped."""

    def __init__(self, name: str) -> None:
        """``name`` of the informer, for the log."""
        self.store = Store()
        self.history: deque[tuple[float, Status]] = deque(maxlen=_HISTORY)
        self.commits = 0
        self._name = name
        self._writer = StoreWriter(self.store)
        self._lock = threading.RLock()  # subscribers are woken under it, and may stop or leave in their wake
        self._subscribers: tuple[Subscription, ...] = ()
        self._muted = False
        self._columns: tuple[Column, ...] = ()
        self._status = Status(WatchState.LISTING, since=time.time())
        self._total = 0

    @property
    def status(self) -> Status:
        return self._status

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._columns

    def rows_in(self, namespace: str) -> list[Row]:
        return self._index(By.NAMESPACE).get(namespace)

    def owned_by(self, uid: str) -> list[Row]:
        return self._index(By.OWNER).get(uid)

    def subscribe(self, subscription: Subscription) -> None:
        """Tell it everything there is, then every change."""
        with self._lock:
            rows = self.store.snapshot()
            if not self._muted:
                self._subscribers = (*self._subscribers, subscription)
            self._deliver(lambda: subscription.begin(rows, self._columns, self._status))

    def unsubscribe(self, subscription: Subscription) -> None:
        """Nothing is delivered to it after this returns."""
        with self._lock:
            self._subscribers = tuple(other for other in self._subscribers if other is not subscription)
        subscription.close()

    def resync(self, subscriptions: Iterable[Subscription]) -> None:
        """Tell these all there is once more; what they were told before comes before it."""
        with self._lock:
            rows = self.store.snapshot()
            self._tell_all(
                lambda subscriber: subscriber.resync(rows, self._columns, self._status), tuple(subscriptions)
            )

    def mute(self) -> None:
        """Idempotent. Subscribers hear STOPPED, and then nothing."""
        with self._lock:
            if self._muted:
                return
            # First of all: whoever stops it once more, in the wake of this, leaves the others theirs.
            self._muted = True
            self._set_status(replace(self._status, state=WatchState.STOPPED, error="", retry_at=0.0))
            self._subscribers = ()

    def purge(self) -> Iterable[None]:
        """Drop all rows, a slice at a time. Only after the informer's thread has ended."""
        return self._writer.purge()

    # The informer's own thread, from here on.

    def begin(self) -> None:
        """A list begins. Raises Stopped."""
        with self._lock:
            self._check()
            self._writer.begin()
            self._total = 0

    def page(self, page: Page) -> None:
        """A page of it came. Raises Stopped."""
        with self._lock:
            self._check()
            changes = self._writer.stage(page.rows)
            self._set_columns(page.columns)  # right before the rows: whoever is woken by it finds them
            self._tell(changes)
            self._total = self._writer.staged + page.remaining

    def commit(self) -> None:
        """It is complete. Raises Stopped."""
        with self._lock:
            self._check()
            self.commits += 1
            self._tell(self._writer.commit())

    def clear(self) -> None:
        """The kind is gone. Raises Stopped."""
        with self._lock:
            self._check()
            self._tell(self._writer.clear())

    def events(self, batch: Events) -> None:
        """Events of a watch came. Raises Stopped."""
        with self._lock:
            self._check()
            self._set_columns(batch.columns)
            self._tell(self._writer.apply(batch.events))

    def say(self, state: WatchState, error: str, retry_at: float) -> None:
        """The informer's state; nothing once muted."""
        with self._lock:
            if self._muted:
                return
            current = self._status
            since = current.since if current.state is state else time.time()
            total = self._total if state is WatchState.LISTING else 0
            objects = self._writer.staged if total and self.store.synced else len(self.store)
            self._set_status(Status(state, objects, self.store.synced, total, error, since, retry_at))

    # Under the lock, from here on.

    def _check(self) -> None:
        if self._muted:
            raise Stopped("stopped")

    def _index(self, by: By) -> Index:
        index = self.store.index(by)
        if index is None:
            with self._lock:  # the first to ask: no row may come or go while it is made
                index = self._writer.index(by)
        return index

    def _set_status(self, status: Status) -> None:
        if status == self._status:
            return
        if (status.state, status.error) != (self._status.state, self._status.error) or not self.history:
            self.history.append((time.time(), status))
        self._status = status
        self._tell_all(lambda subscriber: subscriber.status(status), self._subscribers)

    def _set_columns(self, columns: tuple[Column, ...] | None) -> None:
        if columns is None or columns == self._columns:
            return
        self._columns = columns
        self._tell_all(lambda subscriber: subscriber.columns(columns), self._subscribers)

    def _tell(self, changes: list[Change]) -> None:
        if changes:
            self._tell_all(lambda subscriber: subscriber.changed(changes), self._subscribers)

    def _tell_all(self, tell: Callable[[Subscription], None], subscribers: Iterable[Subscription]) -> None:
        for subscriber in subscribers:
            if subscriber in self._subscribers:  # it may have left in the wake of another
                self._deliver(functools.partial(tell, subscriber))

    def _deliver(self, tell: Callable[[], None]) -> None:
        """A subscriber whose ``wake`` raises has its entry all the same; the others and the watch go on."""
        try:
            tell()
        except Exception:  # noqa: BLE001 (whatever a stranger's wake may raise)
            _log.exception("a subscriber of %s failed", self._name)
