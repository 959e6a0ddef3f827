"""Commands on live events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kdesk.app.events import LiveEvents
from kdesk.app.work import Work
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.commands import Command, CommandError, CommandSet

_FILES = (("Live events as JSON lines", ".jsonl"),)


class EventCommands(Work):
    """What a person does with the watch stream itself."""

    def __init__(self, clusters: Clusters, window: MainWindow, events: LiveEvents) -> None:
        self._clusters, self._window, self._events = clusters, window, events

    def register(self, commands: CommandSet) -> None:
        commands.add(*self._watching(), *self._reading())

    def _watching(self) -> list[Command]:
        there, opened = self._needs_events, self._needs_open
        return [
            Command(
                "events.open",
                "Live events",
                self._events.open,
                "Events",
                ("Ctrl+E",),
                "[RESOURCE...]",
                opened,
                icon="activity",
            ),
            Command(
                "events.tab", "Live events in a tab", self._tab, "Events", enabled=opened, icon="activity"
            ),
            Command(
                "events.choose", "Choose what to watch", self._choose, "Events", enabled=opened, icon="list"
            ),
            Command("events.start", "Start watching", self._start, "Events", enabled=there, icon="play"),
            Command("events.stop", "Stop watching", self._stop, "Events", enabled=there, icon="square"),
            Command(
                "events.watch",
                "Watch a watch list",
                self._watch,
                "Events",
                (),
                "NAME",
                opened,
                "text",
                "list",
            ),
            Command(
                "events.list-save",
                "Save what is watched as a watch list",
                self._keep,
                "Events",
                (),
                "NAME",
                there,
                "text",
                "pin",
            ),
            Command(
                "events.list-rename",
                "Rename a watch list",
                self._rename,
                "Events",
                (),
                "NAME NEW",
                self._needs_lists,
                "text",
                "pencil",
            ),
            Command(
                "events.list-delete",
                "Delete a watch list",
                self._forget,
                "Events",
                (),
                "NAME",
                self._needs_lists,
                "text",
                "trash-2",
            ),
        ]

    def _reading(self) -> list[Command]:
        there, events = self._needs_events, self._events
        return [
            Command(
                "events.pause",
                "Pause live events",
                lambda _: events.log.pause(not events.log.paused),
                "Events",
                enabled=there,
                checked=lambda: events.there and events.log.paused,
                icon="pause",
            ),
            Command(
                "events.filter",
                "Filter live events",
                self._filter,
                "Events",
                (),
                "[TEXT...]",
                there,
                icon="funnel",
            ),
            Command(
                "events.rates", "Events a second", self._rates, "Events", enabled=there, icon="chart-column"
            ),
            Command(
                "events.bookmark",
                "Bookmark the selected event",
                lambda _: _done(events.panel.bookmarks.toggle()),
                "Events",
                enabled=there,
                icon="bookmark",
            ),
            Command(
                "events.note", "Note on the selected event", self._note, "Events", (), "[TEXT...]", there
            ),
            Command(
                "events.bookmark-next",
                "Next bookmark",
                lambda _: _found(events.panel.bookmarks.next()),
                "Events",
                enabled=there,
            ),
            Command(
                "events.bookmark-previous",
                "Previous bookmark",
                lambda _: _found(events.panel.bookmarks.next(back=True)),
                "Events",
                enabled=there,
            ),
            Command(
                "events.clear",
                "Clear live events",
                lambda _: events.log.clear(),
                "Events",
                enabled=there,
                icon="trash-2",
            ),
            Command(
                "events.save",
                "Save live events",
                self._save,
                "Events",
                (),
                "FILE",
                there,
                "save",
                icon="save",
                files=_FILES,
            ),
            Command(
                "events.open-file",
                "Open saved live events",
                self._open_file,
                "Events",
                (),
                "FILE",
                ask="open",
                icon="folder-open",
            ),
            Command(
                "events.close",
                "Hide live events",
                lambda _: self._window.show_activity(False),
                "Events",
                enabled=there,
                icon="x",
            ),
        ]

    async def _tab(self, args: Sequence[str]) -> None:
        await self._events.open_tab()

    async def _choose(self, args: Sequence[str]) -> None:
        await self._events.open(())
        self._events.panel.choose_kinds()

    def _start(self, args: Sequence[str]) -> None:
        self._events.log.feed.start()

    def _stop(self, args: Sequence[str]) -> None:
        self._events.log.feed.stop()

    async def _watch(self, args: Sequence[str]) -> None:
        await self._events.open(())
        self._events.watch(args[0])

    def _keep(self, args: Sequence[str]) -> None:
        feed = self._events.log.feed
        if not feed.plan:
            raise CommandError("nothing is chosen to be watched")
        self._events.lists.keep(args[0], feed.plan)
        feed.name = args[0]

    async def _rename(self, args: Sequence[str]) -> None:
        await self._events.load()
        if not self._events.lists.rename(args[0], args[1]):
            raise CommandError(f"there is no watch list {args[0]!r}, or one called {args[1]!r} already")

    async def _forget(self, args: Sequence[str]) -> None:
        await self._events.load()
        if not self._events.lists.forget(args[0]):
            raise CommandError(f"there is no watch list {args[0]!r}")

    def _filter(self, args: Sequence[str]) -> None:
        log = self._events.panel.log
        if not args:
            self._events.panel.bar.focus_filter()
            return
        log.set_filter(" ".join(args))
        if log.filter_error:
            raise CommandError(log.filter_error)

    def _rates(self, args: Sequence[str]) -> None:
        panel = self._events.panel
        panel.show_rates(panel.strip is None or not panel.strip.isVisible())

    def _note(self, args: Sequence[str]) -> None:
        _done(self._events.panel.bookmarks.note(" ".join(args) if args else None))

    async def _save(self, args: Sequence[str]) -> None:
        await self._events.panel.log.save(args[0])

    async def _open_file(self, args: Sequence[str]) -> None:
        await self._events.open_file(Path(args[0]))

    # When they are allowed

    def _needs_open(self) -> str:
        return "" if self._clusters.active else "No cluster is open."

    def _needs_events(self) -> str:
        return "" if self._events.there else "Live events were not opened yet."

    def _needs_lists(self) -> str:
        return "" if list(self._events.entries()) else "No watch list is saved."


def _done(done: bool) -> None:
    if not done:
        raise CommandError("no event is selected")


def _found(found: bool) -> None:
    if not found:
        raise CommandError("none of the events shown has a bookmark")
