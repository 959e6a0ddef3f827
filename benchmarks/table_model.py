"""Sorting, filtering and live changes of a large table: kdesk's model beside Qt's proxy, in the same run.

    python -m benchmarks.table_model [--rows 100000]

The last line is JSON; times in milliseconds, ratios are the proxy's time over kdesk's.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QApplication

from kdesk.kube.table.rows import Column, ColumnKind, Row
from kdesk.viewmodel.rows.model import TableModel
from kdesk.viewmodel.rows.order import SortBy

_COLUMNS = (
    Column("Name"),
    Column("Ready"),
    Column("Status"),
    Column("Restarts", ColumnKind.NUMBER),
    Column("Age", ColumnKind.AGE),
    Column("IP"),
    Column("Node"),
)
_HASH = "bcdfghjklmnpqrstvwxz2456789"
_STATES = ("Running",) * 20 + ("Pending", "CrashLoopBackOff", "Completed")
_FRAMES = 30


def pods(count: int, *, seed: int = 1) -> list[Row]:
    """Pods with names, states and addresses as a cluster has them."""
    pick = random.Random(seed)
    rows = []
    for number in range(count):
        suffix = "".join(pick.choices(_HASH, k=10)) + "-" + "".join(pick.choices(_HASH, k=5))
        name = f"web-{pick.randrange(900)}-{suffix}"
        cells = (
            name,
            pick.choice(("1/1", "0/1", "2/2")),
            pick.choice(_STATES),
            pick.randrange(20),
            None,
            f"10.{pick.randrange(256)}.{pick.randrange(256)}.{pick.randrange(256)}",
            f"node-{pick.randrange(300)}",
        )
        key = f"team-{pick.randrange(40)}/{name}"
        rows.append(Row(key, str(number), "1", 1_700_000_000 - pick.randrange(10**6), cells))
    return rows


class PlainModel(QAbstractTableModel):
    """What one writes first: a list of rows under a proxy that sorts and filters."""

    def __init__(self, rows: list[Row]) -> None:
        super().__init__()
        self._rows = rows

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        return self._rows[index.row()].cells[index.column()] if role == Qt.ItemDataRole.DisplayRole else None


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of this thread: other programs on the machine do not count."""
    started = time.thread_time()
    work()
    return (time.thread_time() - started) * 1000


def mine(rows: list[Row]) -> tuple[TableModel, dict[str, float]]:
    model = TableModel()
    model.set_columns(_COLUMNS, namespaces=True)
    pages = [rows[start : start + 500] for start in range(0, len(rows), 500)]
    fill = [timed(lambda page=page: model.apply([(r.key, r) for r in page], glow=False)) for page in pages]  # type: ignore[misc]
    found = {"fill_ms": sum(fill), "fill_page_max_ms": max(fill)}
    for title in ("NAME", "STATUS", "AGE", "IP"):
        found[f"sort_{title.lower()}_ms"] = timed(lambda title=title: model.set_order([SortBy(title, True)]))  # type: ignore[misc]
    model.set_order([])
    found["filter_first_key_ms"] = timed(lambda: model.set_filter("w"))
    found["filter_next_key_ms"] = timed(lambda: model.set_filter("web-12"))
    found["filter_column_ms"] = timed(lambda: model.set_filter("restarts>5"))
    model.set_filter("")
    found["frame_of_changes_ms"] = max(changes(model, rows, SortBy("STATUS")))
    found["frame_of_changes_by_name_ms"] = max(changes(model, rows, None))
    return model, found


def changes(model: TableModel, rows: list[Row], by: SortBy | None) -> list[float]:
    """A frame's part of 10,000 changes a second: most change cells, some come and go. Milliseconds each."""
    pick = random.Random(2)
    model.set_order([by] if by else [])
    times = []
    for frame in range(_FRAMES):
        batch: dict[str, Row | None] = {}
        for number in range(333):
            row = pick.choice(rows)
            cells = (*row.cells[:2], pick.choice(_STATES), frame, *row.cells[4:])
            batch[row.key] = (
                None if number % 20 == 0 else Row(row.key, row.uid, str(frame), row.created, cells)
            )
        times.append(timed(lambda batch=batch: model.apply(batch.items(), glow=True)))  # type: ignore[misc]
    return times


def proxy(rows: list[Row]) -> dict[str, float]:
    source = PlainModel(rows)
    model = QSortFilterProxyModel()
    model.setSourceModel(source)
    model.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    found = {
        "proxy_sort_name_ms": timed(lambda: model.sort(0)),
        "proxy_sort_status_ms": timed(lambda: model.sort(2)),
    }
    model.sort(-1)
    found["proxy_filter_next_key_ms"] = timed(lambda: model.setFilterFixedString("web-12"))
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args(arguments)
    app = QApplication.instance() or QApplication([])
    rows = pods(options.rows)
    _, found = mine(rows)
    found |= proxy(rows)
    for what in ("sort_name", "sort_status", "filter_next_key"):
        found[f"{what}_ratio"] = found[f"proxy_{what}_ms"] / found[f"{what}_ms"]
    for name, value in found.items():
        print(f"{name:32} {value:12.1f}")
    print(json.dumps({"rows": options.rows} | {name: round(value, 1) for name, value in found.items()}))
    app.processEvents()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
