"""Which cells changed a moment ago: they glow, and fade."""

from __future__ import annotations

from collections import deque

from kdesk.kube.table.rows import Row

GLOW_SECONDS = 1.2
#: Every cell of a row, as it is new.
WHOLE_ROW = -1


class Glows:
    """Changed cells by row key. Times are monotonic seconds; a mask has bit ``i`` set for cell ``i``."""

    def __init__(self) -> None:
        self._glows: dict[str, tuple[float, int]] = {}
        self._queue: deque[tuple[float, str]] = deque()

    def note(self, key: str, mask: int, now: float) -> None:
        """These cells changed. A second change within the time lights them all anew."""
        held = self._glows.get(key)
        if held is not None and now - held[0] < GLOW_SECONDS:
            mask |= held[1]
        self._glows[key] = (now, mask)
        self._queue.append((now, key))

    def note_change(self, old: Row | None, row: Row, now: float) -> None:
        """The row is new (``old`` None) or another one than it was: its cells that differ light up."""
        mask = 0
        if old is None:
            mask = WHOLE_ROW
        elif old.cells != row.cells and len(old.cells) == len(row.cells):
            bit = 1
            for one, other in zip(old.cells, row.cells, strict=True):
                if one != other:
                    mask |= bit
                bit <<= 1
        if mask:
            self.note(row.key, mask, now)

    def drop(self, key: str) -> None:
        self._glows.pop(key, None)

    def clear(self) -> None:
        self._glows.clear()
        self._queue.clear()

    def of(self, key: str, now: float) -> tuple[float, int] | None:
        """(strength from 1 down to 0, mask) while it glows, else None."""
        held = self._glows.get(key)
        if held is None:
            return None
        left = 1.0 - (now - held[0]) / GLOW_SECONDS
        return (left, held[1]) if left > 0 else None

    def forget(self, now: float) -> None:
        """Drop what has faded."""
        queue, glows = self._queue, self._glows
        while queue and now - queue[0][0] >= GLOW_SECONDS:
            at, key = queue.popleft()
            held = glows.get(key)
            if held is not None and held[0] == at:
                del glows[key]
