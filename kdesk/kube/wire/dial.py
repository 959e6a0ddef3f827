"""One HTTP/1.1 connection to an API server: directly or through a proxy, with TLS, and stoppable in every phase."""

from __future__ import annotations

import base64
import http.client
import ipaddress
import os
import selectors
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from kdesk.kube.errors import ConnectionLost
from kdesk.kube.stop import Stop

_CONNECT_SECONDS = 15.0
#: Keep-alive probes: after so many seconds of silence, so many seconds apart, and how many may go unanswered. Soon,
#: since the first unanswered one is what tells that a link is dead (66 bytes are a small price); after a minute the
#: system gives the connection up.
KEEP_ALIVE = (5, 5, 12)
_TICK = 0.1


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect: over TLS when ``tls`` (``server_name`` for SNI and the check), through ``proxy``."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    server_name: str
    proxy: SplitResult | None


def proxy_for(server: SplitResult, configured: str | None) -> SplitResult | None:
    """The proxy to use: ``proxy-url`` of the kubeconfig, else the environment's (``HTTPS_PROXY``, ``NO_PROXY``)."""
    if configured:
        return urlsplit(configured)
    host = server.hostname or ""
    if is_loopback(host) or proxy_bypass(f"{host}:{server.port}" if server.port else host):
        return None
    url = getproxies_environment().get(server.scheme, "")
    return urlsplit(url if "://" in url else f"http://{url}") if url else None


class Connection(http.client.HTTPConnection):
    """``http.client``'s connection with its own way of connecting; ``abort`` wakes whoever is blocked in it."""

    def __init__(self, target: Target, stop: Stop, timeout: float) -> None:
        # Requests in absolute form go to a plain http proxy; everything else is tunnelled.
        super().__init__(target.host, target.port, timeout=timeout)
        self._target = target
        self._stop = stop
        self._guard = threading.Lock()
        self._raw: socket.socket | None = None  # a second handle on the socket until TLS is up: see connect()
        # http.client lets go of ``sock`` as soon as an answer says that it ends with the connection, though its body is
        # still to be read from it: this one stays.
        self._live: socket.socket | None = None
        self._aborted = False
        self.peer: tuple[str, int] | None = None
        # Of the credential it was made with: a client certificate belongs to the connection.
        self.generation = 0

    def use(self, stop: Stop) -> None:
        """Lend the (idle) connection to other work."""
        self._stop = stop

    def connect(self) -> None:
        sock: socket.socket | None = None
        try:
            sock = self._dial()
            if self._target.tls is not None:
                sock = self._wrap(sock)
        except BaseException:
            if sock is not None:
                sock.close()
            raise
        finally:
            with self._guard:
                raw, self._raw = self._raw, None
            if raw is not None:
                raw.close()
        with self._guard:
            self.sock = sock
            # TLS within TLS is no socket, but has one.
            self._live = sock if isinstance(sock, socket.socket) else sock.socket
            aborted = self._aborted
        if aborted:
            self.close()
            self._stop.check()
            raise ConnectionLost("the connection was ended")

    def abort(self) -> None:
        """End any blocked call at once, from any thread. ``shutdown`` does; ``close`` would not."""
        with self._guard:
            self._aborted = True
            for sock in (self._raw, self._live):
                if sock is not None:
                    with suppress(OSError):  # the other side may have ended it already
                        # The plain method: SSLSocket's own would take the TLS state from under the reading thread.
                        socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        with self._guard:
            super().close()

    @property
    def unanswered(self) -> bool:
        """Whether the other side owes an acknowledgement, of data or of a keep-alive probe. Known on Linux only."""
        if not hasattr(socket, "TCP_INFO"):
            return False
        with self._guard:
            if self._live is None:
                return False
            try:
                # struct tcp_info: state, ca_state, retransmits, probes, ... a byte each.
                info = self._live.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 4)
            except OSError:  # closed
                return False
        return any(info[2:4])

    def set_timeout(self, seconds: float) -> None:
        """How long a single read may wait."""
        self.timeout = seconds
        if self._live is not None:
            self._live.settimeout(seconds)

    @property
    def dropped(self) -> bool:
        """Whether the idle connection was ended by the server (which says nothing while it is not asked)."""
        if self.sock is None:
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            return bool(selector.select(0))

    def _dial(self) -> socket.socket:
        target, proxy = self._target, self._target.proxy
        if proxy is None:
            return self._connected(target.host, target.port)
        if not proxy.hostname:
            raise ConnectionLost("the proxy's address has no host")
        port = proxy.port or {"https": 443, "socks5": 1080, "socks5h": 1080}.get(proxy.scheme, 80)
        sock = self._connected(proxy.hostname, port)
        try:
            if proxy.scheme.startswith("socks5"):
                _socks5(sock, proxy, target.host, target.port)
                return sock
            if proxy.scheme == "https":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=proxy.hostname)
            _tunnel(sock, proxy, target.host, target.port)
        except BaseException:
            sock.close()
            raise
        return sock

    def _wrap(self, sock: socket.socket) -> socket.socket:
        target = self._target
        assert target.tls is not None
        if isinstance(sock, ssl.SSLSocket):
            # TLS within TLS (an https proxy): the ssl module cannot stack sockets, urllib3's transport can.
            from urllib3.util.ssltransport import SSLTransport  # noqa: PLC0415 (only such proxies need it)

            return SSLTransport(sock, target.tls, server_hostname=target.server_name)  # type: ignore[return-value]
        with self._guard:
            # Not while ``abort`` shuts it down: the ssl module may leave open a socket that it finds unconnected.
            if self._aborted:
                raise ConnectionAbortedError("ended")
            tls = target.tls.wrap_socket(
                sock, server_hostname=target.server_name, do_handshake_on_connect=False
            )
        try:
            tls.do_handshake()
        except BaseException:
            tls.close()
            raise
        return tls

    def _connected(self, host: str, port: int) -> socket.socket:
        sock = connected(host, port, self._stop)
        try:
            sock.settimeout(self.timeout)
            _tune(sock)
            with self._guard:
                # Wrapping in TLS detaches ``sock``: until that is done, a duplicate keeps it abortable.
                self._raw = sock.dup()
                self.peer = sock.getpeername()[:2]
                aborted = self._aborted
            if aborted:
                raise ConnectionAbortedError("ended")
        except BaseException:
            sock.close()
            raise
        return sock


def _connect(sock: socket.socket, address: Any, stop: Stop, deadline: float) -> None:
    """Connect without ever blocking for long: no call wakes a blocked ``connect`` on every system."""
    sock.setblocking(False)
    code = sock.connect_ex(address)
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while not selector.select(_TICK):
            stop.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer within {_CONNECT_SECONDS:.0f} s")
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def resolve(host: str, port: int, stop: Stop) -> list[tuple[int, int, int, Any]]:
    """``getaddrinfo`` cannot be cancelled: names are looked up in a thread that may be left behind."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        family = socket.AF_INET6 if ip.version == 6 else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 0, (host, port))]
    found: list[tuple[int, int, int, Any]] = []
    problem: list[OSError] = []
    done = threading.Event()

    def look_up() -> None:
        try:
            found.extend(
                (f, t, p, a) for f, t, p, _, a in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except OSError as error:
            problem.append(error)
        finally:
            done.set()

    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    deadline = time.monotonic() + _CONNECT_SECONDS
    while not done.wait(_TICK):
        stop.check()
        if time.monotonic() > deadline:
            raise TimeoutError(f"the name {host} could not be looked up in time")
    if problem:
        raise problem[0]
    return found


def connected(host: str, port: int, stop: Stop) -> socket.socket:
    """A plain TCP connection to the first address that answers. Raises OSError, Stopped."""
    deadline = time.monotonic() + _CONNECT_SECONDS
    problem: OSError | None = None
    for family, kind, protocol, address in resolve(host, port, stop):
        sock = socket.socket(family, kind, protocol)
        try:
            _connect(sock, address, stop, deadline)
        except OSError as error:
            sock.close()
            problem = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    stop.check()
    raise problem or OSError(f"{host} has no address")


def _tune(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in zip(("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"), KEEP_ALIVE, strict=True):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _tunnel(sock: socket.socket, proxy: SplitResult, host: str, port: int) -> None:
    """``CONNECT`` (RFC 9110, section 9.3.6), for http servers too: one way through for everything."""
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {name} HTTP/1.1", f"Host: {name}"]
    if proxy.username is not None:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}")
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        byte = sock.recv(1)  # not one byte more than the answer: what follows is the tunnel's
        if not byte or len(answer) > 65_536:
            raise ConnectionLost("the proxy ended the connection")
        answer += byte
    parts = answer.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
    if len(parts) < 2 or parts[1] != "200":
        raise ConnectionLost(f"the proxy refused the connection: {' '.join(parts[1:]) or 'no status'}")


def _socks5(sock: socket.socket, proxy: SplitResult, host: str, port: int) -> None:
    """SOCKS 5 (RFC 1928, user and password by RFC 1929); the proxy resolves the name."""

    def exactly(count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = sock.recv(count - len(data))
            if not more:
                raise ConnectionLost("the proxy ended the connection")
            data += more
        return data

    sock.sendall(b"\x05\x02\x00\x02" if proxy.username else b"\x05\x01\x00")
    version, method = exactly(2)
    if version != 5 or method == 0xFF:
        raise ConnectionLost("the proxy refused: not SOCKS 5, or it wants another login")
    if method == 2:
        user, password = unquote(proxy.username or "").encode(), unquote(proxy.password or "").encode()
        sock.sendall(bytes([1, len(user)]) + user + bytes([len(password)]) + password)
        if exactly(2)[1] != 0:
            raise ConnectionLost("the proxy refused the user name or password")
    name = host.encode("idna")
    sock.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + struct.pack(">H", port))
    _, code, _, kind = exactly(4)
    if code != 0:
        raise ConnectionLost(f"the proxy could not connect (SOCKS code {code})")
    exactly({1: 4, 4: 16}.get(kind) or exactly(1)[0])
    exactly(2)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: no proxy is asked and nothing compressed for it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
