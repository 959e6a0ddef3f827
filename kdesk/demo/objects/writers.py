"""Who wrote an object: the entries of its managedFields, without the fields themselves."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import msgspec

CONTROLLERS = "kube-controller-manager"
KUBELET = "kubelet"


class Writer(NamedTuple):
    """One field manager; ``subresource`` is ``status`` or ""; ``at`` is RFC 3339."""

    manager: str
    subresource: str
    at: str


Writers = tuple[Writer, ...]


def written(before: Writers, last: Writer) -> Writers:
    """The entries after a write by ``last``: one for each manager and subresource, the newest at the end."""
    if not before:
        return (last,)
    return (*(each for each in before if each[:2] != last[:2]), last)


@lru_cache(maxsize=4096)
def managed_fields(writers: Writers) -> bytes:
    """``"managedFields":[...],`` as it stands in metadata; nothing where nobody is known."""
    if not writers:
        return b""
    entries = [
        {"manager": manager, "operation": "Update", "time": at, "fieldsType": "FieldsV1", "fieldsV1": {}}
        | ({"subresource": subresource} if subresource else {})
        for manager, subresource, at in writers
    ]
    return b'"managedFields":%b,' % msgspec.json.encode(entries)
