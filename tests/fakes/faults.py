"""What a scripted API server does wrong, as data: which requests (``Fault.on``), how often, and what
(``Fault.do``).
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

Ending = Literal["close", "reset", "hang"]
JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """A whole answer instead of the right one."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def refuse(
    code: int, reason: str = "", message: str = "", *, retry_after: int | None = None, text: str | None = None
) -> Answer:
    """An error as the API server words it: a Status object (or the plain ``text`` that proxies and 429s
    carry).
    """
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    if text is not None:
        return Answer(code, text.encode(), "text/plain", headers)
    return Answer(code, json.dumps(status_object(code, reason, message)).encode(), headers=headers)


def status_object(code: int | None, reason: str, message: str) -> dict[str, Any]:
    """A ``v1`` Status of a failure; without a code when ``code`` is None."""
    words = message or reason or f"error {code}"
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": words}
    return status | {"reason": reason} | ({} if code is None else {"code": code})


UNAUTHORIZED = refuse(401, "Unauthorized", "Unauthorized")
FORBIDDEN = refuse(403, "Forbidden", 'pods is forbidden: User "u" cannot list resource "pods"')
NOT_SERVED = refuse(404, text="404 page not found\n")
EXPIRED = refuse(410, "Expired", "too old resource version: 1 (100)")
CONTINUE_EXPIRED = refuse(410, "Expired", "The provided continue parameter is too old to display a list.")
TOO_LARGE = refuse(504, "Timeout", "Timeout: Too large resource version: 999, current: 5")
BROKEN = refuse(500, "InternalError", "etcdserver: request timed out")
UNAVAILABLE = refuse(503, text="service unavailable\n")
LOGIN_PAGE = Answer(
    200, b"<!DOCTYPE html><html><body>Please log in</body></html>", "text/html; charset=utf-8"
)


def throttled(seconds: int, code: int = 429) -> Answer:
    """429 (or 503) with Retry-After, as priority and fairness answers: plain text."""
    return refuse(code, retry_after=seconds, text="Too many requests, please try again later.\n")


@dataclass(frozen=True)
class Break:
    """The connection ends as ``how`` says: before any byte of the answer, in its headers, or after N bytes of
    its body.

    Bytes of the body are counted before chunking, so that a chunk is cut short. ``hang``: nothing more is
    sent until the client leaves.
    """

    how: Ending
    at: Literal["answer", "headers", "body"] = "answer"
    after: int = 0


@dataclass(frozen=True)
class Shape:
    """The right answer in an odd shape.

    ``sizes``: the body is cut into chunks of these many bytes, again and again; ``chunked`` False: neither
    chunks nor a length, the body ends with the connection; ``gzip``: compressed; ``pause_s`` is slept between
    chunks.
    """

    sizes: tuple[int, ...] = ()
    chunked: bool = True
    gzip: bool = False
    pause_s: float = 0.0


@dataclass(frozen=True)
class Rewrite:
    """The right JSON answer with one value replaced; ``path``: ``rows.0.object.metadata.labels``."""

    path: str
    value: Any


@dataclass(frozen=True)
class Lines:
    """A watch that sends these bytes first (in one chunk when ``joined``), then goes on or ends."""

    lines: tuple[bytes, ...]
    then: Literal["go on"] | Ending = "go on"
    joined: bool = False


@dataclass(frozen=True)
class PlainObjects:
    """As a server that knows no Tables: plain objects, whatever was asked for."""


@dataclass(frozen=True)
class Hold:
    """The right answer, but only after the test has set ``until``."""

    until: threading.Event


Action = Answer | Break | Shape | Rewrite | Lines | PlainObjects | Hold


@dataclass
class Fault:
    """One line of a script.

    ``on``: verb and target. Verbs are ``list``, ``page`` (a list's continuation), ``watch``, ``get``,
    ``discovery`` and ``*``; the target is a resource label (``pods``, ``deployments.apps``), a path
    (``/apis/*``) or ``*``. ``times``: how often it happens (None: until removed), after ``skip`` requests
    that match were answered well. ``namespace``: only requests for that namespace ("" all namespaces), None
    any.
    """

    on: str
    do: Action
    times: int | None = 1
    skip: int = 0
    namespace: str | None = None
    seen: int = field(default=0, init=False)

    def takes(self, verb: str, resource: str, namespace: str, path: str) -> bool:
        """Whether this request is to fail so; counts it when it matches."""
        wanted, _, target = self.on.partition(" ")
        subject = path if target.startswith("/") else resource
        if wanted not in ("*", verb) or not fnmatchcase(subject, target or "*"):
            return False
        if self.namespace is not None and self.namespace != namespace:
            return False
        self.seen += 1
        return self.skip < self.seen and (self.times is None or self.seen <= self.skip + self.times)


def event_line(kind: str, obj: Any) -> bytes:
    """One line of a watch."""
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


def error_line(code: int | None, reason: str, message: str = "") -> bytes:
    """An ERROR inside a stream."""
    return event_line("ERROR", status_object(code, reason, message))


def rewritten(document: Any, rewrite: Rewrite) -> Any:
    """A copy of the document with the value at ``path`` replaced. Raises KeyError when the way there is
    missing.
    """
    copy = json.loads(json.dumps(document))
    *way, last = rewrite.path.split(".")
    place = copy
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = rewrite.value
    return copy
