"""Every connection asks the system for keep-alive probes, whichever way it takes; unanswered ones are noticed."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kdesk.kube.stop import Stop
from kdesk.kube.wire import dial
from kdesk.kube.wire.dial import Connection, Target
from kdesk.kube.wire.tls import client_context
from tests.fakes import relay as relays
from tests.fakes.relay import Front, Relay
from tests.fakes.server import ApiServer

#: Option and value, where the platform knows it.
OPTIONS = [
    (getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 12))
    if hasattr(socket, name)
]


@contextmanager
def connected(port: int, tls: ssl.SSLContext | None = None, proxy: str | None = None) -> Iterator[Connection]:
    target = Target("127.0.0.1", port, tls, "127.0.0.1", urlsplit(proxy) if proxy else None)
    connection = Connection(target, Stop(), 5.0)
    try:
        connection.connect()
        yield connection
    finally:
        connection.close()


def check(sock: socket.socket) -> None:
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert [sock.getsockopt(socket.IPPROTO_TCP, option) for option, _ in OPTIONS] == [v for _, v in OPTIONS]


def test_on_a_plain_connection(server: ApiServer) -> None:
    with connected(server.port) as connection:
        check(connection.sock)


def test_on_a_tls_connection(secure_server: tuple[ApiServer, str]) -> None:
    server, ca = secure_server
    context = client_context(ca=Path(ca).read_bytes(), insecure=False)
    with connected(server.port, context) as connection:
        assert isinstance(connection.sock, ssl.SSLSocket)
        check(connection.sock)


@pytest.mark.parametrize(("front", "scheme"), [("connect", "http"), ("socks5", "socks5")])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_through_a_proxy(
    server: ApiServer, secure_server: tuple[ApiServer, str], front: Front, scheme: str, secure: bool
) -> None:
    tls_server, ca = secure_server
    port = tls_server.port if secure else server.port
    context = client_context(ca=Path(ca).read_bytes(), insecure=False) if secure else None
    with (
        Relay(port, front=front) as relay,
        connected(port, context, f"{scheme}://127.0.0.1:{relay.port}") as connection,
    ):
        assert connection.peer == ("127.0.0.1", relay.port)
        connection.request("GET", "/version")
        assert connection.getresponse().read(), "it is the way to the server"
        check(connection.sock)


@pytest.mark.skipif(not relays.AVAILABLE, reason="dropping packets takes a Linux socket filter")
def test_probes_without_an_answer_are_noticed(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "KEEP_ALIVE", (1, 1, 60))
    with Relay(server.port) as relay, connected(relay.port) as connection:
        assert not connection.unanswered
        relay.drop()
        until(lambda: connection.unanswered)
        relay.restore(forget=False)
        until(lambda: not connection.unanswered)
    assert not connection.unanswered, "one that is closed has nothing to wait for"


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
