"""One line of the live-event log: its texts, what changed in it, and how it is saved."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import msgspec

from kdesk.kube.diff.changes import Change, Steps, changes_of, path_text
from kdesk.kube.diff.managers import NOBODY, Manager
from kdesk.kube.diff.words import in_words, joined, phrases
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.moments import clock_text, full_text
from kdesk.viewmodel.objects.yaml_text import restored

#: The ``type`` of a line that says that events were dropped.
DROPPED = "DROPPED"
OBJECT_TYPES = frozenset(["ADDED", "MODIFIED", "DELETED"])
_FEW_PHRASES, _ALL_PHRASES = 4, 100


class EventColumn(IntEnum):
    TIME = 0
    CLUSTER = 1
    TYPE = 2
    KIND = 3
    NAMESPACE = 4
    NAME = 5
    CHANGE = 6
    WHO = 7
    SERVER = 8
    CREATED = 9
    VERSION = 10


class Origin(NamedTuple):
    """Where a line comes from. ``namespace`` is what was watched ("" = all)."""

    cluster: str
    resource: Resource
    namespace: str

    def __hash__(self) -> int:
        """Cheaper than that of all the fields of a resource."""
        return hash((self.cluster, self.namespace, self.resource.kind))


class Told(msgspec.Struct, frozen=True, gc=False):
    """What a line's change is called: in a few ``words``, with all phrases in ``more`` (empty where there are no more).

    ``paths``: of the fields that changed, one to a line.
    """

    words: str = ""
    more: str = ""
    paths: str = ""


NOTHING_TOLD = Told()


# Neither frozen nor tracked: the log numbers a line once, and many of them cost the collector nothing.
class EventLine(msgspec.Struct, gc=False):
    """An event of one object (``row`` is set), or a word of a watch about itself (``note`` is set).

    ``number`` grows with every line of the log; ``at``: epoch seconds when it was received; ``type``: ADDED,
    MODIFIED, DELETED, or a state of the watch (LIVE, BACKOFF, ...), or DROPPED. ``initial``: was there before
    the watch began. ``final_unknown``: deleted while nobody watched. ``count``: of objects or dropped events.
    ``old``: the JSON before a modification; the very bytes of the line before, so that keeping it costs nothing.
    ``stamped``: the server's own time of the event, epoch seconds; 0 where it says none.
    """

    number: int
    at: float
    type: str
    origin: Origin
    row: Row | None = None
    initial: bool = False
    final_unknown: bool = False
    note: str = ""
    count: int = 0
    old: bytes = b""
    stamped: float = 0.0

    @property
    def size(self) -> int:
        """Bytes of JSON that the line keeps alive.

        Of a modification the state before: that after it is counted with the next line of the object, and until then
        it is the informer's own.
        """
        return len(self.old) or (len(self.row.raw) if self.row is not None else 0)


def cells(line: EventLine, change: str = "") -> tuple[str, ...]:
    """The texts of a line, one per EventColumn; ``change`` says what changed. A note stands in the name's place."""
    origin, row = line.origin, line.row
    at = clock_text(line.at, 3)
    if row is None:
        note = state_text(line)
        return (
            at,
            origin.cluster,
            line.type,
            origin.resource.kind,
            origin.namespace,
            note,
            "",
            "",
            "",
            "",
            "",
        )
    namespace, _, name = row.key.partition("/")
    created = full_text(row.created) if row.created else ""
    kind = origin.resource.kind
    return (
        at,
        origin.cluster,
        line.type,
        kind,
        namespace,
        name,
        change,
        who(line).text,
        clock_text(line.stamped) if line.stamped else "",
        created,
        row.version,
    )


def who(line: EventLine) -> Manager:
    """Who wrote the object. Nobody for a deletion: the last to write it is not the one who deleted it."""
    row = line.row
    if row is None or line.type == "DELETED" or len(row.cells) < 3:
        return NOBODY
    return Manager(str(row.cells[1]), str(row.cells[2]))  # also where the object itself is not kept any more


def differences(line: EventLine) -> tuple[Change, ...]:
    """What a modification changed; nothing for other lines. Secret values are digests. Raises KubeError."""
    if line.row is None or not line.old or not line.row.raw:
        return ()
    return changes_of(line.old, line.row.raw, line.origin.resource.kind)


def change_text(line: EventLine, *, limit: int = 4) -> str:
    """The same in words, up to ``limit`` phrases; empty for lines that are no modification."""
    if line.row is None or not line.old:
        return ""
    try:
        return in_words(differences(line), line.origin.resource.kind, limit=limit)
    except KubeError as error:
        return str(error)


def told(line: EventLine) -> Told:
    """What changed, for the log to keep. Never raises: an object that cannot be read is told of, too."""
    if line.row is None or not line.old:
        return NOTHING_TOLD
    return told_between(line.origin.resource.kind, line.old, line.row.raw)


def told_between(kind: str, before: bytes, after: bytes) -> Told:
    """The same of two states of an object; NOTHING_TOLD where there is only one."""
    if not before or not after:
        return NOTHING_TOLD
    try:
        found = changes_of(before, after, kind)
    except KubeError as error:
        return Told(str(error))
    said = phrases(found, kind)
    more = joined(said, _ALL_PHRASES) if len(said) > _FEW_PHRASES else ""
    return Told(joined(said, _FEW_PHRASES), more, _paths(tuple([change.steps for change in found])))


@lru_cache(maxsize=2048)  # objects of a kind mostly change in the same places together
def _paths(places: tuple[Steps, ...]) -> str:
    return "\n".join(dict.fromkeys([path_text(steps) for steps in places]))


class _State(Protocol):
    @property
    def type(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def count(self) -> int: ...


def state_text(line: _State) -> str:
    """What a watch says of itself, in words."""
    match line.type:
        case "LIVE":
            return f"watching, {line.count:,} {'object' if line.count == 1 else 'objects'}"
        case "LISTING":
            return "listing"
        case "GONE":
            return line.note or "no longer served by this cluster"
        case "STOPPED":
            return "stopped"
        case "DROPPED":
            return f"{line.count:,} events came faster than they could be shown, and were dropped"
    return line.note or line.type.lower()


def _iso(at: float, *, whole: bool = False) -> str:
    moment = datetime.fromtimestamp(int(at) if whole else at, UTC)
    text = moment.isoformat(timespec="seconds" if whole else "milliseconds")
    return text.replace("+00:00", "Z")


def record(line: EventLine) -> dict[str, Any]:
    """The line as it is saved: as ``kdesk watch -o json`` prints it, with ``at`` and an event's ``object``.

    Secret values are masked. Raises KubeError when the object cannot be read.
    """
    origin, row, at = line.origin, line.row, _iso(line.at)
    where = {
        "at": at,
        "cluster": origin.cluster,
        "resource": origin.resource.label,
        "kind": origin.resource.kind,
    }
    if line.type == DROPPED:
        return {**where, "dropped": line.count}
    if row is None:
        return {
            **where,
            "namespace": origin.namespace,
            "state": line.type,
            "objects": line.count,
            "error": line.note,
        }
    gvk = origin.resource.gvk
    return {
        "at": at,
        "cluster": origin.cluster,
        "type": line.type,
        "apiVersion": gvk.api_version,
        "kind": gvk.kind,
        "resource": origin.resource.label,
        "namespace": row.namespace,
        "name": row.name,
        "uid": row.uid,
        "resourceVersion": row.version,
        "creationTimestamp": _iso(row.created, whole=True) if row.created else None,
        "finalStateUnknown": line.final_unknown,
        **({"initial": True} if line.initial else {}),
        **({"serverTime": _iso(line.stamped)} if line.stamped else {}),
        **({"labels": row.labels} if row.labels else {}),
        "who": who(line).name or None,
        **({"subresource": who(line).subresource} if who(line).subresource else {}),
        "changes": [change.record() for change in differences(line)],
        "object": restored(row.raw, gvk) if row.raw else None,
    }
