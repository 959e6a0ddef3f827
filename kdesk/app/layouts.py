"""Layouts: save how the pages stand, and bring it back; what cannot come back says so in its tab."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from kdesk.app.layout_tabs import TabWork
from kdesk.app.work import Work
from kdesk.kube.errors import KubeError
from kdesk.ui.docks.arrangement import arrange, arrangement, geometry
from kdesk.ui.docks.torn import on_screens, screens
from kdesk.ui.window.main_window import MainWindow
from kdesk.ui.window.pending_page import PendingPage
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.program.layouts import Layout, LayoutBook, Tab, from_plain, to_plain
from kdesk.viewmodel.program.settings import Settings, WindowState
from kdesk.viewmodel.tasks import sentence


class Layouts(Work):
    """``book`` has those with names; ``save`` keeps the settings that it is in."""

    def __init__(
        self,
        window: MainWindow,
        tabs: TabWork,
        run: Callable[[str], Awaitable[None]],
        settings: Settings,
        save: Callable[[], None],
    ) -> None:
        """``run`` runs a command line."""
        self._window, self._tabs, self._run = window, tabs, run
        self._settings, self._keep = settings, save
        self.book = LayoutBook(settings.layouts, save)

    def register(self, commands: CommandSet) -> None:
        known = self._needs_layouts
        commands.add(
            Command(
                "layout.save", "Save the layout", self._save, "View", (), "NAME", ask="text", icon="save"
            ),
            Command(
                "layout.open", "Open a layout", self._open, "View", (), "NAME", known, "text", icon="blocks"
            ),
            Command(
                "layout.delete",
                "Delete a layout",
                self._delete,
                "View",
                (),
                "NAME",
                known,
                "text",
                icon="trash-2",
            ),
            Command(
                "start.last-layout",
                "Begin with the last layout",
                self._toggle_last,
                "View",
                checked=lambda: self._settings.last_layout,
                icon="blocks",
            ),
        )

    def remember(self, state: WindowState) -> None:
        """How the pages stand, for the next start."""
        state.layout = to_plain(self.current())

    async def resume(self, state: WindowState) -> None:
        """As it was at the last end, when a person wants that."""
        if not self._settings.last_layout or not state.layout:
            return
        try:
            layout = from_plain(state.layout)
        except msgspec.ValidationError as error:
            self._window.status.say(f"The last layout makes no sense any more: {error}.", bad=True)
            return
        await self.bring_back(layout, place_window=False)

    def current(self) -> Layout:
        """How the pages stand now."""
        window = self._window
        main, *torn = arrangement(window.places, self._tabs.describe)
        main = msgspec.structs.replace(main, geometry=geometry(window), maximized=window.isMaximized())
        return Layout((main, *torn))

    async def bring_back(self, layout: Layout, *, place_window: bool = True) -> None:
        """Let it be as it was: tables that are open stay, others are opened, and what else is open closes.

        ``place_window``: the main window goes where it was, too. Returns when each tab has its table or its reason.
        """
        places = self._window.places
        reasons = {tab: await self._run_page(tab) for tab in layout.tabs if tab.command}
        with places.steady():
            held = list(places.pages)
            pages = [(tab, self._tabs.page_for(tab, held, reasons.get(tab, ""))) for tab in layout.tabs]
            for page in held:
                self._window.close_page(page)
            if place_window and layout.windows:
                self._place(layout)
            left = list(pages)

            def next_page(tab: Tab) -> QWidget | None:
                found = next((one for one in left if one[0] == tab), None)
                if found is not None:
                    left.remove(found)
                return found[1] if found is not None else None

            arrange(places, layout.windows, next_page)
        if places.current is not None:  # and not the last of the windows that were torn off
            self._window.docks.show_page(places.current)
        await asyncio.gather(*(self._tabs.fill(page) for _, page in pages if isinstance(page, PendingPage)))

    # Commands

    def _save(self, args: Sequence[str]) -> None:
        self.book.put(args[0], self.current())

    async def _open(self, args: Sequence[str]) -> None:
        await self.bring_back(self._get(args[0]))

    def _delete(self, args: Sequence[str]) -> None:
        self._check(args[0])
        self.book.forget(args[0])

    def _get(self, name: str) -> Layout:
        self._check(name)
        try:
            return self.book.get(name)
        except msgspec.ValidationError as error:
            raise CommandError(f"the layout {name!r} in the settings makes no sense: {error}") from error

    def _check(self, name: str) -> None:
        if name not in self.book.names:
            raise CommandError(f"no layout is saved as {name!r}; there are {', '.join(self.book.names)}")

    def _toggle_last(self, args: Sequence[str]) -> None:
        self._settings.last_layout = not self._settings.last_layout
        self._keep()

    def _needs_layouts(self) -> str:
        return "" if self.book.names else "No layout is saved."

    async def _run_page(self, tab: Tab) -> str:
        """Open a page that is no table; gives the reason where that cannot be."""
        try:
            await self._run(tab.command)
        except KubeError as error:
            return sentence(error)
        return ""

    def _place(self, layout: Layout) -> None:
        main = layout.windows[0]
        if len(main.geometry) == 4 and not main.maximized:
            self._window.showNormal()
            self._window.setGeometry(on_screens(QRect(*main.geometry), screens()))
        elif main.maximized:
            self._window.showMaximized()
