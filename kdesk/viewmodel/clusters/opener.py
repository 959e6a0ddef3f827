"""Opening sessions: once for everyone who waits, with a time limit, and again later where there was no answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from kdesk.kube.errors import CredentialError, KubeError, Unauthorized
from kdesk.viewmodel.tasks import Superseded, Tasks, sentence

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.engine.session import ClusterSession

OPEN_LIMIT_S = 60.0
"""A plugin may open a browser for a login; a dead address has given up long before."""
RETRY_S = (5.0, 30.0)
"""A cluster that could not be reached is tried again after the first time, doubling to the second."""
_log = logging.getLogger(__name__)


class ContextError(KubeError):
    """A context cannot be opened: there is none of this name, it is unusable, or it did not answer."""


class Opener:
    """``current(name)`` is the session that is wanted under a name; ``give_up(name)`` retires it; ``changed(name)`` and
    ``opened(session)`` are told. ``errors``: by context name, why it could not be opened the last time."""

    def __init__(
        self,
        tasks: Tasks,
        current: Callable[[str], ClusterSession | None],
        give_up: Callable[[str], None],
        changed: Callable[[str], None],
        opened: Callable[[ClusterSession], None],
    ) -> None:
        self.errors: dict[str, str] = {}
        self._tasks, self._current, self._give_up = tasks, current, give_up
        self._changed, self._opened = changed, opened
        self._opening: dict[int, asyncio.Task[None]] = {}
        self._retrying: set[int] = set()

    async def open(self, session: ClusterSession) -> None:
        """Wait until it is discovered. Raises ContextError with the reason, Superseded when it is no longer wanted."""
        if _discovered(session):
            return
        task = self._opening.get(id(session))
        if task is None:
            task = asyncio.ensure_future(self._open(session))
            self._opening[id(session)] = task
            task.add_done_callback(lambda _: self._opening.pop(id(session), None))
            self._changed(session.name)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise Superseded(session.name) from None
            raise

    def cancel(self, session: ClusterSession) -> None:
        """Whoever waits for it hears Superseded."""
        task = self._opening.get(id(session))
        if task is not None:
            task.cancel()

    def cancel_all(self) -> None:
        for task in self._opening.values():
            task.cancel()

    async def _open(self, session: ClusterSession) -> None:
        name = session.name
        self.errors.pop(name, None)
        try:
            await self._tasks.run(
                session.open,
                timeout=OPEN_LIMIT_S,
                what=f"opening {name}",
                cancel=lambda: self._give_up(name),
                valid=lambda: self._current(name) is session,
            )
        except KubeError as error:
            self.errors[name] = sentence(error)
            if not isinstance(error, Unauthorized | CredentialError):  # those wait for a person
                _log.info("%s could not be opened: %s", name, sentence(error))
                self._tasks.start(self._retry(session), f"Opening {name}")
            raise ContextError(sentence(error)) from error
        finally:
            self._changed(name)
        self._opened(session)

    async def _retry(self, session: ClusterSession) -> None:
        """Open it as soon as it can be reached, as long as it is wanted; one of these per session."""
        if id(session) in self._retrying:
            return
        self._retrying.add(id(session))
        seconds, longest = RETRY_S
        try:
            while not _discovered(session):
                await asyncio.sleep(seconds)
                if self._current(session.name) is not session:
                    return
                seconds = min(2 * seconds, longest)
                with contextlib.suppress(ContextError):  # told at the cluster
                    await self.open(session)
        finally:
            self._retrying.discard(id(session))


def _discovered(session: ClusterSession) -> bool:
    """The cluster has answered; what it served before may be shown earlier."""
    return session.catalogue is not None and session.catalogue.checked
