"""One informer whose rows are held against the rules: its queue, its book, and what is still to be looked at."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

from kdesk.kube.engine.informer import Informer
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Batch, Latest, Status, WatchState
from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.problems.book import Book, Problem
from kdesk.viewmodel.problems.check import Checker
from kdesk.viewmodel.problems.rules import Rule

#: Rows looked at between two looks at the clock: a fraction of a millisecond, or a few where all are problems.
_SLICE = 200


class ProblemSource:
    """Made and used on the GUI thread; ``wake`` is called from the informer's. ``close`` it once."""

    def __init__(
        self,
        session: ClusterSession,
        informer: Informer,
        rules: tuple[Rule, ...],
        wake: Callable[[], None],
    ) -> None:
        self.session, self.informer = session, informer
        self.resource, self.namespace = informer.spec.resource, informer.spec.namespace
        self._rules = rules
        self._columns: tuple[Column, ...] = ()
        self._status = Status(WatchState.LISTING)
        self._book = Book(Checker(rules, ()))
        self._pending: Iterator[tuple[str, Row | None]] = iter(())
        self._news = False
        self._complete = False
        self._queue = Latest(wake)
        informer.subscribe(self._queue)

    @property
    def complete(self) -> bool:
        """All rows have been looked at, at least once."""
        return self._complete

    @property
    def book(self) -> Book:
        return self._book

    @property
    def problems(self) -> dict[str, Problem]:
        return self._book.problems

    def drain(self, deadline: float) -> tuple[set[str], bool]:
        """Look at what has come, until ``deadline`` (monotonic): the keys of changed problems; is there more."""
        changed: set[str] = set()
        while True:
            rows = list(itertools.islice(self._pending, _SLICE))
            if rows:
                changed |= self._book.apply(rows, time.time(), news=self._news)
            elif not self._take(changed):
                self._complete = self._status.synced
                return changed, False
            if time.monotonic() >= deadline:
                return changed, True

    def tick(self, now: float) -> set[str]:
        return self._book.tick(now)

    def close(self) -> None:
        self.informer.unsubscribe(self._queue)

    def _take(self, changed: set[str]) -> bool:
        """The next batch, if there is one."""
        batch = self._queue.take()
        if batch is None:
            return False
        # Rows of a first list are no news: nobody knows since when they are as they are.
        self._news = self._status.synced and not batch.reset
        if batch.reset:
            changed |= self._book.clear()
        rows = batch.rows
        if batch.columns is not None and batch.columns != self._columns:
            rows = self._recolumn(batch, changed)
        if batch.status is not None:
            self._status = batch.status
        self._pending = iter(rows.items())
        return True

    def _recolumn(self, batch: Batch, changed: set[str]) -> dict[str, Row | None]:
        """Other columns: rows are not kept here, so all of them come from the store anew, with what has changed."""
        assert batch.columns is not None
        known = bool(self._columns)
        self._columns = batch.columns
        changed |= self._book.clear()
        self._book = Book(Checker(self._rules, batch.columns))
        if not known or batch.reset:
            return batch.rows
        self._news = False
        return {row.key: row for row in self.informer.store.snapshot()} | batch.rows
