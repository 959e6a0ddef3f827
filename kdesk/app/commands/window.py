"""Commands on what the window shows: pages, tables, panels, detail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kdesk.app.front import Front
from kdesk.app.panels import Panels
from kdesk.app.work import Work
from kdesk.ui.window.main_window import MainWindow
from kdesk.ui.window.palette import PaletteOverlay
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.tables.views import Views

if TYPE_CHECKING:
    from kdesk.kube.table.rows import Row
    from kdesk.viewmodel.tables.controller import TableController


class WindowCommands(Work):
    """What a person does with what is on the screen."""

    def __init__(
        self,
        views: Views,
        window: MainWindow,
        panels: Panels,
        palette: PaletteOverlay,
    ) -> None:
        self._views, self._window = views, window
        self._front = Front(views, window)
        self._panels, self._palette = panels, palette

    def register(self, commands: CommandSet) -> None:
        table, detail = self._needs_table, self._needs_detail
        window = self._window
        commands.add(
            Command(
                "view.filter",
                "Filter rows",
                self._filter,
                "Table",
                ("Ctrl+F",),
                "[TEXT...]",
                table,
                icon="funnel",
                bound=False,  # in a table it filters, in a YAML text it searches
            ),
            Command(
                "view.sort",
                "Sort rows by columns",
                self._sort,
                "Table",
                (),
                "COLUMN [asc|desc]...",
                table,
                "text",
            ),
            Command(
                "view.namespace",
                "Choose namespaces",
                self._namespace,
                "Table",
                ("Ctrl+Shift+N",),
                "[NAMESPACE|*...]",
                self._needs_namespaces,
                icon="folder",
            ),
            Command(
                "view.reconnect",
                "Connect again now",
                self._reconnect,
                "Table",
                ("F5",),
                "",
                table,
                icon="refresh-cw",
            ),
            Command(
                "panel.clusters",
                "Cluster tree",
                lambda _: window.show_clusters(not window.clusters_shown),
                "View",
                ("Ctrl+B",),
                checked=lambda: window.clusters_shown,
                icon="panel-left",
            ),
            Command(
                "detail.open",
                "Show the selected object",
                self._detail,
                "Object",
                ("Ctrl+I",),
                "[NAME...]",
                table,
                icon="panel-right",
            ),
            Command("detail.close", "Close detail", self._close_detail, "Object", (), "", detail, icon="x"),
            Command(
                "palette.open",
                "Commands",
                self._open_palette,
                "Help",
                ("Ctrl+K",),
                "[TEXT...]",
                icon="command",
            ),
            Command("palette.close", "Close the palette", lambda _: self._palette.dismiss(), "Scripts"),
        )

    def _open_palette(self, args: Sequence[str]) -> None:
        self._window.activateWindow()  # its key works in torn-off windows, too
        self._palette.open(" ".join(args))

    # Tables

    def _filter(self, args: Sequence[str]) -> None:
        page = self._front.page()
        if not args:
            page.focus_filter()
            return
        page.set_filter(" ".join(args))
        if page.filter_error:
            raise CommandError(page.filter_error)

    def _sort(self, args: Sequence[str]) -> None:
        model = self._front.view().model
        # Here: the core is loaded by now, and not before.
        from kdesk.viewmodel.rows.order import order_of

        try:
            model.set_order(order_of(args, [column.title for column in model.columns]))
        except ValueError as error:
            raise CommandError(str(error)) from None

    def _namespace(self, args: Sequence[str]) -> None:
        if not args:
            self._front.page().choose_namespaces()
            return
        self._front.view().set_namespaces(() if "*" in args else tuple(dict.fromkeys(args)))

    def _reconnect(self, args: Sequence[str]) -> None:
        self._front.view().reconnect()

    # Detail

    def _detail(self, args: Sequence[str]) -> None:
        view = self._front.view()
        if not args:
            row = self._front.page().current_row()
            if row is None:
                raise CommandError("no row is selected")
            self._panels.show_object(view, row)
            return
        table = self._front.page().view
        for name in args:
            row = _named(view, name)
            table.setCurrentIndex(view.model.index(view.model.place(row.key), 0))
            self._panels.show_object(view, row)

    def _close_detail(self, args: Sequence[str]) -> None:
        self._panels.detail.close()
        self._window.show_detail(False)

    # When they are allowed

    def _needs_table(self) -> str:
        return "" if self._views.current is not None else "No table is open."

    def _needs_namespaces(self) -> str:
        view = self._views.current
        if view is None:
            return "No table is open."
        return "" if view.resource.namespaced else f"{view.resource.kind} objects are in no namespace."

    def _needs_detail(self) -> str:
        shown = self._window.detail is not None and self._window.detail.isVisible()
        return "" if shown else "The detail pane is closed."


def _named(view: TableController, text: str) -> Row:
    """A row of a table by its name, or ``namespace/name``. Raises CommandError."""
    from kdesk.viewmodel.rows.cluster_row import cluster_of, place_key

    model = view.model
    rows = [model.row_at(place) for place in range(model.rowCount())]
    found = [row for row in rows if text in (row.name, place_key(row), f"{cluster_of(row)}/{place_key(row)}")]
    if not found:
        raise CommandError(f"{view.resource.label} has no row named {text!r}")
    if len(found) > 1:
        places = ("/".join(filter(None, (cluster_of(row), place_key(row)))) for row in found)
        raise CommandError(f"there are several {text!r}: say {' or '.join(places)}")
    return found[0]
