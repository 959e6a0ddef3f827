"""Live events out of a file that was saved before, with nothing else at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import GVK, GVR, Resource
from kdesk.kube.table.rows import Row, row_key
from kdesk.viewmodel.events.book import Book
from kdesk.viewmodel.events.lines import DROPPED, OBJECT_TYPES, EventLine, Origin, Told
from kdesk.viewmodel.events.rates import Rates

_BATCH = 4_096
_PARTS = 4  # phrases of what changed


class OpenError(KubeError):
    """The file cannot be opened as live events; the message names the line."""


@dataclass(slots=True)
class Opened:
    """What a file held. ``notes``: of the lines with a bookmark, by number."""

    path: Path
    book: Book
    rates: Rates = field(default_factory=Rates)
    notes: dict[int, str] = field(default_factory=dict)


class _Changed(msgspec.Struct):
    path: str = ""


class _Line(msgspec.Struct):
    """What is read of a line; the rest of what ``record`` writes follows from it."""

    at: datetime
    cluster: str
    resource: str = ""
    type: str = ""
    apiVersion: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    resourceVersion: str = ""
    creationTimestamp: datetime | None = None
    serverTime: datetime | None = None
    initial: bool = False
    finalStateUnknown: bool = False
    who: str | None = None
    subresource: str = ""
    labels: str = ""
    changes: list[_Changed] = []
    words: str = ""
    before: msgspec.Raw = msgspec.Raw(b"null")
    object: msgspec.Raw = msgspec.Raw(b"null")
    bookmark: str | None = None
    state: str = ""
    objects: int = 0
    error: str = ""
    dropped: int = 0


def open_file(path: Path, capacity: int) -> Opened:
    """Read a whole file. Blocks; raises OpenError with a sentence that names the file and the line."""
    path = path.expanduser()
    opened = Opened(path, Book(capacity, 1 << 62))
    lines: list[EventLine] = []
    tales: list[Told] = []
    reader = _Reader()
    try:
        with path.open("rb") as file:
            for number, (line, told, note) in enumerate(_read(file, reader, path.name), 1):
                if number > capacity:
                    raise OpenError(
                        f"{path.name} has more than {capacity:,} lines, which is as many as can be shown"
                    )
                if note is not None:
                    opened.notes[number] = note
                lines.append(line)
                tales.append(told)
                if len(lines) == _BATCH:
                    _keep(opened, lines, tales)
                    lines, tales = [], []
    except OSError as error:
        raise OpenError(
            f"{path} cannot be read: {(error.strerror or 'the system refused').lower()}"
        ) from error
    _keep(opened, lines, tales)
    if not len(opened.book):
        raise OpenError(f"{path.name} is empty")
    return opened


def _keep(opened: Opened, lines: list[EventLine], tales: list[Told]) -> None:
    opened.book.extend(lines, tales)
    opened.rates.count(lines)


def _read(file: Any, reader: _Reader, name: str) -> Iterator[tuple[EventLine, Told, str | None]]:
    for number, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            yield reader.line(text)
        except (msgspec.MsgspecError, UnicodeError, ValueError, OverflowError) as error:
            if not text.endswith(b"\n") and isinstance(error, msgspec.DecodeError):
                raise OpenError(
                    f"{name}, line {number:,}: it ends in the middle; the file is not whole"
                ) from error
            raise OpenError(
                f"{name}, line {number:,}: it is no live event that was saved ({error})"
            ) from error


class _Reader:
    """Lines of one file: what they share is made once, and the state before is that of an earlier line."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(_Line).decode
        self._origins: dict[tuple[str, str, str, str], Origin] = {}
        self._last: dict[tuple[str, str, str], bytes] = {}

    def line(self, text: bytes) -> tuple[EventLine, Told, str | None]:
        """Raises what msgspec raises, ValueError."""
        one = self._decode(text)
        origin = self._origin(one)
        line = EventLine(0, one.at.timestamp(), one.type, origin)
        if one.type in OBJECT_TYPES:
            return line, self._event(line, one), one.bookmark
        if one.dropped:
            line.type, line.count = DROPPED, one.dropped
        elif one.state:
            line.type, line.count, line.note = one.state, one.objects, one.error
        else:
            raise ValueError("it has neither a type nor a state")
        return line, Told(), one.bookmark

    def _event(self, line: EventLine, one: _Line) -> Told:
        if not one.name:
            raise ValueError("it names no object")
        key = row_key(one.namespace, one.name)
        place = (one.cluster, line.origin.resource.label, key)
        raw = _object(one.object)
        line.row = Row(
            key,
            one.uid,
            one.resourceVersion,
            int(one.creationTimestamp.timestamp()) if one.creationTimestamp else 0,
            (one.name, one.who, one.subresource) if one.who else (),
            one.labels,
            raw=raw,
        )
        line.initial, line.final_unknown = one.initial, one.finalStateUnknown
        line.stamped = one.serverTime.timestamp() if one.serverTime else 0.0
        if one.type == "MODIFIED":
            line.old = _object(one.before) or self._last.get(place, b"")
        if raw:
            self._last[place] = raw
        paths = [change.path for change in one.changes]
        words = one.words or ", ".join(paths[:_PARTS]) + (
            f" +{len(paths) - _PARTS} more" if len(paths) > _PARTS else ""
        )
        return Told(words, "", "\n".join(dict.fromkeys(paths)))

    def _origin(self, one: _Line) -> Origin:
        found = (one.cluster, one.apiVersion, one.kind, one.resource)
        origin = self._origins.get(found)
        if origin is None:
            gvk = GVK.parse(one.apiVersion, one.kind)
            plural, _, group = (one.resource or one.kind.lower()).partition(".")
            gvr = GVR(gvk.group or group, gvk.version, plural)
            origin = Origin(one.cluster, Resource(gvr, one.kind or plural, bool(one.namespace)), "")
            self._origins[found] = origin
        return origin


def _object(raw: msgspec.Raw) -> bytes:
    """Raises ValueError for what is no object."""
    text = bytes(raw)
    if text == b"null":
        return b""
    if text[:1] != b"{":
        raise ValueError("its object is none")
    return text
