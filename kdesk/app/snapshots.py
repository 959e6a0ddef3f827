"""Snapshot files: the open tables with their history saved into one, and one opened where there is no cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kdesk.app.front import Front
from kdesk.app.recording import recording_of
from kdesk.app.work import Work
from kdesk.kube.errors import Stopped
from kdesk.kube.stop import Stop
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.operations import Operations
from kdesk.viewmodel.tables.views import Views
from kdesk.viewmodel.tasks import Tasks

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.viewmodel.tables.snapshot_file import Snapshot
    from kdesk.viewmodel.tables.snapshot_saving import Figures, Shown

_FILES = (("Snapshot of kdesk", ".kdesk"),)
_LIMIT_S = 3600.0


class SnapshotWork(Work):
    """``register`` its commands once."""

    def __init__(
        self,
        views: Views,
        window: MainWindow,
        clock: FrameClock,
        theme: Theme,
        tasks: Tasks,
        operations: Operations,
    ) -> None:
        self._views, self._window, self._clock, self._theme = views, window, clock, theme
        self._tasks, self._operations = tasks, operations
        self._front = Front(views, window)

    def register(self, commands: CommandSet) -> None:
        commands.add(
            Command(
                "snapshot.save",
                "Save a snapshot",
                self._save,
                "File",
                (),
                "FILE",
                self._needs_tables,
                "save",
                "save",
                files=_FILES,
            ),
            Command(
                "snapshot.open",
                "Open a snapshot",
                self._open,
                "File",
                (),
                "FILE",
                ask="open",
                icon="folder-open",
            ),
        )

    async def _save(self, args: Sequence[str]) -> None:
        from kdesk.viewmodel.tables.snapshot_saving import save, saved_text

        path, tables = Path(args[0]).expanduser(), self._shown()
        title = f"Saving {path.name}"
        with self._operations.begin(title) as operation:
            try:
                figures: Figures = await self._tasks.run(
                    lambda: save(path, tables, operation.stop, operation.note),
                    timeout=_LIMIT_S,
                    what=title,
                    cancel=operation.stop.set,
                )
            except Stopped:
                self._window.status.say(f"{path.name} was not written: cancelled.")
                return
        self._window.status.say(saved_text(path, figures))

    def _shown(self) -> list[Shown]:
        """Of all tabs, as of now."""
        from kdesk.viewmodel.tables.snapshot_saving import shown

        found: list[Shown] = []
        for view in self._views.all:
            page = self._front.page_of(view)
            if page is not None:
                found += shown(view, page.view.shown_columns(), page.bar.filter.text(), recording_of)
        if not found:
            raise CommandError("no table is open")
        return found

    async def open_all(self, paths: Sequence[str]) -> None:
        """One after the other; the first that cannot be shown ends it. Raises SnapshotError, CommandError."""
        for path in paths:
            await self._open([path])

    async def _open(self, args: Sequence[str]) -> None:
        path = Path(args[0]).expanduser().absolute()
        with self._operations.begin(f"Reading {path.name}") as operation:
            try:
                snapshot: Snapshot = await self._tasks.run(
                    lambda: _read(path, operation.stop),
                    timeout=_LIMIT_S,
                    what=f"reading {path.name}",
                    cancel=operation.stop.set,
                )
            except Stopped:
                return
        if not snapshot.tables:
            raise CommandError(f"{path} holds no table")
        self._show(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        from kdesk.ui.tables.playback_bar import PastFrame
        from kdesk.viewmodel.tables.snapshot_table import SnapshotController

        first: SnapshotController | None = None
        for table in snapshot.tables:
            view = SnapshotController(snapshot, table, self._clock)
            first = first or view
            self._views.adopt(view)
            page = self._front.page_of(view)
            if page is not None:
                page.bar.clusters.setEnabled(False)
                PastFrame(page, self._theme).set_shown(True)
        if first is not None:
            self._views.raise_(first)
        count = len(snapshot.tables)
        self._window.status.say(f"{snapshot.said}: {count:,} table{'' if count == 1 else 's'}, read-only.")

    def _needs_tables(self) -> str:
        return "" if self._views.all else "No table is open."


def _read(path: Path, stop: Stop) -> Snapshot:
    """In the pool: what reads is loaded there, too."""
    from kdesk.viewmodel.tables import snapshot_file, snapshot_table

    del snapshot_table
    return snapshot_file.open_snapshot(path, stop)
