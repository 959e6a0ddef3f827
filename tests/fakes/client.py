"""A plain ``http.client`` to try a scripted server with: no code of kdesk."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from tests.fakes.server import ApiServer

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


@contextmanager
def response(
    server: ApiServer,
    path: str,
    accept: str = "application/json",
    tls: ssl.SSLContext | None = None,
    **query: Any,
) -> Iterator[http.client.HTTPResponse]:
    """The answer to one GET over a connection of its own."""
    connection: http.client.HTTPConnection
    if tls is None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=10, context=tls)
    try:
        target = f"{path}?{urlencode(query)}" if query else path
        connection.request("GET", target, headers={"Accept": accept})
        yield connection.getresponse()
    finally:
        connection.close()


def get(server: ApiServer, path: str, **options: Any) -> tuple[int, Any]:
    """(status, JSON document or text) of one GET."""
    with response(server, path, **options) as answer:
        body = answer.read()
        is_json = answer.headers.get_content_type() == "application/json"
        return answer.status, json.loads(body) if is_json else body.decode()


def lines(answer: http.client.HTTPResponse, count: int) -> list[Any]:
    """The next ``count`` events of a watch."""
    return [json.loads(answer.readline()) for _ in range(count)]
