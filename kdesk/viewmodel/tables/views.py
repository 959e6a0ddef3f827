"""The open tables: which there are, which one is in front, and how they come back after a switch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.opener import ContextError
from kdesk.viewmodel.commands import CommandError

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.engine.session import ClusterSession
    from kdesk.viewmodel.tables.controller import TableController

MakeController = Callable[["ClusterSession | None", Resource, tuple[str, ...]], "TableController"]

SYNC_LIMIT_S = 120.0
_LOOK_S = 0.03
# States that do not get better by waiting.
_HOPELESS = (WatchState.FORBIDDEN, WatchState.UNAUTHORIZED, WatchState.GONE, WatchState.STOPPED)


class Views(QObject):
    """All tables, in the order in which they were opened."""

    opened = Signal(object)  # a TableController
    closed = Signal(object)  # a TableController, before it is closed
    raised = Signal(object)  # a TableController that is to come to the front

    def __init__(self, clusters: Clusters, make: MakeController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clusters, self._make = clusters, make
        self._restoring = False
        self.all: list[TableController] = []
        self.current: TableController | None = None
        clusters.opened.connect(self._on_opened)
        clusters.retired.connect(self._on_retired)
        clusters.switched.connect(self._on_switched)
        clusters.closed.connect(self._on_closed)

    def resolve(self, text: str) -> tuple[ClusterSession, Resource]:
        """What the active cluster serves under a name (plural, singular, short, ``plural.group``, Kind).

        Raises ContextError, UnknownResource, AmbiguousResource.
        """
        session = self._clusters.session(self._clusters.active)
        catalogue = session.catalogue
        if catalogue is None:
            raise ContextError(f"{session.name} is not open")
        return session, catalogue.resolve(text)

    def open(self, resource: Resource, namespaces: tuple[str, ...] | None = None) -> TableController:
        """A table on the active cluster; the one that is open comes to the front.

        ``namespaces``: empty for all; None for the context's own, or for all where it names none. Raises ContextError.
        """
        session = self._clusters.session(self._clusters.active)
        wanted = namespaces
        if wanted is None:
            own = self._clusters.context(session.name).namespace
            wanted = () if own in ("", "default") else (own,)
        if not resource.namespaced:
            wanted = ()
        for view in self.all:
            same = view.live and view.clusters == (session.name,) and view.resource.gvr == resource.gvr
            if same and (namespaces is None or view.namespaces == wanted):
                self.raise_(view)
                return view
        return self.add([session], resource, wanted)

    def add(
        self, sessions: Sequence[ClusterSession], resource: Resource, namespaces: tuple[str, ...]
    ) -> TableController:
        """A table more, of these open clusters (at least one), whatever else is open. Raises CommandError."""
        if not resource.listable:
            raise CommandError(f"{resource.label} cannot be listed")
        view = self._make(sessions[0], resource, namespaces if resource.namespaced else ())
        if len(sessions) > 1:
            view.set_clusters(sessions)
        self.adopt(view)
        return view

    @property
    def merged(self) -> tuple[str, ...] | None:
        """The clusters of the table in front; None where there is none to merge a cluster into: a snapshot stays."""
        return self.current.clusters if self.current is not None and self.current.live else None

    def adopt(self, view: TableController) -> None:
        """A table that was made elsewhere, as one out of a file is."""
        self.all.append(view)
        self.current = view
        self.opened.emit(view)

    def set_clusters(self, view: TableController, names: Sequence[str]) -> None:
        """Show these open contexts in one table; none: all that are open and serve the kind. Raises CommandError."""
        if view not in self.all:  # closed while a cluster was being opened for it
            return
        if not view.live:
            raise CommandError("a snapshot shows no cluster: open the kind once more")
        if names:
            sessions = [self._clusters.session(self._clusters.context(name).name) for name in names]
        else:
            sessions = [
                session
                for session in self._clusters.sessions.values()
                if session.catalogue is not None and session.catalogue.counterpart(view.resource) is not None
            ]
        # Those that are shown keep their places, whatever the order in which they were named.
        shown = view.clusters
        place = {
            name: shown.index(name) if name in shown else len(shown) for name in (s.name for s in sessions)
        }
        view.set_clusters(sorted(sessions, key=lambda session: place[session.name]))

    def raise_(self, view: TableController) -> None:
        """Bring a table to the front."""
        self.current = view
        self.raised.emit(view)

    def close(self, view: TableController) -> None:
        """Close a table; its watch stops a little later, when nobody else has it."""
        if view not in self.all:
            return
        self.all.remove(view)
        if self.current is view:
            self.current = None
        self.closed.emit(view)
        view.close()
        # Whoever connected to its signals is held by them, and may hold it: it would stay for ever, with its page.
        view.deleteLater()

    def close_all(self) -> None:
        for view in list(self.all):
            self.close(view)

    async def wait_synced(self, limit: float = SYNC_LIMIT_S) -> None:
        """Until every table holds all there is, at the most ``limit`` seconds. Raises CommandError.

        A table in front that cannot get there (forbidden, gone, login needed) is an error; others are let be.
        """
        deadline = time.monotonic() + limit
        while waiting := [view for view in self.all if not view.synced]:
            front = self.current
            if front is not None and front.live and not front.synced and front.state in _HOPELESS:
                raise CommandError(f"{front.resource.label}: {_why(front)}")
            waiting = [view for view in waiting if not view.live or view.state not in _HOPELESS]
            if not waiting:
                return
            if time.monotonic() > deadline:
                names = ", ".join(f"{view.resource.label} ({_why(view)})" for view in waiting)
                raise CommandError(f"not synced after {limit:g} s: {names}")
            await asyncio.sleep(_LOOK_S)

    @property
    def _live(self) -> list[TableController]:
        return [view for view in self.all if view.live]

    def _on_retired(self, session: ClusterSession) -> None:
        for view in self._live:
            view.rebind_part(session.name, None)

    def _on_opened(self, session: ClusterSession) -> None:
        """Tables of this context that have lost their session get the new one; after a switch, all of them."""
        restoring = self._restoring and session.name == self._clusters.active
        if restoring:
            self._restoring = False
        for view in self._live:
            if session in view.sessions:
                continue
            if restoring:
                view.rebind(session)
            elif session.name in view.clusters:
                view.rebind_part(session.name, session)
        self._close_twins()

    def _on_switched(self) -> None:
        self._restoring = True
        for view in self._live:
            view.rebind(None)
        session = self._clusters.sessions.get(self._clusters.active)
        if session is not None and session.catalogue is not None:
            self._on_opened(session)  # it was open before: nobody will discover it again

    def _on_closed(self, name: str) -> None:
        for view in [view for view in self._live if name in view.clusters]:
            others = [session for session in view.sessions if session.name != name]
            if others:
                view.set_clusters(others)
            else:
                self.close(view)

    def _close_twins(self) -> None:
        """The same kind of two clusters is one table after a switch to a third."""
        seen: set[tuple[Sequence[str], object, Sequence[str]]] = set()
        for view in self._live:
            key = (view.clusters, view.resource.gvr, view.namespaces)
            if key in seen:
                self.close(view)
            seen.add(key)


def _why(view: TableController) -> str:
    said = view.freshness
    return said.detail or said.word
