"""The live-event log as JSON lines on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kdesk.kube.errors import KubeError
from kdesk.kube.saving import saving
from kdesk.viewmodel.events.book import Book
from kdesk.viewmodel.events.lines import EventLine, Told, record, told
from kdesk.viewmodel.objects.yaml_text import restored

_Key = tuple[str, str, str]


def save_lines(
    book: Book, numbers: Sequence[int], notes: Mapping[int, str], path: Path, *, masked: bool = False
) -> int:
    """Write one JSON object a line, Secret values masked; the number of lines written. Blocks.

    ``masked``: they are already, as the lines are those of a file. Lines that are dropped meanwhile are left out.
    Whole or not at all. Raises SaveError with a sentence.
    """
    encode = msgspec.json.Encoder().encode
    last: dict[
        _Key, bytes
    ] = {}  # the newest object written, by where it is from: the next line needs it no more
    count = 0
    with saving(path) as file:
        for number in numbers:
            try:
                line, known = book.line(number), book.told(number)
            except IndexError:
                continue
            if number < book.first:  # dropped while it was read
                continue
            entry = _record(line, known or told(line), last)
            if masked:
                raw = {"object": line.row.raw if line.row is not None else b"", "before": line.old}
                entry |= {name: msgspec.Raw(text) for name, text in raw.items() if text and name in entry}
            if number in notes:
                entry["bookmark"] = notes[number]
            file.write(encode(entry))
            file.write(b"\n")
            count += 1
    return count


def _record(line: EventLine, known: Told, last: dict[_Key, bytes]) -> dict[str, Any]:
    """The line with what opening it again takes: what changed in words, and the state before where no line has it."""
    try:
        entry = record(line)
    except KubeError as error:  # one object that cannot be read does not cost the others
        row = msgspec.structs.replace(line.row, raw=b"") if line.row is not None else None
        entry = {**record(msgspec.structs.replace(line, row=row, old=b"")), "problem": str(error)}
    row = line.row
    if row is None:
        return entry
    if known.words:
        entry["words"] = known.words
    if known.paths and not entry["changes"]:  # the objects are not kept any more
        entry["changes"] = [{"path": path} for path in known.paths.split("\n")]
    key = (line.origin.cluster, line.origin.resource.label, row.key)
    if line.old and "problem" not in entry and last.get(key) is not line.old:
        entry["before"] = restored(line.old, line.origin.resource.gvk)
    if row.raw:
        last[key] = row.raw
    return entry
