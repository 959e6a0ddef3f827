"""Objects that something is kept of, found by name: also those that are no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kdesk.app.panels import Panels
from kdesk.app.recording import recording_of
from kdesk.app.work import Work
from kdesk.kube.table.rows import Row, row_key
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.tasks import Tasks

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.viewmodel.objects.recorded import KeptObject

_LIMIT_S = 60.0


class KeptWork(Work):
    """``register`` its command once."""

    def __init__(
        self, clusters: Clusters, window: MainWindow, panels: Panels, theme: Theme, tasks: Tasks
    ) -> None:
        self._clusters, self._window, self._panels = clusters, window, panels
        self._theme, self._tasks = theme, tasks

    def register(self, commands: CommandSet) -> None:
        commands.add(
            Command(
                "history.find",
                "Find the history of an object",
                self._find,
                "Object",
                (),
                "NAME",
                lambda: "" if self._clusters.active else "No cluster is open.",
                "text",
                "hourglass",
            )
        )

    async def _find(self, args: Sequence[str]) -> None:
        """One that is found alone is shown at once."""
        from kdesk.viewmodel.objects.recorded import find_kept

        text, session = args[0], self._clusters.session(self._clusters.active)
        path = recording_of(session)
        found = await self._tasks.run(
            lambda: find_kept(session.book, path, text),
            timeout=_LIMIT_S,
            what=f"looking for {text}",
            valid=lambda: self._clusters.sessions.get(session.name) is session,
        )
        if not found:
            raise CommandError(f"nothing is kept of any object of {session.name} with {text!r} in its name")
        if len(found) == 1:
            self._open(session.name, found[0])
            return
        from kdesk.ui.objects.kept_page import KeptPage

        page = KeptPage(session.name, text, found, self._theme)
        page.opened.connect(lambda one: self._open(session.name, one))
        self._window.open_page(page, f"history of {text}", "hourglass")
        page.setFocus()

    def _open(self, cluster: str, one: KeptObject) -> None:
        session = self._clusters.sessions.get(cluster)
        if session is None or session.catalogue is None:
            self._window.status.say(f"{cluster} is not open any more.", bad=True)
            return
        which = one.object
        resource = session.catalogue.counterpart(which.resource) or which.resource
        key = row_key(which.namespace, which.name)
        self._panels.show_row(session, resource, Row(key, which.uid, one.version, 0, (which.name,)))
        self._panels.pane.show_history(True)
