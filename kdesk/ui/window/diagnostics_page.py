"""Diagnostics: what is connected, how fresh, how fast, how big. The same answer as ``app.diagnostics`` gives."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.buttons import push_button
from kdesk.viewmodel.program.diagnostics import Diagnostics

_INTERVAL_MS = 1000
_COLUMNS = (
    "Cluster / resource", "Namespace", "Kept", "State", "Objects", "resourceVersion", "Events",
    "Lists", "Relists", "Odd", "Age", "Last error",
)  # fmt: skip
_NUMBERS = (4, 5, 6, 7, 8, 9, 10)
_STATE = _COLUMNS.index("State")
_KEPT = _COLUMNS.index("Kept")
_ODD = _COLUMNS.index("Odd")
_FIGURES = ("Memory", "Threads", "Open files", "CPU", "Frames late: median", "Late: 99 %", "Late: worst")


class DiagnosticsPage(QWidget):
    """Reads once a second while it is shown, and not otherwise."""

    def __init__(self, diagnostics: Diagnostics, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._diagnostics, self._theme = diagnostics, theme
        self._last: dict[str, Any] = {}
        self._items: list[QTreeWidgetItem] = []
        self.setObjectName("diagnostics")
        self._figures = {name: QLabel("–") for name in _FIGURES}
        self._tree = QTreeWidget()
        self._tree.setColumnCount(len(_COLUMNS))
        self._tree.setHeaderLabels(list(_COLUMNS))
        self._tree.setRootIsDecorated(False)
        self._tree.setIndentation(16)
        self._tree.setUniformRowHeights(True)
        self._tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._tree.setAccessibleName("Watches")
        self._tree.setStyleSheet("QTreeView::item { min-height: 24px; padding: 0 6px; }")
        header = self._tree.header()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((200, 90, 110, 90, 72, 120, 72, 54, 66, 54, 64)):
            header.resizeSection(column, width)
        for column in _NUMBERS:
            self._tree.headerItem().setTextAlignment(
                column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
        self._tree.headerItem().setToolTip(_ODD, "What came that made no sense, and was left out")
        self._copy = push_button("Copy as JSON")
        self._copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(json.dumps(self._last, indent=2, ensure_ascii=False))
        )
        self._lay_out()
        self.setFocusProxy(self._tree)
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.refresh)
        theme.changed.connect(self.refresh)

    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def refresh(self) -> None:
        """Read and show."""
        if not self.isVisible():
            return
        self._last = reading = self._diagnostics.read()
        process, late = reading["process"], reading["gui"]["lateness_ms"]
        shown = (
            f"{process['rss_bytes'] / 1_000_000:,.0f} MB",
            f"{process['threads']}",
            f"{process['fds']}" if process["fds"] >= 0 else "–",
            f"{process['cpu_s']:,.1f} s",
            f"{late['p50']:.1f} ms",
            f"{late['p99']:.1f} ms",
            f"{late['max']:.1f} ms",
        )
        for label, text in zip(self._figures.values(), shown, strict=True):
            label.setText(text)
        self._fill(reading["clusters"])

    def _fill(self, clusters: list[dict[str, Any]]) -> None:
        """Items are reused in place: selection and scroll stay."""
        lines = []
        for cluster in clusters:
            lines.append((0, [cluster["name"], "", "", cluster["state"], *[""] * 7, cluster["detail"]], ""))
            lines += [(1, _watch(watch), watch["last_odd"]) for watch in cluster["watches"]]
        while len(self._items) > len(lines):
            self._items.pop()
            self._tree.takeTopLevelItem(len(self._items))
        while len(self._items) < len(lines):
            item = QTreeWidgetItem()
            for column in _NUMBERS:
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setFont(column, tabular(self.font()))
            self._items.append(item)
            self._tree.addTopLevelItem(item)
        bold = self.font()
        bold.setBold(True)
        for row, (level, texts, oddity) in enumerate(lines):
            item = self._items[row]
            item.setFont(0, self.font() if level else bold)
            for column, text in enumerate(texts):
                shown = f"    {text}" if level and column == 0 else text
                if item.text(column) != shown:
                    item.setText(column, shown)
            item.setToolTip(len(_COLUMNS) - 1, texts[-1])
            item.setToolTip(_KEPT, texts[_KEPT])
            item.setToolTip(_ODD, f"The last of it: {oddity}" if oddity else "")
            item.setForeground(_STATE, self._theme.color(_tone(texts[_STATE])))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(2)
        for column, (name, value) in enumerate(self._figures.items()):
            caption = QLabel(name)
            caption.setProperty("tone", "text2")
            font = tabular(value.font())
            font.setPointSizeF(font.pointSizeF() * 1.25)
            value.setFont(font)
            value.setAccessibleName(name)
            grid.addWidget(value, 0, column)
            grid.addWidget(caption, 1, column)
        top = QHBoxLayout()
        top.setContentsMargins(16, 12, 16, 12)
        top.addLayout(grid)
        top.addStretch()
        top.addWidget(self._copy)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(top)
        box.addWidget(self._tree)


def _watch(watch: dict[str, Any]) -> list[str]:
    return [
        watch["resource"],
        watch["namespace"] or "all",
        " ".join(("whole objects" if watch["whole"] else "rows", watch["selector"])).strip(),
        watch["state"],
        f"{watch['objects']:,}",
        watch["resourceVersion"],
        f"{watch['events']:,}",
        str(watch["lists"]),
        str(watch["relists"]),
        f"{watch['odd']:,}",
        _age(watch["age_s"]),
        watch["last_error"],
    ]


def _age(seconds: float | None) -> str:
    """Since the server last spoke."""
    if seconds is None:
        return "–"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _tone(state: str) -> str:
    if state in ("LIVE", "OPEN"):
        return "ok"
    if state in ("LISTING", "OPENING"):
        return "info"
    if state in ("BACKOFF",):
        return "warn"
    return "text2" if state in ("IDLE", "STOPPED") else "bad"
