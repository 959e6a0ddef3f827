"""Reading many whole objects of one resource, for files and the clipboard: pages of a list, not a request for each."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from kdesk.kube.errors import BadAnswer, Expired, NotServed
from kdesk.kube.gvk import Resource, restore
from kdesk.kube.stop import Stop
from kdesk.kube.table.projection import Projection
from kdesk.kube.wire.transport import JSON, Transport

#: So many objects at most are read by name; for more, pages of the list cost less.
FEW = 40
_PAGE = 500
_SECONDS = 60.0
#: How often a list is begun again whose pages expired under the reader's hands.
_RETRIES = 3
_log = logging.getLogger(__name__)

Objects = dict[str, dict[str, Any]]


def read_objects(
    transport: Transport,
    resource: Resource,
    keys: Collection[str],
    stop: Stop,
    *,
    namespaces: Sequence[str] = (),
) -> Iterator[Objects]:
    """The objects of ``keys`` that there still are, some at a time, by key. Blocks between them.

    Each has its kind and apiVersion and no managedFields; secret values are as they are: whoever shows or writes one
    masks it. ``namespaces`` are those that may be listed (empty: all). Raises KubeError; Stopped when ``stop`` is set.
    """
    wanted = set(keys)
    if len(wanted) <= FEW and (not resource.verbs or "get" in resource.verbs):
        yield from _one_by_one(transport, resource, keys, stop)
        return
    for namespace in _scopes(resource, wanted, namespaces):
        yield from _listed(transport, resource, namespace, wanted, stop)


def _one_by_one(
    transport: Transport, resource: Resource, keys: Collection[str], stop: Stop
) -> Iterator[Objects]:
    for key in keys:
        namespace, _, name = key.partition("/")
        try:
            body = transport.get(resource.path(namespace, name), stop=stop, timeout=_SECONDS).body
        except NotServed:  # it is no more
            continue
        yield {key: whole_object(body, resource)}


def whole_object(body: bytes, resource: Resource) -> dict[str, Any]:
    """An object from its JSON: kind and apiVersion restored, no managedFields. Raises BadAnswer when it is none."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError):
        value = None
    if not isinstance(value, dict):
        raise BadAnswer(f"the server's answer is not a {resource.kind}")
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
    return restore(value, resource.gvk)


def _scopes(resource: Resource, wanted: set[str], namespaces: Sequence[str]) -> list[str]:
    """The namespaces to list, each alone; ``""`` is all of them at once."""
    if not resource.namespaced:
        return [""]
    needed = {key.partition("/")[0] for key in wanted}
    if namespaces:
        return [name for name in namespaces if name in needed]
    return [needed.pop()] if len(needed) == 1 else [""]


def _listed(
    transport: Transport, resource: Resource, namespace: str, wanted: set[str], stop: Stop
) -> Iterator[Objects]:
    """Pages of a list; begun again, without what was read already, where its token expires."""
    projection = Projection(resource, whole=True)
    tries, token = 0, ""
    while True:
        try:
            query = {"limit": str(_PAGE), "continue": token}
            answer = transport.get(resource.path(namespace), query, stop=stop, accept=JSON, timeout=_SECONDS)
        except Expired:
            tries += 1
            if not token or tries > _RETRIES:
                raise
            _log.info("%s: the list expired while it was read; reading it again", resource.label)
            token = ""
            continue
        page = projection.page(answer.body)
        found: Objects = {}
        for row in page.rows:
            if row.key in wanted:
                wanted.discard(row.key)
                found[row.key] = whole_object(row.raw, resource)
        if found:
            yield found
        token = page.token
        if not token or not wanted:
            return
