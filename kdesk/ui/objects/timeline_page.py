"""The timeline tab: the picture, the lines below it, and what the selected one stands for."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from kdesk.ui.look.theme import Theme
from kdesk.ui.objects.diff_view import DiffView
from kdesk.ui.objects.timeline_list import OBJECT, TIME, TimelineModel, mark
from kdesk.ui.objects.timeline_picture import TimelinePicture
from kdesk.ui.parts.buttons import dress, tool_button
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.ui.parts.state_page import StatePage
from kdesk.viewmodel.moments import moment_text
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.objects.timeline import Timeline
from kdesk.viewmodel.objects.timeline_family import Happened
from kdesk.viewmodel.objects.timeline_story import Known, Story

_SHARES = (4, 5, 5)
_ZOOM = 1.6
_ICON = 16 + 26  # and what is left free around it and the text
_OBJECT_SHARE, _OBJECT_LEAST = 0.28, 96  # of the width; pixels


class TimelinePage(QWidget):
    """What can belong to the object is watched only while this is on the screen."""

    def __init__(
        self, timeline: Timeline, theme: Theme, columns: DiffColumns, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._timeline, self._theme = timeline, theme
        self.picture = TimelinePicture(theme)
        self._model = TimelineModel(theme)
        self.list = QTreeView(rootIsDecorated=False, uniformRowHeights=True, allColumnsShowFocus=True)
        self.list.setModel(self._model)
        self.list.setAccessibleName("What happened")
        self.list.header().setStretchLastSection(True)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.diff = DiffView(theme, columns)
        self._event = QPlainTextEdit(readOnly=True)
        self._event.setFrameShape(QFrame.Shape.NoFrame)
        self._event.document().setDocumentMargin(12)
        self._event.setAccessibleName("The event")
        self._names = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._names.setProperty("tone", "text2")
        self._cost = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._cost.setProperty("tone", "text2")
        self._trouble = QLabel(wordWrap=True)
        self._trouble.setProperty("tone", "warn")
        self._older = QLabel(wordWrap=True)
        self._older.setProperty("tone", "text2")
        self._keys = {known: (QLabel(), QLabel(known.value)) for known in Known}
        self._in, self._out = tool_button("Zoom in (+)"), tool_button("Zoom out (-)")
        self._all = tool_button("Show all of it (Home)")
        self._now = tool_button("Show the newest, and follow (End)")
        self._close = tool_button("Close")
        self._page = StatePage(theme)
        self._shown: tuple[Story | None, bool] = (None, False)
        self.setFocusProxy(self.list)
        self._lay_out()
        self._in.clicked.connect(lambda: self.picture.zoom(_ZOOM))
        self._out.clicked.connect(lambda: self.picture.zoom(1 / _ZOOM))
        self._all.clicked.connect(self.picture.fit)
        self._now.clicked.connect(self.picture.follow)
        self._close.clicked.connect(self.list.clearSelection)
        self.picture.chosen.connect(self._select)
        self.list.selectionModel().selectionChanged.connect(self._choose)
        timeline.changed.connect(self._refresh)
        timeline.chosen_changed.connect(self._show_chosen)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._refresh()
        self._show_chosen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timeline.set_shown(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_out()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timeline.set_shown(False)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 2, 8, 2)
        bar.setSpacing(2)
        bar.addWidget(self._cost, 1)
        for button in (self._in, self._out, self._all, self._now):
            bar.addWidget(button)
        self._trouble.setContentsMargins(12, 2, 12, 4)
        self._top = _column(bar, self._trouble, self.picture)
        self._bar = bar
        key = QHBoxLayout()
        key.setContentsMargins(12, 4, 12, 4)
        key.setSpacing(4)
        for shape, words in self._keys.values():
            words.setProperty("tone", "text2")
            words.setContentsMargins(0, 0, 8, 0)
            key.addWidget(shape)
            key.addWidget(words)
        key.addStretch(1)
        key.addWidget(self._older)
        middle = _column(self.list, key)
        head = QHBoxLayout()
        head.setContentsMargins(12, 2, 8, 2)
        head.addWidget(self._names, 1)
        head.addWidget(self.diff.tools)
        head.addWidget(self._close)
        self._chosen = QStackedWidget()
        for page in (self.diff, self._event):
            self._chosen.addWidget(page)
        self._below = _column(head, self._chosen)
        self._split = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        self._split.setHandleWidth(1)
        for part, share in zip((self._top, middle, self._below), _SHARES, strict=True):
            self._split.addWidget(part)
            self._split.setStretchFactor(self._split.count() - 1, share)
        self._split.setSizes([share * 100 for share in _SHARES])
        self._stack = QStackedWidget()
        self._stack.addWidget(self._split)
        self._stack.addWidget(self._page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _refresh(self) -> None:
        timeline, story = self._timeline, self._timeline.story
        watches = timeline.watches
        self._cost.set_text(watches.words + ("  ·  listing" if watches.listing else ""))
        self._trouble.setText(watches.trouble)
        self._trouble.setVisible(bool(watches.trouble))
        self._older.setText(f"{story.dropped:,} older ones are not shown" if story.dropped else "")
        if story is not self._shown[0] or timeline.live != self._shown[1]:
            self._shown = (story, timeline.live)
            self._model.show_story(story)
            recorded = any(line.known is Known.RECORDED for line in story.lines)
            for label in self._keys[Known.RECORDED]:
                label.setVisible(recorded)
            self._share_out()
            self.picture.show_story(story, live=timeline.live)
        more = self._trouble.heightForWidth(self.width()) if watches.trouble else 0
        self._top.setMaximumHeight(self._bar.sizeHint().height() + more + self.picture.most_height)
        if not story.lines:
            reading = timeline.live and (watches.listing or not story.lanes)
            self._page.show_state(
                "hourglass", "Reading what there is." if reading else "Nothing is known of its past yet."
            )
        self._stack.setCurrentWidget(self._split if story.lines else self._page)

    def _share_out(self) -> None:
        """As wide as the texts; in a narrow pane, names give way to what happened."""
        story, metrics, now = self._timeline.story, self.list.fontMetrics(), time.time()
        times = [moment_text(line.at, now) for line in (*story.lines[:1], *story.lines[-1:])]
        names = [lane.short for lane in story.lanes]
        widths = [max(map(metrics.horizontalAdvance, texts), default=0) + _ICON for texts in (times, names)]
        room = max(_OBJECT_LEAST, round(self.list.viewport().width() * _OBJECT_SHARE))
        self.list.setColumnWidth(TIME, widths[0])
        self.list.setColumnWidth(OBJECT, min(room, widths[1]))

    def _choose(self) -> None:
        rows = self.list.selectionModel().selectedRows()
        line = self._model.lines[rows[0].row()] if rows else None
        self.picture.select(line.key if line is not None else None)
        self._timeline.choose(line)

    def _select(self, key: object) -> None:
        row = self._model.row_of(key)
        if row >= 0:
            self.list.setCurrentIndex(self._model.index(row, 0))
            self.list.scrollTo(self._model.index(row, 0))

    def _show_chosen(self) -> None:
        chosen = self._timeline.chosen
        self._below.setVisible(chosen is not None)
        if chosen is None:
            return
        self.diff.tools.setVisible(chosen.event is None)
        if chosen.event is not None:
            self._names.set_text(
                f"{'Warning' if chosen.event.warning else 'Event'}  ·  {chosen.event.reason}"
            )
            self._event.setPlainText(_event_text(chosen.event))
            self._chosen.setCurrentWidget(self._event)
            return
        self._names.set_text(self.diff.show_compared(chosen.compared) or "This state is no longer kept")
        self._chosen.setCurrentWidget(self.diff)

    def _restyle(self) -> None:
        theme = self._theme
        dress(
            theme,
            (self._in, "plus"),
            (self._out, "minus"),
            (self._all, "scaling"),
            (self._now, "clock"),
            (self._close, "x"),
        )
        for known, (shape, _) in self._keys.items():
            shape.setPixmap(mark("", theme, known).pixmap(16))
        self._model.restyle()


def _column(*parts: QWidget | QHBoxLayout) -> QWidget:
    widget = QWidget()
    box = QVBoxLayout(widget)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    for part in parts:
        if isinstance(part, QWidget):
            box.addWidget(part, 1 if not isinstance(part, QLabel) else 0)
        else:
            box.addLayout(part)
    return widget


def _event_text(event: Happened) -> str:
    now = time.time()
    times = f"{event.times:,} times" if event.times > 1 else "once"
    span = moment_text(event.first, now)
    if event.times > 1:
        span += f" to {moment_text(event.last, now)}"
    return "\n\n".join(
        [event.message or event.reason, f"{times}, {span}\nreported by {event.reporter or 'nobody'}"]
    )
