"""All that the program can do with its window: each kind of work is made here, in the order of the menus."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kdesk.app.commands.app import AppCommands
from kdesk.app.commands.clusters import ClusterCommands
from kdesk.app.commands.events import EventCommands
from kdesk.app.commands.history import HistoryCommands
from kdesk.app.commands.objects import ObjectCommands
from kdesk.app.commands.tables import TableCommands
from kdesk.app.commands.tabs import TabCommands
from kdesk.app.commands.window import WindowCommands
from kdesk.app.events import LiveEvents
from kdesk.app.kept import KeptWork
from kdesk.app.layout_tabs import TabWork
from kdesk.app.layouts import Layouts
from kdesk.app.models import Models
from kdesk.app.own_columns import OwnColumnsWork
from kdesk.app.palette_entries import entries
from kdesk.app.panels import Panels
from kdesk.app.playback import PlaybackWork
from kdesk.app.problems import Problems
from kdesk.app.recording import RecordingWork
from kdesk.app.snapshots import SnapshotWork
from kdesk.app.work import Work
from kdesk.ui.look.theme import ThemeManager
from kdesk.ui.window.main_window import MainWindow
from kdesk.ui.window.palette import PaletteOverlay
from kdesk.viewmodel.program.diagnostics import Diagnostics
from kdesk.viewmodel.program.palette import Entry


class Works:
    """Made with a furnished window. Those that others speak to have a name; all of them are in ``all``."""

    def __init__(
        self, models: Models, window: MainWindow, themes: ThemeManager, quit_: Callable[[int], None]
    ) -> None:
        clusters, views, tasks, operations = models.clusters, models.views, models.tasks, models.operations
        clock, pulse, settings, save = models.clock, models.pulse, models.settings, models.save
        theme = themes.theme
        self._models = models
        self.palette = PaletteOverlay(window, theme, self._entries, models.recent)
        self.panels = Panels(clusters, views, window, clock, theme, tasks, settings, save=save)
        tabs = TabWork(clusters, views, window, theme, tasks)
        self.layouts = Layouts(window, tabs, models.commands.run, settings, save)
        self._events = LiveEvents(clusters, window, self.panels, clock, theme, tasks, settings, save=save)
        self.snapshots = SnapshotWork(views, window, clock, theme, tasks, operations)
        reader = models.lateness.reader
        self.all: tuple[Work, ...] = (
            ClusterCommands(clusters, views, models.origins, window),
            RecordingWork(
                clusters,
                pulse,
                window,
                theme,
                settings.recorder,
                save,
                namespaces=self.panels.namespaces,
            ),
            TabCommands(window),
            self.layouts,
            WindowCommands(views, window, self.panels, self.palette),
            EventCommands(clusters, window, self._events),
            Problems(
                clusters,
                pulse,
                clock,
                window,
                self.panels,
                theme,
                models.counts,
                settings=settings,
                save=save,
            ),
            HistoryCommands(window, self.panels),
            ObjectCommands(views, window, tasks, operations),
            TableCommands(clusters, views, window),
            OwnColumnsWork(views, window, clock, tasks, theme, settings, save),
            PlaybackWork(views, window, theme),
            self.snapshots,
            KeptWork(clusters, window, self.panels, theme, tasks),
            AppCommands(
                window=window,
                themes=themes,
                commands=models.commands,
                tasks=tasks,
                shown=Diagnostics(clusters, views, reader()),
                asked=Diagnostics(clusters, views, reader()),
                quit_=quit_,
                settings=settings,
                save=save,
            ),
            self._events,
            self.panels,
        )

    def register(self) -> None:
        """Their commands."""
        for work in self.all:
            work.register(self._models.commands)

    def prepare(self) -> None:
        """In the pool."""
        for work in self.all:
            work.prepare()

    def attach(self) -> Iterator[Work]:
        """One after the other: the core has been loaded."""
        for work in self.all:
            work.attach()
            yield work

    def close(self) -> None:
        """The program ends."""
        for work in self.all:
            work.close()

    def _entries(self) -> list[Entry]:
        """What the palette offers at this moment."""
        models = self._models
        view = models.views.current
        names = view.clusters if view is not None else (models.clusters.active,)
        found = entries(
            models.commands,
            models.clusters,
            models.views,
            lambda: self.panels.namespaces(*names),
            self.layouts.book.names,
            models.memory.filters(view.resource.label) if view is not None else None,
        )
        return [*self._events.entries(), *found]
