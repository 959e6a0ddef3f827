"""The object of one line of the live-event log, as it was at that event."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from kdesk.viewmodel.events.lines import EventLine
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.documents import DocumentMaker
from kdesk.viewmodel.objects.yaml_text import Document


class EventInspector(QObject):
    """``show`` a line; ``changed`` is emitted when ``document`` is there."""

    changed = Signal()

    def __init__(self, clock: FrameClock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.line: EventLine | None = None
        self.document: Document | None = None
        self._maker = DocumentMaker(clock, self._made)

    def show(self, line: EventLine | None) -> None:
        """Write the YAML of this line's object (None, or a line without one: of nothing)."""
        if line is self.line:
            return
        self.line, self.document = line, None
        self._maker.cancel()
        if line is not None and line.row is not None and line.row.raw:
            self._maker.request(line.row.raw, line.origin.resource.gvk, before=line.old)
        self.changed.emit()

    def close(self) -> None:
        self._maker.close()

    def _made(self, document: Document) -> None:
        self.document = document
        self.changed.emit()
