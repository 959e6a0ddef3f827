"""Objects that are kept whole, as the JSON the server sent: without managedFields, which are up to half of it.

What is left is cut out of the server's own text, in one pass over it: nothing of an object but its metadata is decoded,
and nothing is encoded again. Text that is not written as API servers write it (spaces, a member twice, managedFields
where nobody has them) is taken apart member by member instead; that gives the same, and takes twice as long.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from kdesk.kube.diff.managers import NOBODY, LongEntry, Manager, entries_of, newest, newest_time
from kdesk.kube.gvk import GVK, GVKError, gvk_of
from kdesk.kube.table.metadata import NULL, Meta, loose_meta

_MANAGED = b'"managedFields":'
_OWNED = b'"fieldsV1":'
#: What may stand behind ``fieldsV1`` in the last of the managedFields: that it ends here is then certain.
_CLOSING = re.compile(rb'(?:,"\w+":"[^"\\]*")*\}\]')
_COMMA, _CLOSE = b",}"
_HEADS = 1_000  # kinds; of one resource there is one, but lists of several may be read with it


#: What an object says of its kind or version.
_Said = str | msgspec.UnsetType


class Kept(NamedTuple):
    """What there is to keep of an object. ``raw`` is empty where it has no name, or does not say what it is."""

    meta: Meta
    manager: Manager
    raw: bytes
    time: str = ""  # when it was written last, "" where the server does not say


class _Metadata(Meta, gc=False):
    managedFields: list[LongEntry] | None = None


class _Object(msgspec.Struct, gc=False):
    metadata: _Metadata
    kind: _Said = msgspec.UNSET
    apiVersion: _Said = msgspec.UNSET


class _Event(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Nothing but these two: so the object's text ends where the line's does."""

    type: str
    object: _Object


class _LooseEvent(msgspec.Struct):
    type: str = ""
    object: dict[str, msgspec.Raw] | None = None


class _Head(NamedTuple):
    """How objects of a kind may begin (of one length), and how those that are kept do."""

    found: tuple[bytes, ...]
    wanted: bytes


_event = msgspec.json.Decoder(_Event).decode
_loose_event = msgspec.json.Decoder(_LooseEvent).decode
_object = msgspec.json.Decoder(_Object).decode
_meta = msgspec.json.Decoder(Meta).decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class WholeObjects:
    """Reads the objects of one resource. Not thread-safe. What it raises is msgspec's, and UnicodeError."""

    def __init__(self, gvk: GVK) -> None:
        """``gvk``: what an object is that does not say so itself, as those in a list do not."""
        self._gvk = gvk
        self._heads: dict[tuple[_Said, _Said], _Head] = {}

    def event(self, line: bytes) -> tuple[str, Kept | None]:
        """Of a line of a watch: the type, and the object; None for an error or where there is none."""
        try:
            event = _event(line)
        except msgspec.ValidationError:
            event = None
        if event is not None and event.type != "ERROR":
            opening = b'{"type":"%b","object":' % event.type.encode()
            if line.startswith(opening) and line.endswith(b"}}"):
                kept = self._cut(event.object, line, len(opening), len(line) - 1)
                if kept is not None:
                    return event.type, kept
        loose = _loose_event(line)
        if loose.object is None or loose.type == "ERROR":
            return loose.type, None
        return loose.type, self._rewritten(loose.object)

    def item(self, raw: bytes) -> Kept | None:
        """Of one object as JSON; None where it has no metadata. Raises ValidationError for what is no object."""
        try:
            kept = self._cut(_object(raw), raw, 0, len(raw))
        except msgspec.ValidationError:
            kept = None
        return kept if kept is not None else self._rewritten(_members(raw))

    def _cut(self, obj: _Object, text: bytes, start: int, end: int) -> Kept | None:
        """The object whose text lies between two places; None where it is not certain what to leave out."""
        meta = obj.metadata
        if not meta.name:
            return Kept(meta, NOBODY, b"")
        head = self._heads.get((obj.kind, obj.apiVersion)) or self._learn(obj.kind, obj.apiVersion)
        if head is None:
            return None
        if not text.startswith(head.found, start):
            return None
        begin = start + len(head.found[0])
        entries = meta.managedFields
        wrote = newest_time(entries or [])
        at = text.find(_MANAGED, begin, end)
        if at < 0:
            if entries is not None:
                return None  # its name is written in another way
            kept, who = b"%b%b" % (head.wanted, text[begin:end]), NOBODY
        else:
            stop = _behind(text, at, entries or [])
            if not stop or text.rfind(_MANAGED, stop, end) >= 0:
                return None
            if text[at - 1] == _COMMA:
                at -= 1
            elif text[stop] == _COMMA:
                stop += 1
            kept = b"%b%b%b" % (head.wanted, text[begin:at], text[stop:end])
            who = newest(entries or [])
        _look_at(kept)
        return Kept(meta, who, kept, wrote)

    def _learn(self, kind: _Said, version: _Said) -> _Head | None:
        """How objects begin that say this of themselves; None where that is not certain."""
        head = None
        try:
            if kind is msgspec.UNSET and version is msgspec.UNSET:
                head = _Head((b"{",), _opening(gvk_of({}, self._gvk)))
            elif kind and version:
                gvk = gvk_of({"kind": kind, "apiVersion": version}, self._gvk)
                found = [{"kind": kind, "apiVersion": version}, {"apiVersion": version, "kind": kind}]
                head = _Head(tuple(b"%b," % _encode(one)[:-1] for one in found), _opening(gvk))
        except GVKError:
            return None
        if head is not None:
            if len(self._heads) >= _HEADS:
                self._heads.clear()
            self._heads[kind, version] = head
        return head

    def _rewritten(self, members: dict[str, msgspec.Raw]) -> Kept | None:
        """From the members of an object, which are used up."""
        try:
            metadata = _members(members.get("metadata", NULL))
        except msgspec.ValidationError:
            return None
        entries = entries_of(metadata.pop("managedFields", None))
        slim = _encode(metadata)
        try:
            meta = _meta(slim)
        except msgspec.ValidationError:
            meta = loose_meta(b'{"metadata":%b}' % slim) or Meta()
        if not meta.name:
            return Kept(meta, NOBODY, b"")
        said = {name: msgspec.json.decode(members.pop(name, NULL)) for name in ("apiVersion", "kind")}
        try:
            gvk = gvk_of(said, self._gvk)
        except GVKError:
            return Kept(meta, NOBODY, b"")
        members["metadata"] = msgspec.Raw(slim)
        kept = _encode({"apiVersion": gvk.api_version, "kind": gvk.kind, **members})
        _look_at(kept)
        return Kept(meta, newest(entries), kept, newest_time(entries))


def _opening(gvk: GVK) -> bytes:
    return b"%b," % _encode({"apiVersion": gvk.api_version, "kind": gvk.kind})[:-1]


def _behind(text: bytes, at: int, entries: list[LongEntry]) -> int:
    """Where the managedFields end that begin at ``at`` and have these entries; 0 where that is not certain.

    The fields that each entry owns are nearly all of its text, and how long that is is known.
    """
    if not entries:
        return 0
    for entry in entries:
        at = text.find(_OWNED, at)
        owned = memoryview(entry.fieldsV1).nbytes
        if at < 0 or not owned:
            return 0
        at += len(_OWNED) + owned
    closing = _CLOSING.match(text, at)
    return closing.end() if closing is not None else 0


def _look_at(text: bytes) -> None:
    """Raises UnicodeError where it is no text: most of it has been skipped so far."""
    if not text.isascii():
        text.decode()
