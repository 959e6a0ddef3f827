"""Sorting, filtering and live changes of a large table: kdesk's model beside Qt's proxy, in the same run.

    python -m benchmarks.table_model [--rows 100000]

The last line is JSON; times in milliseconds, ratios are the proxy's time over kdesk's. A keystroke is one more letter
of ``web-123`` (the mean of the seven), searched in all columns by both. kdesk sorts and searches in slices: ``slice``
is the longest that the window waited.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import statistics
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
_TYPED = "web-123"
#: What a table gets of a frame.
_BUDGET_S = 0.008


def pods(count: int, *, seed: int = 1) -> list[Row]:
    """Pods with names, states and addresses as a cluster has them, in the order in which a server lists them."""
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
    return sorted(rows, key=lambda row: row.key)


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


def letters() -> list[str]:
    """What stands in the filter box, key by key."""
    return [_TYPED[:end] for end in range(1, len(_TYPED) + 1)]


def worked(model: TableModel, ask: Callable[[], object]) -> list[float]:
    """Milliseconds of each slice until what is asked for is done."""
    slices = [timed(ask)]
    more = [True]
    while more[-1]:
        slices.append(timed(lambda: more.append(model.work(time.monotonic() + _BUDGET_S))))
    return slices


def prepared(model: TableModel) -> list[float]:
    """Milliseconds of each slice of the work ahead of the first key."""
    slices, more = [], [True]
    while more[-1]:
        slices.append(timed(lambda: more.append(model.prepare_filter(time.monotonic() + _BUDGET_S))))
    return slices


def mine(rows: list[Row]) -> tuple[TableModel, dict[str, float]]:
    model = TableModel()
    model.set_columns(_COLUMNS, namespaces=True)
    pages = [rows[start : start + 500] for start in range(0, len(rows), 500)]
    fill = [timed(lambda page=page: model.apply([(r.key, r) for r in page], glow=False)) for page in pages]  # type: ignore[misc]
    found = {"fill_ms": sum(fill), "fill_page_max_ms": max(fill)}
    longest: list[float] = []
    for title in ("NAME", "STATUS", "AGE", "IP"):
        slices = worked(model, lambda title=title: model.set_order([SortBy(title, True)]))  # type: ignore[misc]
        found[f"sort_{title.lower()}_ms"] = sum(slices)
        longest += slices
    found["sort_slice_ms"] = max(longest)
    worked(model, lambda: model.set_order([]))
    slices = prepared(model)
    found |= {"filter_prepare_ms": sum(slices), "filter_prepare_slice_ms": max(slices)}
    keys = [worked(model, lambda text=text: model.set_filter(text)) for text in letters()]  # type: ignore[misc]
    found["filter_key_ms"] = statistics.mean(map(sum, keys))
    found["filter_key_max_ms"] = max(map(sum, keys))
    found["filter_key_slice_ms"] = max(map(max, keys))
    found["filter_column_ms"] = sum(worked(model, lambda: model.set_filter("restarts>5")))
    worked(model, lambda: model.set_filter(""))
    model.release_filter()
    fewer = _COLUMNS[:-1]
    found["columns_ms"] = sum(worked(model, lambda: model.set_columns(fewer, namespaces=True)))
    model.set_columns(_COLUMNS, namespaces=True)
    found["frame_of_changes_ms"] = max(changes(model, rows, SortBy("STATUS")))
    found["frame_of_changes_by_name_ms"] = max(changes(model, rows, None))
    return model, found


def changes(model: TableModel, rows: list[Row], by: SortBy | None) -> list[float]:
    """A frame's part of 10,000 changes a second: most change cells, some come and go. Milliseconds each."""
    pick = random.Random(2)
    worked(model, lambda: model.set_order([by] if by else []))
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
    model.setFilterKeyColumn(-1)
    keys = [timed(lambda text=text: model.setFilterFixedString(text)) for text in letters()]  # type: ignore[misc]
    found["proxy_filter_key_ms"] = statistics.mean(keys)
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args(arguments)
    app = QApplication.instance() or QApplication([])
    gc.disable()  # as in the program, which looks for garbage when nothing happens
    rows = pods(options.rows)
    _, found = mine(rows)
    found |= proxy(rows)
    for what in ("sort_name", "sort_status", "filter_key"):
        found[f"{what}_ratio"] = found[f"proxy_{what}_ms"] / found[f"{what}_ms"]
    for name, value in found.items():
        print(f"{name:32} {value:12.1f}")
    print(json.dumps({"rows": options.rows} | {name: round(value, 1) for name, value in found.items()}))
    app.processEvents()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
