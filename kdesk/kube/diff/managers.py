"""Who wrote an object last: the newest of its managedFields, which are dropped afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec


class Manager(NamedTuple):
    """A field manager (``kubectl-client-side-apply``, ``kubelet``) and the subresource it wrote ("" for none)."""

    name: str
    subresource: str = ""

    @property
    def text(self) -> str:
        """``kubelet (status)``."""
        return f"{self.name} ({self.subresource})" if self.subresource else self.name


NOBODY = Manager("")


class Entry(msgspec.Struct, gc=False):
    """What is read of an entry of managedFields: most of its bytes, the fields themselves, are skipped."""

    manager: str = ""
    subresource: str = ""
    time: str | None = ""


class LongEntry(Entry, gc=False):
    """The same with the fields as JSON, for those who want to know where it ends."""

    fieldsV1: msgspec.Raw = msgspec.Raw()


_entries = msgspec.json.Decoder(list[Entry] | None).decode


def entries_of(raw: bytes | msgspec.Raw | None) -> list[Entry]:
    """Of managedFields as JSON; [] where there are none or they cannot be read."""
    if raw is None:
        return []
    try:
        return _entries(raw) or []
    except (msgspec.MsgspecError, UnicodeError):
        return []


def field_manager(obj: Mapping[str, Any]) -> Manager:
    """The same of an object that still has its managedFields."""
    metadata = obj.get("metadata")
    fields = metadata.get("managedFields") if isinstance(metadata, Mapping) else None
    try:
        return newest(msgspec.convert(fields or [], list[Entry]))
    except msgspec.ValidationError:
        return NOBODY


def newest(entries: Sequence[Entry]) -> Manager:
    """Who wrote last; NOBODY of none. Times are whole seconds in UTC: of two in one second the later entry counts."""
    best = None
    for entry in entries:
        if entry.manager and (best is None or (entry.time or "") >= (best.time or "")):
            best = entry
    return Manager(best.manager, best.subresource) if best is not None else NOBODY


def newest_time(entries: Sequence[Entry]) -> str:
    """When that was, as the server says it; "" where it does not."""
    newest_yet = ""
    for entry in entries:
        if entry.time and entry.time > newest_yet:
            newest_yet = entry.time
    return newest_yet
