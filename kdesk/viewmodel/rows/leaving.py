"""Rows that were deleted a moment ago: they are shown a little longer, and fade."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import islice, takewhile

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.rows.glow import GLOW_SECONDS
from kdesk.viewmodel.rows.model import TableModel

Change = tuple[str, Row | None]

_TICK_MS = 100
#: More at once are no news that one could follow: they go at once.
_MOST = 500
_SLICE = 100


class Leaving(QObject):
    """Stands before a model: deletions that a person could see are held back for as long as a glow lasts.

    ``enabled`` False: nothing is held back (reduced motion). ``len`` counts rows that the model still holds. ``began``:
    rows that are shown begin to fade.
    """

    began = Signal()

    def __init__(
        self, model: TableModel, parent: QObject, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self.enabled = True
        self._model, self._monotonic = model, monotonic
        # When each was deleted, the oldest first.
        self._since: dict[str, float] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._let_go)

    def __len__(self) -> int:
        return len(self._since)

    @property
    def shown(self) -> int:
        """How many of them the filter shows."""
        return sum(self._model.place(key) >= 0 for key in self._since)

    def remaining(self) -> list[Row]:
        """The rows that are shown, from top to bottom, without those that are leaving."""
        rows, since = self._model.shown_rows(), self._since
        return [row for row in rows if row.key not in since] if since else rows

    def sift(self, changes: Sequence[Change], *, hold: bool) -> Sequence[Change]:
        """The changes that are to be applied now; ``hold``: they are news, and the table is looked at."""
        since, model = self._since, self._model
        if since:
            for key, _ in changes:  # it is there again, or goes for another reason
                since.pop(key, None)
        if not (hold and self.enabled):
            return changes
        now = self._monotonic()
        kept: list[Change] = []
        for key, row in changes:
            if row is None and len(since) < _MOST and model.place(key) >= 0:
                since[key] = now
            else:
                kept.append((key, row))
        if len(kept) < len(changes):
            if not self._timer.isActive():
                self._timer.start()
            self.began.emit()
        return kept

    def of(self, key: str) -> float | None:
        """How much of a row is left, from 1 down to 0; None: it is not leaving."""
        at = self._since.get(key)
        return None if at is None else max(0.0, 1.0 - (self._monotonic() - at) / GLOW_SECONDS)

    def finish(self) -> None:
        """Nobody looks any more: they go now."""
        self._take(list(self._since))

    def forget(self) -> None:
        """The model is emptied otherwise."""
        self._since.clear()
        self._timer.stop()

    def _let_go(self) -> None:
        now = self._monotonic()
        faded = takewhile(lambda one: now - one[1] >= GLOW_SECONDS, self._since.items())
        self._take([key for key, _ in islice(faded, _SLICE)])

    def _take(self, keys: Sequence[str]) -> None:
        for key in keys:
            del self._since[key]
        if not self._since:
            self._timer.stop()
        if keys:
            self._model.apply(dict.fromkeys(keys).items(), glow=False)
