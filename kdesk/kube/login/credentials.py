"""The credentials of one connection: had once, shared by all its requests, refreshed once for everyone.

However many watches of a cluster are refused, one refresh happens; when that does not help, everybody gets
the same answer, "log in again", and nothing is run until a person says so (or its files hold another one). A
failed credential is an error, never an anonymous request.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.errors import CredentialError, Stopped
from kdesk.kube.login.execplugin import TIME_LIMIT
from kdesk.kube.login.sources import Secrets, SecretSource
from kdesk.kube.stop import Stop

REREAD_TOKEN_FILE = 60.0
REFUSED_AGAIN = 60.0
"""Seconds after a refresh within which a refusal means that refreshing does not help."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What to send with a request. Repeated header names are meant; values are latin-1 text that carries
    UTF-8.

    ``certificate`` and ``key`` are PEM (for TLS, both or none). ``generation`` grows with every change of the
    content; ``expires`` is in Unix seconds, None when unknown. No secret is in the ``repr``.
    """

    headers: tuple[tuple[str, str], ...] = field(repr=False)
    certificate: bytes | None = field(repr=False)
    key: bytes | None = field(repr=False)
    generation: int
    expires: float | None


class Credentials:
    """Thread-safe; one per session. Blocking calls end promptly, with ``Stopped``, when their ``stop`` is
    set.

    The reading of files and the plugin run on a thread of their own, which lives as long as somebody waits
    for it. ``environ_provider`` gives the environment for plugins and may block; ``clock`` is in Unix
    seconds, ``time_limit`` is that of a plugin, in seconds.
    """

    def __init__(
        self,
        info: ConnectionInfo,
        environ_provider: Callable[[], Mapping[str, str]] = lambda: dict(os.environ),
        clock: Callable[[], float] = time.time,
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self._source: SecretSource | None = SecretSource(info, environ_provider, clock, time_limit)
        self._clock = clock
        self._changed = threading.Condition()
        self._grant: Grant | None = None
        self._secrets: Secrets | None = None
        self._generation = 0
        self._read_at = 0.0
        self._refreshed_at: float | None = None
        self._latched: str | None = None
        self._offered: Secrets | None = None  # what the files held when ``renewed`` last looked
        self._reading: _Reading | None = None

    def grant(self, stop: Stop) -> Grant:
        """The credential for a request that is made now; runs the plugin or reads files where that is due.

        Raises ``CredentialError`` when there is none, ``Stopped`` when stopped or forgotten.
        """
        stop.check()
        with self._changed:
            self._check()
            if self._grant is not None and not self._stale(self._grant):
                return self._grant
            reading = self._join(refused=False)
        return self._await(reading, stop)

    def refresh(self, used: Grant, stop: Stop) -> Grant:
        """The credential to try after a 401 answered a request that was made with ``used``.

        Threads that come with the same grant share one refresh, those with an older one get what is current.
        Raises ``CredentialError`` when nothing can be refreshed or the refreshed one was refused as well:
        from then on so do all calls, with nothing run, until ``reset``.
        """
        stop.check()
        with self._changed:
            source = self._check()
            if (
                self._grant is not None
                and self._grant.generation == used.generation
                and self._reading is None
            ):
                if not source.refreshable or self._refused_again(used):
                    self._latch(source.refusal)
                reading = self._join(refused=True)
            elif self._reading is not None:
                reading = self._join(refused=False)
            else:
                reading = None
        return self.grant(stop) if reading is None else self._await(reading, stop)

    def refused(self, used: Grant) -> None:
        """A request with ``used``, which was had from a refresh just now, was answered 401 as well.

        Raises ``CredentialError``, as all calls do from then on, unless ``used`` has been replaced meanwhile.
        """
        with self._changed:
            source = self._check()
            current = self._grant is not None and self._grant.generation == used.generation
            if current and self._reading is None and self._refused_again(used):
                self._latch(source.refusal)

    def accepted(self, used: Grant) -> None:
        """A request with ``used`` was not answered 401: the refresh helped, a later 401 is news."""
        if self._refreshed_at is not None:  # first without the lock: this is called for every request
            with self._changed:
                if self._grant is not None and self._grant.generation == used.generation:
                    self._refreshed_at = None

    def renewed(self, stop: Stop) -> bool:
        """Whether the files of a refused (or missing) credential hold another one now. Blocking: reads them.

        To be asked now and then while a session waits for a login. True when the same was read twice in a row, so that
        a file is not read while it is written. Never runs a plugin: that is for a person to ask.
        """
        with self._changed:
            source, known = self._source, self._secrets
            refused = self._latched is not None or self._grant is None
        if source is None or not refused or source.runs_plugin or not source.files:
            return False
        found: Secrets | None = None
        with suppress(CredentialError, Stopped):  # not there yet, or half of it
            if all(os.path.isfile(path) for path in source.files):
                found = source.read(known, stop)
        with self._changed:
            settled = found is not None and found == self._offered
            self._offered = found if self._source is not None else None
        return settled and found != known

    def reset(self) -> None:
        """A person chose to log in again: forget what was refused. Runs nothing by itself."""
        with self._changed:
            self._latched = None
            self._refreshed_at = None
            self._grant = self._secrets = self._offered = None

    def forget(self) -> None:
        """The session is over: drop every secret, end a plugin that runs. All calls raise ``Stopped`` now."""
        with self._changed:
            reading, self._reading = self._reading, None
            self._source = self._grant = self._secrets = self._offered = None
            if reading is not None:
                reading.abandoned = True
            self._changed.notify_all()
        if reading is not None:
            reading.stop.set()

    def _check(self) -> SecretSource:
        if self._source is None:
            raise Stopped("the session is over")
        if self._latched is not None:
            raise CredentialError(self._latched)
        return self._source

    def _latch(self, reason: str) -> NoReturn:
        self._latched = reason
        raise CredentialError(reason)

    def _stale(self, grant: Grant) -> bool:
        now = self._clock()
        if grant.expires is not None and now >= grant.expires:
            return True
        rereads = self._source is not None and self._source.rereads
        return rereads and not self._read_at <= now < self._read_at + REREAD_TOKEN_FILE

    def _refused_again(self, used: Grant) -> bool:
        """A grant that had expired by its own word was refused for that, not for the refresh."""
        now = self._clock()
        if self._refreshed_at is None or (used.expires is not None and now >= used.expires):
            return False
        return now < self._refreshed_at + REFUSED_AGAIN

    def _join(self, *, refused: bool) -> _Reading:
        """Join the reading under way, or start one (lock held). The caller has to ``_await`` it."""
        reading = self._reading
        if reading is None:
            source, known = self._check(), self._secrets
            reading = self._reading = _Reading(refused)
            threading.Thread(
                target=self._run, args=(reading, source, known), name="kdesk-credentials", daemon=True
            ).start()
        reading.waiting += 1
        return reading

    def _run(self, reading: _Reading, source: SecretSource, known: Secrets | None) -> None:
        """The thread: read once, publish, wake everybody. A reading nobody waits for publishes nothing."""
        # What those who wait are told, should this thread end in a fault of ours.
        outcome: Secrets | str = "The credentials could not be read."
        failed_plugin = False
        try:
            outcome = source.read(known, reading.stop)
        except CredentialError as problem:
            outcome, failed_plugin = str(problem), source.runs_plugin
        except Stopped:
            return  # abandoned: the last one who waited has left
        finally:
            with self._changed:
                self._land(reading, source, outcome, latch=failed_plugin)

    def _land(self, reading: _Reading, source: SecretSource, outcome: Secrets | str, *, latch: bool) -> None:
        """Make what was read current, or say why there is nothing (with the lock held)."""
        reading.done = True
        self._changed.notify_all()
        if reading.abandoned:
            return
        self._reading = None
        if isinstance(outcome, Secrets) and not self._is_news(outcome, reading, source):
            outcome, latch = source.refusal, True
        if isinstance(outcome, str):
            reading.error = outcome
            self._latched = outcome if latch else None
            return
        now = self._clock()
        self._read_at = now
        if reading.refused:
            self._refreshed_at = now
        self._secrets = outcome
        self._grant = Grant(
            outcome.headers, outcome.certificate, outcome.key, self._generation, outcome.expires
        )
        reading.grant = self._grant

    def _is_news(self, secrets: Secrets, reading: _Reading, source: SecretSource) -> bool:
        """Count a new generation where there is one; False when what was just refused was read again."""
        if secrets != self._secrets:
            self._generation += 1
        elif reading.refused:
            # A plugin that answers the same gets one more try: the refusal may have been the server's bad
            # minute.
            self._generation += 1
            return source.runs_plugin
        return True

    def _await(self, reading: _Reading, stop: Stop) -> Grant:
        try:
            with stop.waking(self._wake), self._changed:
                while not (reading.done or reading.abandoned or stop.is_set()):
                    self._changed.wait()
        finally:
            self._leave(reading)
        stop.check()
        if reading.grant is not None:
            return reading.grant
        if reading.error is not None:
            raise CredentialError(reading.error)
        raise Stopped("the session is over")

    def _leave(self, reading: _Reading) -> None:
        with self._changed:
            reading.waiting -= 1
            last = reading.waiting == 0 and not reading.done
            if last:
                reading.abandoned = True
                if self._reading is reading:
                    self._reading = None
        if last:
            reading.stop.set()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


class _Reading:
    """One reading that is under way, for everyone who waits for it. Guarded by the lock of its owner."""

    def __init__(self, refused: bool) -> None:
        self.refused = refused
        self.stop = Stop()
        self.waiting = 0
        self.done = False
        self.abandoned = False
        self.grant: Grant | None = None
        self.error: str | None = None
