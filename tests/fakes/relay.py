"""A link that can die without a word: a relay in front of a server, which drops packets as a broken network does.

``drop`` has the kernel discard whatever arrives for the relay before TCP sees it: no FIN, no RST, no acknowledgement,
and connection attempts are not answered. Linux only (a socket filter); ``AVAILABLE`` tells.
"""

from __future__ import annotations

import contextlib
import ctypes
import selectors
import socket
import ssl
import struct
import sys
import threading
from typing import Literal

AVAILABLE = sys.platform.startswith("linux")
_ATTACH_FILTER, _DETACH_FILTER = 26, 27  # SO_ATTACH_FILTER and SO_DETACH_FILTER, which Python does not name
_TICK_S = 0.01
_JOIN_S = 5.0

Front = Literal["plain", "connect", "socks5"]


class _Line:
    """One connection through the relay. ``dead``: it was open when the link died, and stays dead."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.server: socket.socket | None = None
        self.dead = False

    def close(self) -> None:
        self.client.close()

    def end(self) -> None:
        for sock in (self.client, self.server):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


class Relay:
    """Use as a context manager. ``front``: what it speaks before it relays (a proxy's words), in ``tls`` if given."""

    def __init__(self, port: int, *, front: Front = "plain", tls: ssl.SSLContext | None = None) -> None:
        self._to = ("127.0.0.1", port)
        self._front = front
        self._tls = tls
        self.carried = 0  # connections
        self._lock = threading.Lock()
        self._lines: list[_Line] = []
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._dropping = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Relay:
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            lines, threads = list(self._lines), list(self._threads)
        for line in lines:
            line.end()
        for thread in threads:
            thread.join(_JOIN_S)

    def drop(self) -> None:
        """The link dies: nothing comes through, and nobody is told."""
        with self._lock:
            self._dropping = True
            _filter(self._listener)
            for line in self._lines:
                _filter(line.client)

    def restore(self, *, forget: bool) -> None:
        """The link is back. ``forget``: connections from before stay dead, as when a router lost its table."""
        with self._lock:
            self._dropping = False
            _unfilter(self._listener)
            for line in self._lines:
                if forget:
                    line.dead = True
                elif not line.dead:
                    _unfilter(line.client)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            line = _Line(client)
            with self._lock:
                self._lines.append(line)
                if self._dropping:
                    _filter(client)
            self._spawn(self._serve, line)

    def _serve(self, line: _Line) -> None:
        with contextlib.closing(line), contextlib.suppress(OSError):
            if self._tls is not None:
                line.client = self._tls.wrap_socket(line.client, server_side=True)
            self._greet(line.client)
            self.carried += 1
            with socket.create_connection(self._to) as line.server:
                self._pump(line, line.client, line.server)
        with self._lock:
            self._lines.remove(line)

    def _pump(self, line: _Line, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        with selectors.DefaultSelector() as selector:
            for sock in other:
                selector.register(sock, selectors.EVENT_READ)
            while not self._stopped.is_set():
                for key, _ in selector.select(0.1):
                    assert isinstance(key.fileobj, socket.socket)
                    data = key.fileobj.recv(65_536)
                    while isinstance(key.fileobj, ssl.SSLSocket) and key.fileobj.pending():
                        data += key.fileobj.recv(65_536)
                    while self._dropping or line.dead:
                        if self._stopped.wait(_TICK_S):
                            return
                    if not data:
                        return
                    other[key.fileobj].sendall(data)

    def _greet(self, client: socket.socket) -> None:
        if self._front == "connect":
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(1)
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        elif self._front == "socks5":
            client.recv(3)
            client.sendall(b"\x05\x00")
            length = client.recv(5)[4]
            client.recv(length + 2)
            client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")

    def _spawn(self, target: object, *args: object) -> None:
        assert callable(target)
        thread = threading.Thread(target=target, args=args, name="relay", daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()


def _filter(sock: socket.socket) -> None:
    """Have the kernel drop all that arrives: a BPF program of one instruction, "return 0"."""
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    program = struct.pack("HL", 1, ctypes.addressof(instruction))
    with contextlib.suppress(OSError):  # closed just now
        sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)


def _unfilter(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it had none, or is closed
        sock.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)
