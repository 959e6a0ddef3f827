"""One object, followed live: its YAML, what changed last, and what can be said of its state."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PySide6.QtCore import QObject, Signal

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession, Lease
from kdesk.kube.engine.subscription import Latest, Status, WatchState
from kdesk.kube.errors import KubeError, Stopped
from kdesk.kube.gvk import Resource
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.moments import minute_text, moment_text
from kdesk.viewmodel.objects.documents import DocumentMaker
from kdesk.viewmodel.objects.history import History, Revisions
from kdesk.viewmodel.objects.timeline import RecordingOf, Timeline
from kdesk.viewmodel.objects.yaml_text import Document, make_document


class DetailState(StrEnum):
    EMPTY = "empty"  # nothing is shown
    LOADING = "loading"
    LIVE = "live"
    STALE = "stale"  # the connection is lost; the last state stays
    FORBIDDEN = "forbidden"
    LOGIN = "login needed"
    DELETED = "deleted"  # the object; its last state stays, if it was seen at all
    PAST = "past"  # out of a file: as it was when that was saved
    GONE = "gone"  # the kind is no longer served, or the cluster was closed


Histories = Callable[[ClusterSession, Resource, str], Revisions]
_SURE = (DetailState.LIVE, DetailState.LOADING, DetailState.PAST)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is shown."""

    cluster: str
    resource: Resource
    namespace: str
    name: str


class Detail(QObject):
    """Shows one object at a time. Everything is called on the GUI thread, and is prompt."""

    changed = Signal()  # subject, state or sentence
    document_changed = Signal()

    def __init__(
        self,
        clock: FrameClock,
        parent: QObject | None = None,
        *,
        histories: Histories | None = None,
        recording_of: RecordingOf | None = None,
    ) -> None:
        """``histories``: gives an object's revisions; None: they are the session's book's.

        ``recording_of``: the recorder's file of a cluster, which need not be there.
        """
        super().__init__(parent)
        self.subject: Subject | None = None
        self.state = DetailState.EMPTY
        self.sentence = ""
        self.document: Document | None = None
        self.history = History(clock, self)
        self.timeline = Timeline(clock, self, recording_of=recording_of)
        self._clock = clock
        self._histories = histories or (lambda session, resource, uid: session.book)
        self._maker = DocumentMaker(clock, self._made)
        self._lease: Lease | None = None
        self._latest: Latest | None = None
        self._row: Row | None = None
        self._status: Status | None = None
        self._deleted_at = 0.0
        self._uid = ""
        clock.add(self._frame)

    def show(self, session: ClusterSession, resource: Resource, row: Row) -> None:
        """Follow this object from now on. Nothing happens when it is the one shown."""
        subject = Subject(session.name, resource, row.namespace, row.name)
        if subject == self.subject and row.uid == self._uid and self.state is not DetailState.GONE:
            return
        self._release()
        self.subject, self._uid = subject, row.uid
        self.history.follow(self._histories(session, resource, row.uid), resource, row.uid)
        self.timeline.follow(session, resource, row)
        self._latest = Latest(self._clock.wake)
        selector = f"metadata.name={row.name}"
        try:
            self._lease = session.watch(
                WatchSpec(resource, row.namespace, field_selector=selector, whole=True)
            )
        except Stopped:  # retired a moment ago
            self._say(DetailState.GONE, "the cluster was closed")
        else:
            self._lease.subscribe(self._latest)
            self._say(DetailState.LOADING, "")
        self.changed.emit()
        self.document_changed.emit()

    def show_kept(self, subject: Subject, uid: str, kept: Revisions, said: str) -> None:
        """An object out of a file: its newest revision, and its history. ``said``: which file, of when."""
        if subject == self.subject and uid == self._uid and self.state is DetailState.PAST:
            return
        self._release()
        self.subject, self._uid = subject, uid
        self.history.follow(kept, subject.resource, uid, growing=False)
        self.timeline.follow(None, None, None)
        if kept.revisions(uid, subject.resource):
            self._maker.make(partial(_newest, kept, uid, subject.resource))
            self._say(DetailState.PAST, f"as it was: {said}")
        else:
            self._say(DetailState.PAST, f"only its row is in {said}")
        self.changed.emit()
        self.document_changed.emit()

    def reconnect(self) -> None:
        """Try now instead of when the back-off ends."""
        if self._lease is not None:
            self._lease.informer.reconnect()

    def close(self) -> None:
        """Show nothing; the watch is released."""
        if self.subject is not None:
            self._release()
            self.history.follow(None, None, "")
            self.timeline.follow(None, None, None)
            self._say(DetailState.EMPTY, "")
            self.changed.emit()
            self.document_changed.emit()

    def dispose(self) -> None:
        """Close for good: threads end."""
        self.close()
        self._clock.remove(self._frame)
        self._maker.close()
        self.history.close()
        self.timeline.close()

    @property
    def stale(self) -> bool:
        """What is shown may not be what there is."""
        return self.document is not None and self.state not in _SURE

    def _release(self) -> None:
        if self._lease is not None and self._latest is not None:
            self._lease.unsubscribe(self._latest)
            self._lease.release()
        self._maker.cancel()
        self._lease = self._latest = None
        self.subject = self.document = self._row = self._status = None
        self._deleted_at, self._uid = 0.0, ""

    def _frame(self, deadline: float) -> bool:
        batch = self._latest.take() if self._latest is not None else None
        if batch is None or self.subject is None:
            return False
        if batch.status is not None:
            self._status = batch.status
        # The selector leaves one key; a server that ignores it may send others.
        key = f"{self.subject.namespace}/{self.subject.name}"
        if batch.rows.get(key) is not None:
            self._take(batch.rows[key])
        elif key in batch.rows or (batch.reset and self._row is not None):
            self._deleted_at = self._deleted_at or time.time()
        self._judge()
        return False

    def _take(self, row: Row | None) -> None:
        if row is None or self.subject is None:
            return
        self._row, self._deleted_at = row, 0.0
        self._maker.request(row.raw, self.subject.resource.gvk, self.document)

    def _made(self, document: Document) -> None:
        self.document = document
        self._judge()
        self.document_changed.emit()

    def _judge(self) -> None:
        """State and sentence from what is known."""
        if self._lease is None:
            return  # out of a file, or of a cluster that was closed: both were said
        status = self._status
        if self._deleted_at:
            at = moment_text(self._deleted_at)
            self._say(DetailState.DELETED, f"deleted at {at}; this is its last known state")
        elif status is None or (status.state is WatchState.LISTING and self._row is None):
            self._say(DetailState.LOADING, "")
        elif status.state is WatchState.FORBIDDEN:
            self._say(DetailState.FORBIDDEN, status.error)
        elif status.state is WatchState.UNAUTHORIZED:
            self._say(DetailState.LOGIN, status.error)
        elif status.state is WatchState.GONE:
            self._say(DetailState.GONE, status.error or "the cluster no longer serves this kind")
        elif status.state is WatchState.STOPPED:
            self._say(DetailState.GONE, "the cluster was closed")
        elif status.state is WatchState.BACKOFF:
            since = minute_text(status.since) if status.since else ""
            self._say(DetailState.STALE, f"stale since {since}: {status.error}" if since else status.error)
        elif self._row is None:
            self._say(DetailState.DELETED, "it was deleted before it could be read")
        elif self._uid and self._row.uid != self._uid:
            self._say(DetailState.LIVE, "recreated: this is a new object of the same name")
        elif self.document is None:
            self._say(DetailState.LOADING, "")
        else:
            self._say(DetailState.LIVE, self.document.error)

    def _say(self, state: DetailState, sentence: str) -> None:
        if (state, sentence) != (self.state, self.sentence):
            self.state, self.sentence = state, sentence
            self.changed.emit()


def _newest(kept: Revisions, uid: str, resource: Resource) -> Document:
    """Blocking. What cannot be read says so in the document's ``error``."""
    try:
        text = kept.document(uid, kept.revisions(uid, resource)[-1].number, resource)
    except KubeError as error:
        return Document(error=str(error))
    return make_document(text, resource.gvk)
