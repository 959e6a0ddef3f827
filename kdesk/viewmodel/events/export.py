"""The live-event log as JSON lines on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from kdesk.kube.errors import KubeError
from kdesk.viewmodel.events.lines import EventLine, record
from kdesk.viewmodel.saving import saving


def save_lines(lines: Sequence[EventLine], path: Path) -> int:
    """Write one JSON object a line, Secret values masked; the number of lines written. Blocks.

    Whole or not at all. Raises SaveError with a sentence.
    """
    encoder = msgspec.json.Encoder()
    with saving(path) as file:
        for line in lines:
            file.write(encoder.encode(_record(line)))
            file.write(b"\n")
    return len(lines)


def _record(line: EventLine) -> dict[str, object]:
    try:
        return record(line)
    except KubeError as error:  # one object that cannot be read does not cost the others
        row = msgspec.structs.replace(line.row, raw=b"") if line.row is not None else None
        return {**record(msgspec.structs.replace(line, row=row, old=b"")), "problem": str(error)}
