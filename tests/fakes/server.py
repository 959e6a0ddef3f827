"""``ApiServer``: the scripted API server on a loopback socket; threads for connections, all of which end with
it.

What a test says about the answers lies in ``script`` (faults as data) and in a few switches; what it says
about the world lies in ``cluster``. Every request is kept in ``requests``.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable

from tests.fakes.cluster import Cluster
from tests.fakes.conversation import Conversation, Feed, Switches
from tests.fakes.faults import Action, Fault, PlainObjects
from tests.fakes.kinds import KINDS, ServedKind
from tests.fakes.wire import Request

_JOIN_S = 5.0


class ApiServer:
    """Use as a context manager, or call ``start`` and ``close``. ``tls`` serves https with that context."""

    def __init__(
        self,
        *,
        kinds: Iterable[ServedKind] = KINDS,
        cluster: Cluster | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.cluster = cluster or Cluster()
        self.kinds = list(kinds)
        self.switches = Switches()
        self._script: list[Fault] = []
        self._tls = tls
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._feeds: list[Feed] = []
        self._open: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._ids = itertools.count(1)
        self._stopped = threading.Event()
        self._listener: socket.socket | None = None
        self._port = 0

    # The server's life

    def __enter__(self) -> ApiServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    def start(self, *, accepting: bool = True) -> None:
        """Listen (on the same port again after ``close``). Not ``accepting``: connections are made, nobody
        answers.
        """
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self._port), backlog=128)
        self._port = self._listener.getsockname()[1]
        if accepting:
            self._spawn(self._accept, self._listener, self._stopped)

    def close(self, *, how: str = "close") -> None:
        """Refuse new connections, end the open ones (``reset`` or ``close``), join every thread."""
        self._stopped.set()
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes accept
            listener.close()
        self.cut("reset" if how == "reset" else "close")
        with self.cluster.changed:
            self.cluster.changed.notify_all()
        with self._lock:
            threads, self._threads = self._threads, []
        for thread in threads:
            thread.join(_JOIN_S)

    def restart(self, *, how: str = "reset") -> None:
        """As an API server that is killed and comes back at once: same port, same objects."""
        self.close(how=how)
        self.start()

    def cut(self, how: str = "reset") -> None:
        """End every open connection, whatever it does."""
        with self._lock:
            open_now = list(self._open.values())
        for sock in open_now:
            with contextlib.suppress(OSError):
                if how == "reset":
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                sock.shutdown(socket.SHUT_RDWR if how == "close" else socket.SHUT_RD)

    # The script

    def script(self, *faults: Fault) -> None:
        """Add faults; of those that match a request the first one that is not used up happens."""
        with self._lock:
            self._script += faults

    def forgive(self, *faults: Fault) -> None:
        """Take these faults back (all when none is named)."""
        with self._lock:
            self._script = [fault for fault in self._script if faults and fault not in faults]

    def end_watches(self, label: str = "*", *, how: str = "close") -> int:
        """End the running watches of a resource as if their time were over (or reset them); how many there
        were.
        """
        with self.cluster.changed:
            ended = [feed for feed in self.feeds(label) if not feed.ending]
            for feed in ended:
                feed.ending = how
            self.cluster.changed.notify_all()
        return len(ended)

    def send(self, label: str, *lines: bytes) -> int:
        """Raw lines into the running watches of a resource; to how many."""
        with self.cluster.changed:
            feeds = self.feeds(label)
            for feed in feeds:
                feed.injected.extend(lines)
            self.cluster.changed.notify_all()
        return len(feeds)

    def bookmark(self, label: str = "*") -> int:
        """A bookmark with the present version into the watches that asked for bookmarks; to how many."""
        with self.cluster.changed:
            feeds = [feed for feed in self.feeds(label) if feed.wants_bookmarks]
            for feed in feeds:
                feed.injected.append(None)
            self.cluster.changed.notify_all()
        return len(feeds)

    def remove_kind(self, label: str) -> None:
        """As when a CRD is deleted: its objects go, its watches end, it is served no more."""
        self.cluster.forget(label)
        self.kinds = [kind for kind in self.kinds if kind.label != label]
        self.end_watches(label)

    def add_kind(self, kind: ServedKind) -> None:
        self.kinds = [*self.kinds, kind]

    # What happened

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def asked(self, on: str, since: float = 0.0) -> list[Request]:
        """The requests that ``on`` matches (as in ``Fault.on``), after the monotonic moment ``since``."""
        probe = Fault(on, do=PlainObjects(), times=None)
        return [
            r for r in self.requests if r.at >= since and probe.takes(r.verb, r.resource, r.namespace, r.path)
        ]

    def verbs(self, label: str) -> list[str]:
        """``["list", "page", "watch", ...]`` of one resource, in order."""
        return [r.verb for r in self.requests if r.resource == label]

    def busiest(self, on: str, window_s: float = 2.0) -> int:
        """The most requests matching ``on`` within any ``window_s`` seconds."""
        times = [r.at for r in self.asked(on)]
        return max((sum(1 for t in times if start <= t < start + window_s) for start in times), default=0)

    def feeds(self, label: str = "*") -> list[Feed]:
        """The watches that are running now."""
        with self.cluster.changed:
            return [f for f in self._feeds if label in ("*", f.request.resource) and not f.ending]

    @property
    def connections(self) -> int:
        """How many connections are open."""
        with self._lock:
            return len(self._open)

    def wait_for(self, condition: Callable[[], object], what: str = "", seconds: float = 10.0) -> None:
        """Until the condition holds; fails with ``what`` and the requests so far after the deadline."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                sent = "\n".join(f"  {r.verb} {r.path} {dict(r.query)}" for r in self.requests[-20:])
                raise AssertionError(f"never happened: {what or condition}; last requests:\n{sent}")
            time.sleep(0.01)

    # For the conversations

    def note(self, request: Request) -> Action | None:
        """Keep a request; what the script wants done with it."""
        with self._lock:
            self._requests.append(request)
            for fault in self._script:
                if fault.takes(request.verb, request.resource, request.namespace, request.path):
                    return fault.do
        return None

    def follow(self, feed: Feed) -> None:
        with self.cluster.changed:
            self._feeds.append(feed)

    def unfollow(self, feed: Feed) -> None:
        with self.cluster.changed:
            self._feeds.remove(feed)

    def _accept(self, listener: socket.socket, stopped: threading.Event) -> None:
        while not stopped.is_set():
            try:
                sock, _ = listener.accept()
            except OSError:  # closed: the server stops
                return
            number = next(self._ids)
            with self._lock:
                self._open[number] = sock
            self._spawn(self._converse, number, sock, stopped)

    def _converse(self, number: int, sock: socket.socket, stopped: threading.Event) -> None:
        raw = sock
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                sock = self._tls.wrap_socket(raw, server_side=True)
                with self._lock:
                    self._open[number] = sock
            if not stopped.is_set():
                Conversation(self, sock, number, stopped).run()
        except OSError:
            pass  # the client has gone, which is its good right
        finally:
            with self._lock:
                self._open.pop(number, None)
            sock.close()
            raw.close()

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name="scripted-server", daemon=True)
        with self._lock:
            self._threads = [t for t in self._threads if t.is_alive() or t.ident is None]
            self._threads.append(thread)
        thread.start()
