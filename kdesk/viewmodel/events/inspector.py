"""The object of one line of the live-event log, as it was at that event, and the event as the server sent it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from kdesk.viewmodel.events.lines import EventLine
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.documents import DocumentMaker, Maker
from kdesk.viewmodel.objects.yaml_text import Document, make_event


class EventInspector(QObject):
    """``show`` a line; ``changed`` is emitted when its ``document`` is there, or ``wire``, the event as it was sent."""

    changed = Signal()

    def __init__(self, clock: FrameClock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.line: EventLine | None = None
        self.document: Document | None = None
        self.wire: Document | None = None
        self._event_wanted = False
        self._maker = DocumentMaker(clock, self._made)
        self._event_maker = Maker[Document](clock, self._event_made)

    def show(self, line: EventLine | None) -> None:
        """Write the YAML of this line's object (None, or a line without one: of nothing)."""
        if line is self.line:
            return
        self.line, self.document, self.wire = line, None, None
        self._maker.cancel()
        self._event_maker.cancel()
        if line is not None and line.row is not None and line.row.raw:
            self._maker.request(line.row.raw, line.origin.resource.gvk, before=line.old)
        self._make_event()
        self.changed.emit()

    def want_event(self, wanted: bool) -> None:
        """The event itself is looked at, of this line and of those to come; or no more."""
        self._event_wanted = wanted
        self._make_event()

    def close(self) -> None:
        self._maker.close()
        self._event_maker.close()

    def _make_event(self) -> None:
        line = self.line
        if (
            self._event_wanted
            and self.wire is None
            and line is not None
            and line.row is not None
            and line.row.raw
        ):
            self._event_maker.make(partial(make_event, line.type, line.row.raw, line.origin.resource.gvk))

    def _event_made(self, document: Document) -> None:
        self.wire = document
        self.changed.emit()

    def _made(self, document: Document) -> None:
        self.document = document
        self.changed.emit()
