"""One table with its bar: rows, or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from kdesk.kube.table.rows import Row
from kdesk.ui.look.icons import kind_icon
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.stacks import turn_to
from kdesk.ui.parts.state_page import StatePage
from kdesk.ui.tables.banner import TableBanner
from kdesk.ui.tables.bar import TableBar
from kdesk.ui.tables.menu import RowCopies, table_menu
from kdesk.ui.tables.saved_filters import SavedFilters
from kdesk.ui.tables.skeleton import TableSkeleton
from kdesk.ui.tables.states import Action, Said, what_to_say
from kdesk.ui.tables.view import TableView
from kdesk.viewmodel.clusters.freshness import Freshness
from kdesk.viewmodel.rows.filtering import FilterError
from kdesk.viewmodel.rows.memory import TableMemory
from kdesk.viewmodel.tables.controller import TableController

#: No word of waiting before that.
_PATIENCE_MS = 150
#: How often the count is written while rows come in: each time costs a layout.
_COUNT_MS = 100


class TablePage(QWidget):
    """``opened(row)``: a person wants to see the object; ``selected(row)``: it is the current one (None: none).

    ``command(id)``: a person asks for a command that is the window's; ``clusters_wanted(names)``: for a table of these
    clusters (none: of all that are open).
    """

    opened = Signal(object)
    selected = Signal(object)
    command = Signal(str)
    clusters_wanted = Signal(tuple)

    def __init__(
        self,
        table: TableController,
        theme: Theme,
        namespaces: Callable[[], Sequence[str]],
        clusters: Callable[[], Sequence[str]] = tuple,
        memory: TableMemory | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """``namespaces`` gives those of the table's clusters that are known, ``clusters`` those that are open, now.

        ``memory``: where columns and saved filters are kept; without one they are forgotten.
        """
        super().__init__(parent)
        self.table = table
        self.filter_error = ""
        self._theme = theme
        self._memory = memory if memory is not None else TableMemory({}, lambda: None, self)
        self._said: Said | None = None
        self._past: Freshness | None = None
        self.bar = TableBar(theme, clusters, namespaces, table.parts.history)
        self._banner = TableBanner(theme)
        self.view = TableView(table.model, theme)
        self.copies = RowCopies(table, self.view)
        self._skeleton = TableSkeleton(theme)
        self._state = StatePage(theme)
        self._blank = QWidget()
        self._body = QStackedWidget()
        for page in (self._blank, self.view, self._skeleton, self._state):
            self._body.addWidget(page)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for widget in (self.bar, self._banner, self._body):
            box.addWidget(widget)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._still_waiting)
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_COUNT_MS)
        self._counting.timeout.connect(self._on_rows)
        self._fitted_for = 0
        kind = table.resource.label
        self.view.columns.use(self._memory.layout(kind))
        self.saved = SavedFilters(self.bar.filter, self._memory, kind, theme)
        self.view.columns.changed.connect(lambda: self._memory.keep(kind, self.view.columns.layout))
        self._connect()
        self._wait()
        self._on_theme()
        self._on_freshness()
        self._on_rows()

    def _connect(self) -> None:
        table, bar = self.table, self.bar
        table.freshness_changed.connect(self._on_freshness)
        table.namespaces_changed.connect(self._on_freshness)
        table.rekeying.connect(self.view.selection.rekey)
        table.count_changed.connect(self._on_rows)
        table.model.arranged.connect(self._on_arranged)
        table.model.columns_changed.connect(self._check_filter)
        bar.filter.textChanged.connect(self._on_filter)
        bar.filter.typing.connect(table.set_typing)
        bar.filter.left.connect(self.setFocus)
        bar.wide.clicked.connect(self.view.columns.show_wide)
        table.model.columns_changed.connect(self._show_wide)
        self.view.columns.changed.connect(self._show_wide)
        bar.clusters.chosen.connect(self.clusters_wanted)
        bar.namespaces.chosen.connect(table.set_namespaces)
        bar.badge.reconnect.connect(table.reconnect)
        self.view.leaving = table.leaving
        table.leaving.began.connect(self.view.viewport().update)
        self._theme.changed.connect(self._on_theme)
        self.view.opened.connect(self.opened)
        self.view.selected.connect(self.selected)
        self.view.selection.changed.connect(self._show_count)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self._state.activated.connect(self._act)

    # What the window asks.

    def focus_filter(self) -> None:
        self.bar.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.filter.selectAll()

    def set_filter(self, text: str) -> None:
        """As if it were typed; ``filter_error`` says what is wrong with it, or is empty."""
        self.bar.filter.setText(text)

    def choose_namespaces(self) -> None:
        """Open the list of namespaces, where the kind has any."""
        if self.table.resource.namespaced:
            self.bar.namespaces.open()

    def add_strip(self, strip: QWidget) -> None:
        """Something of its own between the bar and the rows."""
        box = self.layout()
        if isinstance(box, QVBoxLayout):
            box.insertWidget(box.indexOf(self._body), strip)

    def show_past(self, said: Freshness | None) -> None:
        """The header says this instead of how fresh the table is; None: the present again."""
        self._past = said
        self._on_freshness()

    def current_row(self) -> Row | None:
        return self.view.current_row()

    # What the table says.

    def _on_freshness(self) -> None:
        table, past = self.table, self._past
        said = past or table.freshness
        self.bar.show_title(kind_icon(table.resource), table.resource.gvr.resource, table.clusters)
        self.bar.namespaces.setVisible(table.resource.namespaced)
        self.bar.namespaces.show_names(table.namespaces)
        parts = () if past else table.parts.said
        self.bar.badge.show_freshness(said, parts)
        self.view.set_stale(said.stale, {part.cluster for part in parts if part.void and len(parts) > 1})
        self.view.setAccessibleName(f"{table.resource.gvr.resource} of {table.cluster}")
        self._choose_body()

    def _on_rows(self) -> None:
        model = self.table.model
        if self.table.synced:
            self.view.selection.await_no_more()
        self._show_count()
        # Once for the first rows and once for all: widths that jump with every change would be worse.
        fitted_for = bool(model.rowCount()) + bool(self.table.rows and self.table.synced)
        if fitted_for > self._fitted_for:
            self.view.fit_columns()
        self._fitted_for = max(fitted_for, self._fitted_for) if self.table.rows else 0
        self._choose_body()

    def _on_arranged(self) -> None:
        if self.table.synced or not self._fitted_for:
            self._on_rows()
        elif not self._counting.isActive():
            self._counting.start()

    def _show_count(self) -> None:
        table = self.table
        # Rows that are only fading are gone already; before they came, nobody knows how many there are.
        shown = table.model.rowCount() - table.leaving.shown
        self.bar.show_count(
            shown, table.rows if table.rows or table.synced else None, self.view.selection.count
        )

    def _show_wide(self) -> None:
        columns = self.view.columns
        self.bar.show_wide(columns.wide if columns.has_wide else None)

    def _choose_body(self) -> None:
        """Rows, the reason why there are none, or the shape of those that are on their way."""
        said = what_to_say(self.table)
        if said is not None:
            if said != self._said:
                self._state.show_state(
                    said.icon,
                    said.sentence,
                    hint=said.hint,
                    button=said.button,
                    details=said.details,
                    tone=said.tone,
                )
            turn_to(self, self._body, self._state)
        elif self.table.model.rowCount():
            turn_to(self, self._body, self.view)
        elif self._body.currentWidget() not in (self._skeleton, self._blank):
            self._wait()
        self._said = said
        table = self.table
        self._banner.tell(
            table.freshness, table.parts.said, rows=bool(table.model.rowCount()) and not self._past
        )

    def _wait(self) -> None:
        turn_to(self, self._body, self._blank)
        self._patience.start()

    def _still_waiting(self) -> None:
        if self._body.currentWidget() is self._blank:
            turn_to(self, self._body, self._skeleton)

    def _act(self) -> None:
        match self._said.action if self._said is not None else Action.NONE:
            case Action.RECONNECT:
                self.table.reconnect()
            case Action.ALL_NAMESPACES:
                self.table.set_namespaces(())
            case Action.CLEAR_FILTER:
                self.bar.filter.clear()

    def _on_theme(self) -> None:
        self.table.leaving.enabled = not self._theme.reduced_motion

    # What the person says.

    def _on_filter(self, text: str) -> None:
        try:
            self.table.model.set_filter(text)
            self.filter_error = ""
        except FilterError as error:
            self.filter_error = str(error)
        self.bar.show_error(self.filter_error)
        self.saved.set_valid(not self.filter_error)
        self._on_rows()

    def _check_filter(self) -> None:
        """The columns are others: what was typed may be wrong now, or right."""
        self._on_filter(self.bar.filter.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copies.names()
        elif event.text() == "/" or event.matches(QKeySequence.StandardKey.Find):
            self.focus_filter()
        elif event.key() == Qt.Key.Key_Escape and self.bar.filter.text():
            self.bar.filter.clear()
        else:
            super().keyPressEvent(event)

    def _open_menu(self, at: QPoint) -> None:
        menu = self.menu()
        if menu is not None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.view.viewport().mapToGlobal(at))

    def menu(self) -> QMenu | None:
        """The context menu for the selected rows; None when none is selected."""
        return table_menu(self.view, self.table, self.copies, self._theme, self.command.emit)
