"""One connection of a scripted API server: read a request, answer it rightly, or as the script says."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import threading
import time
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tests.fakes import documents
from tests.fakes.cluster import Cluster, Event, as_seen, object_key, selected
from tests.fakes.faults import (
    CONTINUE_EXPIRED,
    EXPIRED,
    FORBIDDEN,
    JSON,
    NOT_SERVED,
    UNAUTHORIZED,
    Action,
    Answer,
    Break,
    Hold,
    Lines,
    PlainObjects,
    Rewrite,
    Shape,
    error_line,
    event_line,
    refuse,
    rewritten,
)
from tests.fakes.wire import Body, Ended, Request, Wire, classify, read_head

if TYPE_CHECKING:
    from tests.fakes.kinds import ServedKind

_GZIP_FROM = 128 * 1024  # as the real server


@dataclass
class Switches:
    """What holds for every request, until the test changes it.

    ``tokens``: bearer tokens that are accepted (None: no login needed); ``denied``: (resource label,
    namespace, "" all) that answer 403; ``tables`` and ``aggregated``: whether the server knows those forms;
    ``stale_groups`` are listed without resources; ``gone_in_stream``: whether a watch from an expired version
    learns it inside the stream.
    """

    tokens: set[str] | None = None
    denied: set[tuple[str, str]] = field(default_factory=set)
    tables: bool = True
    aggregated: bool = True
    stale_groups: tuple[str, ...] = ()
    gone_in_stream: bool = True


@dataclass
class Feed:
    """A running watch. ``injected`` lines go out as they are (None: a bookmark); ``ending``: how it ends."""

    request: Request
    version: int
    injected: deque[bytes | None] = field(default_factory=deque)
    ending: str = ""

    @property
    def wants_bookmarks(self) -> bool:
        return self.request.query.get("allowWatchBookmarks") in ("1", "true")


class Host(Protocol):
    """What a conversation needs of its server."""

    cluster: Cluster
    kinds: list[ServedKind]
    switches: Switches

    def note(self, request: Request) -> Action | None: ...
    def follow(self, feed: Feed) -> None: ...
    def unfollow(self, feed: Feed) -> None: ...


class Conversation:
    """The requests of one connection, one after the other."""

    def __init__(self, host: Host, sock: socket.socket, number: int, stopped: threading.Event) -> None:
        self._host = host
        self._sock = sock
        self._number = number
        self._stopped = stopped
        self._wire = Wire(sock, stopped)

    def run(self) -> None:
        """Until the client leaves, the server stops or the script ends the connection. Raises OSError."""
        with self._sock.makefile("rb") as stream:
            while not self._stopped.is_set():
                head = read_head(stream)
                if head is None:
                    return
                method, path, query, headers = head
                told = classify(path, query)
                request = Request(time.monotonic(), self._number, method, path, query, headers, *told)
                try:
                    self._respond(request, self._host.note(request))
                except Ended as ended:
                    self._wire.end(ended.how)
                    return
                if headers.get("connection", "").lower() == "close":
                    return

    def _respond(self, request: Request, action: Action | None) -> None:
        if isinstance(action, Break) and action.at == "answer":
            raise Ended(action.how)
        if isinstance(action, Hold):
            self._wire.wait(until=action.until)
        if isinstance(action, Answer):
            return self._send(action, request, None)
        refused = self._refusal(request)
        if refused is not None:
            return self._send(refused, request, action)
        if request.verb == "watch":
            return self._watch(request, action)
        answer = self._document(request, plain=isinstance(action, PlainObjects))
        if isinstance(answer, Answer):
            return self._send(answer, request, action)
        if isinstance(action, Rewrite):
            answer = rewritten(answer, action)
        return self._send(Answer(200, json.dumps(answer).encode()), request, action)

    def _refusal(self, request: Request) -> Answer | None:
        switches = self._host.switches
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if switches.tokens is not None and token not in switches.tokens:
            return UNAUTHORIZED
        if request.resource and self._kind(request) is None:
            return NOT_SERVED
        denied = {(request.resource, request.namespace), (request.resource, "*")}
        return FORBIDDEN if request.resource and denied & switches.denied else None

    def _kind(self, request: Request) -> ServedKind | None:
        prefix = request.path.split("/")[: 3 if request.path.startswith("/api/") else 4]
        for kind in self._host.kinds:
            if kind.label == request.resource and kind.base == "/".join(prefix):
                return kind
        return None

    def _send(self, answer: Answer, request: Request, action: Action | None) -> None:
        """A whole answer, with its length, or in the shape the script wants."""
        shape = action if isinstance(action, Shape) else None
        broken = action if isinstance(action, Break) else None
        body = answer.body
        headers = {"Content-Type": answer.content_type, **dict(answer.headers)}
        accepts = "gzip" in request.headers.get("accept-encoding", "")
        if (shape is not None and shape.gzip) or (accepts and len(body) >= _GZIP_FROM):
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        if shape is not None and not shape.chunked:
            headers["Connection"] = "close"
        elif shape is not None:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(len(body))
        self._wire.head(answer.status, headers, broken)
        writer = Body(self._wire, chunked="Transfer-Encoding" in headers, shape=shape, broken=broken)
        writer.write(body)
        writer.finish()
        if "Connection" in headers:
            raise Ended("close")

    def _document(self, request: Request, *, plain: bool) -> dict[str, Any] | Answer:
        kinds, switches = self._host.kinds, self._host.switches
        path = request.path.rstrip("/")
        aggregated = switches.aggregated and documents.AGGREGATED in request.headers.get("accept", "")
        if path == "/version":
            return documents.version()
        if path in ("/api", "/apis") and aggregated:
            return documents.aggregated(kinds, core=path == "/api", stale=switches.stale_groups)
        if path == "/api":
            return documents.core_versions()
        if path == "/apis":
            return documents.group_list(kinds)
        if request.verb == "discovery":
            group_version = path.removeprefix("/apis/").removeprefix("/api/")
            return documents.resource_list(kinds, group_version) or NOT_SERVED
        kind = self._kind(request)
        if kind is None:
            return NOT_SERVED
        if request.verb == "get":
            asked = request.query.get("resourceVersion", "")
            if asked.isdigit() and int(asked) > self._host.cluster.version:
                return _too_large(asked, self._host.cluster.version)
            obj = self._host.cluster.get(kind.label, request.name, request.namespace)
            missing = refuse(404, "NotFound", f'{kind.plural} "{request.name}" not found')
            return missing if obj is None else documents.whole(kind, obj)
        return self._list(kind, request, plain=plain)

    def _list(self, kind: ServedKind, request: Request, *, plain: bool) -> dict[str, Any] | Answer:
        query, cluster = request.query, self._host.cluster
        asked = query.get("resourceVersion", "")
        token = query.get("continue", "")
        limit = int(query.get("limit", "0"))
        after = ""
        with cluster.changed:
            version, objects = cluster.snapshot(kind.label, request.namespace)
            if token:
                if asked:
                    return refuse(
                        400, "BadRequest", "specifying resource version is not allowed with continue"
                    )
                at, _, after = base64.b64decode(token).decode().partition(" ")
                if int(at) < cluster.oldest:
                    return CONTINUE_EXPIRED
                version, objects = int(at), cluster.at_version(kind.label, request.namespace, int(at))
            elif asked.isdigit() and int(asked) > version:
                return _too_large(asked, version)
            elif asked not in ("", "0") and query.get("resourceVersionMatch") == "Exact":
                if int(asked) < cluster.oldest:
                    return EXPIRED
                version, objects = int(asked), cluster.at_version(kind.label, request.namespace, int(asked))
        if asked == "0":
            limit = 0  # the watch cache serves it whole
        labels, fields = query.get("labelSelector", ""), query.get("fieldSelector", "")
        left = objects[bisect_right(objects, after, key=object_key) :] if after else objects
        if labels or fields:
            left = [obj for obj in left if selected(obj, labels, fields)]
        page = left[:limit] if limit else left
        meta: dict[str, Any] = {"resourceVersion": str(version)}
        if len(page) < len(left):
            meta["continue"] = base64.b64encode(f"{version} {object_key(page[-1])}".encode()).decode()
            meta["remainingItemCount"] = len(left) - len(page)
        if self._as_table(request) and not plain:
            return documents.table(kind, page, meta, include=query.get("includeObject", "Metadata"))
        return documents.object_list(kind, page, meta)

    def _as_table(self, request: Request) -> bool:
        return self._host.switches.tables and documents.TABLE in request.headers.get("accept", "")

    def _watch(self, request: Request, action: Action | None) -> None:
        kind = self._kind(request)
        if kind is None or "watch" not in kind.verbs:
            return self._send(refuse(405, "MethodNotAllowed", "watch is not supported"), request, action)
        cluster = self._host.cluster
        with cluster.changed:
            asked = int(request.query.get("resourceVersion") or 0)
            oldest = cluster.oldest
        gone = 0 < asked < oldest
        if gone and not self._host.switches.gone_in_stream:
            return self._send(EXPIRED, request, action)
        shape = action if isinstance(action, Shape) else None
        chunked = shape is None or shape.chunked
        broken = action if isinstance(action, Break) else None
        headers = {"Content-Type": JSON}
        headers |= {"Transfer-Encoding": "chunked"} if chunked else {"Connection": "close"}
        self._wire.head(200, headers, broken)
        body = Body(self._wire, chunked=chunked, shape=shape, broken=broken)
        if gone:
            body.write(error_line(410, "Expired", f"too old resource version: {asked} ({oldest})"))
        else:
            self._stream(kind, request, action, body, asked)
        body.finish()
        if not chunked:
            raise Ended("close")
        return None

    def _stream(
        self, kind: ServedKind, request: Request, action: Action | None, body: Body, asked: int
    ) -> None:
        """The events, until the time is over, the client leaves or the test ends it."""
        encode = _Encoder(kind, request, as_table=self._as_table(request) and action != PlainObjects())
        if isinstance(action, Lines):
            for part in [b"".join(action.lines)] if action.joined else action.lines:
                body.write(part)
            if action.then == "close":
                return
            if action.then != "go on":
                raise Ended(action.then)
        feed = Feed(request, asked)
        ends = time.monotonic() + float(request.query.get("timeoutSeconds", "1800"))
        self._host.follow(feed)
        try:
            if asked == 0:
                self._start_whole(kind, feed, encode, body)
            while time.monotonic() < ends:
                if self._wire.left():
                    raise Ended("close")
                for line in self._next_lines(kind, feed, encode):
                    body.write(line)
                if feed.ending == "close":
                    return
                if feed.ending:
                    raise Ended("hang" if feed.ending == "hang" else "reset")
        finally:
            self._host.unfollow(feed)

    def _start_whole(self, kind: ServedKind, feed: Feed, encode: _Encoder, body: Body) -> None:
        """A watch from no version begins with everything there is."""
        feed.version, objects = self._host.cluster.snapshot(kind.label, feed.request.namespace)
        for obj in objects:
            body.write(encode.event(Event(feed.version, "ADDED", obj, None)))

    def _next_lines(self, kind: ServedKind, feed: Feed, encode: _Encoder) -> list[bytes]:
        cluster = self._host.cluster
        with cluster.changed:
            events = cluster.since(kind.label, feed.version)
            if not events and not feed.injected and not feed.ending:
                cluster.changed.wait(0.05)  # then look whether the client is still there
                return []
            # A watch from a version ahead of the server's is told nothing before that is reached: so does the real one.
            feed.version = max(feed.version, cluster.version)
            injected = list(feed.injected)
            feed.injected.clear()
        lines = [encode.event(event) for event in events]
        return lines + [encode.bookmark(feed.version) if line is None else line for line in injected]


class _Encoder:
    """The lines of one watch: plain or Table, column definitions with the first only; b"" for what it may not
    see.
    """

    def __init__(self, kind: ServedKind, request: Request, *, as_table: bool) -> None:
        self._kind = kind
        self._request = request
        self._as_table = as_table
        self._columns = True

    def event(self, event: Event) -> bytes:
        query, namespace = self._request.query, self._request.namespace
        seen = as_seen(event, query.get("labelSelector", ""), query.get("fieldSelector", ""))
        if seen is None or (namespace and event.obj["metadata"].get("namespace") != namespace):
            return b""
        columns, self._columns = self._columns, False
        include = query.get("includeObject", "Metadata")
        obj = documents.watch_object(
            self._kind, seen[1], as_table=self._as_table, columns=columns, include=include
        )
        return event_line(seen[0], obj)

    def bookmark(self, version: int) -> bytes:
        columns, self._columns = self._columns, False
        return event_line(
            "BOOKMARK",
            documents.bookmark(self._kind, str(version), as_table=self._as_table, columns=columns),
        )


def _too_large(asked: str, present: int) -> Answer:
    return refuse(504, "Timeout", f"Timeout: Too large resource version: {asked}, current: {present}")
