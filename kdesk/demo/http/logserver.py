"""Answering `pods/NAME/log`: the log so far, and with `follow` each new line as its time comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec
from aiohttp import web

from kdesk.demo.http import podlogs
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.errors import ApiError, bad_request
from kdesk.demo.objects.store import Record
from kdesk.demo.objects.values import Object, seconds_of

_TRUE = ("true", "1")
_FOLLOW_STEP_S = 0.4
_PREVIOUS_RUN_S = 90.0

Line = tuple[float, str]


class LogQuery(msgspec.Struct, frozen=True):
    """The parameters of a log request; -1 stands for *not given*, times are Unix seconds."""

    container: str
    follow: bool
    previous: bool
    timestamps: bool
    tail: int
    limit_bytes: int
    since: float


async def serve_log(request: web.Request, cluster: Cluster, record: Record) -> web.StreamResponse:
    """Raises ApiError 400 when the container is not known, not named, or has not started."""
    pod = record.object()
    query = _query(request, cluster, pod)
    started = podlogs.running_since(pod, query.container)
    if started is None:
        why = "ContainerCreating" if pod["spec"].get("nodeName") else "PodScheduling"
        words = f'container "{query.container}" in pod "{record.name}" is waiting to start: {why}'
        raise ApiError(400, "BadRequest", words)
    now = cluster.clock()
    shown = _so_far(record.uid, pod, query, started, now)
    if query.tail >= 0:
        shown = shown[len(shown) - min(query.tail, len(shown)) :]
    body = _text(shown, query.timestamps)
    if query.limit_bytes >= 0:
        body = body[: query.limit_bytes]
    if not query.follow or query.previous:
        return web.Response(body=body, content_type="text/plain")
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(body)
    await _follow(response, cluster, record, query, now)
    return response


def _so_far(uid: str, pod: Object, query: LogQuery, started: float, now: float) -> list[Line]:
    ended = podlogs.ended_at(pod, query.container)
    if query.previous:
        restarts = {entry["name"]: entry for entry in pod["status"].get("containerStatuses") or ()}
        if not restarts.get(query.container, {}).get("restartCount"):
            name = pod["metadata"]["name"]
            words = f'previous terminated container "{query.container}" in pod "{name}" not found'
            raise ApiError(400, "BadRequest", words)
        first = started - _PREVIOUS_RUN_S
        shown = list(podlogs.lines(uid, query.container, first, query.since, started))
        return shown + podlogs.crash(started)
    until = ended[0] if ended else now
    shown = list(podlogs.lines(uid, query.container, started, query.since, until))
    return shown + (podlogs.crash(until) if ended and ended[1] else [])


async def _follow(
    response: web.StreamResponse, cluster: Cluster, record: Record, query: LogQuery, since: float
) -> None:
    """Ends when the pod is gone or the container's run is over, as a kubelet's stream does."""
    while True:
        await asyncio.sleep(_FOLLOW_STEP_S)
        current = cluster["pods"].records.get(record.key)
        if current is None or current.uid != record.uid:
            return
        pod = current.object()
        started, ended = podlogs.running_since(pod, query.container), podlogs.ended_at(pod, query.container)
        until = ended[0] if ended else cluster.clock()
        if started is not None and until > since:
            fresh = list(podlogs.lines(record.uid, query.container, started, since, until))
            if fresh:
                await response.write(_text(fresh, query.timestamps))
            since = until
        if ended:
            await response.write(_text(podlogs.crash(until), query.timestamps) if ended[1] else b"")
            return


def _query(request: web.Request, cluster: Cluster, pod: Object) -> LogQuery:
    given, name = request.query, pod["metadata"]["name"]
    known = [container["name"] for container in pod["spec"]["containers"]]
    container = given.get("container", "")
    if not container and len(known) > 1:
        listed = " ".join(known)
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{listed}]")
    if container and container not in known:
        raise bad_request(f"container {container} is not valid for pod {name}")
    since = -1.0
    try:
        if given.get("sinceSeconds"):
            since = cluster.clock() - int(given["sinceSeconds"])
        elif given.get("sinceTime"):
            since = float(seconds_of(given["sinceTime"]))
        tail, limit = int(given.get("tailLines", -1)), int(given.get("limitBytes", -1))
    except ValueError as problem:
        raise bad_request(f"log options: {problem}") from problem
    return LogQuery(
        container=container or known[0],
        follow=given.get("follow") in _TRUE,
        previous=given.get("previous") in _TRUE,
        timestamps=given.get("timestamps") in _TRUE,
        tail=tail,
        limit_bytes=limit,
        since=since,
    )


def _text(shown: Iterable[Line], timestamps: bool) -> bytes:
    texts = [podlogs.stamped(moment, text) if timestamps else text for moment, text in shown]
    return "".join(text + "\n" for text in texts).encode()
