"""Live events in the window: their log, the panels that show it, files that were saved. Made when first wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from kdesk.app.panels import Panels
from kdesk.app.work import Work
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.commands import CommandError, quote
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.program.palette import Entry
from kdesk.viewmodel.program.settings import Settings
from kdesk.viewmodel.tasks import Tasks

if TYPE_CHECKING:  # loaded when live events are first wanted, off the GUI thread
    from kdesk.ui.events.panel import EventsPanel
    from kdesk.viewmodel.events.log import EventLog
    from kdesk.viewmodel.events.watch_lists import WatchLists

#: What a person is offered who opens the panel for the first time.
DEFAULT_KINDS = ("pods", "deployments.apps", "jobs.batch", "nodes")
_TAB = "live-events"
_LOAD_S, _READ_S = 30.0, 300.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Parts:
    log: EventLog
    lists: WatchLists
    dock: EventsPanel


class LiveEvents(Work):
    """One log for the whole window, shown below the tabs or in a tab."""

    def __init__(
        self,
        clusters: Clusters,
        window: MainWindow,
        panels: Panels,
        clock: FrameClock,
        theme: Theme,
        tasks: Tasks,
        settings: Settings,
        *,
        save: Callable[[], None],
    ) -> None:
        """``save`` asks for the settings to be written."""
        self._clusters, self._window, self._panels = clusters, window, panels
        self._clock, self._theme, self._tasks = clock, theme, tasks
        self._settings, self._save = settings, save
        self._parts: _Parts | None = None
        self._files: list[EventLog] = []
        clusters.opened.connect(self._rebind)
        clusters.retired.connect(self._rebind)

    @property
    def there(self) -> bool:
        """They were wanted once."""
        return self._parts is not None

    @property
    def log(self) -> EventLog:
        """Raises CommandError where they were not wanted yet."""
        return self._need().log

    @property
    def lists(self) -> WatchLists:
        """Raises CommandError."""
        return self._need().lists

    @property
    def panel(self) -> EventsPanel:
        """The one in front: a tab with live events or a file, else the dock. Raises CommandError."""
        from kdesk.ui.events.panel import EventsPanel

        front = self._window.places.current
        return front if isinstance(front, EventsPanel) else self._need().dock

    async def load(self) -> None:
        """Make the log and its dock. Raises CommandError before the kubeconfig files have been read."""
        if self._parts is None:
            await self._tasks.run(_load, timeout=_LOAD_S, what="loading live events")
        if self._parts is not None:  # made meanwhile
            return
        from kdesk.viewmodel.events.log import EventLog
        from kdesk.viewmodel.events.plan import WatchPlan
        from kdesk.viewmodel.events.watch_lists import WatchLists

        log, lists = EventLog(self._clock), WatchLists(self._settings.watch_lists, self._save)
        for problem in lists.problems:
            _log.warning("%s", problem)
            self._window.status.say(problem, bad=True)
        log.feed.use(WatchPlan(DEFAULT_KINDS))
        self._parts = _Parts(log, lists, self._panel(log, lists))
        self._window.attach_activity(self._parts.dock)
        self._rebind()

    async def open(self, kinds: Sequence[str]) -> None:
        """Show the dock; watch these kinds of the active cluster, too. Raises KubeError."""
        await self.load()
        log = self.log
        if kinds:
            catalogue = self._clusters.session(self._clusters.active).catalogue
            if catalogue is None:
                raise CommandError(f"{self._clusters.active} is not open")
            resources = [catalogue.resolve(kind) for kind in kinds]
            if not log.feed.running:
                log.feed.use(type(log.feed.plan)())  # what was offered is not what is asked for
            log.feed.choose(*resources)
        self._window.show_activity(True)
        self._need().dock.setFocus()

    async def open_tab(self) -> None:
        """The same log in a tab of its own, in place of the dock; one that is open comes to the front."""
        await self.load()
        self._window.show_page(_TAB, "Live events", "activity", "events.tab", self._tab_page)
        self._window.show_activity(False)

    async def open_file(self, path: Path) -> None:
        """A file that was saved, in a tab, read-only. Raises OpenError."""
        await self.load()
        from kdesk.viewmodel.events.log import CAPACITY, EventLog
        from kdesk.viewmodel.events.reading import open_file

        opened = await self._tasks.run(
            lambda: open_file(path, CAPACITY), timeout=_READ_S, what=f"reading {path.name}"
        )
        log = EventLog(self._clock, opened=opened)
        self._files.append(log)
        page = self._panel(log, self.lists)
        page.destroyed.connect(lambda: self._closed(log))
        again = f"events.open-file {quote(str(opened.path.absolute()))}"
        self._window.open_page(page, opened.path.name, "file-text", again=again)

    def watch(self, name: str) -> None:
        """Watch what is kept under a name, now. Raises CommandError."""
        plan = self.lists.plan(name)
        if plan is None:
            known = ", ".join(self.lists.names) or "none yet"
            raise CommandError(f"there is no watch list {name!r}; there are: {known}")
        self.log.feed.use(plan, name)
        self.log.feed.start()

    def entries(self) -> Iterable[Entry]:
        """Of the palette: the watch lists."""
        for name in self._settings.watch_lists:
            yield Entry(
                f"Watch {name}", "Watch list", f"events.watch {quote(name)}", "live events", icon="activity"
            )

    def close(self) -> None:
        for log in [*self._files, *([self._parts.log] if self._parts is not None else [])]:
            log.close()
        self._files, self._parts = [], None

    def _need(self) -> _Parts:
        if self._parts is None:
            raise CommandError("live events were not opened yet")
        return self._parts

    def _tab_page(self) -> EventsPanel:
        page = self._panel(self.log, self.lists)
        page.setObjectName(_TAB)
        return page

    def _panel(self, log: EventLog, lists: WatchLists) -> EventsPanel:
        from kdesk.ui.events.panel import EventsPanel

        panel = EventsPanel(
            log,
            lists,
            self._theme,
            self._panels.columns,
            self._tasks.start,
            self._make_strip,
            self._namespaces,
        )
        panel.object_requested.connect(self._show_line)
        return panel

    async def _make_strip(self, log: EventLog) -> QWidget:
        # Not in the pool, though it stops the window once for some 300 ms: it makes classes of Qt's (see core).
        from kdesk.ui.events.rate_strip import RateStrip

        return RateStrip(log, self._theme)

    def _namespaces(self) -> Sequence[str]:
        return self._panels.namespaces(*self._clusters.open_names())

    def _rebind(self, *_: object) -> None:
        if self._parts is not None:
            sessions = [s for s in self._clusters.sessions.values() if s.catalogue is not None]
            self._parts.log.feed.rebind(sessions)

    def _show_line(self, line: Any) -> None:
        session = self._clusters.sessions.get(line.origin.cluster)
        if session is not None and line.row is not None:
            self._panels.show_row(session, line.origin.resource, line.row)

    def _closed(self, log: EventLog) -> None:
        if log in self._files:
            self._files.remove(log)
            log.close()


def _load() -> None:
    """In the pool: what lines are kept in takes longer to load than a frame. Nothing in it knows Qt."""
    from kdesk.viewmodel.events import reading

    del reading
