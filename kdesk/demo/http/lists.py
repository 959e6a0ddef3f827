"""Answering lists: pages out of one snapshot, in slices, so that a list of 100,000 objects holds nobody up."""

from __future__ import annotations

import asyncio
import base64
import binascii
import zlib
from collections import OrderedDict
from collections.abc import Iterator

import msgspec
from aiohttp import web

from kdesk.demo.objects import errors
from kdesk.demo.objects.cluster import Cluster, Served
from kdesk.demo.objects.forms import Form
from kdesk.demo.objects.selectors import Selector
from kdesk.demo.objects.store import Record
from kdesk.demo.objects.values import Object

_SLICE = 500
_GZIP_FROM = 128 * 1024
_GZIP_LEVEL = 1
_SNAPSHOTS = 16
_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You must start a new list without the continue parameter."
)


_Snapshot = tuple[str, str, str, int]
"""Which list it was: resource, namespace, selector and version."""


class Query(msgspec.Struct, frozen=True):
    """The list parameters of a request, as they came."""

    limit: int = 0
    continue_token: str = ""
    version: str = ""
    match: str = ""


class _Token(msgspec.Struct):
    """Where the next page begins: in which snapshot, after which key."""

    v: str
    rv: int
    start: str


class Lister:
    """Lists of one cluster. It keeps the snapshots that unfinished paged lists still read from."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._snapshots: OrderedDict[_Snapshot, list[Record]] = OrderedDict()

    def page(
        self, served: Served, namespace: str, selector: Selector, query: Query
    ) -> tuple[list[Record], Object]:
        """The records of one page and the list's metadata. Raises ApiError 400, 410 or 504."""
        after = ""
        if query.continue_token:
            if query.version:
                words = "specifying resource version is not allowed when using continue"
                raise errors.bad_request(words)
            token = _read_token(query.continue_token)
            version, after = token.rv, token.start
        else:
            version = self._check_version(query)
        snapshot = (served.collection.resource, namespace, selector.text, version)
        if query.continue_token:
            found = self._snapshots.get(snapshot)
            if found is None:
                raise errors.expired(_TOO_OLD)
            records = found
        else:
            records = served.collection.select(namespace)
            if not selector.empty:
                records = [item for item in records if selector.matches(item.labels, _fields(item))]
        start = _first_after(records, after)
        end = start + query.limit if query.limit else len(records)
        metadata: Object = {"resourceVersion": str(version)}
        if end < len(records):
            self._keep(snapshot, records)
            metadata["continue"] = _write_token(version, records[end - 1].key)
            if selector.empty:
                metadata["remainingItemCount"] = len(records) - end
        return records[start:end], metadata

    def _check_version(self, query: Query) -> int:
        current = self._cluster.versions.current
        if query.match and not query.version:
            words = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
            raise errors.invalid("ListOptions", "meta.k8s.io", "", "resourceVersionMatch", words)
        if not query.version.isdigit():
            if query.version:
                raise errors.bad_request(f"Invalid value: {query.version!r}: not a resource version")
            return current
        asked = int(query.version)
        if asked > current:
            raise errors.version_too_large(asked, current)
        if query.match == "Exact" and asked != current:
            raise errors.expired(f"The resourceVersion for the provided list is too old: {asked}")
        return current

    def _keep(self, key: _Snapshot, records: list[Record]) -> None:
        self._snapshots[key] = records
        self._snapshots.move_to_end(key)
        while len(self._snapshots) > _SNAPSHOTS:
            self._snapshots.popitem(last=False)


async def send(
    request: web.Request, form: Form, records: list[Record], metadata: Object, now: int
) -> web.StreamResponse:
    """Writes a list. A small one goes out whole, a big one in slices, compressed if the client accepts that."""
    head, tail = form.list_ends(metadata)
    slices = _slices(form, records, now)
    first = head + next(slices, b"")
    compress = "gzip" in request.headers.get("Accept-Encoding", "")
    if len(records) <= _SLICE and (not compress or len(first) < _GZIP_FROM):
        return web.Response(body=first + tail, content_type="application/json")
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.enable_chunked_encoding()
    squeeze = None
    if compress:
        response.headers["Content-Encoding"] = "gzip"
        squeeze = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    await response.prepare(request)
    piece: bytes | None = first
    while piece is not None:
        if squeeze is not None:
            # zlib lets go of the interpreter lock: other connections are served meanwhile.
            piece = await asyncio.to_thread(squeeze.compress, piece)
        if piece:
            await response.write(piece)
        await asyncio.sleep(0)
        piece = next(slices, None)
    await response.write(squeeze.compress(tail) + squeeze.flush() if squeeze else tail)
    await response.write_eof()
    return response


def _slices(form: Form, records: list[Record], now: int) -> Iterator[bytes]:
    for start in range(0, len(records), _SLICE):
        items = [form.item(record, now) for record in records[start : start + _SLICE]]
        yield (b"," if start else b"") + b",".join(items)


def _first_after(records: list[Record], key: str) -> int:
    if not key:
        return 0
    low, high = 0, len(records)
    while low < high:
        middle = (low + high) // 2
        if records[middle].key <= key:
            low = middle + 1
        else:
            high = middle
    return low


def _fields(record: Record) -> dict[str, str]:
    return {"metadata.name": record.name, "metadata.namespace": record.namespace, **record.fields}


def _write_token(version: int, key: str) -> str:
    token = msgspec.json.encode(_Token("meta.k8s.io/v1", version, key))
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def _read_token(text: str) -> _Token:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=_Token)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as problem:
        raise errors.bad_request("continue key is not valid: the token cannot be decoded") from problem
