"""The connection's first steps one by one, for telling a person which of them fails."""

from __future__ import annotations

import socket
import ssl

from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.stop import Stop
from kdesk.kube.wire.dial import connected, resolve
from kdesk.kube.wire.tls import authority, client_context

_SECONDS = 10.0


class Probe:
    """One host and port. Call ``addresses``, ``connect``, ``handshake`` in this order; each raises what went wrong."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self.found: list[str] = []

    def addresses(self, stop: Stop) -> list[str]:
        """What the name resolves to. Raises OSError."""
        self.found = list(dict.fromkeys(address[0] for *_, address in resolve(self._host, self._port, stop)))
        return self.found

    def connect(self, stop: Stop) -> str:
        """The address that answers. Raises OSError."""
        with connected(self._host, self._port, stop) as sock:
            address = sock.getpeername()
        return f"{address[0]}:{address[1]}"

    def handshake(self, info: ConnectionInfo, stop: Stop) -> str:
        """Protocol and certificate in words. Raises ssl.SSLError, OSError, ConnectionLost."""
        context = client_context(ca=authority(info), insecure=info.insecure)
        name = info.tls_server_name or self._host
        with connected(self._host, self._port, stop) as raw:
            raw.settimeout(_SECONDS)
            with (
                stop.waking(lambda: raw.shutdown(socket.SHUT_RDWR)),
                context.wrap_socket(raw, server_hostname=name) as tls,
            ):
                return (
                    f"{tls.version()}, {'certificate not checked' if info.insecure else _subject(tls, name)}"
                )


def _subject(tls: ssl.SSLSocket, name: str) -> str:
    certificate = tls.getpeercert() or {}
    return f"certificate valid for {name} until {certificate.get('notAfter', 'an unknown day')}"
