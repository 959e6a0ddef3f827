"""Live events: what is watched, a filter, the lines as they come, and the object of the one that is selected."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFileDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from kdesk.kube.errors import KubeError
from kdesk.ui.events import words
from kdesk.ui.events.bar import EventsBar
from kdesk.ui.events.bookmarks import Bookmarks
from kdesk.ui.events.object_pane import EventObject
from kdesk.ui.events.plan_editor import PlanEditor
from kdesk.ui.events.table import EventTable
from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.buttons import push_button
from kdesk.ui.parts.stacks import turn_to
from kdesk.ui.parts.state_page import StatePage
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.events.watch_lists import WatchLists
from kdesk.viewmodel.objects.diff_columns import DiffColumns

#: Starts a coroutine under a title; its failure is told to the person by whoever runs it.
Run = Callable[[Coroutine[Any, Any, Any], str], object]
#: Makes the strip of rates (see ``rate_strip``), whose library is loaded off the GUI thread first.
MakeStrip = Callable[[EventLog], Awaitable[QWidget]]
_TABLE_SHARE, _OBJECT_SHARE = 3, 2
_COST_MS = 1_000
_FRAME = 2


class EventsPanel(QWidget):
    """Space pauses, Ctrl+L clears, / filters, B bookmarks. ``object_requested(EventLine)``: Enter or a double click."""

    object_requested = Signal(object)

    def __init__(
        self,
        log: EventLog,
        lists: WatchLists,
        theme: Theme,
        columns: DiffColumns,
        run: Run,
        make_strip: MakeStrip,
        namespaces: Callable[[], Sequence[str]] = tuple,
        *,
        parent: QWidget | None = None,
    ) -> None:
        """``namespaces`` gives those known of the open clusters."""
        super().__init__(parent)
        self.log, self._theme, self._run, self._make_strip = log, theme, run, make_strip
        self._selected = 0  # the number of the selected line
        self._unseen_from = 0  # lines kept in the model when the person scrolled up
        self.bar = EventsBar(theme)
        self.table = EventTable(log.model, theme)
        self.bookmarks = Bookmarks(log, self.table)
        self.strip: Any = None
        self._object = EventObject(log.inspector, theme, columns)
        self._page = StatePage(theme)
        self.editor = PlanEditor(log.feed, lists, namespaces, theme, self)
        self._jump = push_button(parent=self.table)
        self._jump.setProperty("primary", True)
        self._jump.hide()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._page)
        self._stack.addWidget(self.table)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self._splitter.addWidget(self._stack)
        self._splitter.addWidget(self._object)
        self._splitter.setStretchFactor(0, _TABLE_SHARE)
        self._splitter.setStretchFactor(1, _OBJECT_SHARE)
        self._object.hide()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addWidget(self.bar)
        self._box.addWidget(self._splitter, 1)
        self._tick = QTimer(self, interval=_COST_MS)
        self._connect()
        self._restyle()
        if log.file is not None:
            self.bar.show_file(log.file.name)
            self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            self._box.setContentsMargins(_FRAME, _FRAME, _FRAME, _FRAME)
        self._show_sources()

    def _connect(self) -> None:
        log, bar, table = self.log, self.bar, self.table
        bar.filter_changed.connect(log.set_filter)
        bar.filter_left.connect(table.setFocus)
        bar.pause_toggled.connect(log.pause)
        bar.existing_toggled.connect(log.show_existing)
        bar.rates_toggled.connect(self.show_rates)
        bar.clear_clicked.connect(log.clear)
        bar.save_clicked.connect(self.ask_where_to_save)
        bar.kinds_clicked.connect(self.choose_kinds)
        bar.run_clicked.connect(self.start_or_stop)
        bar.chips.removed.connect(self._remove)
        self._page.activated.connect(self._page_activated)
        self._object.closed.connect(self._close_object)
        self._jump.clicked.connect(table.jump_to_newest)
        table.following_changed.connect(self._followed)
        table.verticalScrollBar().rangeChanged.connect(self._show_jump)
        table.verticalScrollBar().valueChanged.connect(self._show_jump)
        table.selectionModel().selectionChanged.connect(self._select)
        table.activated.connect(self._activate)
        log.changed.connect(self._show_counts)
        log.feed.changed.connect(self._show_sources)
        log.model.modelReset.connect(self._select_again)
        self._theme.changed.connect(self._restyle)
        self._tick.timeout.connect(self._show_cost)
        self._shortcut(Qt.Key.Key_Space, table, self._toggle_pause)
        self._shortcut(Qt.Key.Key_Slash, table, bar.focus_filter)
        self._shortcut(Qt.Key.Key_End, table, table.jump_to_newest)
        self._shortcut(Qt.Key.Key_Escape, self._splitter, self._escape)
        self._shortcut(QKeySequence("Ctrl+L"), self, log.clear)

    def _shortcut(self, keys: Qt.Key | QKeySequence, owner: QWidget, action: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), owner)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(action)

    # What is watched

    def choose_kinds(self) -> None:
        """Open the choice of what to watch."""
        self.editor.open_at(self.bar.kinds_button.mapToGlobal(QPoint(0, self.bar.kinds_button.height() + 2)))

    def start_or_stop(self) -> None:
        feed = self.log.feed
        feed.stop() if feed.running else feed.start()

    def _toggle_pause(self) -> None:
        if self.log.file is None:
            self.log.pause(not self.log.paused)

    def _remove(self, key: object) -> None:
        """The button of a chip was pressed."""
        feed = self.log.feed
        if key == words.SPAN:
            self.log.set_span(None)
        elif key == words.EVERYTHING:
            feed.use(msgspec.structs.replace(feed.plan, everything=False, without=()))
        elif key == words.PLACES:
            feed.use(msgspec.structs.replace(feed.plan, clusters=(), namespaces=(), labels="", fields=""))
        else:
            feed.remove(str(key))

    def _show_sources(self) -> None:
        feed = self.log.feed
        origins = [source.origin for source in feed.sources()]
        if origins:
            self.table.fit_to(
                {origin.cluster for origin in origins}, {origin.resource.kind for origin in origins}
            )
        self.bar.show_running(feed.running, possible=bool(feed.plan and feed.sessions))
        self._tick.start() if feed.running else self._tick.stop()
        self._show_cost()
        self._show_counts()

    def _show_cost(self) -> None:
        self.bar.show_cost(*words.cost(self.log, time.time()))

    # What is shown

    def _show_counts(self) -> None:
        log = self.log
        shown = log.model.rowCount()
        if not log.filter_error:
            self.bar.show_filter(log.filter_text)
        self.bar.show_error(log.filter_error)
        self.bar.show_counts(
            shown=shown,
            total=log.total,
            dropped=log.dropped,
            pending=log.pending,
            paused=log.paused,
            tip=words.losses(log),
        )
        chips = words.chips(log)
        self.bar.chips.show_chips(chips)
        self.bar.show_chip_line(bool(chips))
        if self.strip is not None:
            self.strip.show_span(log.span)
        if not shown:
            why = words.reason(log)
            self._page.show_state(why.icon, why.sentence, hint=why.hint, button=why.button)
        turn_to(self, self._stack, self.table if shown else self._page)
        self._show_jump()

    def _page_activated(self) -> None:
        if words.reason(self.log).button == "Start":
            self.log.feed.start()
        else:
            self.choose_kinds()

    def show_rates(self, shown: bool) -> None:
        """The strip of events a second; what it is plotted with is loaded when it is first wanted."""
        self.bar.show_rates(shown)
        if self.strip is not None:
            self.strip.setVisible(shown)
        elif shown:
            self._run(self._load_rates(), "Showing events a second")

    async def _load_rates(self) -> None:
        strip = await self._make_strip(self.log)
        if self.strip is not None:  # asked for twice
            strip.deleteLater()
            return
        self.strip = strip
        self.strip.chosen.connect(self.log.set_span)
        self._box.insertWidget(1, self.strip)

    def _followed(self, following: bool) -> None:
        self._unseen_from = self.log.model.rowCount()
        self._show_jump()

    def _show_jump(self) -> None:
        if self.table.following and self._jump.isHidden():
            return
        bar = self.table.verticalScrollBar()
        self._jump.setVisible(not self.table.following and bar.value() < bar.maximum())
        new = max(0, self.log.model.rowCount() - self._unseen_from)
        self._jump.setText(f"Jump to newest ({new:,} new)" if new else "Jump to newest")
        self._place_jump()

    def _place_jump(self) -> None:
        self._jump.adjustSize()
        area = self.table.viewport().geometry()
        left = area.center().x() - self._jump.width() // 2
        self._jump.move(left, area.bottom() - self._jump.height() - 12)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_jump()

    # One line

    def _select(self) -> None:
        line = self.table.selected_line()
        if line is None:
            return
        self._selected = line.number
        self.table.hold()
        self.log.inspector.show(line)
        if not self._object.isVisible() and line.row is not None:
            self._object.show()
            width = self._splitter.width()
            share = _TABLE_SHARE + _OBJECT_SHARE
            self._splitter.setSizes([width * _TABLE_SHARE // share, width * _OBJECT_SHARE // share])

    def _select_again(self) -> None:
        if self._selected:
            self.table.select_number(self._selected)

    def _activate(self) -> None:
        line = self.table.selected_line()
        if line is not None and line.row is not None:
            self.object_requested.emit(line)

    def _escape(self) -> None:
        search = self._object.yaml.find_bar
        if search.isVisible():
            search.end()
        else:
            self._close_object()

    def _close_object(self) -> None:
        self._selected = 0
        self._object.hide()
        self.table.clearSelection()
        self.log.inspector.show(None)
        self.table.setFocus()

    # Saving

    def ask_where_to_save(self) -> None:
        """Ask for a file, then save the lines shown there."""
        dialog = QFileDialog(self, "Save live events")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["JSON lines (*.jsonl)", "All files (*)"])
        dialog.setDefaultSuffix("jsonl")
        dialog.selectFile("events.jsonl")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._run(self.save(Path(name)), "Saving live events"))
        dialog.open()

    async def save(self, path: Path) -> None:
        """Save the lines shown, and say how it went."""
        self.bar.say("Saving…", "text2")
        try:
            count = await self.log.save(path)
        except KubeError as error:
            self.bar.say(str(error), "bad")
            return
        self.bar.say(f"Saved {count:,} line{'' if count == 1 else 's'} to {path.name}", "ok")

    def _restyle(self) -> None:
        self._jump.setIcon(icon("arrow-down", "surface", self._theme))
        if self.log.file is not None:  # the past has a frame
            self.setObjectName("past")
            self.setStyleSheet(f"#past {{ border: {_FRAME}px solid {self._theme.color('warn').name()}; }}")
