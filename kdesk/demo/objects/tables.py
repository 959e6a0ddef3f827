"""The server's Table form: columns for each kind, and rows whose ages are written at the moment they are sent."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kdesk.demo.objects.store import Cells
from kdesk.demo.objects.values import Object, human_duration, seconds_of

_NAME_HELP = "Name must be unique within a namespace."
_AGE_HELP = "CreationTimestamp is a timestamp representing the server time when this object was created."
_encode = msgspec.json.Encoder().encode


class Since(msgspec.Struct, frozen=True):
    """A cell with the time that has passed since `moment` (RFC 3339), between two texts."""

    moment: str
    before: str = ""
    after: str = ""


Cell = str | int | float | bool | None | Since


class Column(msgspec.Struct, frozen=True):
    """One `columnDefinition`. Priority 1 is shown only with `-o wide`."""

    name: str
    type: str = "string"
    format: str = ""
    description: str = ""
    priority: int = 0


class Printer(msgspec.Struct, frozen=True):
    """How objects of one kind become rows: `cells` gives as many cells as there are columns."""

    columns: tuple[Column, ...]
    cells: Callable[[Object], list[Cell]]


def columns(*specs: str) -> tuple[Column, ...]:
    """Columns from short texts: `Name`, `*Node` (wide only), `Desired:integer`."""
    made = []
    for spec in specs:
        name, _, kind = spec.removeprefix("*").partition(":")
        is_name = name == "Name"
        words = _NAME_HELP if is_name else _AGE_HELP if name == "Age" else f"{name} of the object."
        made.append(Column(name, kind or "string", "name" if is_name else "", words, int(spec[0] == "*")))
    return tuple(made)


def age(metadata: Object) -> Cell:
    created = metadata.get("creationTimestamp")
    return Since(created) if created else "<unknown>"


def since(moment: str | None, otherwise: str = "<unknown>") -> Cell:
    return Since(moment) if moment else otherwise


def compile_cells(cells: list[Cell]) -> Cells:
    """The JSON array in pieces, cut where an age belongs."""
    pieces: list[bytes | int] = []
    text = b"["
    for position, cell in enumerate(cells):
        if position:
            text += b","
        if isinstance(cell, Since):
            pieces += [text + b'"' + _encode(cell.before)[1:-1], _seconds(cell.moment)]
            text = _encode(cell.after)[1:-1] + b'"'
        else:
            text += _encode(cell)
    return (*pieces, text + b"]")


def write_cells(cells: Cells, now: int) -> bytes:
    """The JSON array with the ages as of `now` (Unix seconds)."""
    return b"".join(
        [piece if isinstance(piece, bytes) else human_duration(now - piece).encode() for piece in cells]
    )


def _seconds(moment: str) -> int:
    try:
        return seconds_of(moment)
    except ValueError:
        return 0


def default_cells(item: Object) -> list[Cell]:
    metadata = item["metadata"]
    return [metadata["name"], metadata.get("creationTimestamp")]


DEFAULT_PRINTER = Printer(
    (Column("Name", "string", "name", _NAME_HELP), Column("Created At", "date", "", _AGE_HELP)), default_cells
)
"""What an API server shows of a kind that it has no columns for."""
