"""Tables that show the past: their controls, made when they are first asked for, and the commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kdesk.app.front import Front
from kdesk.app.work import Work
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.tables.views import Views

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from PySide6.QtGui import QShortcut

    from kdesk.ui.tables.page import TablePage
    from kdesk.ui.tables.playback_bar import PastFrame, PlaybackBar
    from kdesk.viewmodel.clusters.freshness import Freshness
    from kdesk.viewmodel.tables.controller import TableController
    from kdesk.viewmodel.tables.playback import Playback

_NEVER = "There is no page that could show the past."


class Past(NamedTuple):
    """What a page needs to show the past."""

    playback: Playback
    bar: PlaybackBar
    frame: PastFrame
    keys: list[QShortcut]


class PlaybackWork(Work):
    """``attach`` once, when the core is loaded."""

    def __init__(self, views: Views, window: MainWindow, theme: Theme) -> None:
        self._views, self._theme = views, theme
        self._front = Front(views, window)
        self._pasts: dict[int, Past] = {}

    def attach(self) -> None:
        self._views.closed.connect(self._closed)

    def close(self) -> None:
        for past in self._pasts.values():
            past.playback.close()
        self._pasts.clear()

    def register(self, commands: CommandSet) -> None:
        table, past = self._needs_table, self._needs_past
        commands.add(
            Command(
                "past.enter",
                "Take the table back in time",
                self._toggle,
                "Table",
                ("Ctrl+Shift+T",),
                "[SECONDS]",
                table,
                icon="hourglass",
                checked=lambda: not self._needs_past(),
            ),
            Command("past.leave", "Back to live", self._leave, "Table", (), "", past, icon="disc"),
            Command(
                "past.step",
                "One change on",
                self._step(1),
                "Table",
                (),
                "[COUNT]",
                past,
                icon="chevron-right",
            ),
            Command(
                "past.back",
                "One change back",
                self._step(-1),
                "Table",
                (),
                "[COUNT]",
                past,
                icon="chevron-left",
            ),
            Command(
                "past.play", "Play or pause the past", self._play, "Table", (), "[SPEED]", past, icon="play"
            ),
        )

    # Commands

    def _toggle(self, args: Sequence[str]) -> None:
        """``SECONDS``: so long ago."""
        page = self._front.page()
        past = self._of(page)
        if past.playback.active and not args:
            past.playback.leave()
            return
        seconds = _number(args, 0)
        past.playback.enter()
        if seconds:
            past.playback.go_to(past.playback.ends - seconds)
        past.bar.slider.setFocus()

    def _leave(self, args: Sequence[str]) -> None:
        self._current().playback.leave()

    def _step(self, way: int) -> Callable[[Sequence[str]], None]:
        return lambda args: self._current().playback.step(way * int(_number(args, 1)))

    def _play(self, args: Sequence[str]) -> None:
        past = self._current()
        if args:
            past.playback.play(max(1, int(_number(args, 1))))
        else:
            past.bar.toggle()

    # Inside.

    def _current(self) -> Past:
        past = self._pasts.get(self._front.view().view_id)
        if past is None:
            raise CommandError(_NEVER)
        return past

    def _of(self, page: TablePage) -> Past:
        view_id = page.table.view_id
        if view_id not in self._pasts:
            self._pasts[view_id] = self.equip(page, self._theme)
        return self._pasts[view_id]

    @staticmethod
    def equip(page: TablePage, theme: Theme) -> Past:
        """Give a page all that it takes to show the past."""
        from kdesk.ui.tables.playback_bar import PastFrame, PlaybackBar, keys_of
        from kdesk.viewmodel.tables.playback import Playback

        playback = Playback(page.table, page)
        bar = PlaybackBar(playback, theme)
        made = Past(playback, bar, PastFrame(page, theme), keys_of(page, bar, playback))
        page.add_strip(bar)
        bar.said.connect(lambda said: _tell(page, made, said))
        return made

    def _closed(self, view: TableController) -> None:
        past = self._pasts.pop(view.view_id, None)
        if past is not None:
            past.playback.close()

    def _needs_table(self) -> str:
        view = self._views.current
        if view is None:
            return "No table is open."
        return "" if view.live else "A snapshot shows one moment only."

    def _needs_past(self) -> str:
        view = self._views.current
        past = self._pasts.get(view.view_id) if view is not None else None
        return "" if past is not None and past.playback.active else "The table shows the present."


def _tell(page: TablePage, past: Past, said: Freshness | None) -> None:
    """The page says that it shows the past, or no longer does."""
    page.show_past(said)
    past.frame.set_shown(said is not None)
    for key in past.keys:
        key.setEnabled(said is not None)
    if said is None:
        page.view.setFocus()


def _number(args: Sequence[str], default: float) -> float:
    try:
        return float(args[0]) if args else default
    except ValueError as error:
        raise CommandError(f"{args[0]!r} is not a number") from error
