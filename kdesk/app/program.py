"""The program: every object is made here, once, and passed to those who need it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

import qasync  # type: ignore[import-untyped]
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from kdesk import __version__
from kdesk.app import core, logs
from kdesk.app.arguments import Arguments
from kdesk.app.collector import Collector
from kdesk.app.commands.app import AppCommands
from kdesk.app.commands.clusters import ClusterCommands
from kdesk.app.commands.events import EventCommands
from kdesk.app.commands.history import HistoryCommands
from kdesk.app.commands.objects import ObjectCommands
from kdesk.app.commands.tables import TableCommands
from kdesk.app.commands.tabs import TAB_MENU, TabCommands
from kdesk.app.commands.window import WindowCommands
from kdesk.app.demo import Demo
from kdesk.app.events import LiveEvents
from kdesk.app.kept import KeptWork
from kdesk.app.layout_tabs import TabWork
from kdesk.app.layouts import Layouts
from kdesk.app.own_columns import OwnColumnsWork
from kdesk.app.palette_entries import entries
from kdesk.app.panels import Panels
from kdesk.app.playback import PlaybackWork
from kdesk.app.problems import Problems
from kdesk.app.recording import RecordingWork
from kdesk.app.script import complain, run_script
from kdesk.app.snapshots import SnapshotWork
from kdesk.app.start import at_start, open_all
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.ui.look.theme import ROW_HEIGHTS, THEMES, ThemeManager
from kdesk.ui.parts.operation_line import OperationLine
from kdesk.ui.window.main_window import MainWindow
from kdesk.ui.window.menus import Menus
from kdesk.ui.window.palette import PaletteOverlay
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.problem_counts import ProblemCounts
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.clusters.sources import with_added
from kdesk.viewmodel.clusters.tree import ClusterTreeModel
from kdesk.viewmodel.commands import CommandError, CommandSet, quote
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.operations import Operations
from kdesk.viewmodel.program.diagnostics import Diagnostics
from kdesk.viewmodel.program.lateness import LatenessMeter
from kdesk.viewmodel.program.palette import Entry, Recent
from kdesk.viewmodel.program.settings import settings_file, window_file
from kdesk.viewmodel.program.settings_saver import SettingsSaver
from kdesk.viewmodel.rows.memory import TableMemory
from kdesk.viewmodel.tables.views import Views
from kdesk.viewmodel.tasks import Tasks, sentence

_log = logging.getLogger(__name__)
_END_S = 3.0  # for threads to end, once the window is gone
_SETTLE_S = 1.0  # for coroutines that were cancelled to notice


class _Voice(QObject):
    """Brings sentences from any thread to the status bar."""

    said = Signal(str)


class Program:
    """Build with the arguments, ``run`` once."""

    def __init__(self, arguments: Arguments, *, offscreen: bool = False) -> None:
        self._arguments, self._offscreen = arguments, offscreen
        self._code: int | None = None
        self._ended: asyncio.Event | None = None
        self._closers: list[Callable[[], None]] = []
        self._app = _application()
        self._voice = _Voice()
        self._crashes = logs.Crashes(self._voice.said.emit)
        troubles = [logs.set_up(logs.log_file())]
        self._crashes.install()

        self._settings_file, self._window_file = settings_file(), window_file()
        self.settings = self._settings_file.load()
        self._state = self._window_file.load()
        troubles += [self._settings_file.problem, self._window_file.problem]

        known = self.settings.theme in ("system", *THEMES)
        if not known:
            troubles.append(f"There is no theme {self.settings.theme!r}; following the system.")
        self.themes = ThemeManager(self.settings.theme if known else "system", self._app)
        self.themes.apply(self._app, ROW_HEIGHTS[self.settings.rows])

        self._clock = FrameClock()
        self._lateness = LatenessMeter()
        self._tasks = Tasks(self._failed)
        self._operations = Operations()
        self._saver = SettingsSaver(self._settings_file, self.settings, self._tasks)
        self._memory = TableMemory(self.settings.tables, self._saver.soon)
        troubles += self._memory.problems
        self._demo = Demo(self._tasks)
        self.clusters = Clusters(self._tasks, self._make_fleet)
        self.views = Views(self.clusters, core.TableMaker(self._clock))
        self._pulse = Pulse(self.clusters)
        self._collector = Collector(lambda: self._clock.idle)
        self.views.closed.connect(lambda _: self._collector.soon())
        self._recent = Recent(self._state.recent)
        self.commands = CommandSet()
        counts = ProblemCounts()
        self.window = MainWindow(
            self.clusters,
            self.views,
            self._pulse,
            ClusterTreeModel(self.clusters, self._pulse, core.categorize, counts),
            self.themes.theme,
            self._make_page,
        )
        self.panels = Panels(
            self.clusters,
            self.views,
            self.window,
            self._clock,
            self.themes.theme,
            self._tasks,
            self.settings,
            save=self._saver.soon,
        )
        self._events = LiveEvents(
            self.clusters,
            self.window,
            self.panels,
            self._clock,
            self.themes.theme,
            self._tasks,
            self.settings,
            save=self._saver.soon,
        )
        self._problems = Problems(
            self.clusters, self._pulse, self._clock, self.window, self.panels, self.themes.theme, counts
        )
        self._palette = PaletteOverlay(self.window, self.themes.theme, self._entries, self._recent)
        self._playback = PlaybackWork(self.views, self.window, self.themes.theme)
        self._own_columns = OwnColumnsWork(
            self.views,
            self.window,
            self._clock,
            self._tasks,
            self.themes.theme,
            self.settings,
            self._saver.soon,
        )
        tabs = TabWork(self.clusters, self.views, self.window, self.themes.theme, self._tasks)
        self._layouts = Layouts(self.window, tabs, self.commands.run, self.settings, self._saver.soon)
        troubles += self._layouts.book.problems
        self.window.status.add_part(OperationLine(self._operations, self.themes.theme))
        self._recording = RecordingWork(
            self.clusters,
            self._pulse,
            self.window,
            self.themes.theme,
            self.settings.recorder,
            self._saver.soon,
            namespaces=self.panels.namespaces,
        )
        self._register()
        self._connect()
        for trouble in filter(None, troubles):
            self.window.status.say(trouble, bad=True)

    # The run

    def run(self) -> int:
        """Show the window, and return the exit status when it is over."""
        if self._app.platformName() != "offscreen":  # its screen is small, and nobody's
            self.window.restore(self._state)
        if self._arguments.demo:
            self.window.centre.waiting_for = "Starting the demo clusters."
        self.window.show()
        self._app.processEvents()  # the first paint, before anything that takes time
        self._lateness.start()
        self._collector.start()
        loop = qasync.QEventLoop(self._app)
        self._crashes.install_loop(loop)
        asyncio.set_event_loop(loop)
        with contextlib.closing(loop):
            loop.run_until_complete(self._live())
            self._end()
            loop.run_until_complete(_settled(_SETTLE_S))
            self._wait()
        asyncio.set_event_loop(None)
        return self._code or 0

    def quit(self, code: int = 0) -> None:
        """End the program; the first one who asks decides the status."""
        if self._code is None:
            self._code = code
        if self._ended is not None:
            self._ended.set()

    async def _live(self) -> None:
        self._ended = asyncio.Event()
        if self._code is None:
            self._tasks.start(self._begin(), "Starting")
            await self._ended.wait()

    async def _begin(self) -> None:
        done = False
        try:
            await self._open_sources()
            self.panels.attach()
            self._own_columns.attach()
            self._playback.attach()
            self._problems.attach(always=self.settings.watch_problems)
            names = at_start(self.clusters, self._arguments, self.settings.open_at_start)
            await open_all(self.clusters, names)
            await self._snapshots.open_all(self._arguments.snapshots)
            if self._arguments.shows_last:
                await self._layouts.resume(self._state)
            done = await run_script(self.commands, self._arguments.commands, lambda: self._code is not None)
            if done and self._offscreen and self._code is None:
                await self._work_offscreen()
        except (KubeError, OSError) as error:
            complain(sentence(error))
            self.window.status.say(sentence(error), bad=True, stay=True)
        finally:
            if not done and (self._arguments.commands or self._app.platformName() == "offscreen"):
                self.quit(1)  # other programs wait for an end, and nobody sees what is said

    async def _open_sources(self) -> None:
        if self._arguments.demo:
            self._sources: Sequence[str] = [await self._demo.start()]
        else:
            self._sources = self._arguments.kubeconfigs
        await self.clusters.load()

    async def _work_offscreen(self) -> None:
        from kdesk.app import headless  # needs the core, which is loaded by now

        printer = await headless.work(
            self.clusters,
            self.commands,
            self._clock,
            self.window,
            with_commands=bool(self._arguments.commands),
        )
        self._closers.append(printer.close)

    def _end(self) -> None:
        """Nothing is left: watches, threads, sockets, the demo's process."""
        if self._app.platformName() != "offscreen":
            self.window.remember(self._state)
        self._state.recent = self._recent.lines
        self._layouts.remember(self._state)
        self.window.vanish()
        self._pulse.stop()
        self._lateness.stop()
        self._collector.stop()
        for close in self._closers:
            close()
        self._problems.close()
        self._events.close()
        self.panels.close()
        self._own_columns.close()
        self._playback.close()
        self.views.close_all()
        self._operations.cancel_all()
        self._tasks.cancel()
        self.clusters.shut_down()
        self._demo.stop()

    def _wait(self) -> None:
        """Until everything has ended; what is to be remembered is saved, and the window goes."""
        self.clusters.wait_closed(_END_S)
        self._tasks.wait_closed(_END_S)
        for save in (self._saver.flush, lambda: self._window_file.save(self._state)):
            try:
                save()
            except OSError as error:
                complain(f"the settings or the window's state could not be saved: {sentence(error)}")
        self.window.close()

    # The parts

    def _make_fleet(self, on_change: Any) -> Any:
        added = [] if self._arguments.demo or self._arguments.kubeconfigs else self.settings.kubeconfigs
        return core.make_fleet(self._sources, added, on_change)

    def _make_page(self, view: Any) -> Any:
        page = core.make_page(
            view,
            self.themes.theme,
            lambda: self.panels.namespaces(*view.clusters),
            self.clusters.open_names,
            self._memory,
        )
        page.clusters_wanted.connect(lambda names: self.call("view.clusters", names or ["*"]))
        self.panels.connect_page(page, view)
        page.command.connect(self._run_line)
        return page

    def _register(self) -> None:
        ClusterCommands(self.clusters, self.views, self._add_files, self._start_demo).register(self.commands)
        self._recording.register(self.commands)
        TabCommands(self.window).register(self.commands)
        self._layouts.register(self.commands)
        WindowCommands(self.views, self.window, self.panels, self._palette).register(self.commands)
        EventCommands(self.clusters, self.window, self._events).register(self.commands)
        self._problems.register(self.commands, self.settings, self._saver.soon)
        HistoryCommands(self.window, self.panels).register(self.commands)
        ObjectCommands(self.views, self.window, self._tasks, self._operations).register(self.commands)
        TableCommands(self.clusters, self.views, self.window).register(self.commands)
        self._own_columns.register(self.commands)
        self._playback.register(self.commands)
        self._snapshots = SnapshotWork(
            self.views, self.window, self._clock, self.themes.theme, self._tasks, self._operations
        )
        self._snapshots.register(self.commands)
        KeptWork(self.clusters, self.window, self.panels, self.themes.theme, self._tasks).register(
            self.commands
        )
        AppCommands(
            window=self.window,
            themes=self.themes,
            commands=self.commands,
            tasks=self._tasks,
            shown=Diagnostics(self.clusters, self.views, self._lateness.reader()),
            asked=Diagnostics(self.clusters, self.views, self._lateness.reader()),
            quit_=self.quit,
            settings=self.settings,
            save=self._saver.soon,
        ).register(self.commands)
        self._menus = Menus(self.window, self.commands, self.call, self._contexts, self._palette.open)

    def _connect(self) -> None:
        window = self.window
        window.docks.follow(self._app)
        window.places.menu_wanted.connect(lambda page, at: self._menus.open_menu(TAB_MENU, at))
        window.command.connect(self._run_line)
        window.kind_wanted.connect(self._open_kind)
        window.files_dropped.connect(lambda paths: self.call("kubeconfig.add", paths))
        window.closing.connect(lambda: self.quit(0))
        self.clusters.notice.connect(_log.info)
        self._palette.chosen.connect(self._run_line)
        self._voice.said.connect(
            lambda text: window.status.say(text, bad=True), Qt.ConnectionType.QueuedConnection
        )

    # What a person asks for

    def call(self, name: str, args: Sequence[str] = ()) -> None:
        """Run a command beside everything else; what goes wrong is said in the status bar."""
        command = self.commands.get(name)
        if self._ended is not None:
            self._tasks.start(self.commands.call(name, args), command.title)

    def _run_line(self, line: str) -> None:
        name = line.split(maxsplit=1)[0]
        command = self.commands.get(name)
        if line == name and command.required and command.ask:
            self._menus.ask_and_call(command)
        elif self._ended is not None:
            self._tasks.start(self.commands.run(line), command.title)

    def _open_kind(self, context: str, resource: Resource) -> None:
        """By the resource itself: a name may be ambiguous, a line of the tree is not."""
        try:
            self.clusters.activate(context)
            self.views.open(resource)
        except KubeError as error:
            self._failed(f"Open {resource.label}", sentence(error))

    def _failed(self, title: str, text: str) -> None:
        self.window.status.say(f"{title}: {text}", bad=True)

    def _entries(self) -> list[Entry]:
        view = self.views.current
        names = view.clusters if view is not None else (self.clusters.active,)
        found = entries(
            self.commands,
            self.clusters,
            self.views,
            lambda: self.panels.namespaces(*names),
            self._layouts.book.names,
            self._memory.filters(view.resource.label) if view is not None else None,
        )
        return [*self._events.entries(), *found]

    def _contexts(self) -> list[str]:
        return [context.name for context in self.clusters.contexts if not context.problem]

    async def _add_files(self, paths: Sequence[str]) -> None:
        files = [os.path.abspath(os.path.expanduser(path)) for path in paths]
        for file in files:
            if not os.path.isfile(file):
                raise CommandError(f"{file} is not a file")
        await self._read_also(files)
        if not self._arguments.demo and not self._arguments.kubeconfigs:
            added = [file for file in files if file not in self.settings.kubeconfigs]
            self.settings.kubeconfigs = [*self.settings.kubeconfigs, *added]
            self._saver.soon()

    async def _read_also(self, paths: Sequence[str]) -> None:
        sources = self.clusters.sources
        if sources is not None:
            await self.clusters.use(with_added(sources, paths))

    async def _start_demo(self) -> None:
        welcome = self.window.centre.welcome
        welcome.busy("Starting the demo clusters…")
        try:
            path = await self._demo.start()
            await self._read_also([path])
        finally:
            welcome.busy("")
        first = next((context.name for context in self.clusters.contexts if context.file == path), None)
        if first is not None:
            await self.commands.run(f"context.open {quote(first)}")


def _application() -> QApplication:
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["kdesk"])
    app.setApplicationName("kdesk")
    app.setApplicationDisplayName("kdesk")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("kdesk")
    app.setQuitOnLastWindowClosed(False)  # the end is ours: watches and the demo come first
    return app


async def _settled(limit: float) -> None:
    """Cancel what is still under way, and let it end in order."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=limit)
