"""What is kept of an object in a table: a flat row of atoms that the garbage collector need not walk."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

import msgspec

from kdesk.kube.diff.managers import NOBODY, Manager

Cell = str | int | float | bool | None

#: Encloses a moment (epoch seconds) inside a cell's text, so that the "5m" of "3 (5m ago)" goes on ageing.
MOMENT = "\x1f"
_MOMENT = re.compile(f"{MOMENT}(-?\\d+){MOMENT}")


class ColumnKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    QUANTITY = "quantity"  # "250m" of a CPU, "1.5Gi"; a text or a number
    AGE = "age"  # seconds since the object's creation
    SINCE = "since"  # the cell is a moment, in epoch seconds; shown as the time since then


class Column(msgspec.Struct, frozen=True, gc=False):
    """A column as the server's Table names it. ``wide`` columns are those that kubectl shows with ``-o wide``."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT
    wide: bool = False
    description: str = ""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One object. ``cells`` match the columns; ``created`` and ``deleting`` are epoch seconds, 0 when unset.

    ``labels`` is ``k=v,k=v`` sorted; ``owner`` the uid of the controlling owner; ``raw`` the whole object as JSON (only
    where whole objects are watched), without managedFields; the newest of these is in ``cells``, see ``manager``.
    """

    key: str
    uid: str
    version: str
    created: int
    cells: tuple[Cell, ...]
    labels: str = ""
    owner: str = ""
    deleting: int = 0
    raw: bytes = b""

    @property
    def namespace(self) -> str:
        return self.key.partition("/")[0]

    @property
    def name(self) -> str:
        return self.key.partition("/")[2]

    @property
    def manager(self) -> Manager:
        """Who wrote a whole object last; NOBODY for a table's row."""
        if not self.raw or len(self.cells) < 3:
            return NOBODY
        return Manager(str(self.cells[1]), str(self.cells[2]))

    @property
    def written(self) -> int:
        """When a whole object was written last, in epoch seconds; 0 where the server does not say."""
        said = self.cells[3] if self.raw and len(self.cells) > 3 else 0
        return said if isinstance(said, int) else 0


def row_key(namespace: str, name: str) -> str:
    """The key of an object within its resource: ``namespace/name``; ``/name`` for cluster-scoped ones."""
    return f"{namespace}/{name}"


class Change(NamedTuple):
    """One change of the store. ``type`` is ADDED, MODIFIED or DELETED; ``old`` is None for ADDED.

    ``final_unknown``: deleted while nobody watched; ``row`` is the last known state. ``initial``: of the first list.
    ``resync``: nothing happened; the object is told once more because somebody asked (then MODIFIED, from itself).
    """

    type: str
    row: Row
    old: Row | None = None
    final_unknown: bool = False
    initial: bool = False
    resync: bool = False


def age(seconds: float) -> str:
    """A duration as kubectl prints it (``duration.HumanDuration`` of apimachinery): two units at most."""
    s = int(seconds)
    if s < -1:
        return "<invalid>"
    s = max(s, 0)
    minutes, hours, days = s // 60, s // 3600, s // 86400
    if s < 120:
        return f"{s}s"
    if minutes < 10:
        return f"{minutes}m{s % 60}s" if s % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 730:
        return f"{days}d"
    years = days // 365
    if years < 8:
        return f"{years}y{days % 365}d" if days % 365 else f"{years}y"
    return f"{years}y"


def cell_text(row: Row, index: int, column: Column, now: float) -> str:
    """The text of a cell at the moment ``now`` (epoch seconds), as kubectl would print it."""
    if column.kind is ColumnKind.AGE:
        return age(now - row.created) if row.created else "<unknown>"
    value = row.cells[index] if index < len(row.cells) else None
    if value is None:
        return "<none>" if column.kind is ColumnKind.TEXT else ""
    if column.kind is ColumnKind.SINCE and isinstance(value, int) and not isinstance(value, bool):
        return age(now - value)
    if isinstance(value, str):
        return _MOMENT.sub(lambda m: age(now - int(m[1])), value) if MOMENT in value else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
