"""Answering watches. A watch is a position in the list of changes of its collection; it has no queue of its own.

All watches with the same form and selector that stand at the same place share the bytes they send. One that is slower
than the changes come in is not buffered for: when the history has passed it by, it is cut off, as a real server does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
from aiohttp import web

from kdesk.demo.objects import errors
from kdesk.demo.objects.cluster import Cluster, Served
from kdesk.demo.objects.forms import Form
from kdesk.demo.objects.selectors import Selector
from kdesk.demo.objects.store import Event, Record

_BATCH = 1000
_SLICE = 500
_MIN_TIMEOUT_S = 1800
_OPENING = {"ADDED": b'{"type":"ADDED","object":', "MODIFIED": b'{"type":"MODIFIED","object":'}
_OPENING |= {"DELETED": b'{"type":"DELETED","object":', "BOOKMARK": b'{"type":"BOOKMARK","object":'}
_encode = msgspec.json.Encoder().encode


class WatchQuery(msgspec.Struct, frozen=True):
    """The watch parameters of a request."""

    version: str = ""
    match: str = ""
    timeout_s: int = 0
    bookmarks: bool = False
    send_initial: bool | None = None


class Watch:
    """One watch request, from the first byte to the end of the connection."""

    def __init__(
        self,
        cluster: Cluster,
        served: Served,
        form: Form,
        selector: Selector,
        namespace: str,
        bookmark_s: float,
    ) -> None:
        """`bookmark_s`: seconds between bookmarks, for a client that asked for them."""
        self._cluster = cluster
        self._collection = served.collection
        self._form = form
        self._selector = selector
        self._prefix = f"{namespace}/" if namespace else ""
        self._bookmark_s = bookmark_s
        self._first = True

    async def serve(self, request: web.Request, query: WatchQuery) -> web.StreamResponse:
        """Streams until the client goes, the time is up or the resource is no longer served.

        Raises ApiError 400 or 422 for parameters that contradict each other, before anything is sent.
        """
        initial, version = self._start(query)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        position = self._collection.end if initial else self._collection.position_after(version)
        if position is None:
            await response.write(self._too_old(version))
            return response
        if initial:
            await self._send_initial(response, query)
        else:
            # The headers go out at once even when there is nothing to tell yet.
            await response.write(b"")
        waiter = asyncio.Event()
        self._collection.subscribe(waiter)
        try:
            await self._follow(response, waiter, position, version, query)
        finally:
            self._collection.unsubscribe(waiter)
        return response

    def _start(self, query: WatchQuery) -> tuple[bool, int]:
        """Whether the present state is sent first, and the version that the changes follow."""
        if query.send_initial is not None:
            if query.match != "NotOlderThan":
                words = (
                    "resourceVersionMatch is required when sendInitialEvents is set, and must be NotOlderThan"
                )
                raise errors.invalid(
                    "ListOptions", "meta.k8s.io", "", "resourceVersionMatch", f"Forbidden: {words}"
                )
        elif query.match:
            words = (
                "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            )
            raise errors.invalid("ListOptions", "meta.k8s.io", "", "resourceVersionMatch", words)
        if query.version in ("", "0"):
            return query.send_initial is not False, self._cluster.versions.current
        if not query.version.isdigit():
            raise errors.bad_request(f"Invalid value: {query.version!r}: not a resource version")
        return query.send_initial is True, int(query.version)

    async def _send_initial(self, response: web.StreamResponse, query: WatchQuery) -> None:
        namespace = self._prefix.removesuffix("/")
        version = self._cluster.versions.current
        records = [item for item in self._collection.select(namespace) if self._wants(item)]
        now = int(self._cluster.clock())
        for start in range(0, len(records), _SLICE):
            part = records[start : start + _SLICE]
            await response.write(b"".join(self._event("ADDED", record, now) for record in part))
            await asyncio.sleep(0)
        if query.send_initial and query.bookmarks:
            await response.write(self._bookmark(version, True))

    async def _follow(
        self,
        response: web.StreamResponse,
        waiter: asyncio.Event,
        position: int,
        version: int,
        query: WatchQuery,
    ) -> None:
        loop, collection = asyncio.get_running_loop(), self._collection
        length = query.timeout_s or self._cluster.random.uniform(_MIN_TIMEOUT_S, 2 * _MIN_TIMEOUT_S)
        ends = loop.time() + length
        next_bookmark = loop.time() + self._bookmark_s if query.bookmarks else ends
        while position >= collection.first:
            now = loop.time()
            if position < collection.end:
                until = min(collection.end, position + _BATCH)
                chunk = self._chunk(position, until, version)
                position = until
                if chunk:
                    await response.write(chunk)
            elif collection.closed or now >= ends:
                return
            elif now >= next_bookmark:
                # Everything up to the present version of the cluster has been sent on this watch.
                await response.write(self._bookmark(self._cluster.versions.current, False))
                next_bookmark = now + self._bookmark_s
            else:
                waiter.clear()
                await _wait(waiter, min(ends, next_bookmark) - now)

    def _chunk(self, position: int, until: int, version: int) -> bytes:
        """The events between two positions; shared, except for the first, which brings the column definitions."""
        if self._first:
            return b"".join(self._encoded(position, until, version))
        key = (self._form.key, self._selector.text, self._prefix, position, until)
        return self._collection.chunk(key, lambda: b"".join(self._encoded(position, until, 0)))

    def _encoded(self, position: int, until: int, version: int) -> Iterator[bytes]:
        now, first = int(self._cluster.clock()), self._collection.first
        for event in self._collection.events[position - first : until - first]:
            kind = self._seen_as(event)
            if kind and event.record.version > version:
                # What leaves the selection is shown as it was, with the version at which it left.
                left = kind == "DELETED" and event.type == "MODIFIED"
                yield self._event(kind, _left(event) if left else event.record, now)

    def _seen_as(self, event: Event) -> str:
        """The type of an event for this watch, `""` for none: a change may bring an object in or take it out."""
        if not event.record.key.startswith(self._prefix):
            return ""
        if self._selector.empty:
            return event.type
        was = event.previous is not None and self._wants(event.previous)
        if event.type == "DELETED":
            return "DELETED" if was else ""
        wanted = self._wants(event.record)
        if wanted:
            return "MODIFIED" if was else "ADDED"
        return "DELETED" if was else ""

    def _wants(self, record: Record) -> bool:
        if self._selector.empty:
            return True
        names = {"metadata.name": record.name, "metadata.namespace": record.namespace}
        return self._selector.matches(record.labels, names | record.fields)

    def _event(self, kind: str, record: Record, now: int) -> bytes:
        headers, self._first = self._first, False
        return b"%b%b}\n" % (_OPENING[kind], self._form.one(record, now, headers))

    def _bookmark(self, version: int, initial_events_end: bool) -> bytes:
        headers, self._first = self._first, False
        return b"%b%b}\n" % (_OPENING["BOOKMARK"], self._form.bookmark(version, initial_events_end, headers))

    def _too_old(self, version: int) -> bytes:
        oldest = self._collection.oldest_version
        status = errors.expired(f"too old resource version: {version} ({oldest})").status()
        return b'{"type":"ERROR","object":%b}\n' % _encode(status)


def _left(event: Event) -> Record:
    if event.previous is None:
        return event.record
    return msgspec.structs.replace(event.previous, version=event.record.version)


async def _wait(waiter: asyncio.Event, seconds: float) -> None:
    """Until something happens, but no longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await waiter.wait()
    except TimeoutError:
        return
