"""Commands on how a table shows its rows: which clusters, which columns, which saved filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kdesk.app.front import Front
from kdesk.app.work import Work
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.tables.views import Views

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.viewmodel.tables.controller import TableController


class TableCommands(Work):
    """All of them are about the table in front."""

    def __init__(self, clusters: Clusters, views: Views, window: MainWindow) -> None:
        self._clusters, self._views = clusters, views
        self._front = Front(views, window)

    def register(self, commands: CommandSet) -> None:
        table = self._needs_table
        commands.add(
            Command(
                "view.clusters",
                "Choose the clusters of the table",
                self._choose,
                "Table",
                ("Ctrl+Shift+L",),
                "[NAME|*...]",
                table,
                icon="layers",
            ),
            Command(
                "view.merge",
                "Merge a cluster into the table, or take it out",
                self._merge,
                "Table",
                (),
                "NAME",
                table,
                "context",
                icon="layers-2",
            ),
            Command(
                "view.columns", "Choose columns", self._columns, "Table", enabled=table, icon="columns-3"
            ),
            Command(
                "view.wide",
                "Wide columns",
                self._wide,
                "Table",
                ("Ctrl+Shift+W",),
                "",
                self._needs_wide,
                icon="columns-3",
                checked=lambda: not self._needs_table() and self._front.page().view.columns.wide,
            ),
            Command(
                "view.columns-reset",
                "Columns as they were",
                lambda _: self._front.page().view.columns.reset(),
                "Table",
                enabled=table,
                icon="columns-3",
            ),
            Command(
                "view.filter-save",
                "Save the filter",
                self._save_filter,
                "Table",
                (),
                "NAME",
                table,
                "text",
                icon="pin",
            ),
            Command(
                "view.filter-use",
                "Use a saved filter",
                self._use_filter,
                "Table",
                (),
                "[NAME]",
                self._needs_filters,
                icon="funnel",
            ),
            Command(
                "view.filter-forget",
                "Forget a saved filter",
                self._forget_filter,
                "Table",
                (),
                "NAME",
                self._needs_filters,
                "text",
                icon="trash-2",
            ),
        )

    async def _choose(self, args: Sequence[str]) -> None:
        if not args:
            self._front.page().bar.clusters.open()
            return
        view = self._front.view()
        await self._show(view, () if "*" in args else tuple(args))

    def _columns(self, args: Sequence[str]) -> None:
        """The menu of the header, where it begins."""
        from kdesk.ui.tables.header import TableHeader  # loaded with the core

        header = self._front.page().view.horizontalHeader()
        if isinstance(header, TableHeader):
            header.open_menu(header.mapToGlobal(header.rect().bottomLeft()))

    async def _merge(self, args: Sequence[str]) -> None:
        view, name = self._front.view(), self._clusters.context(args[0]).name
        if name not in view.clusters:
            await self._show(view, (*view.clusters, name))
        elif len(view.clusters) > 1:
            await self._show(view, tuple(other for other in view.clusters if other != name))
        else:
            raise CommandError(f"{name} is the only cluster of the table")

    def _wide(self, args: Sequence[str]) -> None:
        columns = self._front.page().view.columns
        columns.show_wide(not columns.wide)

    def _save_filter(self, args: Sequence[str]) -> None:
        page = self._front.page()
        if not page.saved.save(args[0]):
            raise CommandError(page.filter_error or "nothing is typed into the filter")

    def _use_filter(self, args: Sequence[str]) -> None:
        saved = self._front.page().saved
        if not args:
            saved.open()
        elif not saved.use(args[0]):
            raise CommandError(_no_filter(args[0], saved.names))

    def _forget_filter(self, args: Sequence[str]) -> None:
        saved = self._front.page().saved
        if not saved.forget(args[0]):
            raise CommandError(_no_filter(args[0], saved.names))

    async def _show(self, view: TableController, names: Sequence[str]) -> None:
        """Those that are not open yet are opened first."""
        for name in names:
            if not self._clusters.is_open(self._clusters.context(name).name):
                await self._clusters.open(name, activate=False)
        self._views.set_clusters(view, names)

    def _needs_wide(self) -> str:
        view = self._views.current
        if view is None:
            return "No table is open."
        wide = any(column.source.wide for column in view.model.columns)
        return "" if wide else f"{view.resource.kind} has no wide columns."

    def _needs_filters(self) -> str:
        if self._views.current is None:
            return "No table is open."
        return "" if self._front.page().saved.names else "No filter of this kind is saved."

    def _needs_table(self) -> str:
        return "" if self._views.current is not None else "No table is open."


def _no_filter(name: str, names: Sequence[str]) -> str:
    return f"no filter is saved as {name!r}; there are {', '.join(names)}"
