"""A table as a file: its cells as CSV, or its objects as JSON or YAML. Plain functions that block, for the pool.

Objects are written in the order of the rows although a server lists them in another: they wait in a spool beside the
target, so that 100,000 objects take disk, not memory.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import msgspec

from kdesk.kube.diff.masking import masked
from kdesk.kube.errors import KubeError
from kdesk.kube.saving import saving
from kdesk.kube.stop import Stop
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.objects.yaml_text import ordered, to_yaml
from kdesk.viewmodel.rows.columns import TableColumn

#: (objects or rows done, of how many)
Progress = Callable[[int, int], None]
_EVERY = 500
_FIRST_ITEM = b'{\n  "apiVersion": "v1",\n  "kind": "List",\n  "items": [\n    '


class ExportError(KubeError):
    """There is nothing to write, or no format for the file's name."""


class Format(StrEnum):
    """By the file's suffix."""

    CSV = "csv"
    JSON = "json"
    YAML = "yaml"

    @property
    def objects(self) -> bool:
        """It holds whole objects, which have to be read first."""
        return self is not Format.CSV


def format_of(path: Path) -> Format:
    """Raises ExportError with the suffixes there are."""
    suffix = path.suffix.lower().removeprefix(".")
    known = {"csv": Format.CSV, "json": Format.JSON, "yaml": Format.YAML, "yml": Format.YAML}
    if suffix not in known:
        said = f"{path.name} ends with none of them" if path.name else "there is no file name"
        raise ExportError(f"the file's name says the format: .csv, .json or .yaml; {said}")
    return known[suffix]


def write_cells(
    path: Path,
    columns: Sequence[TableColumn],
    rows: Sequence[Row],
    now: float,
    stop: Stop,
    progress: Progress,
) -> int:
    """CSV (UTF-8, with a header) of the cells as shown at ``now``; how many rows. Raises SaveError, Stopped."""
    with saving(path) as file:
        file.write(_csv([[column.title for column in columns]]))
        for begin in range(0, len(rows), _EVERY):
            stop.check()
            some = rows[begin : begin + _EVERY]
            file.write(_csv([column.text(row, now) for column in columns] for row in some))
            progress(begin + len(some), len(rows))
    return len(rows)


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()


def write_objects(
    path: Path,
    form: Format,
    keys: Sequence[str],
    objects: Iterable[Mapping[str, dict[str, Any]]],
    stop: Stop,
    progress: Progress,
) -> int:
    """The objects of ``keys``, in that order; how many there still were.

    ``objects`` brings them in any order, some at a time; secret values are masked here. One object is written as
    itself, several as a List (JSON) or as documents (YAML). Raises SaveError, ExportError when all are gone, Stopped,
    and what ``objects`` raises.
    """
    # The spool is on the target's own disk: where it is full is then known early, and /tmp may be memory.
    with saving(path) as file, tempfile.TemporaryFile(dir=path.expanduser().parent) as spool:
        places: dict[str, tuple[int, int]] = {}
        encode = _json if form is Format.JSON else _yaml
        end = 0
        for some in objects:
            for key, obj in some.items():
                stop.check()
                size = spool.write(encode(obj))
                places[key] = (end, size)
                end += size
                if len(places) % 16 == 0:
                    progress(len(places), len(keys))
        kept = [key for key in dict.fromkeys(keys) if key in places]
        if not kept:
            raise ExportError(f"{path} was not saved: the objects are gone from the cluster")
        progress(len(kept), len(keys))
        _assemble(file, spool, [places[key] for key in kept], form, stop)
    return len(kept)


def _json(obj: Mapping[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(ordered(masked(obj))), indent=2)


def _yaml(obj: Mapping[str, Any]) -> bytes:
    return to_yaml(obj).encode()


def _assemble(
    file: IO[bytes], spool: IO[bytes], places: Sequence[tuple[int, int]], form: Format, stop: Stop
) -> None:
    is_list = form is Format.JSON and len(places) > 1
    if is_list:
        file.write(_FIRST_ITEM)
    for number, (begin, size) in enumerate(places):
        stop.check()
        spool.seek(begin)
        text = spool.read(size)
        if number:
            file.write(b",\n    " if is_list else b"---\n")
        file.write(text.replace(b"\n", b"\n    ") if is_list else text)
    if is_list:
        file.write(b"\n  ]\n}\n")
    elif form is Format.JSON:
        file.write(b"\n")
