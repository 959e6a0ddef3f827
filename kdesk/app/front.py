"""The table in front, for the commands that work on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.commands import CommandError
from kdesk.viewmodel.tables.views import Views

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.ui.tables.page import TablePage
    from kdesk.viewmodel.tables.controller import TableController


class Front:
    """Both methods raise CommandError when no table is open."""

    def __init__(self, views: Views, window: MainWindow) -> None:
        self._views, self._window = views, window

    def view(self) -> TableController:
        view = self._views.current
        if view is None:
            raise CommandError("no table is open")
        return view

    def page(self) -> TablePage:
        page = self.page_of(self.view())
        if page is None:
            raise CommandError("no table is open")
        return page

    def page_of(self, view: TableController) -> TablePage | None:
        """The page that shows it; None while it has none."""
        # Here: the core is loaded by the time there is a table, and not before.
        from kdesk.ui.tables.page import TablePage

        page = self._window.page(view)
        return page if isinstance(page, TablePage) else None
