"""HTTP/1.1 by hand: a scripted server must be able to send exactly the wrong bytes."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fakes.faults import Break, Ending, Shape

_TICK_S = 0.02  # how soon a waiting connection notices that its client or its server is gone
_WORDS = {200: "OK", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 410: "Gone"}


class Ended(Exception):
    """The connection is to end in this way, now."""

    def __init__(self, how: Ending) -> None:
        super().__init__(how)
        self.how = how


@dataclass(frozen=True)
class Request:
    """A request as it was read. ``at``: monotonic seconds; ``headers`` by lower-case name.

    ``verb`` is list, page, watch, get, discovery or other; ``resource`` the label (``deployments.apps``).
    """

    at: float
    connection: int
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    verb: str
    resource: str
    namespace: str
    name: str


def read_head(stream: BinaryIO) -> tuple[str, str, dict[str, str], dict[str, str]] | None:
    """(method, path, query, headers) of the next request, its body skipped; None when the client has left."""
    first = stream.readline(65_536)
    if not first.strip():
        return None
    method, target, _ = first.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline(65_536)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    stream.read(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return method, unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True)), headers


def classify(path: str, query: Mapping[str, str]) -> tuple[str, str, str, str]:
    """(verb, resource label, namespace, name) of a GET, by the shape of its path."""
    parts = path.strip("/").split("/")
    if parts[0] == "api":
        group, rest = "", parts[2:]
    elif parts[0] == "apis" and len(parts) > 2:
        group, rest = parts[1], parts[3:]
    else:
        return ("discovery" if parts[0] == "apis" else "other"), "", "", ""
    if not rest:
        return "discovery", "", "", ""
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    label = f"{rest[0]}.{group}" if group else rest[0]
    if len(rest) > 1:
        return "get", label, namespace, rest[1]
    if query.get("watch") in ("1", "true"):
        return "watch", label, namespace, ""
    return ("page" if query.get("continue") else "list"), label, namespace, ""


class Wire:
    """The sending side of one connection. ``stopped`` ends every wait. Raises Ended and OSError."""

    def __init__(self, sock: socket.socket, stopped: threading.Event) -> None:
        self._sock = sock
        self._stopped = stopped
        self._incoming = select.poll()  # select() knows no descriptor beyond 1,024, which a benchmark reaches
        self._incoming.register(sock, select.POLLIN)

    def left(self) -> bool:
        """Whether the client has left (a client never sends while it waits for an answer)."""
        return bool(self._incoming.poll(0)) or self._stopped.is_set()

    def wait(self, seconds: float | None = None, until: threading.Event | None = None) -> None:
        """Sleep, until the time is over or the event is set; raises Ended when the client leaves before."""
        end = None if seconds is None else time.monotonic() + seconds
        while not (until is not None and until.is_set()):
            if end is not None and time.monotonic() >= end:
                return
            if self.left():
                raise Ended("close")
            self._stopped.wait(_TICK_S)

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def end(self, how: Ending) -> None:
        """Close, reset (RST: unread bytes are lost too), or say nothing more until the client leaves."""
        if how == "hang":
            self.hang()
        if how == "reset":
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def hang(self) -> None:
        while not self.left():
            self._stopped.wait(_TICK_S)

    def head(self, status: int, headers: Mapping[str, str], broken: Break | None = None) -> None:
        """The status line and headers, all or half of them."""
        lines = [f"HTTP/1.1 {status} {_WORDS.get(status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        data = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if broken is not None and broken.at == "headers":
            self.send(data[: len(data) // 2])
            raise Ended(broken.how)
        self.send(data)


class Body:
    """Sends a body: chunked or as it is, in the shape and with the end that the fault says."""

    def __init__(self, wire: Wire, *, chunked: bool, shape: Shape | None = None, broken: Break | None = None):
        self._wire = wire
        self._chunked = chunked
        self._shape = shape or Shape()
        self._left = broken.after if broken is not None and broken.at == "body" else None
        self._how: Ending = broken.how if broken is not None else "close"
        self._sizes = cycle(self._shape.sizes) if self._shape.sizes else None

    def write(self, data: bytes) -> None:
        """One chunk, or as many as the shape wants."""
        if self._sizes is None:
            return self._chunk(data)
        while data:
            size = next(self._sizes)
            self._chunk(data[:size])
            data = data[size:]
            if self._shape.pause_s:
                self._wire.wait(self._shape.pause_s)
        return None

    def finish(self) -> None:
        if self._left is not None:
            raise Ended(self._how)
        if self._chunked:
            self._wire.send(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        if not data:
            return
        before, after = (b"%x\r\n" % len(data), b"\r\n") if self._chunked else (b"", b"")
        if self._left is not None:
            self._left -= len(data)
            if self._left <= 0:  # the chunk's length is promised, its last bytes never come
                self._wire.send(before + data[: len(data) + self._left])
                raise Ended(self._how)
        self._wire.send(before + data + after)
