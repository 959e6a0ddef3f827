"""Who wrote an object last: the newest of its managedFields, which are dropped afterwards."""

from __future__ import annotations

from collections.abc import Mapping
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


class _Entry(msgspec.Struct, gc=False):
    """All that is read of an entry: most of its bytes, the fields themselves, are skipped."""

    manager: str = ""
    subresource: str = ""
    time: str | None = ""


_entries = msgspec.json.Decoder(list[_Entry] | None).decode


def newest_manager(raw: bytes | msgspec.Raw | None) -> Manager:
    """Of managedFields as JSON; NOBODY where there are none or they cannot be read.

    Times are whole seconds in UTC, so that they compare as texts; of two in one second the later entry counts.
    """
    if raw is None:
        return NOBODY
    try:
        return _newest(_entries(raw) or [])
    except (msgspec.MsgspecError, UnicodeError):
        return NOBODY


def field_manager(obj: Mapping[str, Any]) -> Manager:
    """The same of an object that still has its managedFields."""
    metadata = obj.get("metadata")
    fields = metadata.get("managedFields") if isinstance(metadata, Mapping) else None
    try:
        return _newest(msgspec.convert(fields or [], list[_Entry]))
    except msgspec.ValidationError:
        return NOBODY


def _newest(entries: list[_Entry]) -> Manager:
    best = None
    for entry in entries:
        if entry.manager and (best is None or (entry.time or "") >= (best.time or "")):
            best = entry
    return Manager(best.manager, best.subresource) if best is not None else NOBODY
