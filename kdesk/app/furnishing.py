"""From the bare window to one that can be worked with: what it shows, what can be done with it, who is told of what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from kdesk.app import core
from kdesk.app.commands.tabs import TAB_MENU
from kdesk.app.dispatch import Dispatch
from kdesk.app.models import Models
from kdesk.app.works import Works
from kdesk.ui.clusters.tree import ClusterTree
from kdesk.ui.docks.docks import Docks
from kdesk.ui.look.resources import resource
from kdesk.ui.look.theme import ROW_HEIGHTS, SYSTEM, THEMES, ThemeManager
from kdesk.ui.parts.operation_line import OperationLine
from kdesk.ui.window.centre import Centre
from kdesk.ui.window.contents import Contents
from kdesk.ui.window.main_window import MainWindow
from kdesk.ui.window.menus import Menus
from kdesk.ui.window.status_bar import StatusBar

if TYPE_CHECKING:  # loaded when the first table is opened
    from kdesk.ui.tables.page import TablePage
    from kdesk.viewmodel.tables.controller import TableController

_LOAD_S = 30.0


class Furnishing:
    """``furnish`` once; ``works`` is there as soon as anything has to be closed."""

    def __init__(
        self,
        models: Models,
        window: MainWindow,
        themes: ThemeManager,
        dispatch: Dispatch,
        quit_: Callable[[int], None],
    ) -> None:
        self._models, self._window, self._themes = models, window, themes
        self._dispatch, self._quit = dispatch, quit_
        self.works: Works | None = None

    async def furnish(self, app: QApplication, *, placed: bool, waiting_for: str) -> Works:
        """A part in each turn of the event loop, so that the window answers.

        ``placed``: splitters stand as they are remembered; ``waiting_for``: a sentence, what is on its way ("": the
        kubeconfig files).
        """
        for _ in self._widgets(app, placed=placed, waiting_for=waiting_for):
            await asyncio.sleep(0)
        works = self.works = Works(self._models, self._window, self._themes, self._quit)
        await asyncio.sleep(0)
        works.register()
        self._bind(works)
        await self._models.tasks.run(works.prepare, timeout=_LOAD_S, what="reading the rules")
        for _ in works.attach():
            await asyncio.sleep(0)
        return works

    def _widgets(self, app: QApplication, *, placed: bool, waiting_for: str) -> Iterator[None]:
        models, window, theme = self._models, self._window, self._themes.theme
        trouble = self._dress(app)
        if trouble:
            window.say(trouble, bad=True)
        yield
        tree, status = ClusterTree(models.tree, theme), StatusBar(models.clusters, models.pulse, theme)
        yield
        docks = Docks(theme, window.actions, window)
        yield
        centre = Centre(models.clusters, models.views, docks.places, theme)
        if waiting_for:
            centre.waiting_for = waiting_for
        yield
        contents = Contents(tree, docks, centre, status)
        if placed:
            contents.restore(models.state.splitters)
        icon = QIcon(str(resource("kdesk.svg")))
        window.furnish(contents, icon, models.clusters, models.views, self._make_page)
        window.status.add_part(OperationLine(models.operations, theme))
        window.docks.follow(app)
        yield

    def _dress(self, app: QApplication) -> str:
        """As the settings say, now that they have been checked; a sentence where that cannot be."""
        choice, themes = self._models.settings.theme, self._themes
        known = choice in (SYSTEM, *THEMES)
        if known and choice != themes.choice:
            themes.choose(choice)
        themes.apply(app, ROW_HEIGHTS[self._models.settings.rows])
        return "" if known else f"There is no theme {choice!r}; following the system."

    def _bind(self, works: Works) -> None:
        """What the window asks for is done."""
        window, dispatch = self._window, self._dispatch
        palette = works.palette
        menus = Menus(window, self._models.commands, dispatch.call, palette.open, palette.ask)
        dispatch.ask = menus.ask_and_call
        window.places.menu_wanted.connect(lambda page, at: menus.open_menu(TAB_MENU, at))
        window.command.connect(dispatch.run)
        window.kind_wanted.connect(dispatch.open_kind)
        window.files_dropped.connect(lambda paths: dispatch.call("kubeconfig.add", paths))
        palette.chosen.connect(dispatch.run)

    def _make_page(self, view: TableController) -> TablePage:
        works, dispatch = self.works, self._dispatch
        assert works is not None, "tables are opened by commands"
        page = core.make_page(
            view,
            self._themes.theme,
            lambda: works.panels.namespaces(*view.clusters),
            self._models.clusters.open_names,
            self._models.memory,
        )
        page.clusters_wanted.connect(lambda names: dispatch.call("view.clusters", names or ["*"]))
        works.panels.connect_page(page, view)
        page.command.connect(dispatch.run)
        return page
