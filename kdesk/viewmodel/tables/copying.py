"""Rows as text for the clipboard."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from kdesk.kube.gvk import Resource
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.rows.columns import TableColumn


def names(rows: Sequence[Row]) -> str:
    """A name a line."""
    return "\n".join(row.name for row in rows)


def qualified_names(rows: Sequence[Row]) -> str:
    """``namespace/name`` a line; the name alone where there is no namespace."""
    return "\n".join(f"{row.namespace}/{row.name}" if row.namespace else row.name for row in rows)


def tsv(columns: Sequence[TableColumn], rows: Sequence[Row], now: float) -> str:
    """The cells as shown, for a spreadsheet; several rows have a header."""
    lines = ["\t".join(column.text(row, now) for column in columns) for row in rows]
    if len(rows) > 1:
        lines.insert(0, "\t".join(column.title for column in columns))
    return "\n".join(lines)


def markdown(columns: Sequence[TableColumn], rows: Sequence[Row], now: float) -> str:
    """A table with a header, numbers to the right; what Markdown would take for its own is escaped."""
    lines = [
        [column.title for column in columns],
        ["---:" if column.is_number else "---" for column in columns],
    ]
    lines += [[_plain(column.text(row, now)) for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    for mark in "\\|`*_<[":
        if mark in text:
            text = text.replace(mark, f"\\{mark}")
    return text


def kubectl(
    resource: Resource, rows: Sequence[Row], context: str, *, kubeconfig: str = "", wide: bool = False
) -> str:
    """The command that shows the same objects, one a namespace.

    ``kubeconfig``: the file, where kubectl would not read it by itself; ``wide``: with the columns of ``-o wide``.
    """
    head = ["kubectl"]
    head += ["--kubeconfig", kubeconfig] if kubeconfig else []
    head += ["--context", context] if context else []
    commands = []
    for namespace in dict.fromkeys(row.namespace for row in rows):
        words = [*head, "get", resource.label, *(row.name for row in rows if row.namespace == namespace)]
        words += ["-n", namespace] if namespace else []
        words += ["-o", "wide"] if wide else []
        commands.append(shlex.join(words))
    return "\n".join(commands)
