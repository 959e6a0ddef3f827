"""Commands on the rows of a table: selected, copied, exported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from kdesk.app.front import Front
from kdesk.app.work import Work
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.operations import Operations
from kdesk.viewmodel.tables.views import Views
from kdesk.viewmodel.tasks import Tasks

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.table.rows import Row
    from kdesk.ui.tables.menu import RowCopies
    from kdesk.ui.tables.page import TablePage
    from kdesk.viewmodel.tables.object_work import Chosen, ObjectWork

_FORMATS = (("Table as text", ".csv"), ("Objects as JSON", ".json"), ("Objects as YAML", ".yaml"))


class ObjectCommands(Work):
    """What a person does with many objects at once. Nothing of it changes the cluster."""

    def __init__(self, views: Views, window: MainWindow, tasks: Tasks, operations: Operations) -> None:
        self._views, self._window, self._tasks, self._operations = views, window, tasks, operations
        self._front = Front(views, window)

    def register(self, commands: CommandSet) -> None:
        table, rows = self._needs_table, self._needs_rows
        commands.add(
            Command(
                "view.select",
                "Select rows by name",
                self._select,
                "Table",
                (),
                "NAME|*...",
                table,
                "text",
            ),
            Command(
                "view.select-all", "Select all rows", self._all, "Table", ("Ctrl+A",), "", table, bound=False
            ),
            Command(
                "view.copy-markdown",
                "Copy the table as Markdown",
                self._copying(lambda copies: copies.markdown()),
                "Table",
                enabled=table,
                icon="table-2",
            ),
            Command(
                "view.export",
                "Export all rows",
                self._export_shown,
                "Table",
                ("Ctrl+Shift+E",),
                "FILE",
                table,
                "save",
                icon="download",
                files=_FORMATS,
            ),
            Command(
                "object.copy-name",
                "Copy the name",
                self._copying(lambda copies: copies.names()),
                "Object",
                ("Ctrl+C",),
                "",
                rows,
                icon="copy",
                bound=False,
            ),
            Command(
                "object.copy-qualified-name",
                "Copy namespace/name",
                self._copying(lambda copies: copies.qualified_names()),
                "Object",
                enabled=rows,
            ),
            Command(
                "object.copy-row",
                "Copy the cells",
                self._copying(lambda copies: copies.cells()),
                "Object",
                enabled=rows,
            ),
            Command(
                "object.copy-yaml",
                "Copy as YAML",
                self._yaml,
                "Object",
                ("Ctrl+Shift+Y",),
                "",
                rows,
                icon="file-text",
            ),
            Command(
                "object.copy-kubectl",
                "Copy as a kubectl command",
                self._copying(lambda copies: copies.kubectl()),
                "Object",
                ("Ctrl+Shift+K",),
                "",
                rows,
                icon="terminal",
            ),
            Command(
                "object.export",
                "Export the selected rows",
                self._export_selected,
                "Object",
                (),
                "FILE",
                rows,
                "save",
                icon="save",
                files=_FORMATS,
            ),
            Command(
                "operation.cancel",
                "Cancel what is running",
                lambda _: self._operations.cancel_all(),
                "File",
                enabled=lambda: "" if self._operations.running else "Nothing is running.",
                icon="x",
            ),
        )

    # What they do

    def _select(self, args: Sequence[str]) -> None:
        page = self._front.page()
        if "*" in args:
            page.view.selectAll()
            return
        page.view.selection.select(_places(page, args))

    def _all(self, args: Sequence[str]) -> None:
        self._front.page().view.selectAll()

    def _copying(self, copy: Callable[[RowCopies], bool]) -> Callable[[Sequence[str]], None]:
        def run(_: Sequence[str]) -> None:
            if not copy(self._front.page().copies):
                raise CommandError("there is no row to copy")

        return run

    async def _yaml(self, args: Sequence[str]) -> None:
        page = self._front.page()
        chosen = _chosen(page, page.view.selected_rows())
        text = await self._work().yaml(chosen)
        if text:
            QGuiApplication.clipboard().setText(text)
            many = len(chosen.rows)
            said = f"{many:,} objects" if many > 1 else chosen.rows[0].name
            self._window.status.say(f"The YAML of {said} is on the clipboard.")

    async def _export_shown(self, args: Sequence[str]) -> None:
        page = self._front.page()
        await self._export(page, page.table.leaving.remaining(), args[0])

    async def _export_selected(self, args: Sequence[str]) -> None:
        page = self._front.page()
        await self._export(page, page.view.selected_rows(), args[0])

    async def _export(self, page: TablePage, rows: Sequence[Row], file: str) -> None:
        await self._work().export(_chosen(page, rows), page.view.shown_columns(), file)

    def _work(self) -> ObjectWork:
        from kdesk.viewmodel.tables.object_work import ObjectWork

        return ObjectWork(self._tasks, self._operations, self._window.status.say)

    # When they are allowed

    def _needs_table(self) -> str:
        return "" if self._views.current is not None else "No table is open."

    def _needs_rows(self) -> str:
        if self._views.current is None:
            return "No table is open."
        return "" if self._front.page().view.selection.count else "No row is selected."


def _chosen(page: TablePage, rows: Sequence[Row]) -> Chosen:
    from kdesk.viewmodel.tables.object_work import choose
    from kdesk.viewmodel.tables.snapshot_table import SnapshotController

    table = page.table
    return choose(table, rows, table.snapshot.kept if isinstance(table, SnapshotController) else None)


def _places(page: TablePage, names: Sequence[str]) -> list[int]:
    """Where the rows of these names (or ``namespace/name``) stand. Raises CommandError for a name that is not shown."""
    model = page.table.model
    wanted = set(names)
    found: dict[str, list[int]] = {}
    for place in range(model.rowCount()):
        row = model.row_at(place)
        for said in wanted.intersection((row.name, f"{row.namespace}/{row.name}")):
            found.setdefault(said, []).append(place)
    missing = [name for name in names if name not in found]
    if missing:
        raise CommandError(f"{page.table.resource.label} has no row named {missing[0]!r}")
    return sorted({place for places in found.values() for place in places})
