"""Noticing that the machine slept, or that the network went and came back: then every watch is looked at, now.

Also that the files of a refused credential were rewritten: then it is tried.

Without this, a watch whose other end has forgotten it stays silent until its keep-alive gives up (a minute), what was
sent to it meanwhile waits for the other end's ever longer pauses between retries, and a back-off that grew while there
was no network sleeps on after it is there again (up to 45 s).
"""

from __future__ import annotations

import errno
import logging
import random
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Protocol

from kdesk.kube.engine.session import SPREAD_SECONDS
from kdesk.kube.stop import Stop

_log = logging.getLogger(__name__)

Address = tuple[str, int]
TICK_SECONDS = 1.0
#: The wall clock ran this much further than the steady one: the machine slept (or was set right, which does no harm).
SLEPT_SECONDS = 4.0
#: A lost server is called this often, by a plain connection and no request.
CALL_SECONDS = 2.0
_ANSWER_SECONDS = 1.0
#: Connections that went dead under a server that answers are replaced at most this often: a network that swallows
#: keep-alive probes must not have all watches replaced all the time.
REPLACE_SECONDS = 60.0


class Watched(Protocol):
    """What the vigil needs to know of a session."""

    name: str

    @property
    def peer(self) -> Address | None:
        """The address last connected to, None before the first connection."""

    @property
    def lost(self) -> bool:
        """Whether there may be no connection to the server."""

    @property
    def unanswered(self) -> bool:
        """Whether the other side of a connection owes an acknowledgement."""

    def reconnect(self, within: float = 0.0) -> None:
        """Check every watch, spread over ``within`` seconds."""

    def scout(self) -> None:
        """Where no watch has a connection, have one of them try."""

    def renew(self) -> None:
        """Where a credential was refused, look whether its files hold another one; blocking."""


class Vigil:
    """One thread; ``look`` is one round of it, for tests. The clocks are in seconds."""

    def __init__(
        self,
        sessions: Callable[[], Iterable[Watched]],
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._wall = wall
        self._steady = steady
        self._stop = Stop()
        self._drift = wall() - steady()
        self._routes: dict[str, str] = {}
        self._unreachable: set[str] = set()
        self._owed: dict[
            str, float
        ] = {}  # since when the server of a session answers, but owes acknowledgements
        self._replaced: dict[str, float] = {}  # when its connections were replaced for that
        self._called = 0.0
        self._thread = threading.Thread(target=self._run, name="vigil", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Prompt; ``join`` waits."""
        self._stop.set()

    def join(self, seconds: float) -> bool:
        """Wait for the thread; True when it has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def unreachable(self) -> frozenset[str]:
        """The sessions whose server did not answer when it was last called."""
        return frozenset(self._unreachable)

    def look(self) -> None:
        """Compare the clocks, each session's route, whether lost servers answer again, and refused credentials."""
        sessions = list(self._sessions())
        drift = self._wall() - self._steady()
        slept, self._drift = drift - self._drift > SLEPT_SECONDS, drift
        routes = {session.name: _route(session.peer) for session in sessions if session.peer}
        for session in sessions:
            before = self._routes.get(session.name)
            now = routes.get(session.name)
            moved = bool(now) and before is not None and before != now
            if slept or moved:
                _log.info(
                    "%s: checking every watch (%s)", session.name, "slept" if slept else "the route changed"
                )
                session.reconnect(SPREAD_SECONDS)
        self._routes = routes
        if self._steady() - self._called >= CALL_SECONDS:
            self._called = self._steady()
            # One that was found unreachable is called until it answers, whatever its watches think by then.
            doubted = [s for s in sessions if s.lost or s.name in self._unreachable]
            self._call([session for session in doubted if session.peer])
        for session in sessions:
            session.renew()

    def _call(self, lost: list[Watched]) -> None:
        """A server that was seen unreachable and answers now is news: every watch is checked.

        One that answers and goes on owing acknowledgements is, too: something on the way has forgotten its connections.
        Of any other, what answers may be no more than a proxy or a balancer in front of it: only a request can tell.
        """
        now, before, self._owed = self._steady(), self._owed, {}
        answering = reachable({session.peer for session in lost if session.peer is not None})
        unreachable: set[str] = set()
        for session in lost:
            if session.peer not in answering:
                unreachable.add(session.name)
                if session.name not in self._unreachable:
                    _log.info("%s: the server cannot be reached", session.name)
            elif session.name in self._unreachable:
                _log.info("%s: the server can be reached again", session.name)
                session.reconnect(SPREAD_SECONDS)
            elif session.unanswered:
                self._owed[session.name] = before.get(session.name, now)
                since_replaced = now - self._replaced.get(session.name, now - REPLACE_SECONDS)
                if self._owed[session.name] < now and since_replaced >= REPLACE_SECONDS:
                    _log.info("%s: checking every watch (a connection is dead)", session.name)
                    self._replaced[session.name] = now
                    session.reconnect(SPREAD_SECONDS)
            else:
                session.scout()
        self._unreachable = unreachable

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS * (1 + random.random() / 10)):
            try:
                self.look()
            except OSError as error:  # out of file descriptors, for one: the next round may do better
                _log.info("looking after the connections failed: %s", error)


def reachable(addresses: set[Address], seconds: float = _ANSWER_SECONDS) -> set[Address]:
    """Which of these accept a connection within ``seconds``, asked all at once."""
    answering: set[Address] = set()
    with ExitStack() as open_sockets, selectors.DefaultSelector() as selector:
        for address in addresses:
            sock = open_sockets.enter_context(
                socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
            )
            sock.setblocking(False)
            if sock.connect_ex(address) in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
                selector.register(sock, selectors.EVENT_WRITE, address)
        deadline = time.monotonic() + seconds
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                sock = key.fileobj  # type: ignore[assignment]
                selector.unregister(sock)
                if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    answering.add(key.data)
    return answering


def _route(peer: Address | None) -> str:
    """The own address from which the system would reach ``peer``; "" when it would not. Nothing is sent."""
    if peer is None:
        return ""
    family = socket.AF_INET6 if ":" in peer[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(peer)
            return str(sock.getsockname()[0])
        except OSError:
            return ""
