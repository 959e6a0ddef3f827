"""Rows as text for the clipboard."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from kdesk.kube.gvk import Resource
from kdesk.kube.rows import Row
from kdesk.viewmodel.table_columns import TableColumn


def names(rows: Sequence[Row]) -> str:
    """A name a line."""
    return "\n".join(row.name for row in rows)


def qualified_names(rows: Sequence[Row]) -> str:
    """``namespace/name`` a line; the name alone where there is no namespace."""
    return "\n".join(row.key if row.namespace else row.name for row in rows)


def tsv(columns: Sequence[TableColumn], rows: Sequence[Row], now: float) -> str:
    """A header and the cells as shown, for a spreadsheet."""
    lines = ["\t".join(column.title for column in columns)]
    lines += ["\t".join(column.text(row, now) for column in columns) for row in rows]
    return "\n".join(lines)


def kubectl(resource: Resource, rows: Sequence[Row], context: str) -> str:
    """The command that shows the same objects, one a namespace."""
    spaces = dict.fromkeys(row.namespace for row in rows)
    commands = []
    for namespace in spaces:
        words = ["kubectl", "--context", context] if context else ["kubectl"]
        words += ["get", resource.label, *(row.name for row in rows if row.namespace == namespace)]
        words += ["-n", namespace] if namespace else []
        commands.append(shlex.join([*words, "-o", "yaml"]))
    return "\n".join(commands)
