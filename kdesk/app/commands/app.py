"""Commands on the program itself: pictures, diagnostics, themes, help, the end."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from PySide6.QtWidgets import QApplication

from kdesk.app.commands.clusters import seconds
from kdesk.app.work import Work
from kdesk.ui.look.theme import ROW_HEIGHTS, SYSTEM, ThemeManager
from kdesk.ui.window.diagnostics_page import DiagnosticsPage
from kdesk.ui.window.keys_page import KeysPage
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.program.diagnostics import Diagnostics
from kdesk.viewmodel.program.settings import RowHeight, Settings
from kdesk.viewmodel.tasks import Tasks

_ICONS = {"dark": "moon", "light": "sun"}
# What was changed a moment ago is painted within two frames.
_FRAMES_S = 0.12
_SAVE_S = 30.0


class AppCommands(Work):
    """``shown`` reads for the Diagnostics page, ``asked`` for ``app.diagnostics``; ``save`` keeps the settings."""

    def __init__(
        self,
        *,
        window: MainWindow,
        themes: ThemeManager,
        commands: CommandSet,
        tasks: Tasks,
        shown: Diagnostics,
        asked: Diagnostics,
        quit_: Callable[[int], None],
        settings: Settings,
        save: Callable[[], None],
    ) -> None:
        self._window, self._themes, self._commands = window, themes, commands
        self._tasks, self._shown, self._asked = tasks, shown, asked
        self._quit, self._settings, self._save = quit_, settings, save

    def register(self, commands: CommandSet) -> None:
        commands.add(
            Command(
                "app.screenshot",
                "Save a picture of the window",
                self._screenshot,
                "File",
                (),
                "FILE",
                ask="save",
                icon="save",
            ),
            Command(
                "app.diagnostics",
                "Save diagnostics",
                self._diagnostics,
                "File",
                (),
                "FILE",
                ask="save",
                icon="activity",
            ),
            Command("app.wait", "Wait", self._wait, "Scripts", (), "SECONDS"),
            Command("app.quit", "Quit", lambda _: self._quit(0), "File", ("Ctrl+Q",), icon="log-out"),
        )
        commands.add(
            Command(
                "start.open-current",
                "Open the current context at the start",
                self._toggle_opening,
                "Clusters",
                checked=lambda: self._settings.open_at_start == "current",
                icon="log-in",
            )
        )
        commands.add(*(self._theme(name, title) for name, title in self._themes.names.items()))
        commands.add(*map(self._rows, get_args(RowHeight)))
        commands.add(
            Command("help.keys", "Keys and commands", self._keys, "Help", ("F1",), icon="keyboard"),
            Command(
                "diagnostics.open",
                "Diagnostics",
                self._open_diagnostics,
                "Help",
                ("Ctrl+Shift+D",),
                icon="gauge",
            ),
        )

    def _theme(self, name: str, title: str) -> Command:
        return Command(
            f"theme.{name}",
            f"Theme: {title.lower()}",
            lambda _: self._choose_theme(name),
            "Appearance",
            icon=_ICONS.get(name, "contrast" if name != SYSTEM else "settings"),
            checked=lambda: self._themes.choice == name,
        )

    def _rows(self, name: RowHeight) -> Command:
        return Command(
            f"rows.{name}",
            f"Rows: {name}",
            lambda _: self._choose_rows(name),
            "Appearance",
            icon="list",
            checked=lambda: self._settings.rows == name,
        )

    def _choose_rows(self, name: RowHeight) -> None:
        self._themes.theme.set_row_height(ROW_HEIGHTS[name])
        self._settings.rows = name
        self._save()

    def _choose_theme(self, name: str) -> None:
        self._themes.choose(name)
        self._settings.theme = name
        self._save()

    def _toggle_opening(self, args: Sequence[str]) -> None:
        self._settings.open_at_start = "none" if self._settings.open_at_start == "current" else "current"
        self._save()

    async def _screenshot(self, args: Sequence[str]) -> None:
        await asyncio.sleep(_FRAMES_S)
        path = Path(args[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        QApplication.sendPostedEvents()
        picture = self._window.grab().toImage()
        # Off the GUI thread: compressing a large window takes tenths of a second.
        saved = await self._tasks.run(lambda: picture.save(str(path)), timeout=_SAVE_S, what=f"saving {path}")
        if not saved:
            raise CommandError(f"{path} cannot be written as a picture (.png, .jpg and .bmp can)")

    async def _diagnostics(self, args: Sequence[str]) -> None:
        path = Path(args[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._asked.text(), "utf-8")

    async def _wait(self, args: Sequence[str]) -> None:
        await asyncio.sleep(seconds(args[0]))

    def _keys(self, args: Sequence[str]) -> None:
        make = functools.partial(KeysPage, self._commands)
        self._window.show_page("keys", "Keys", "keyboard", "help.keys", make)

    def _open_diagnostics(self, args: Sequence[str]) -> None:
        make = functools.partial(DiagnosticsPage, self._shown, self._themes.theme)
        self._window.show_page("diagnostics", "Diagnostics", "gauge", "diagnostics.open", make)
