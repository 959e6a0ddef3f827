"""What an informer of whole objects tells the session's history: everything, and at no cost to its thread."""

from __future__ import annotations

from collections.abc import Sequence

from kdesk.kube.engine.subscription import Status, Subscription, WatchState
from kdesk.kube.history.book import Feed
from kdesk.kube.table.rows import Change, Column, Row


class HistoryFeed(Subscription):
    """Hands all changes on; the queue, its bound and the thread that empties it are the book's."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed

    def _clear(self) -> None:
        self._feed.end()

    def _empty(self) -> bool:
        return True

    def _begin(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        if rows:
            self._feed.put([Change("ADDED", row, None, initial=True) for row in rows])

    def _resync(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        return  # no news

    def _changed(self, changes: Sequence[Change]) -> None:
        self._feed.put(changes)

    def _columns(self, columns: tuple[Column, ...]) -> None:
        return

    def _status(self, status: Status) -> None:
        if status.state is WatchState.STOPPED:
            self._feed.end()
