"""Recording of one open cluster: whole-object watches of chosen kinds, and the thread that writes what they tell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession, Lease
from kdesk.kube.engine.subscription import Status, Subscription, WatchState
from kdesk.kube.errors import Stopped
from kdesk.kube.gvk import Resource
from kdesk.kube.history.archive import Limits
from kdesk.kube.history.folder import HistoryFolder
from kdesk.kube.history.recording import RecorderState, RecorderStatus, Recording
from kdesk.kube.table.rows import Change, Column, Row


class RecorderFeed(Subscription):
    """One kind's way to the recording, of one namespace or ("") of all.

    With the first complete list it says what there is: the rest has gone.
    """

    def __init__(self, recording: Recording, resource: Resource, namespace: str = "") -> None:
        super().__init__()
        self._recording, self._resource, self._namespace = recording, resource, namespace
        self._there: set[str] | None = set()  # until the first list is complete

    def _clear(self) -> None:
        self._there = None

    def _empty(self) -> bool:
        return True

    def _begin(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        if rows:
            self._changed([Change("ADDED", row, None, initial=True) for row in rows])
        self._status(status)

    def _resync(self, rows: Sequence[Row], columns: tuple[Column, ...], status: Status) -> None:
        if status.synced:
            self._there = set()
        self._begin(rows, columns, status)

    def _changed(self, changes: Sequence[Change]) -> None:
        if self._there is not None:
            self._there.update(change.row.uid or change.row.key for change in changes)
        self._recording.put(self._resource, changes)

    def _columns(self, columns: tuple[Column, ...]) -> None:
        return

    def _status(self, status: Status) -> None:
        if status.synced and self._there is not None and status.state is not WatchState.STOPPED:
            there, self._there = self._there, None
            self._recording.absent(self._resource, there, namespace=self._namespace)


class Recorder:
    """``start`` it on an open session, which ends it when it retires; or end it with ``session.dismiss``.

    ``on_change`` is called from any thread when what ``status`` says changed.
    """

    def __init__(
        self,
        session: ClusterSession,
        kinds: Sequence[str],
        folder: Path,
        limits: Limits,
        *,
        namespaces: Sequence[str] = (),
        on_change: Callable[[], None] | None = None,
    ) -> None:
        """``kinds`` as people write them (``pods``, ``deployments.apps``); ``unserved`` are those left out.

        ``namespaces``: of these only, where a kind is in namespaces; () is all.
        """
        self.unserved: tuple[str, ...] = ()
        self.namespaces = tuple(dict.fromkeys(namespaces))
        self._session, self._wanted = session, tuple(kinds)
        self._on_change = on_change
        place = HistoryFolder(folder)
        self._recording = Recording(
            place,
            place.database(session.name, session.context.server),
            limits,
            begin=self._watch,
            on_change=self._changed,
        )
        self._lock = threading.Lock()
        self._resources: list[Resource] = []
        self._leases: list[Lease] = []
        self._ended = False
        self._missed = 0

    @property
    def status(self) -> RecorderStatus:
        return self._recording.status

    @property
    def trouble(self) -> str:
        """What is wrong with it, as a sentence: of the disk, of a kind that may not be watched; "" for nothing."""
        status = self.status
        if status.message:
            return status.message
        with self._lock:
            leases = list(self._leases)
        for lease in leases:
            said = lease.informer.status
            if said.state in (WatchState.FORBIDDEN, WatchState.UNAUTHORIZED, WatchState.GONE):
                place = f" in {lease.spec.namespace}" if lease.spec.namespace else ""
                why = said.error or said.state.value.lower()
                return f"{lease.spec.resource.label}{place} are not recorded: {why}"
        return ""

    def start(self) -> None:
        """Watch and write. Prompt. Raises Stopped when the session is retired."""
        catalogue = self._session.catalogue
        served = {resource.label: resource for resource in (catalogue.preferred() if catalogue else ())}
        self.unserved = tuple(kind for kind in self._wanted if kind not in served)
        wanted = [served[kind] for kind in dict.fromkeys(self._wanted) if kind in served]
        self._resources = [resource for resource in wanted if resource.listable]
        self._session.adopt(self)
        self._recording.start()

    def _watch(self) -> None:
        """On the recording's thread: of a kind that is watched already all rows are handed over at once."""
        for resource, namespace in self._places():
            feed = RecorderFeed(self._recording, resource, namespace)
            try:
                lease = self._session.watch(WatchSpec(resource, namespace, whole=True), feed)
            except Stopped:
                return  # the session has retired, and ends this, too
            with self._lock:
                if not self._ended:
                    self._leases.append(lease)
                    continue
            lease.release()
            return

    def _places(self) -> Iterator[tuple[Resource, str]]:
        for resource in self._resources:
            for namespace in (self.namespaces if resource.namespaced else ()) or ("",):
                yield resource, namespace

    def stop(self) -> None:
        """Prompt; what was told so far is still written."""
        with self._lock:
            leases, self._leases = self._leases, []
            self._ended = True
        for lease in leases:
            lease.release()
        self._recording.stop()

    def join(self, seconds: float) -> bool:
        return self._recording.join(seconds)

    def purge(self) -> Iterable[None]:
        return self._recording.purge()

    def _changed(self) -> None:
        status = self.status
        if status.state is RecorderState.RECORDING and status.missed > self._missed:
            # What changed while it could not be written is asked for again, out of the informers' stores.
            self._missed = status.missed
            with self._lock:
                leases = list(self._leases)
            for lease in leases:
                lease.resync()
        if self._on_change is not None:
            self._on_change()
