"""Lines on standard output, and one sentence on standard error when something fails."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any


class CommandFailed(Exception):
    """The command ends with status 1; the message is one sentence for a person."""


def complain(sentence: str) -> None:
    """One sentence on standard error."""
    print(f"kdesk: {' '.join(sentence.split())}", file=sys.stderr, flush=True)


def json_line(value: dict[str, Any]) -> None:
    """One object on a line of its own, at once."""
    print(json.dumps(value, ensure_ascii=False, separators=(",", ":")), flush=True)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Left-aligned columns, three spaces between them, as kubectl prints tables."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    for line in lines:
        print("   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def timestamp(epoch: int) -> str | None:
    """RFC 3339 in UTC, as the API writes it; None for 0 (unset)."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if epoch else None
