"""Requests and streams to one API server: raw bytes out, raw bytes in, errors as causes, stoppable at any moment."""

from __future__ import annotations

import gzip
import http.client
import platform
import ssl
import sys
import threading
import time
import weakref
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from kdesk import __version__
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.errors import ApiError, BadAnswer, ConnectionLost, KubeError, Silent, api_error
from kdesk.kube.login.credentials import Credentials, Grant
from kdesk.kube.redact import redact
from kdesk.kube.stop import Stop
from kdesk.kube.wire.dial import Connection, Target, is_loopback, proxy_for
from kdesk.kube.wire.framing import Dechunker, Lines
from kdesk.kube.wire.tls import authority, client_context

JSON = "application/json"
_IDLE_CONNECTIONS = 4
_IDLE_SECONDS = 50.0
_READ = 1 << 16
_MOST_SAID = 300
#: A curl-like name would be answered with indented JSON, 2.6 times as large.
_USER_AGENT = f"kdesk/{__version__} ({sys.platform}/{platform.machine()})"


class Answer(NamedTuple):
    """A complete answer below 400. ``headers`` with lower-case names; ``body`` decoded from gzip."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Request(NamedTuple):
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float


class _Status(msgspec.Struct):
    kind: str = ""
    message: str | None = None
    reason: str | None = None
    code: int | None = None


class Stream:
    """A watch's answer, read line by line by one thread."""

    def __init__(
        self, connection: Connection, response: http.client.HTTPResponse, stop: Stop, server: str
    ) -> None:
        self._connection = connection
        self._response = response
        self._stop = stop
        self._server = server
        self._dechunker = Dechunker() if response.chunked else None
        self._left = response.length  # None where the end of the connection is the end of the answer
        self._lines = Lines()
        self._ended = self._left == 0

    def set_timeout(self, seconds: float) -> None:
        """How long the server may be silent before the connection counts as lost."""
        self._connection.set_timeout(seconds)

    def read(self) -> list[bytes]:
        """One whole line or more, as many as have come; empty at the end. Raises ConnectionLost, BadAnswer, Stopped."""
        while not self._ended and not self._response.isclosed():
            try:
                # read1 hands over what is there; read would wait for a full buffer and withhold the last events.
                data = self._response.fp.read1(_READ if self._left is None else min(self._left, _READ))
            except Exception:
                with _causes(
                    self._stop, self._server
                ):  # only now: a busy watch is read thousands of times a second
                    raise
            if not data:
                self._ended = True
                self._stop.check()  # a socket that was shut down to wake this thread reads as an end, too
                if self._dechunker is not None:
                    raise ConnectionLost(f"the connection to {self._server} broke off")
                break
            pieces = [data]
            if self._dechunker is not None:
                pieces = self._dechunker.feed(data)
                self._ended = self._dechunker.done
            elif self._left is not None:
                # No watch has a length: this is some other document, and waiting for more of it would be for ever.
                self._left -= len(data)
                self._ended = self._left == 0
            lines = self._lines.feed(*pieces)
            if lines:
                return lines
        return []

    @property
    def truncated(self) -> bool:
        """True when the stream ended within a line, which is then lost (and the version not advanced)."""
        return self._lines.truncated

    def close(self) -> None:
        self._response.close()
        self._connection.close()


class Transport:
    """One API server and credential. Thread-safe; each request has its own Stop."""

    def __init__(self, info: ConnectionInfo, credentials: Credentials) -> None:
        self._info = info
        self._credentials = credentials
        self._url = urlsplit(info.server)
        self._lock = threading.Lock()
        self._idle: list[tuple[float, int, Connection]] = []
        self._made: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._tls: tuple[int, ssl.SSLContext] | None = None
        self._closed = False
        self.peer: tuple[str, int] | None = None  # the address last connected to: the server's or its proxy's

    @property
    def server(self) -> str:
        return self._info.server

    def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        stop: Stop,
        accept: str = JSON,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Answer:
        """One GET. ``timeout``: seconds of silence allowed. Raises the errors of ``kdesk.kube.errors``."""
        return self.request("GET", path, query, stop=stop, accept=accept, headers=headers, timeout=timeout)

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        stop: Stop,
        body: bytes | None = None,
        accept: str = JSON,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Answer:
        """One request and its whole answer; after a 401, once more with a refreshed credential."""
        extra = {"Accept": accept, **(headers or {})}
        if not self._info.disable_compression and not is_loopback(self._url.hostname or ""):
            extra["Accept-Encoding"] = "gzip"
        with _causes(stop, self.server):
            sent = _Request(method, _target(self._url.path, path, query), extra, body, timeout)
            connection, response = self._send(sent, stop)
            try:
                with stop.waking(connection.abort):
                    data = response.read()
                if (
                    response.will_close
                ):  # a socket that was shut down to wake this thread reads as the end, too
                    stop.check()
            except BaseException:
                response.close()
                connection.close()
                raise
            if response.will_close:
                connection.close()
            else:
                self._put_back(connection)
            answer = Answer(response.status, _lower(response.headers), _decoded(data, response))
        if answer.status != 304:
            if answer.status >= 300:
                raise _refusal(answer, self.server)
            _check_json(answer.headers, self.server)
        return answer

    @contextmanager
    def stream(
        self, path: str, query: Mapping[str, str], *, stop: Stop, accept: str, timeout: float = 60.0
    ) -> Iterator[Stream]:
        """Open a watch; its socket is shut down when the body ends or ``stop`` is set. Errors as for ``request``."""
        sent = _Request("GET", _target(self._url.path, path, query), {"Accept": accept}, None, timeout)
        with _causes(stop, self.server):
            connection, response = self._send(sent, stop, resend=False)  # its owner has a pace of its own
        stream = Stream(connection, response, stop, self.server)
        try:
            with stop.waking(connection.abort):
                if response.status >= 300:
                    with _causes(stop, self.server):
                        data = _decoded(response.read(), response)
                    raise _refusal(Answer(response.status, _lower(response.headers), data), self.server)
                _check_json(_lower(response.headers), self.server)
                yield stream
        finally:
            stream.close()

    @property
    def unanswered(self) -> bool:
        """Whether the other side of a connection owes an acknowledgement: the link may be dead."""
        with self._lock:
            made = list(self._made)
        return any(connection.unanswered for connection in made)

    def drop_idle(self) -> None:
        """Make new connections from now on."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, _, connection in idle:
            connection.close()

    def close(self) -> None:
        """Drop idle connections and the TLS state; requests under way are their Stops' business."""
        with self._lock:
            self._tls = None
            self._closed = True
        self.drop_idle()

    def _send(
        self, request: _Request, stop: Stop, *, resend: bool = True
    ) -> tuple[Connection, http.client.HTTPResponse]:
        """Send, and wait for the headers; after a 401, once more with a refreshed credential."""
        grant = self._credentials.grant(stop)
        connection, response = self._exchange(request, grant, stop, resend)
        if response.status == 401:
            response.close()
            connection.close()
            grant = self._credentials.refresh(grant, stop)
            connection, response = self._exchange(request, grant, stop, resend)
            if response.status == 401:
                try:
                    self._credentials.refused(grant)
                except BaseException:
                    response.close()
                    connection.close()
                    raise
        if response.status != 401:
            self._credentials.accepted(grant)
        return connection, response

    def _exchange(
        self, request: _Request, grant: Grant, stop: Stop, resend: bool
    ) -> tuple[Connection, http.client.HTTPResponse]:
        """Over an idle connection where there is one."""
        idle = self._take_idle(grant, stop)
        if idle is not None:
            try:
                return idle, _exchange_over(idle, request, grant, stop)
            except (ConnectionError, http.client.HTTPException):
                # The server closed the idle connection just now: no fault, and what changes nothing may be sent again.
                stop.check()
                if request.method != "GET" or not resend:
                    raise
        connection = Connection(self._target_for(grant), stop, request.timeout)
        connection.generation = grant.generation
        with self._lock:
            self._made.add(connection)
        response = _exchange_over(connection, request, grant, stop)
        self.peer = connection.peer
        return connection, response

    def _take_idle(self, grant: Grant, stop: Stop) -> Connection | None:
        now = time.monotonic()
        stale: list[Connection] = []
        found: Connection | None = None
        with self._lock:
            while self._idle and found is None:
                since, generation, connection = self._idle.pop()
                fresh = generation == grant.generation and now - since < _IDLE_SECONDS
                if fresh and not connection.dropped:
                    found = connection
                else:
                    stale.append(connection)
        for connection in stale:
            connection.close()
        if found is not None:
            found.use(stop)
        return found

    def _put_back(self, connection: Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _IDLE_CONNECTIONS:
                self._idle.append((time.monotonic(), connection.generation, connection))
                return
        connection.close()

    def _target_for(self, grant: Grant) -> Target:
        url, info = self._url, self._info
        host = url.hostname or ""
        return Target(
            host=host,
            port=url.port or (443 if url.scheme == "https" else 80),
            tls=self._context(grant) if url.scheme == "https" else None,
            server_name=info.tls_server_name or host,
            proxy=proxy_for(url, info.proxy_url),
        )

    def _context(self, grant: Grant) -> ssl.SSLContext:
        with self._lock:
            if self._tls is not None and self._tls[0] == grant.generation:
                return self._tls[1]
        context = client_context(
            ca=authority(self._info),
            insecure=self._info.insecure,
            certificate=grant.certificate,
            key=grant.key,
        )
        with self._lock:
            self._tls = (grant.generation, context)
        return context


def status_error(document: bytes) -> ApiError | None:
    """The error in a Status object (as in a watch's ERROR event), or None when it is not one."""
    try:
        status = msgspec.json.decode(document, type=_Status)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return (
        api_error(status.code or 0, status.reason or "", status.message or "")
        if status.kind == "Status"
        else None
    )


def _exchange_over(
    connection: Connection, request: _Request, grant: Grant, stop: Stop
) -> http.client.HTTPResponse:
    try:
        with stop.waking(connection.abort):
            connection.set_timeout(request.timeout)
            connection.putrequest(request.method, request.target, skip_accept_encoding=True)
            connection.putheader("User-Agent", _USER_AGENT)
            for name, value in (*request.headers.items(), *grant.headers):
                connection.putheader(name, value)
            if request.body is not None:
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body)
            return connection.getresponse()
    except BaseException:
        connection.close()
        raise


@contextmanager
def _causes(stop: Stop, server: str) -> Iterator[None]:
    """Causes in place of whatever the sockets raise; Stopped when that was the cause."""
    try:
        yield
    except KubeError:
        stop.check()
        raise
    except ssl.SSLCertVerificationError as error:
        stop.check()
        raise ConnectionLost(f"the certificate of {server} is not trusted: {error.verify_message}") from None
    except TimeoutError as error:
        stop.check()
        raise Silent(f"{server} does not answer: {error or 'timed out'}") from None
    except (OSError, http.client.HTTPException, EOFError, zlib.error) as error:
        stop.check()
        text = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ConnectionLost(f"the connection to {server} failed: {redact(text)}") from None


def _refusal(answer: Answer, server: str) -> KubeError:
    """Why there is no answer: the server's error, or what stands between."""
    if answer.status < 400:
        return BadAnswer(f"{server} redirects elsewhere: a login page or proxy stands in between")
    retry_after: float | None = None
    value = answer.headers.get("retry-after", "")
    if value.isdigit():
        retry_after = float(value)
    try:
        status = msgspec.json.decode(answer.body, type=_Status)
    except (msgspec.MsgspecError, UnicodeError):
        status = _Status()
    message = redact(status.message or "")[:500]
    return api_error(answer.status, status.reason or "", message or _plain_words(answer), retry_after)


def _plain_words(answer: Answer) -> str:
    """For an error that is no Status: what stands between (an aggregator, a load balancer) gives its reason in text."""
    words = f"the server answered {answer.status} {http.client.responses.get(answer.status, '')}".rstrip()
    said = ""
    if answer.headers.get("content-type", "").startswith("text/plain"):
        said = " ".join(answer.body[:_MOST_SAID].decode("utf-8", "replace").split())
    return f"{words}: {redact(said)}" if said and said.isprintable() else words


def _check_json(headers: Mapping[str, str], server: str) -> None:
    content_type = headers.get("content-type", JSON)
    if "html" in content_type:
        raise BadAnswer(
            f"{server} answered with a web page, not with Kubernetes objects: a login page or proxy?"
        )


def _decoded(data: bytes, response: http.client.HTTPResponse) -> bytes:
    return gzip.decompress(data) if response.headers.get("Content-Encoding") == "gzip" else data


def _lower(headers: http.client.HTTPMessage) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _target(prefix: str, path: str, query: Mapping[str, str] | None) -> str:
    words = {name: value for name, value in (query or {}).items() if value}
    return quote(prefix.rstrip("/") + path, safe="/:%") + (f"?{urlencode(words)}" if words else "")
