"""The table of problems: paints what is on the screen from the lines, and stays where the person looks."""

from __future__ import annotations

import time

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QWidget

from kdesk.ui.look.icons import kind_icon, pixmap
from kdesk.ui.look.theme import TOKENS, Theme, tabular
from kdesk.ui.parts.focus_ring import draw_focus_ring
from kdesk.ui.parts.hover import HoverTable
from kdesk.ui.tables.header import HEIGHT
from kdesk.viewmodel.problems.list import Item, ProblemColumn, ProblemListModel
from kdesk.viewmodel.problems.watch import ProblemId

_ICON, _PAD, _BAND = 14, 8, 3
_STALE = 0.6
#: Shape of each tone: colour is never alone.
SHAPES = {"bad": "circle-x", "warn": "triangle-alert"}
# What a usual text looks like; the problem takes the rest.
_SAMPLES = {
    ProblemColumn.SEVERITY: "warning",
    ProblemColumn.CLUSTER: "production-eu",
    ProblemColumn.KIND: "PersistentVolumeClaim",
    ProblemColumn.NAMESPACE: "kube-node-lease",
    ProblemColumn.NAME: "recommendations-5fc9f4bf66-f9x2k",
    ProblemColumn.SINCE: ">2d23h",
}
_ICONS = (ProblemColumn.SEVERITY, ProblemColumn.KIND)
_LEAST_PROBLEM = 240
#: In a narrow page these get smaller, down to so much; then these go, in this order. The tool tip tells all.
_LEAST = {ProblemColumn.NAME: 160, ProblemColumn.CLUSTER: 88}
_DISPENSABLE = (ProblemColumn.NAMESPACE, ProblemColumn.SINCE, ProblemColumn.KIND)
_Align = Qt.AlignmentFlag
_Pictures = dict[tuple[str, str, float], QPixmap]
_Key = Qt.Key


class _Brush:
    """What one painting of the table needs again and again, looked up once."""

    def __init__(self, painter: QPainter, theme: Theme, pictures: _Pictures, ratio: float) -> None:
        self.painter = painter
        self.colors = {token: theme.color(token) for token in TOKENS}
        self._theme, self._pictures, self._ratio = theme, pictures, ratio
        self._metrics = painter.fontMetrics()
        self._average = self._metrics.averageCharWidth()
        self.row = theme.row_height
        self._base = (self.row + self._metrics.ascent() - self._metrics.descent()) // 2

    def icon(self, left: int, top: int, shape: str, token: str) -> int:
        """Gives where the text begins."""
        key = shape, token, self._ratio
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures[key] = pixmap(shape, token, self._theme, _ICON, self._ratio)
        self.painter.drawPixmap(left, top + (self.row - _ICON) // 2, picture)
        return left + _ICON + 6

    def text(
        self,
        left: int,
        right: int,
        top: int,
        text: str,
        token: str,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        align: Qt.AlignmentFlag = _Align.AlignLeft,
    ) -> None:
        width = right - left
        if not text or width <= 0:
            return
        # Measuring costs more than drawing: only texts that might not fit are measured.
        if len(text) * self._average > width * 2 // 3:
            text = self._metrics.elidedText(text, elide, width)
        if align is _Align.AlignRight:
            left = right - self._metrics.horizontalAdvance(text)
        self.painter.setPen(self.colors[token])
        self.painter.drawText(left, top + self._base, text)


class ProblemTable(HoverTable):
    """``opened`` and ``selected`` carry an Item; ``table_wanted`` the Item whose kind is to be shown."""

    opened = Signal(object)
    selected = Signal(object)
    table_wanted = Signal(object)
    filter_wanted = Signal()

    def __init__(self, model: ProblemListModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._lines = theme, model
        self._pictures: _Pictures = {}
        self._stale: set[tuple[str, str]] = set()
        self._top: tuple[ProblemId, int] | None = None
        self.setModel(model)
        self.setAccessibleName("Problems")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setFont(tabular(self.font()))
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._row = 0
        self._widest: dict[ProblemColumn, int] = {}
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(HEIGHT)
        header.setDefaultAlignment(_Align.AlignLeft | _Align.AlignVCenter)
        header.setMinimumSectionSize(48)
        header.setSectionResizeMode(ProblemColumn.PROBLEM, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(ProblemColumn.SEVERITY, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.doubleClicked.connect(lambda index: self.opened.emit(model.item(index.row())))
        model.rowsAboutToBeInserted.connect(self._remember_top)
        model.rowsInserted.connect(self._restore_top)
        model.rowsAboutToBeRemoved.connect(self._remember_top)
        model.rowsRemoved.connect(self._restore_top)
        model.layoutAboutToBeChanged.connect(self._remember_top)
        model.layoutChanged.connect(self._restore_top)
        theme.changed.connect(self._restyle)
        self._restyle()

    def fit(self, clusters: int) -> None:
        """Widths for the room there is; the cluster is shown where there are several.

        What was as wide once stays so: columns do not jump to and fro as lines come and go.
        """
        metrics = self.fontMetrics()
        wanted = {}
        for column, sample in _SAMPLES.items():
            texts = (
                [sample] if column in (ProblemColumn.SEVERITY, ProblemColumn.SINCE) else self._texts(column)
            )
            texts.append(column.name + "  ")
            width = max(map(metrics.horizontalAdvance, texts)) + 2 * _PAD + 4
            most = metrics.horizontalAdvance(sample) * 3 // 2 + 2 * _PAD
            extra = _ICON + 6 if column in _ICONS else _BAND + 6 if column is ProblemColumn.CLUSTER else 0
            wanted[column] = max(min(width, most) + extra, self._widest.get(column, 0))
        self._widest = dict(wanted)
        if clusters < 2:
            del wanted[ProblemColumn.CLUSTER]
        lack = sum(wanted.values()) + _LEAST_PROBLEM - self.viewport().width()
        for column in _DISPENSABLE:
            for shrunk in (ProblemColumn.NAME, ProblemColumn.CLUSTER):
                given = min(max(0, lack), max(0, wanted.get(shrunk, 0) - _LEAST[shrunk]))
                if given:
                    wanted[shrunk] -= given
                    lack -= given
            if lack > 0:
                lack -= wanted.pop(column)
        for column in _SAMPLES:
            self.setColumnHidden(column, column not in wanted)
            self.setColumnWidth(column, wanted.get(column, 0))

    def show_stale(self, stale: set[tuple[str, str]]) -> None:
        """Cluster and label of the kinds whose lines are what they were, not what they are."""
        if stale != self._stale:
            self._stale = stale
            self.viewport().update()

    def current_item(self) -> Item | None:
        row = self.currentIndex().row()
        return self._lines.item(row) if 0 <= row < self._lines.rowCount() else None

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:  # type: ignore[override]
        super().currentChanged(current, previous)
        item = self.current_item()
        if item is not None and current.row() != previous.row():
            self.selected.emit(item)

    def _texts(self, column: ProblemColumn) -> list[str]:
        """What stands in a column, of as many lines as matter."""
        now = time.time()
        return [self._lines.item(row).text(column, now) for row in range(min(200, self._lines.rowCount()))]

    # Where the person looks: what is above may come and go

    def _remember_top(self) -> None:
        row = self.rowAt(0)
        scrolled = self.verticalScrollBar().value()
        if self._top is None and scrolled and 0 <= row < self._lines.rowCount():
            self._top = self._lines.item(row).id, self.rowViewportPosition(row)

    def _restore_top(self) -> None:
        top, self._top = self._top, None
        if top is None:
            return
        row = self._lines.row_of(top[0])
        if row >= 0:
            self.updateGeometries()
            self.verticalScrollBar().setValue(row * self._row - top[1])

    # Painting: straight from the lines, only what is visible

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.color("surface"))
        brush = _Brush(painter, self._theme, self._pictures, self.devicePixelRatioF())
        columns = [
            (column, self.columnViewportPosition(column), self.columnWidth(column))
            for column in ProblemColumn
            if not self.isColumnHidden(column)
        ]
        row = self.rowAt(max(0, event.rect().top()))
        now = time.time()
        while 0 <= row < self._lines.rowCount():
            top = self.rowViewportPosition(row)
            if top > event.rect().bottom():
                break
            self._paint_back(brush, row, top)
            self._paint_row(brush, self._lines.item(row), top, columns, now)
            row += 1
        painter.end()

    def _paint_back(self, brush: _Brush, row: int, top: int) -> None:
        selected = self.selectionModel().isRowSelected(row, QModelIndex())
        painter, width = brush.painter, self.viewport().width()
        if selected or row == self.hovered:
            painter.fillRect(0, top, width, brush.row, brush.colors["selection" if selected else "raised"])
        if row == self.currentIndex().row() and self.hasFocus():
            draw_focus_ring(painter, QRect(0, top, width, brush.row), self._theme)

    def _paint_row(
        self, brush: _Brush, item: Item, top: int, columns: list[tuple[ProblemColumn, int, int]], now: float
    ) -> None:
        stale = (item.id.cluster, item.id.label) in self._stale
        brush.painter.setOpacity(_STALE if stale else 1.0)
        for column, start, size in columns:
            text = item.text(column, now)
            left, right = start + _PAD, start + size - _PAD
            match column:
                case ProblemColumn.SEVERITY:
                    left = brush.icon(left, top, SHAPES[item.tone], item.tone)
                    brush.text(left, right, top, text, item.tone)
                case ProblemColumn.CLUSTER:
                    brush.painter.fillRect(left, top + 6, _BAND, brush.row - 12, self._theme.cluster(text))
                    brush.text(left + _BAND + 6, right, top, text, "text2")
                case ProblemColumn.KIND:
                    left = brush.icon(left, top, kind_icon(item.trouble.resource), "text2")
                    brush.text(left, right, top, text, "text")
                case ProblemColumn.SINCE:
                    brush.text(left, right, top, text, "text2", align=_Align.AlignRight)
                case ProblemColumn.NAME:
                    brush.text(left, right, top, text, "text", Qt.TextElideMode.ElideMiddle)
                case _:
                    brush.text(left, right, top, text, "text" if column is ProblemColumn.PROBLEM else "text2")
        brush.painter.setOpacity(1.0)

    def _restyle(self) -> None:
        if self._row != self._theme.row_height:
            self._remember_top()
            self._row = self._theme.row_height
            rows = self.verticalHeader()
            rows.setMinimumSectionSize(self._row)
            rows.setDefaultSectionSize(self._row)
            self._restore_top()
        self._pictures.clear()
        self.viewport().update()

    # The person

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.current_item()
        if event.key() in (_Key.Key_Return, _Key.Key_Enter, _Key.Key_Space) and item is not None:
            self.opened.emit(item)
        elif event.text() == "/":
            self.filter_wanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        row = self.rowAt(event.pos().y())
        if row >= 0:
            self.selectRow(row)
            menu = self.menu_for(self._lines.item(row))
            menu.exec(event.globalPos())
            menu.deleteLater()

    def menu_for(self, item: Item) -> QMenu:
        """What can be done with a line."""
        menu = QMenu(self)
        row = item.trouble.problem.row
        menu.addAction("Show in Detail", lambda: self.opened.emit(item))
        menu.addAction(f"Open table of {item.id.label}", lambda: self.table_wanted.emit(item))
        menu.addSeparator()
        menu.addAction("Copy name", lambda: QGuiApplication.clipboard().setText(row.name))
        menu.addAction("Copy problem", lambda: QGuiApplication.clipboard().setText(item.tip(time.time())))
        return menu

    def sizeHint(self) -> QSize:
        return QSize(640, 400)
