"""The object of the selected event, as it was at that event, beside the list."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from kdesk.ui.events.table import SHAPES
from kdesk.ui.look.icons import icon, pixmap
from kdesk.ui.look.theme import Theme
from kdesk.ui.objects.diff_view import DiffView
from kdesk.ui.objects.yaml_panel import YamlPanel
from kdesk.ui.parts.buttons import tool_button
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.ui.parts.skeleton import TextSkeleton
from kdesk.ui.parts.state_page import StatePage
from kdesk.ui.parts.tab_row import TabRow
from kdesk.viewmodel.events.inspector import EventInspector
from kdesk.viewmodel.events.lines import EventLine, change_text, state_text, who
from kdesk.viewmodel.moments import clock_text
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.objects.yaml_text import Document

_PHRASES = 8
_TABS = ("YAML", "Changes", "Event")
_YAML, _CHANGES, _EVENT = range(3)
_LEAST = 80  # pixels of text: the panel does not grow when an object is shown in it


class EventObject(QWidget):
    """Follows an EventInspector; ``closed``: the person wants it away."""

    closed = Signal()

    def __init__(
        self, inspector: EventInspector, theme: Theme, columns: DiffColumns, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._inspector, self._theme = inspector, theme
        self.setMinimumWidth(280)
        self._type = QLabel()
        self._name = ElidedLabel()
        font = self._name.font()
        font.setWeight(font.Weight.DemiBold)
        self._name.setFont(font)
        self._when = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._when.setProperty("tone", "text2")
        self._change = QLabel(wordWrap=True)
        self._change.setTextFormat(Qt.TextFormat.PlainText)
        self._change.setAccessibleName("What changed")
        self.yaml, self.wire = YamlPanel(theme), YamlPanel(theme)
        self.diff = DiffView(theme, columns)
        self._skeleton = TextSkeleton(theme)
        self._page = StatePage(theme)
        self._stack = QStackedWidget()
        for page in (self._skeleton, self.yaml, self.diff, self.wire, self._page):
            self._stack.addWidget(page)
        self._close = tool_button("Close the object (Esc)")
        self._close.clicked.connect(self.closed)
        self.yaml.view.setAccessibleName("YAML of the object at this event")
        self.wire.view.setAccessibleName("The event as JSON")
        self.tabs = TabRow(_TABS)
        self.tabs.setAccessibleName("What is shown of the event")
        self.tabs.currentChanged.connect(self._choose)
        self._lay_out()
        inspector.changed.connect(self._refresh)
        theme.changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._type)
        top.addWidget(self._name, 1)
        top.addWidget(self._close)
        below = QHBoxLayout()
        below.addWidget(self.tabs, 1)
        for tools in (self.yaml.tools, self.diff.tools, self.wire.tools):
            below.addWidget(tools)
        head = QVBoxLayout()
        head.setContentsMargins(12, 6, 8, 4)
        head.setSpacing(2)
        head.addLayout(top)
        head.addWidget(self._when)
        head.addWidget(self._change)
        head.addLayout(below)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(head)
        box.addWidget(self._stack, 1)
        self._stack.setMinimumHeight(_LEAST)

    def _choose(self, tab: int) -> None:
        self._inspector.want_event(tab == _EVENT)
        self._refresh()

    def _refresh(self) -> None:
        line, document, theme = self._inspector.line, self._inspector.document, self._theme
        self._close.setIcon(icon("x", "text2", theme))
        if line is None:
            return
        shape, tone = SHAPES.get(line.type, ("circle", "text2"))
        self._type.setPixmap(pixmap(shape, tone, theme, 14, self.devicePixelRatioF()))
        origin, row = line.origin, line.row
        self._name.set_text(row.name if row is not None else origin.resource.kind)
        seen = "was there before" if line.initial else line.type
        missed = "  ·  deleted while nobody watched" if line.final_unknown else ""
        author = who(line)
        by = f"  ·  by {author.text}" if author.name else ""
        self._when.set_text(f"{seen}  ·  {clock_text(line.at, 3)}  ·  {origin.cluster}{by}{missed}")
        words = change_text(line, limit=_PHRASES)
        self._change.setText(words)
        self._change.setVisible(bool(words))
        tab = self.tabs.currentIndex()
        for place, tools in enumerate((self.yaml.tools, self.diff.tools, self.wire.tools)):
            tools.setVisible(place == tab)
            tools.setEnabled(document is not None and not document.error)
        if row is None:
            self._page.show_state(shape, f"{origin.resource.kind}: {state_text(line)}", tone=tone)
            self._stack.setCurrentWidget(self._page)
        elif document is None:
            self._stack.setCurrentWidget(self._skeleton if row.raw else self._page)
            if not row.raw:
                self._page.show_state("file", "The object was not kept.")
        elif document.error:
            self._page.show_state("triangle-alert", document.error, tone="bad")
            self._stack.setCurrentWidget(self._page)
        elif tab == _EVENT:
            self.wire.show_document(self._inspector.wire)
            self._stack.setCurrentWidget(self.wire if self._inspector.wire is not None else self._skeleton)
        elif tab == _CHANGES:
            self._show_changes(line, document)
        else:
            self.yaml.show_document(document)
            self._stack.setCurrentWidget(self.yaml)

    def _show_changes(self, line: EventLine, document: Document) -> None:
        if line.old:
            self.diff.show_document(document, "before", clock_text(line.at, 3))
        else:
            self.diff.show_whole(document)
        self._stack.setCurrentWidget(self.diff)
