"""Every context of every kubeconfig, and the sessions that are open on them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from kdesk.kube.api.remembered import CatalogueCache
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.config.filewatch import FilesWatcher
from kdesk.kube.config.kubeconfig import Context, Loaded, Sources, load
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.vigil import Vigil
from kdesk.kube.errors import KubeconfigError
from kdesk.kube.login.credentials import Credentials


@dataclass(frozen=True, slots=True)
class FleetChange:
    """``kind`` "files": the kubeconfigs were read again; ``added``, ``removed`` and ``changed`` are names of contexts
    (changed: its connection is another one). ``kind`` "session": the state of the session ``name`` changed."""

    kind: str
    name: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Fleet:
    """``on_change`` is called from any thread, and must be quick. ``cache`` keeps what clusters serve, on disk."""

    def __init__(
        self,
        sources: Sources,
        *,
        on_change: Callable[[FleetChange], None] | None = None,
        credentials: Callable[[ConnectionInfo], Credentials] = Credentials,
        cache: CatalogueCache | None = None,
    ) -> None:
        self.sources = sources
        self.epoch = 0
        self.loaded: Loaded | None = None
        self._on_change = on_change
        self._credentials = credentials
        self._cache = cache
        self._reaper = Reaper()
        self._lock = threading.Lock()
        self._sessions: dict[str, ClusterSession] = {}
        self._watcher: FilesWatcher | None = None
        self._vigil: Vigil | None = None
        self._closed = False

    @property
    def contexts(self) -> tuple[Context, ...]:
        return self.loaded.contexts if self.loaded is not None else ()

    @property
    def current(self) -> str | None:
        return self.loaded.current if self.loaded is not None else None

    @property
    def sessions(self) -> Mapping[str, ClusterSession]:
        """The open ones, by context name: a view of this moment."""
        with self._lock:
            return MappingProxyType(dict(self._sessions))

    def load(self) -> Loaded:
        """Read the kubeconfigs (blocking). Never raises for their content: see ``Loaded.problems``."""
        self.loaded = load(self.sources)
        return self.loaded

    def context(self, name: str) -> Context:
        """Raises KubeconfigError when there is none of that name (plain names do where only one file has them)."""
        by_name = {context.name: context for context in self.contexts}
        if name in by_name:
            return by_name[name]
        plain = [context for context in self.contexts if context.plain_name == name]
        if len(plain) == 1:
            return plain[0]
        if plain:
            names = " or ".join(context.name for context in plain)
            raise KubeconfigError(f'several kubeconfigs have a context "{name}": say {names}')
        raise KubeconfigError(f'there is no context "{name}"')

    def start(self, name: str) -> ClusterSession:
        """The session of a context, made now (not yet opened) or before. Raises KubeconfigError."""
        context = self.context(name)
        with self._lock:
            if self._closed:
                raise KubeconfigError("the program is ending")
            session = self._sessions.get(context.name)
            if session is None:
                session = ClusterSession(
                    context,
                    self.epoch,
                    self._reaper,
                    on_change=self._session_changed,
                    credentials=self._credentials,
                    cache=self._cache,
                )
                self._sessions[context.name] = session
            if self._vigil is None:
                self._vigil = Vigil(self._open_sessions)
                self._vigil.start()
            return session

    def stop(self, name: str) -> None:
        """Retire a session; prompt. Nothing happens when there is none."""
        with self._lock:
            session = self._sessions.pop(name, None)
        if session is not None:
            session.retire()

    def switch(self, name: str) -> ClusterSession:
        """A new epoch with this context alone: all others, and its own old session, are retired. Prompt."""
        context = self.context(name)
        if context.connection is None:
            raise KubeconfigError(context.problem or f"the context {name} cannot be used")
        with self._lock:
            self.epoch += 1
            old = list(self._sessions.values())
            self._sessions.clear()
        for session in old:
            session.retire()
        return self.start(context.name)

    def watch_files(self) -> None:
        """Follow the kubeconfig files from now on."""
        self._watcher = FilesWatcher(self._files(), self._files_changed)
        self._watcher.start()

    def reload(self) -> FleetChange:
        """Read the files again (blocking) and retire the sessions of contexts whose connection changed or went.

        A changed context's old session is retired here; starting the new one is its viewer's decision.
        """
        before = {context.name: context for context in self.contexts}
        after = {context.name: context for context in self.load().contexts}
        changed = tuple(
            name for name in after if name in before and _connection(before[name]) != _connection(after[name])
        )
        removed = tuple(name for name in before if name not in after)
        for name in (*changed, *removed):
            self.stop(name)
        if self._watcher is not None:
            self._watcher.watch(self._files())
        added = tuple(name for name in after if name not in before)
        return FleetChange("files", added=added, removed=removed, changed=changed)

    def close(self) -> None:
        """Retire everything; prompt. ``wait_closed`` waits for the threads."""
        with self._lock:
            self._closed = True
            sessions = list(self._sessions.values())
            self._sessions.clear()
        if self._watcher is not None:
            self._watcher.stop()
        if self._vigil is not None:
            self._vigil.stop()
        for session in sessions:
            session.retire()
        self._reaper.close()

    def wait_closed(self, seconds: float) -> bool:
        """After ``close`` (blocking): True when every thread of the fleet has ended in time."""
        deadline = time.monotonic() + seconds
        helpers = [helper for helper in (self._watcher, self._vigil) if helper is not None]
        ended = [helper.join(max(0.0, deadline - time.monotonic())) for helper in (*helpers, self._reaper)]
        return all(ended)

    def _files(self) -> tuple[Path, ...]:
        return self.loaded.files if self.loaded is not None else ()

    def _open_sessions(self) -> Iterable[ClusterSession]:
        return self.sessions.values()

    def _files_changed(self) -> None:
        change = self.reload()
        if self._on_change is not None:
            self._on_change(change)

    def _session_changed(self, session: ClusterSession) -> None:
        if self._on_change is not None:
            self._on_change(FleetChange("session", name=session.name))


def _connection(context: Context) -> tuple[str, str]:
    """What makes a context's connection the same: its fingerprint, or the reason why there is none."""
    return (context.connection.fingerprint if context.connection else "", context.problem or "")
