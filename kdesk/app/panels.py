"""The panels that need the core: detail, the namespaces for pickers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kdesk.app.recording import recording_of
from kdesk.app.work import Work
from kdesk.kube.table.rows import Row
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.commands import CommandError
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.program.settings import Settings
from kdesk.viewmodel.tables.views import Views
from kdesk.viewmodel.tasks import Tasks

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.engine.session import ClusterSession
    from kdesk.kube.gvk import Resource
    from kdesk.ui.objects.detail_pane import DetailPane
    from kdesk.viewmodel.clusters.namespaces import Namespaces
    from kdesk.viewmodel.objects.detail import Detail
    from kdesk.viewmodel.objects.recorded import Recorded
    from kdesk.viewmodel.tables.controller import TableController


@dataclass(slots=True)
class _Parts:
    detail: Detail
    recorded: Recorded
    pane: DetailPane


class Panels(Work):
    """The detail pane is made when it is first asked for; before ``attach``, asking raises CommandError."""

    def __init__(
        self,
        clusters: Clusters,
        views: Views,
        window: MainWindow,
        clock: FrameClock,
        theme: Theme,
        tasks: Tasks,
        settings: Settings,
        *,
        save: Callable[[], None],
    ) -> None:
        """``save`` asks for the settings to be written."""
        self._clusters, self._views, self._window = clusters, views, window
        self._clock, self._theme, self._tasks = clock, theme, tasks
        self._settings, self._save = settings, save
        self.columns = DiffColumns(settings.side_by_side, self._remember)
        self._namespaces: Namespaces | None = None
        self._parts: _Parts | None = None

    def attach(self) -> None:
        from kdesk.viewmodel.clusters.namespaces import Namespaces

        self._namespaces = Namespaces(self._clusters, self._clock)
        self._window.front_changed.connect(self._show_front)
        self._views.opened.connect(lambda view: self.namespaces(*view.clusters) if view.live else ())

    def close(self) -> None:
        if self._parts is not None:
            self._parts.detail.dispose()
            self._parts.recorded.close()
            self._parts = None
        if self._namespaces is not None:
            self._namespaces.close()
            self._namespaces = None

    @property
    def detail(self) -> Detail:
        """What the detail pane shows. Raises CommandError."""
        return self._need().detail

    @property
    def pane(self) -> DetailPane:
        """The detail pane. Raises CommandError."""
        return self._need().pane

    def namespaces(self, *clusters: str) -> Sequence[str]:
        """Those known of these open clusters."""
        known = self._namespaces
        return sorted({name for cluster in clusters for name in known.names(cluster)}) if known else ()

    def connect_page(self, page: Any, view: TableController) -> None:
        """What is opened or selected in a table shows in the detail pane."""
        page.opened.connect(lambda row: self.show_object(view, row))
        page.selected.connect(lambda row: self._follow(view, row))

    def show_object(self, view: TableController, row: Row | None) -> None:
        """Open the detail pane on a row of a table."""
        if not view.live:
            if row is not None:
                self._show_kept(view, row)
            return
        part = view.parts.of(row) if row is not None else None
        if row is not None and part is not None and part.session is not None:
            self.show_row(part.session, part.resource, row)

    def _need(self) -> _Parts:
        if self._namespaces is None:
            raise CommandError("the kubeconfig files have not been read yet")
        if self._parts is None:
            self._parts = self._make()
        return self._parts

    def _make(self) -> _Parts:
        from kdesk.ui.objects.detail_pane import DetailPane
        from kdesk.viewmodel.objects.detail import Detail
        from kdesk.viewmodel.objects.recorded import Recorded

        recorded = Recorded(self._clock, recording_of)
        detail = Detail(self._clock, histories=recorded.of, recording_of=recording_of)
        pane = DetailPane(detail, self._theme, self.columns)
        self._window.attach_detail(pane)
        pane.closed.connect(lambda: self._window.show_detail(False))
        return _Parts(detail, recorded, pane)

    def _remember(self, two: bool) -> None:
        self._settings.side_by_side = two
        self._save()

    def _follow(self, view: TableController, row: Row | None) -> None:
        """An open pane follows the selection; a closed one stays closed."""
        if self._window.detail is not None and self._window.detail.isVisible():
            self.show_object(view, row)

    def _show_front(self, page: Any) -> None:
        """An open pane follows a person from table to table, too."""
        view = self._window.view_of(page)
        if view is not None:
            self._follow(view, page.current_row())

    def _show_kept(self, view: TableController, row: Row) -> None:
        """As the file has it that the table is out of."""
        from kdesk.viewmodel.objects.detail import Subject
        from kdesk.viewmodel.tables.snapshot_table import SnapshotController

        if isinstance(view, SnapshotController):
            subject = Subject(view.cluster, view.resource, row.namespace, row.name)
            self._need().detail.show_kept(subject, row.uid, view.snapshot.kept, view.snapshot.said)
            self._window.show_detail(True)

    def show_row(self, session: ClusterSession, resource: Resource, row: Row) -> None:
        """Open the detail pane on an object of a cluster."""
        self._need().detail.show(session, resource, row)
        self._window.show_detail(True)
