"""Rows as API servers' own printers make them, for tests of the rules."""

from __future__ import annotations

from pathlib import Path

import kdesk
from kdesk.demo.objects import columns_core, columns_more
from kdesk.kube.table.cells import Cells, ColumnDefinition
from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.problems.rules import RuleSet, load_rules

NOW = 1_700_000_000
BUILT_IN = Path(kdesk.__file__).resolve().parent.parent / "resources" / "rules" / "problems.toml"
_PRINTED = columns_core.PRINTERS | columns_more.PRINTERS
#: Of kinds that the simulated clusters do not have.
_OTHERS = {
    "apiservices.apiregistration.k8s.io": ("Name", "Service", "Available", "Age"),
    "certificates.cert-manager.io": ("Name", "Ready", "Secret", "Age"),
    "applications.argoproj.io": ("Name", "Sync Status", "Health Status"),
}


def built_in() -> RuleSet:
    return load_rules(BUILT_IN)


def definitions(label: str) -> list[ColumnDefinition]:
    """The columns of a kind's Table."""
    printer = _PRINTED.get(label)
    if printer is None:
        return [ColumnDefinition(name, "string") for name in _OTHERS[label]]
    return [ColumnDefinition(c.name, c.type, c.format, c.description, c.priority) for c in printer.columns]


def columns(label: str) -> tuple[Column, ...]:
    return Cells().define(definitions(label))


def row(
    label: str,
    name: str = "web",
    *,
    namespace: str = "shop",
    uid: str = "",
    age: int = 3600,
    deleting: int = 0,
    owner: str = "",
    labels: str = "",
    **cells: str | int | bool,
) -> Row:
    """A row of that kind's Table: ``STATUS="Running"``; a space in a title is written ``_``; all else is empty.

    ``age`` and ``deleting`` (0: it is not) in seconds before NOW.
    """
    given = {title.replace("_", " "): value for title, value in cells.items()}
    reader = Cells(clock=lambda: NOW)
    found = reader.define(definitions(label))
    assert given.keys() <= {column.name.upper() for column in found}
    raw = [name if column.name == "Name" else given.get(column.name.upper(), "") for column in found]
    return Row(
        key=f"{namespace}/{name}",
        uid=uid or f"uid-{name}",
        version="1",
        created=NOW - age,
        cells=reader.read(raw),
        labels=labels,
        owner=owner,
        deleting=NOW - deleting if deleting else 0,
    )


def pod(name: str = "web", status: str = "Running", **more: object) -> Row:
    """A pod; ready when it runs, unless said otherwise."""
    cells = {"STATUS": status, "READY": "1/1" if status == "Running" else "0/1", "RESTARTS": "0", **more}
    return row("pods", name, **cells)  # type: ignore[arg-type]
