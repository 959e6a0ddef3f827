"""The HTTP side of one cluster: from a request's path and headers to an answer in the form asked for."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import msgspec
from aiohttp import web

from kdesk.demo.http import discovery, protobuf, reviews
from kdesk.demo.http.lists import Lister, Query, send
from kdesk.demo.http.logserver import serve_log
from kdesk.demo.http.watches import Watch, WatchQuery
from kdesk.demo.objects import errors
from kdesk.demo.objects.cluster import Cluster, Served, selectable_fields
from kdesk.demo.objects.errors import ApiError
from kdesk.demo.objects.forms import Form, negotiate
from kdesk.demo.objects.kinds import REVIEWS
from kdesk.demo.objects.operations import CLIENT, DeleteOptions, Operations, WriteOptions
from kdesk.demo.objects.selectors import Selector
from kdesk.demo.objects.store import Record
from kdesk.demo.objects.values import Object

_JSON = "application/json"
_MAX_BODY = 16 * 1024 * 1024
_TRUE = ("true", "1", "True", "t", "TRUE")
_PREFIX_PARTS = {"api": 2, "apis": 3}


class Target(msgspec.Struct, frozen=True):
    """What a path names. `name` and `subresource` are empty for a collection."""

    group: str
    version: str
    namespace: str
    plural: str
    name: str = ""
    subresource: str = ""


class Api:
    """Answers all requests to one cluster."""

    def __init__(self, cluster: Cluster, token: str, bookmark_s: float) -> None:
        self._cluster = cluster
        self._token = token
        self._bookmark_s = bookmark_s
        self._lister = Lister(cluster)
        self._operations = Operations(cluster)

    def application(self) -> web.Application:
        """The aiohttp application; one route takes every path."""
        application = web.Application(client_max_size=_MAX_BODY)
        application.router.add_route("*", "/{path:.*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            self._authenticate(request)
            return await self._route(request)
        except ApiError as problem:
            return _json(problem.status(), problem.code)
        except ConnectionError:
            # The client went away in the middle of an answer; there is nobody left to tell.
            return web.Response()

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            token.strip().encode(), self._token.encode()
        ):
            raise errors.unauthorized()

    async def _route(self, request: web.Request) -> web.StreamResponse:
        parts = [part for part in request.path.split("/") if part]
        root = parts[0] if parts else ""
        if root in _PREFIX_PARTS and len(parts) > _PREFIX_PARTS[root]:
            return await self._resource(request, _target(parts))
        if request.method != "GET":
            raise errors.method_not_allowed()
        if root in ("healthz", "livez", "readyz"):
            return web.Response(text="ok")
        document = self._document(request, parts)
        if document is None:
            raise errors.no_such_path()
        return _cacheable(request, *document)

    def _document(self, request: web.Request, parts: list[str]) -> tuple[Object, str] | None:
        """A document about the server itself and its media type; None for an unknown path."""
        found: Object | None = None
        wants_aggregated = "as=APIGroupDiscoveryList" in request.headers.get("Accept", "").replace(" ", "")
        match parts:
            case ["version"]:
                found = discovery.version()
            case ["api"] if wants_aggregated:
                return discovery.aggregated(self._cluster, core=True), discovery.AGGREGATED
            case ["apis"] if wants_aggregated:
                return discovery.aggregated(self._cluster, core=False), discovery.AGGREGATED
            case ["api"]:
                found = discovery.core_versions(request.host)
            case ["apis"]:
                found = discovery.groups(self._cluster)
            case ["api", version]:
                found = discovery.resources(self._cluster, "", version)
            case ["apis", group]:
                found = discovery.group(self._cluster, group)
            case ["apis", group, version]:
                found = discovery.resources(self._cluster, group, version)
            case ["openapi", "v3"]:
                found = discovery.open_api_index(self._cluster)
            case ["openapi", "v3", "api", version]:
                found = discovery.open_api(self._cluster, "", version)
            case ["openapi", "v3", "apis", group, version]:
                found = discovery.open_api(self._cluster, group, version)
            case []:
                found = {"paths": ["/api", "/apis", "/openapi/v3", "/version"]}
        return (found, _JSON) if found is not None else None

    async def _resource(self, request: web.Request, target: Target) -> web.StreamResponse:
        if any((kind.group, kind.plural) == (target.group, target.plural) for kind in REVIEWS):
            if request.method != "POST" or target.name:
                raise errors.method_not_allowed()
            return _json(reviews.answer(target.plural, await _body(request)), 201)
        served = self._cluster.served.get((target.group, target.version, target.plural))
        if served is None or (target.namespace and not served.kind.namespaced):
            raise errors.no_such_path()
        if target.subresource and target.subresource not in served.kind.subresources:
            raise errors.no_such_path()
        if target.name and served.kind.namespaced and not target.namespace:
            raise errors.no_such_path()
        if target.subresource == "log":
            return await serve_log(request, self._cluster, self._operations.read(served, *_key(target)))
        if target.subresource == "scale":
            return await self._scale(request, served, target)
        form = served.form(
            negotiate(request.headers.get("Accept", ""), request.query.get("includeObject", ""))
        )
        handler = (_ONE if target.name else _MANY).get(request.method)
        if handler is None or (handler is Api._delete_all and "deletecollection" not in served.kind.verbs):
            raise errors.method_not_allowed()
        return await handler(self, request, served, target, form)

    async def _list_or_watch(
        self, request: web.Request, served: Served, target: Target, form: Form
    ) -> web.StreamResponse:
        query = request.query
        selector = self._selector(request, served)
        if query.get("watch") in _TRUE:
            initial = query.get("sendInitialEvents")
            watch = Watch(self._cluster, served, form, selector, target.namespace, self._bookmark_s)
            asked = WatchQuery(
                version=query.get("resourceVersion", ""),
                match=query.get("resourceVersionMatch", ""),
                timeout_s=_number(request, "timeoutSeconds"),
                bookmarks=query.get("allowWatchBookmarks") in _TRUE,
                send_initial=None if initial is None else initial in _TRUE,
            )
            return await watch.serve(request, asked)
        asked_list = Query(
            limit=_number(request, "limit"),
            continue_token=query.get("continue", ""),
            version=query.get("resourceVersion", ""),
            match=query.get("resourceVersionMatch", ""),
        )
        records, metadata = self._lister.page(served, target.namespace, selector, asked_list)
        return await send(request, form, records, metadata, int(self._cluster.clock()))

    async def _get(
        self, request: web.Request, served: Served, target: Target, form: Form
    ) -> web.StreamResponse:
        return self._one(form, self._operations.read(served, *_key(target)))

    async def _create(
        self, request: web.Request, served: Served, target: Target, form: Form
    ) -> web.StreamResponse:
        if served.kind.namespaced and not target.namespace:
            raise errors.method_not_allowed()
        item = await _body(request)
        record = self._operations.create(served, target.namespace, item, _write_options(request))
        return self._one(form, record, 201)

    async def _replace(
        self, request: web.Request, served: Served, target: Target, form: Form
    ) -> web.StreamResponse:
        item = await _body(request)
        record = self._operations.replace(
            served, *_key(target), item, target.subresource, _write_options(request)
        )
        return self._one(form, record)

    async def _patch(
        self, request: web.Request, served: Served, target: Target, form: Form
    ) -> web.StreamResponse:
        patch = _parsed(await request.read())
        record = self._operations.patch(
            served, *_key(target), request.content_type, patch, target.subresource, _write_options(request)
        )
        return self._one(form, record)

    async def _delete(
        self, request: web.Request, served: Served, target: Target, form: Form
    ) -> web.StreamResponse:
        options = await _delete_options(request)
        record, gone = self._operations.delete(served, *_key(target), options)
        if not gone or served.kind.resource == "pods":
            return self._one(form, record)
        kind = served.kind
        details = {"name": record.name, "kind": kind.plural, "uid": record.uid}
        details |= {"group": kind.group} if kind.group else {}
        done = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        return _json(done | {"details": details}, 200)

    async def _delete_all(
        self, request: web.Request, served: Served, target: Target, form: Form
    ) -> web.StreamResponse:
        options = await _delete_options(request)
        selector = self._selector(request, served)
        records, metadata = self._lister.page(served, target.namespace, selector, Query())
        for record in records:
            if record.key in served.collection.records:
                self._operations.delete(served, record.namespace, record.name, options)
        return await send(request, form, records, metadata, int(self._cluster.clock()))

    async def _scale(self, request: web.Request, served: Served, target: Target) -> web.StreamResponse:
        change = None
        if request.method == "PUT":
            wanted = await _body(request)
            change = lambda _: wanted  # noqa: E731
        elif request.method == "PATCH":
            patch, media = _parsed(await request.read()), request.content_type
            change = lambda scale: reviews.patched_scale(media, scale, patch)  # noqa: E731
        elif request.method != "GET":
            raise errors.method_not_allowed()
        scale = self._operations.scale(served, *_key(target), change, _write_options(request))
        return _json(scale, 200)

    def _one(self, form: Form, record: Record, code: int = 200) -> web.Response:
        body = form.one(record, int(self._cluster.clock()))
        return web.Response(body=body + b"\n", status=code, content_type=_JSON)

    def _selector(self, request: web.Request, served: Served) -> Selector:
        query = request.query
        known = selectable_fields(served.collection.resource)
        return Selector(query.get("labelSelector", ""), query.get("fieldSelector", ""), known)


_ONE = {"GET": Api._get, "PUT": Api._replace, "PATCH": Api._patch, "DELETE": Api._delete}
_MANY = {"GET": Api._list_or_watch, "POST": Api._create, "DELETE": Api._delete_all}


def _target(parts: list[str]) -> Target:
    """Reads a resource path. Raises ApiError 404 for one of another shape."""
    group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], parts[2])
    rest, namespace = parts[_PREFIX_PARTS[parts[0]] :], ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    if len(rest) > 3:
        raise errors.no_such_path()
    return Target(group, version, namespace, *rest)


def _key(target: Target) -> tuple[str, str]:
    return target.namespace, target.name


def _json(document: Object, code: int, media_type: str = _JSON) -> web.Response:
    body = msgspec.json.encode(document) + b"\n"
    return web.Response(body=body, status=code, headers={"Content-Type": media_type})


def _cacheable(request: web.Request, document: Object, media_type: str) -> web.Response:
    response = _json(document, 200, media_type)
    tag = '"' + hashlib.sha256(response.body or b"").hexdigest().upper() + '"'  # type: ignore[arg-type]
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    response.headers["Vary"] = "Accept"
    return response


async def _body(request: web.Request) -> Object:
    if request.content_type == protobuf.MEDIA_TYPE:
        return protobuf.decode(await request.read())
    if request.content_type not in (_JSON, "application/octet-stream"):
        raise errors.unsupported_media_type(request.content_type, f"{_JSON}, {protobuf.MEDIA_TYPE}")
    item = _parsed(await request.read())
    if not isinstance(item, dict):
        raise errors.bad_request("the object provided is unrecognized: it is not a JSON object")
    return item


def _parsed(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as problem:
        raise errors.bad_request(f"error decoding the body: {problem}") from problem


async def _delete_options(request: web.Request) -> DeleteOptions:
    given = await _body(request) if request.can_read_body else {}
    if not isinstance(given, dict):
        raise errors.bad_request("DeleteOptions: not an object")
    grace = given.get("gracePeriodSeconds", request.query.get("gracePeriodSeconds"))
    wanted = given.get("preconditions") or {}
    return DeleteOptions(
        grace_s=None if grace is None else int(grace),
        propagation=given.get("propagationPolicy") or request.query.get("propagationPolicy", ""),
        uid=wanted.get("uid") or "",
        version=wanted.get("resourceVersion") or "",
        dry_run=bool(given.get("dryRun")) or _dry_run(request),
    )


def _dry_run(request: web.Request) -> bool:
    return request.query.get("dryRun", "") == "All"


def _write_options(request: web.Request) -> WriteOptions:
    """The field manager is what the client says, else the program's name, as a real server decides."""
    agent = request.headers.get("User-Agent", "").partition("/")[0]
    return WriteOptions(_dry_run(request), request.query.get("fieldManager") or agent or CLIENT)


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "0")
    if not text.isdigit():
        raise errors.bad_request(f'{name}: Invalid value: "{text}": must be a non-negative integer')
    return int(text)
