"""Bookmarks on lines of the live-event log, each with a note of a person's own (or none)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal


class Marks(QObject):
    """By the number of the line. ``changed``: one came, went, or says something else."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.notes: dict[int, str] = {}

    def __contains__(self, number: object) -> bool:
        return number in self.notes

    def toggle(self, number: int) -> bool:
        """Set or remove; whether there is one now."""
        if number in self.notes:
            del self.notes[number]
        else:
            self.notes[number] = ""
        self.changed.emit()
        return number in self.notes

    def note(self, number: int, text: str) -> None:
        """Bookmark a line with these words; no words leave a plain bookmark."""
        text = " ".join(text.split())
        if self.notes.get(number) != text:
            self.notes[number] = text
            self.changed.emit()

    def use(self, notes: Mapping[int, str]) -> None:
        """These, instead of all others."""
        self.notes = dict(notes)
        self.changed.emit()

    def drop_before(self, number: int) -> None:
        """The lines older than this are gone."""
        gone = [one for one in self.notes if one < number]
        for one in gone:
            del self.notes[one]
        if gone:
            self.changed.emit()

    def next(self, number: int, *, back: bool = False) -> int | None:
        """The bookmark after (or before) a line, going round at the end; None where there is no bookmark."""
        order = sorted(self.notes)
        if not order:
            return None
        place = bisect_left(order, number) - 1 if back else bisect_right(order, number)
        return order[place % len(order)]
