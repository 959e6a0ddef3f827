"""The yardsticks: the same bytes read off a socket and thrown away, or decoded to types and thrown away."""

from __future__ import annotations

import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

import msgspec

from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.table.projection import TABLE

_READ = 1 << 16


class _Meta(msgspec.Struct, gc=False):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resourceVersion: str = ""
    creationTimestamp: str | None = None
    labels: dict[str, str] | None = None


class _Object(msgspec.Struct, gc=False):
    metadata: _Meta | None = None


class _Row(msgspec.Struct, gc=False):
    cells: list[Any] | None = None
    object: _Object | None = None


class _Table(msgspec.Struct, gc=False):
    rows: list[_Row] | None = None


class _TableEvent(msgspec.Struct, gc=False):
    type: str = ""
    object: _Table | None = None


class _WholeEvent(msgspec.Struct, gc=False):
    type: str = ""
    object: _Object | None = None


class Drain:
    """A connection that reads answers without a thought. A context manager."""

    def __init__(self, info: ConnectionInfo, *, table: bool = True) -> None:
        url = urlsplit(info.server)
        self.length = 0
        self._table = table
        self._socket = socket.create_connection((url.hostname, url.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if info.tls:
            self._socket = ssl.create_default_context(cafile=info.ca_file).wrap_socket(
                self._socket, server_hostname=url.hostname
            )

    def __enter__(self) -> Drain:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, target: str) -> bytes:
        """Send a GET and read the headers; what came of the body with them."""
        accept = TABLE if self._table else "application/json"
        self._socket.sendall(f"GET {target} HTTP/1.1\r\nHost: bench\r\nAccept: {accept}\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._socket.recv(_READ)
        headers, _, body = data.partition(b"\r\n\r\n")
        _, _, length = headers.lower().partition(b"content-length:")
        self.length = int(length.split(b"\r\n")[0] or 0)  # of the body; 0: it is chunked
        return body

    def more(self) -> bytes:
        return self._socket.recv(_READ)

    def drain(self, count: int) -> None:
        """Read so many bytes more, into the same memory."""
        room = memoryview(bytearray(_READ))
        while count > 0:
            count -= self._socket.recv_into(room)

    def decode(self, count: int) -> int:
        """Read so many bytes more of a watch and decode its events; how many there were.

        The framing is what these bytes allow: JSON has no bare CR, so cutting at them parts lines from chunk sizes.
        """
        decode = msgspec.json.Decoder(_TableEvent if self._table else _WholeEvent).decode
        held, events = b"", 0
        while count > 0:
            data = self._socket.recv(_READ)
            count -= len(data)
            *parts, held = (held + data).split(b"\r\n")
            for part in parts:
                if part[:1] == b"{":
                    decode(part)
                    events += 1
        return events
