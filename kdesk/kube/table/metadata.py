"""What is read of every object, however it comes: its metadata, as far as a row needs it."""

from __future__ import annotations

from datetime import datetime

import msgspec

#: ``Raw | None`` would take nothing but null: a field that may be anything is Raw alone.
NULL = msgspec.Raw(b"null")
_MOMENTS = 4_096


class Owner(msgspec.Struct, gc=False):
    uid: str = ""
    controller: bool | None = None


class Meta(msgspec.Struct, gc=False):
    """``metadata`` of an object. ``labels``: a map as JSON, the same for many objects."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resourceVersion: str = ""
    creationTimestamp: str | None = None
    deletionTimestamp: str | None = None
    labels: msgspec.Raw = NULL
    ownerReferences: list[Owner] | None = None


class ListMeta(msgspec.Struct, gc=False):
    """``metadata`` of a list."""

    resourceVersion: str = ""
    continue_: str = msgspec.field(default="", name="continue")
    remainingItemCount: int | None = None


def loose_meta(raw: bytes | msgspec.Raw) -> Meta | None:
    """The metadata of an object (its JSON) that does not fit the types: what of it can be used, or None."""
    value = msgspec.json.decode(raw)
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(metadata, dict):
        return None
    names = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")
    return Meta(**{name: metadata[name] for name in names if isinstance(metadata.get(name), str)})


class Moments:
    """Turns timestamps into seconds. Of the events of one moment, and of one object, most are the same."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def read(self, timestamp: str | None) -> int:
        """Epoch seconds; 0 for none, or for what is no time."""
        if not timestamp:
            return 0
        found = self._known.get(timestamp)
        if found is None:
            try:
                found = int(datetime.fromisoformat(timestamp).timestamp())
            except ValueError:
                found = 0
            if len(self._known) >= _MOMENTS:
                self._known.clear()
            self._known[timestamp] = found
        return found

    def forget(self) -> None:
        """Let go of the texts."""
        self._known.clear()
