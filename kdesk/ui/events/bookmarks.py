"""Bookmarks in the table of live events: B sets one, N writes its note, F2 and Shift+F2 go from one to the next."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from kdesk.ui.events.table import EventTable
from kdesk.ui.parts.line_popup import LinePopup
from kdesk.viewmodel.events.log import EventLog

_LONGEST = 200
_HINT = "Enter keeps the note. It is saved with the lines."


class Bookmarks(QObject):
    """Of one log, in one table; each method answers whether there was a line for it."""

    def __init__(self, log: EventLog, table: EventTable) -> None:
        super().__init__(table)
        self._log, self._table = log, table
        for keys, action in (
            ("B", self.toggle),
            ("N", self.note),
            ("F2", self.next),
            ("Shift+F2", lambda: self.next(back=True)),
        ):
            shortcut = QShortcut(QKeySequence(keys), table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(action)

    def toggle(self) -> bool:
        """Set a bookmark on the selected line, or remove it."""
        line = self._table.selected_line()
        if line is not None:
            self._log.marks.toggle(line.number)
        return line is not None

    def note(self, text: str | None = None) -> bool:
        """Note ``text`` on the selected line, or ask for it."""
        line = self._table.selected_line()
        if line is None:
            return False
        if text is not None:
            self._log.marks.note(line.number, text)
            return True
        number = line.number
        popup = LinePopup("Note", self._log.marks.notes.get(number, ""), _HINT, self._table, width=360)
        popup.edit.setMaxLength(_LONGEST)
        popup.edit.setPlaceholderText("Why this line matters")
        popup.taken.connect(lambda words: self._log.marks.note(number, words))
        row = self._table.rowViewportPosition(self._log.model.row_of(number))
        popup.open_at(self._table.viewport().mapToGlobal(QPoint(24, row + self._table.line_height)))
        return True

    def next(self, *, back: bool = False) -> bool:
        """Select the bookmark after (or before) the selected line; those that are not shown are passed over."""
        line = self._table.selected_line()
        start = number = line.number if line is not None else 0
        for _ in range(len(self._log.marks.notes)):
            found = self._log.marks.next(number, back=back)
            if found is None:
                return False
            if self._table.select_number(found):
                self._table.scrollTo(self._table.currentIndex())
                return True
            number = found
            if number == start:
                return False
        return False
