"""Believable rows for tests of tables."""

from __future__ import annotations

from kdesk.kube.table.rows import Cell, Column, ColumnKind, Row

#: The clock of these tests, epoch seconds.
NOW = 1_700_000_000

PODS = (
    Column("Name"),
    Column("Ready", description="The ready containers of all."),
    Column("Status"),
    Column("Restarts", ColumnKind.NUMBER),
    Column("Age", ColumnKind.AGE),
    Column("IP", wide=True),
    Column("Node", wide=True),
)


def pod(
    name: str,
    *,
    namespace: str = "prod",
    status: str = "Running",
    restarts: Cell = 0,
    uid: str = "",
    age: int = 60,
    labels: str = "",
) -> Row:
    """A pod as the server's Table would give it; ``age`` in seconds at NOW."""
    ready = "1/1" if status == "Running" else "0/1"
    return Row(
        key=f"{namespace}/{name}",
        uid=uid or f"uid-of-{namespace}-{name}",
        version="1",
        created=NOW - age,
        cells=(name, ready, status, restarts, None, "10.0.0.7", "node-1"),
        labels=labels,
    )
