"""Columns of a person's own: commands, the strip to write one in, and their values for every table that is open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kdesk.app.front import Front
from kdesk.app.work import Work
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.commands import Command, CommandError, CommandSet, quote
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.program.settings import Settings
from kdesk.viewmodel.tables.views import Views
from kdesk.viewmodel.tasks import Tasks

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from collections.abc import Callable

    from PySide6.QtWidgets import QMenu

    from kdesk.kube.table.rows import Row
    from kdesk.ui.tables.column_editor import ColumnEditor
    from kdesk.ui.tables.page import TablePage
    from kdesk.viewmodel.tables.column_book import ColumnBook
    from kdesk.viewmodel.tables.controller import TableController
    from kdesk.viewmodel.tables.own_columns import OwnColumns

_SYNC_LIMIT_S = 120.0
_LOOK_S = 0.03


class OwnColumnsWork(Work):
    """``attach`` once, when the core is loaded and before the first table is opened."""

    def __init__(
        self,
        views: Views,
        window: MainWindow,
        clock: FrameClock,
        tasks: Tasks,
        theme: Theme,
        settings: Settings,
        save: Callable[[], None],
    ) -> None:
        self._views, self._window, self._clock = views, window, clock
        self._front = Front(views, window)
        self._tasks, self._theme = tasks, theme
        self._settings, self._save = settings, save
        self._book: ColumnBook | None = None
        self._tables: dict[int, OwnColumns] = {}
        self._editors: dict[int, ColumnEditor] = {}

    def attach(self) -> None:
        from kdesk.viewmodel.tables.column_book import ColumnBook

        self._book = ColumnBook(self._settings.columns, self._save)
        for problem in self._book.problems:
            self._window.status.say(problem, bad=True)
        self._book.changed.connect(self._show)
        self._views.opened.connect(self._opened)
        self._views.closed.connect(self._closed)

    def close(self) -> None:
        for own in self._tables.values():
            own.close()
        self._tables.clear()
        self._editors.clear()

    def register(self, commands: CommandSet) -> None:
        table = self._needs_table
        commands.add(
            Command(
                "view.new-column",
                "Add a column of your own",
                self._edit,
                "Table",
                ("Ctrl+Shift+J",),
                "[PATH] [NAME]",
                table,
                icon="plus",
            ),
            Command("view.add-column", "Add a column", self._add, "Scripts", (), "NAME PATH [TYPE]", table),
            Command(
                "view.remove-column",
                "Remove a column of your own",
                self._remove,
                "Table",
                (),
                "NAME",
                self._needs_columns,
                "text",
                icon="minus",
            ),
        )

    # Commands

    def _edit(self, args: Sequence[str]) -> None:
        page = self._front.page()
        editor = self._editors.get(page.table.view_id) or self._make_editor(page)
        editor.begin(*args)

    async def _add(self, args: Sequence[str]) -> None:
        """Done when every row has its value."""
        from kdesk.viewmodel.tables.column_book import make_column

        view = self._front.view()
        column = make_column(args[0], args[1], args[2] if len(args) > 2 else "text")
        taken = [one.source.name for one in view.model.columns if one.source not in view.model.joined]
        self._need().add(view.resource.label, column, taken)
        await self._values(view)

    async def _remove(self, args: Sequence[str]) -> None:
        view = self._front.view()
        self._need().remove(view.resource.label, args[0])
        await self._values(view)

    async def _values(self, view: TableController) -> None:
        """Until every row has its values. Raises CommandError."""
        own = self._tables[view.view_id]
        deadline = time.monotonic() + _SYNC_LIMIT_S
        while not own.synced and view in self._views.all:
            if time.monotonic() > deadline or own.cost.error:
                raise CommandError(own.cost.error or f"no values after {_SYNC_LIMIT_S:g} s")
            await asyncio.sleep(_LOOK_S)

    # The tables

    def _opened(self, view: TableController) -> None:
        if not view.live:
            return
        from kdesk.ui.tables.header import TableHeader
        from kdesk.viewmodel.tables.own_columns import OwnColumns

        own = self._tables[view.view_id] = OwnColumns(view, view.model, self._clock)
        own.show(self._need().of(view.resource.label))
        page = self._front.page_of(view)
        if page is not None:
            own.cost_changed.connect(lambda: _say_cost(page, own))
            _say_cost(page, own)
            header = page.view.horizontalHeader()
            if isinstance(header, TableHeader):
                header.menu_made.connect(lambda menu, section: self._add_to(menu, section, page))

    def _closed(self, view: TableController) -> None:
        self._editors.pop(view.view_id, None)
        own = self._tables.pop(view.view_id, None)
        if own is not None:
            own.close()
            own.deleteLater()  # its signals hold the page

    def _show(self, kind: str) -> None:
        columns = self._need().of(kind)
        for view in self._views.all:
            if view.resource.label == kind and view.view_id in self._tables:
                self._tables[view.view_id].show(columns)

    def _add_to(self, menu: QMenu, section: int, page: TablePage) -> None:
        menu.addSeparator()
        menu.addAction("Add column…", lambda: page.command.emit("view.new-column"))
        columns = page.table.model.columns
        source = columns[section].source if 0 <= section < len(columns) else None
        if source in page.table.model.joined and source is not None:
            line = f"view.remove-column {quote(source.name)}"
            menu.addAction(f"Remove column {columns[section].title}", lambda: page.command.emit(line))

    def _make_editor(self, page: TablePage) -> ColumnEditor:
        from kdesk.ui.tables.column_editor import ColumnEditor
        from kdesk.viewmodel.tables.column_draft import ColumnDraft

        table = page.table
        draft = ColumnDraft(self._tasks, page)
        editor = self._editors[table.view_id] = ColumnEditor(draft, self._theme)
        page.add_strip(editor)
        page.selected.connect(lambda row: draft.look_at(table, row) if editor.isVisible() else None)
        editor.begun.connect(lambda: draft.look_at(table, page.current_row() or _first(table)))
        editor.left.connect(page.view.setFocus)
        editor.wanted.connect(lambda *column: self._written(editor, column))
        return editor

    def _written(self, editor: ColumnEditor, column: tuple[str, ...]) -> None:
        line = " ".join(map(quote, ("view.add-column", *column)))
        self._window.command.emit(line)
        editor.leave()

    # What there is

    def _need(self) -> ColumnBook:
        if self._book is None:
            raise CommandError("the kubeconfig files have not been read yet")
        return self._book

    def _needs_table(self) -> str:
        view = self._views.current
        if view is None:
            return "No table is open."
        return "" if view.live else "A snapshot has the columns that it was saved with."

    def _needs_columns(self) -> str:
        view = self._views.current
        if view is None:
            return "No table is open."
        return "" if view.model.joined and view.live else f"{view.resource.label} has no column of your own."


def _first(table: TableController) -> Row | None:
    return table.model.row_at(0) if table.model.rowCount() else None


def _say_cost(page: TablePage, own: OwnColumns) -> None:
    cost, label = own.cost, page.bar.cost
    label.setVisible(bool(cost.watches))
    label.setText(cost.short)
    label.setToolTip(f"The columns of your own take {cost.sentence}")
    label.setAccessibleName(label.toolTip())
