"""Commands on where pages stand: tabs, groups, windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QApplication, QWidget

from kdesk.app.work import Work
from kdesk.ui.docks.area import Edge
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.commands import Command, CommandError, CommandSet

#: What the context menu of a tab offers, in order; "" is a line.
TAB_MENU = (
    "view.close",
    "view.close-others",
    "",
    "view.split-right",
    "view.split-down",
    "view.move",
    "",
    "view.tear-off",
    "view.bring-back",
)


class TabCommands(Work):
    """All of them are about the page that a person works with."""

    def __init__(self, window: MainWindow) -> None:
        self._window, self._docks, self._places = window, window.docks, window.places

    def register(self, commands: CommandSet) -> None:
        docks = self._docks
        commands.add(
            Command("view.close", "Close page", self._close, "View", ("Ctrl+W",), icon="x"),
            Command(
                "view.close-others",
                "Close the other tabs",
                self._close_others,
                "View",
                enabled=self._needs_others,
                icon="x",
            ),
            Command("view.next", "Next page", lambda _: docks.step(1), "View", ("Ctrl+PgDown", "Ctrl+Tab")),
            Command(
                "view.previous",
                "Previous page",
                lambda _: docks.step(-1),
                "View",
                ("Ctrl+PgUp", "Ctrl+Shift+Tab"),
            ),
            Command(
                "view.next-group",
                "Next group of tabs",
                lambda _: docks.next_group(),
                "View",
                ("F6",),
                enabled=self._needs_groups,
            ),
            self._on_page("view.split-right", "Split to the right", self._split(Edge.RIGHT), "Ctrl+\\"),
            self._on_page("view.split-down", "Split downwards", self._split(Edge.BOTTOM), "Ctrl+Shift+\\"),
            Command(
                "view.move",
                "Move into the next group",
                lambda _: docks.move_on(self._page()),
                "View",
                ("Ctrl+Shift+PgDown",),
                enabled=self._needs_groups,
                icon="waypoints",
            ),
            Command(
                "view.tear-off",
                "Tear off into a window",
                lambda _: docks.tear_off(self._page()),
                "View",
                ("Ctrl+Shift+O",),
                enabled=self._needs_page,
                icon="external-link",
            ),
            Command(
                "view.bring-back",
                "Bring back into the main window",
                lambda _: docks.bring_back(self._page()),
                "View",
                ("Ctrl+Shift+B",),
                enabled=self._needs_torn,
                icon="log-in",
            ),
        )

    def _on_page(self, name: str, title: str, run: Callable[[Sequence[str]], None], key: str) -> Command:
        return Command(name, title, run, "View", (key,), enabled=self._needs_others, icon="columns-3")

    def _split(self, edge: Edge) -> Callable[[Sequence[str]], None]:
        return lambda _: self._docks.split(self._page(), edge)

    def _close(self, args: Sequence[str]) -> None:
        self._window.close_page(self._page_of_window())

    def _close_others(self, args: Sequence[str]) -> None:
        kept = self._page()
        for page in [page for page in self._places.front.pages if page is not kept]:
            self._window.close_page(page)

    def _page(self) -> QWidget:
        """Raises CommandError."""
        page = self._places.current
        if page is None:
            raise CommandError("no page is open")
        return page

    def _page_of_window(self) -> QWidget:
        """Of the window that the keys go to, whatever page a person worked with before. Raises CommandError."""
        active = QApplication.activeWindow()
        if active is not self._window and active not in self._places.windows:
            return self._page()
        page = self._places.current_in(active)
        if page is None:
            open_elsewhere = active is self._window and self._places.windows
            raise CommandError("no page is open in the main window" if open_elsewhere else "no page is open")
        return page

    # When they are allowed

    def _needs_page(self) -> str:
        return "" if self._places.current is not None else "No page is open."

    def _needs_others(self) -> str:
        return "" if self._places.front.count() > 1 else "There is no other tab in this group."

    def _needs_groups(self) -> str:
        return "" if len(self._places.groups) > 1 else "There is only one group of tabs."

    def _needs_torn(self) -> str:
        page = self._places.current
        torn = page is not None and self._places.window_of(page) is not None
        return "" if torn else "It is in the main window."
