"""One live table: the informers behind it, their changes on the way to the model, and how fresh it all is."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.kube.engine.journal import Budget
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.gvk import Resource
from kdesk.kube.table.rows import Column
from kdesk.viewmodel.clusters.freshness import IDLE, Freshness
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.cluster_row import rekeyed
from kdesk.viewmodel.rows.joined_model import JoinedModel
from kdesk.viewmodel.rows.leaving import Leaving
from kdesk.viewmodel.tables.cluster_part import ClusterPart, Feed
from kdesk.viewmodel.tables.cluster_parts import JOINT, ClusterParts

#: Rows put into the model at once: a few milliseconds. Of a list, more: views are told of each slice, too.
_SLICE, _SLICE_OF_LIST = 250, 1_000
#: How often words that change with time alone ("reconnecting in 4 s") are looked at.
_TICK_MS = 1000
#: How often it is said how far a list is: each time costs labels, a tab and a badge.
_PROGRESS_MS = 100
_view_ids = itertools.count(1)


class TableController(QObject):
    """The rows of one resource in some namespaces (all of them when ``namespaces`` is empty) of one or more clusters.

    ``first_row_ms`` and ``synced_ms`` count from the making or the last change of clusters; None until then.
    ``parts``: what there is of each cluster; ``visible``: a person may look at it. GUI thread only.
    """

    freshness_changed = Signal()  # or other clusters
    namespaces_changed = Signal()
    count_changed = Signal()
    rekeying = Signal(object)  # the rows go and come again; of a key it gives the one to come ("": none does)
    restarting = Signal()  # it is about to show other clusters, namespaces or columns, or to close

    #: Informers feed it; False: a file did.
    live = True

    def __init__(
        self,
        session: ClusterSession | None,
        resource: Resource,
        namespaces: tuple[str, ...],
        clock: FrameClock,
        parent: QObject | None = None,
        *,
        budget: Budget | None = None,
    ) -> None:
        """``budget``: of what may be kept of all tables' past, one for the program."""
        super().__init__(parent)
        self.view_id = next(_view_ids)
        self.namespaces = namespaces if resource.namespaced else ()
        self.model = JoinedModel(self)
        self.leaving = Leaving(self.model, self)
        self.freshness: Freshness = IDLE
        self.parts = ClusterParts(resource, self._wake, budget or Budget())
        self.first_row_ms: float | None = None
        self.synced_ms: float | None = None
        #: Nothing new comes into the model: what it shows is the past.
        self.held = False
        self._clock = clock
        self._feeds: list[tuple[ClusterPart, Feed]] = []
        self._columns: tuple[Column, ...] = ()
        self.visible = False
        # What came while the table was hidden is no news.
        self._catching_up = False
        self._preparing = False
        self._closed = False
        self._started = 0.0
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._tell)
        self._tick.timeout.connect(self.model.refresh_filter)
        self._counted = 0
        self._progress = QTimer(self)
        self._progress.setSingleShot(True)
        self._progress.setInterval(_PROGRESS_MS)
        self._progress.timeout.connect(self._tell)
        self.model.unfinished.connect(clock.wake)
        clock.add(self._drain)
        self.rebind(session)

    # What it shows.

    @property
    def clusters(self) -> tuple[str, ...]:
        """The names of their contexts; empty when it never had one."""
        return self.parts.names

    @property
    def cluster(self) -> str:
        """The name of the context, or several joined."""
        return JOINT.join(self.parts.names)

    @property
    def resource(self) -> Resource:
        """As the first of the clusters serves it."""
        return self.parts[0].resource

    @property
    def session(self) -> ClusterSession | None:
        """The first that is open."""
        return next(iter(self.parts.sessions), None)

    @property
    def sessions(self) -> tuple[ClusterSession, ...]:
        """Of all its clusters that are open."""
        return self.parts.sessions

    @property
    def rows(self) -> int:
        """How many objects there are, filter aside; those that are only fading do not count."""
        return self.model.total - len(self.leaving)

    @property
    def state(self) -> WatchState:
        """The worst state of its informers; GONE where a cluster serves no such kind, STOPPED where one is not open."""
        return self.parts.state

    @property
    def synced(self) -> bool:
        """Every row that there is has come, and is in the model."""
        return bool(self._feeds) and self.synced_ms is not None

    @property
    def shows_namespaces(self) -> bool:
        """The rows' own namespace is shown: where there may be several."""
        return self.resource.namespaced and len(self.namespaces) != 1

    # What it is told to show.

    def rebind(self, session: ClusterSession | None) -> None:
        """Let go of all clusters and take this one; none: keep their names. The table is empty at once."""
        self.restarting.emit()
        if session is not None:
            self.parts.keep([session.name])
        for part in self.parts:
            part.bind(session)
        self._restart()

    def rebind_part(self, cluster: str, session: ClusterSession | None) -> None:
        """One of the clusters has another session, or none for now: only its rows go."""
        part = self.parts.named(cluster)
        if part is not None:
            self.restarting.emit()
            part.bind(session)
            self.model.apply(dict.fromkeys(self.model.held(suffix=part.suffix)).items(), glow=False)
            self._start([part])

    def set_clusters(self, sessions: Sequence[ClusterSession]) -> None:
        """Show these clusters (at least one); the rows of those that stay in view stay."""
        wanted = {session.name: session for session in sessions}
        if not wanted or (tuple(wanted) == self.clusters and tuple(wanted.values()) == self.parts.sessions):
            return
        self.restarting.emit()
        merged, alone = self.parts.merged, self.cluster
        gone = self.parts.keep(list(wanted))
        new = [part for part in self.parts if part.session is not wanted[part.cluster]]
        for part in new:
            part.bind(wanted[part.cluster])
        if merged != self.parts.merged or self._unite():
            self.rekeying.emit(partial(rekeyed, alone=alone, clusters=self.clusters))
            self._restart()  # keys or cells are others
            return
        for part in gone:
            self.model.apply(dict.fromkeys(self.model.held(suffix=part.suffix)).items(), glow=False)
        self._start(new)

    def set_namespaces(self, namespaces: tuple[str, ...]) -> None:
        """Show other namespaces (all when empty); the rows of those that stay in view stay."""
        namespaces = tuple(dict.fromkeys(namespaces))
        if namespaces == self.namespaces or not self.resource.namespaced:
            return
        self.restarting.emit()
        self.namespaces = namespaces
        kept = set(namespaces)
        gone = [key for key in self.model.held() if kept and key.partition("/")[0] not in kept]
        self.model.apply(dict.fromkeys(gone).items(), glow=False)
        self._show_columns()
        self._start(list(self.parts))
        self.namespaces_changed.emit()

    def set_visible(self, visible: bool) -> None:
        """A hidden table does no work; what it missed comes when it is shown again."""
        if visible == self.visible:
            return
        self.visible = visible
        if visible:
            self._catching_up = True
            self._clock.wake()
            self._tick.start()
        else:
            self._tick.stop()
            self.leaving.finish()

    def hold(self, held: bool) -> None:
        """Keep what comes out of the model for now; let go, it catches up without a glow."""
        self.held = held
        if held:
            self.leaving.finish()
        else:
            self._catching_up = True
            self._clock.wake()

    def set_typing(self, typing: bool) -> None:
        """Someone types into the filter: work ahead, so that the first key is as fast as others; or no more does."""
        self._preparing = typing
        if typing:
            self._clock.wake()
        else:
            self.model.release_filter()

    def reconnect(self, cluster: str = "") -> None:
        """Try now (in one cluster): log in again where that is needed, look again for a kind that was not served."""
        for part in self.parts:
            if cluster in ("", part.cluster):
                if not part.served:
                    self.rebind_part(part.cluster, part.session)
                part.reconnect()

    def close(self) -> None:
        """Stop for good. Idempotent."""
        if self._closed:
            return
        self.restarting.emit()
        self._closed = True
        self._tick.stop()
        self._progress.stop()
        self._clock.remove(self._drain)
        for part in self.parts:
            part.release()
        self._feeds = []
        self.leaving.forget()
        self.model.clear()

    # Inside.

    def _restart(self) -> None:
        self.synced_ms = None
        self.model.clear()
        self._columns = ()
        if any(part.columns for part in self.parts):
            self._unite()
        self._start(list(self.parts))

    def _start(self, parts: Sequence[ClusterPart]) -> None:
        self.leaving.finish()
        self._started = time.monotonic()
        self.synced_ms = None
        if not self.model.total:
            self.first_row_ms = None
        for part in parts:
            part.start(self.namespaces)
        self._feeds = self.parts.feeds()
        self._counted = -1
        self._tell()
        self._clock.wake()

    def _wake(self) -> None:
        """From an informer's thread. Nobody looks at a hidden table: it is not woken."""
        # While nothing was ever shown, counts and states are wanted all the same (waiting for a sync).
        if self.visible or self.synced_ms is None:
            self._clock.wake(at_once=self.first_row_ms is None)  # a person waits for the first rows

    def _drain(self, deadline: float) -> bool:
        """A frame: put what came into the model until time is up; True when there is more."""
        if not self.visible and self.synced_ms is not None:
            return False
        # What a person asked for comes first, and whole: rows that change meanwhile wait, and merge, in their queues.
        # Beside many changes another order would never come, or in one piece with all that was changed since.
        more = self.model.work(deadline)
        for place, (part, feed) in enumerate(() if self.held or more else self._feeds):
            if self._drain_feed(part, feed, deadline):
                more = True
                # The others come first next time: a large cluster holds up no small one.
                self._feeds = self._feeds[place + 1 :] + self._feeds[: place + 1]
                break
        self._catching_up = self._catching_up and more
        self._note_progress(drained=not more)
        listing = self.freshness.state is WatchState.LISTING and self.state is WatchState.LISTING
        if listing and self._counted and self.rows:
            if not self._progress.isActive():
                self._progress.start()
        else:
            self._tell()
        if self._preparing and not more:
            more = self._preparing = self.model.prepare_filter(deadline)
        return more

    def _drain_feed(self, part: ClusterPart, feed: Feed, deadline: float) -> bool:
        while True:
            changes = part.next_changes(feed, _SLICE if feed.news else _SLICE_OF_LIST)
            if changes:
                changes = self.leaving.sift(changes, hold=feed.news and self.visible)
                self.model.apply(changes, glow=feed.news)
            elif not self._take(part, feed):
                return False
            if time.monotonic() >= deadline:
                return True

    def _take(self, part: ClusterPart, feed: Feed) -> bool:
        """Ask the queue for the next batch; False when there is none."""
        batch = feed.queue.take()
        if batch is None:
            return False
        feed.news = feed.status.synced and not batch.reset and not self._catching_up
        feed.pending = iter(part.changes(feed, batch, self.model))
        if batch.status is not None:
            feed.status = batch.status
        if batch.columns:
            part.columns = batch.columns
            if self._unite():
                self.rekeying.emit(str)  # cells are others, keys are not
                self._restart()
                return False
        return True

    def _unite(self) -> bool:
        """Work out the columns of all parts; True: cells that were made do not fit any more."""
        held, self._columns = self._columns, self.parts.unite(self._columns)
        if self.parts.merged and self._columns[: len(held)] != held:
            return True
        self._show_columns()
        return False

    def _show_columns(self) -> None:
        self.model.set_columns(self._columns, namespaces=self.shows_namespaces, clusters=self.parts.merged)

    def _note_progress(self, *, drained: bool) -> None:
        elapsed = (time.monotonic() - self._started) * 1000
        if self.first_row_ms is None and self.model.total:
            self.first_row_ms = elapsed
        if self.synced_ms is None and drained and self.parts.synced:
            self.synced_ms = elapsed

    def _tell(self) -> None:
        """How fresh it is, and how many rows there are."""
        before, said = self.parts.said, self.parts.say()
        if said != self.freshness or before != self.parts.said:
            self.freshness = said
            self.freshness_changed.emit()
        if self.rows != self._counted:
            self._counted = self.rows
            self.count_changed.emit()
