"""Live events: what is watched, a filter, the lines as they come, and the object of the one that is selected."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFileDialog, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from kdesk.kube.errors import KubeError
from kdesk.ui.events.bar import EventsBar
from kdesk.ui.events.kind_picker import KindPicker
from kdesk.ui.events.object_pane import EventObject
from kdesk.ui.events.table import SHAPES, EventTable
from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.chips import ChipData
from kdesk.ui.parts.state_page import StatePage
from kdesk.viewmodel.clusters.freshness import worst
from kdesk.viewmodel.events.kind_choices import KindChoice, kind_choices
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.events.source import Choice, EventSource, noise

#: Starts a coroutine under a title; its failure is told to the person by whoever runs it.
Run = Callable[[Coroutine[Any, Any, Any], str], object]
_TABLE_SHARE, _OBJECT_SHARE = 3, 2


class EventsPanel(QWidget):
    """Space pauses, Ctrl+L clears, / filters. ``object_requested(EventLine)``: Enter or a double click on a line."""

    object_requested = Signal(object)

    def __init__(self, log: EventLog, theme: Theme, run: Run, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log, self._theme, self._run = log, theme, run
        self._selected = 0  # the number of the selected line
        self._unseen_from = 0  # lines kept in the model when the person scrolled up
        self.bar = EventsBar(theme)
        self.table = EventTable(log.model, theme)
        self._object = EventObject(log.inspector, theme)
        self._page = StatePage(theme)
        self._picker = KindPicker(theme, self)
        self._jump = QPushButton(self.table)
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
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.bar)
        box.addWidget(self._splitter, 1)
        self.setFocusProxy(self.table)
        self._connect()
        self._restyle()
        self._show_sources()

    def _connect(self) -> None:
        log, bar, table = self._log, self.bar, self.table
        bar.filter_changed.connect(log.set_filter)
        bar.filter_left.connect(table.setFocus)
        bar.pause_toggled.connect(log.pause)
        bar.existing_toggled.connect(log.show_existing)
        bar.clear_clicked.connect(log.clear)
        bar.save_clicked.connect(self.ask_where_to_save)
        bar.kinds_clicked.connect(self.choose_kinds)
        bar.chips.removed.connect(log.remove_source)
        self._picker.toggled.connect(self._choose)
        self._page.activated.connect(self.choose_kinds)
        self._object.closed.connect(self._close_object)
        self._jump.clicked.connect(table.jump_to_newest)
        table.following_changed.connect(self._followed)
        table.verticalScrollBar().rangeChanged.connect(self._show_jump)
        table.verticalScrollBar().valueChanged.connect(self._show_jump)
        table.selectionModel().selectionChanged.connect(self._select)
        table.activated.connect(self._activate)
        log.changed.connect(self._show_counts)
        log.sources_changed.connect(self._show_sources)
        log.model.modelReset.connect(self._select_again)
        self._theme.changed.connect(self._restyle)
        self._shortcut(Qt.Key.Key_Space, table, lambda: log.pause(not log.paused))
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
        """Open the list of kinds."""
        corner = self.bar.kinds_button.mapToGlobal(QPoint(0, self.bar.kinds_button.height() + 2))
        self._picker.open_at(corner, kind_choices(self._log.sessions), self._log.choices())

    def _choose(self, row: KindChoice, on: bool) -> None:
        if on:
            self._log.choose(row.resource)
        else:
            for choice in self._log.choices():
                if choice._replace(namespace="") == row.choice:
                    self._log.remove_source(choice)

    def _show_sources(self) -> None:
        sources = self._log.sources()
        self.bar.chips.show_chips(
            [_chip(choice, [s for s in sources if s.choice == choice]) for choice in self._log.choices()]
        )
        origins = [source.origin for source in sources]
        self.table.fit_to(
            {origin.cluster for origin in origins}, {origin.resource.kind for origin in origins}
        )
        self.bar.set_watching(bool(self._log.choices()))
        self._show_counts()

    # What is shown

    def _show_counts(self) -> None:
        log = self._log
        shown = log.model.rowCount()
        self.bar.show_filter(log.filter_text)
        self.bar.show_counts(
            shown=shown, total=log.total, dropped=log.dropped, pending=log.pending, paused=log.paused
        )
        self._stack.setCurrentWidget(self.table if shown else self._page)
        if not shown:
            self._explain()
        self._show_jump()

    def _explain(self) -> None:
        """Why there is no line."""
        log, page = self._log, self._page
        if not log.choices():
            hint = "Every change arrives here as a line of its own, with the object as it was at that moment."
            open_one = "" if log.sessions else "Open a cluster to see what happens in it."
            button = "Choose kinds…" if log.sessions else ""
            page.show_state("activity", open_one or "Choose the kinds to watch.", hint=hint, button=button)
        elif log.total:
            page.show_state("funnel", "No line matches the filter.", hint="Esc in the filter clears it.")
        elif not log.sources():
            page.show_state("ban", "No open cluster serves what you chose to watch.", button="Choose kinds…")
        else:
            page.show_state("activity", "Nothing has happened yet.", hint="The next change will appear here.")

    def _followed(self, following: bool) -> None:
        self._unseen_from = self._log.model.rowCount()
        self._show_jump()

    def _show_jump(self) -> None:
        if self.table.following and self._jump.isHidden():
            return
        bar = self.table.verticalScrollBar()
        self._jump.setVisible(not self.table.following and bar.value() < bar.maximum())
        new = max(0, self._log.model.rowCount() - self._unseen_from)
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
        self._log.inspector.show(line)
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
        self._log.inspector.show(None)
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
            count = await self._log.save(path)
        except KubeError as error:
            self.bar.say(str(error), "bad")
            return
        self.bar.say(f"Saved {count:,} line{'' if count == 1 else 's'} to {path.name}", "ok")

    def _restyle(self) -> None:
        self._jump.setIcon(icon("arrow-down", "surface", self._theme))


def _chip(choice: Choice, sources: list[EventSource]) -> ChipData:
    statuses = [source.status for source in sources if source.status is not None]
    status = worst(statuses)
    shape, tone = SHAPES[status.state] if status is not None else ("circle", "text2")
    lines = [f"{s.origin.cluster}: {s.status.state.lower() if s.status else 'starting'}" for s in sources]
    if not sources:
        shape, tone, lines = "ban", "warn", ["No open cluster serves this kind."]
    if sources and (why := noise(sources[0].origin.resource)):
        lines.append(f"Noisy: {why}")
    return ChipData(choice, choice.kind, choice.namespace, shape, tone, "\n".join(lines))
