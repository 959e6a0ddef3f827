"""The table of problems: paints what is on the screen from the lines, and stays where the person looks."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from kdesk.ui.cluster_colour import cluster_colour
from kdesk.ui.icons import kind_icon, pixmap
from kdesk.ui.theme import Theme, tabular
from kdesk.viewmodel.problem_list import Item, ProblemColumn, ProblemListModel
from kdesk.viewmodel.problems import ProblemId

ROW_HEIGHT = 26
_ICON, _PAD, _BAND = 14, 8, 3
_STALE = 0.6
#: Shape of each tone: colour is never alone.
SHAPES = {"bad": "circle-x", "warn": "triangle-alert"}
# What a usual text looks like; the problem takes the rest.
_SAMPLES = {
    ProblemColumn.TONE: "warning",
    ProblemColumn.CLUSTER: "production-eu",
    ProblemColumn.KIND: "PersistentVolumeClaim",
    ProblemColumn.NAMESPACE: "kube-node-lease",
    ProblemColumn.NAME: "recommendations-5fc9f4bf66-f9x2k",
    ProblemColumn.SINCE: ">2d23h",
}
_ICONS = (ProblemColumn.TONE, ProblemColumn.KIND)
_LEAST_PROBLEM = 240
#: In a narrow page these get smaller, down to so much; then these go, in this order. The tool tip tells all.
_LEAST = {ProblemColumn.NAME: 160, ProblemColumn.CLUSTER: 88}
_DISPENSABLE = (ProblemColumn.NAMESPACE, ProblemColumn.SINCE, ProblemColumn.KIND)
_Align = Qt.AlignmentFlag
_Key = Qt.Key


class ProblemTable(QTableView):
    """``opened`` and ``selected`` carry an Item; ``table_wanted`` the Item whose kind is to be shown."""

    opened = Signal(object)
    selected = Signal(object)
    table_wanted = Signal(object)
    filter_wanted = Signal()

    def __init__(self, model: ProblemListModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._lines = theme, model
        self._hovered = -1
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
        self.setMouseTracking(True)
        self.setFont(tabular(self.font()))
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(_Align.AlignLeft | _Align.AlignVCenter)
        header.setMinimumSectionSize(48)
        header.setSectionResizeMode(ProblemColumn.PROBLEM, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(ProblemColumn.TONE, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.doubleClicked.connect(lambda index: self.opened.emit(model.item(index.row())))
        model.rowsAboutToBeInserted.connect(self._remember_top)
        model.rowsInserted.connect(self._restore_top)
        model.rowsAboutToBeRemoved.connect(self._remember_top)
        model.rowsRemoved.connect(self._restore_top)
        model.layoutAboutToBeChanged.connect(self._remember_top)
        model.layoutChanged.connect(self._restore_top)
        theme.changed.connect(self.viewport().update)

    def fit(self, clusters: int) -> None:
        """Widths for the room there is; the cluster is shown where there are several."""
        metrics = self.fontMetrics()
        wanted = {}
        for column, sample in _SAMPLES.items():
            texts = [sample] if column in (ProblemColumn.TONE, ProblemColumn.SINCE) else self._texts(column)
            texts.append(column.name + "  ")
            width = max(map(metrics.horizontalAdvance, texts)) + 2 * _PAD + 4
            most = metrics.horizontalAdvance(sample) * 5 // 4 + 2 * _PAD
            extra = _ICON + 6 if column in _ICONS else _BAND + 6 if column is ProblemColumn.CLUSTER else 0
            wanted[column] = min(width, most) + extra
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
            self.verticalScrollBar().setValue(row * ROW_HEIGHT - top[1])

    # Painting: straight from the lines, only what is visible

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.color("surface"))
        row = self.rowAt(max(0, event.rect().top()))
        now = time.time()
        while 0 <= row < self._lines.rowCount():
            top = self.rowViewportPosition(row)
            if top > event.rect().bottom():
                break
            self._paint_row(painter, row, top, now)
            row += 1
        painter.end()

    def _paint_row(self, painter: QPainter, row: int, top: int, now: float) -> None:
        item, theme = self._lines.item(row), self._theme
        selected = self.selectionModel().isRowSelected(row, QModelIndex())
        background = theme.color("selection" if selected else "raised" if row == self._hovered else "surface")
        painter.fillRect(0, top, self.viewport().width(), ROW_HEIGHT, background)
        if selected and self.hasFocus():
            painter.fillRect(0, top, 2, ROW_HEIGHT, theme.color("accent"))
        stale = (item.id.cluster, item.id.label) in self._stale
        painter.setOpacity(_STALE if stale else 1.0)
        for column in ProblemColumn:
            if self.isColumnHidden(column):
                continue
            left = self.columnViewportPosition(column)
            rect = QRect(left + _PAD, top, self.columnWidth(column) - 2 * _PAD, ROW_HEIGHT)
            text = item.text(column, now)
            if column is ProblemColumn.TONE:
                self._icon(painter, rect, SHAPES[item.tone], item.tone)
                self._text(painter, rect, text, theme.color(item.tone))
            elif column is ProblemColumn.CLUSTER:
                painter.fillRect(rect.left(), top + 6, _BAND, ROW_HEIGHT - 12, cluster_colour(text))
                rect.setLeft(rect.left() + _BAND + 6)
                self._text(painter, rect, text, theme.color("text2"))
            elif column is ProblemColumn.KIND:
                self._icon(painter, rect, kind_icon(item.trouble.resource), "text2")
                self._text(painter, rect, text, theme.color("text"))
            elif column is ProblemColumn.SINCE:
                self._text(painter, rect, text, theme.color("text2"))
            else:
                quiet = column is ProblemColumn.NAMESPACE
                self._text(painter, rect, text, theme.color("text2" if quiet else "text"), column)
        painter.setOpacity(1.0)

    def _icon(self, painter: QPainter, rect: QRect, shape: str, token: str) -> None:
        picture = pixmap(shape, token, self._theme, _ICON, self.devicePixelRatioF())
        painter.drawPixmap(rect.left(), rect.top() + (ROW_HEIGHT - _ICON) // 2, picture)
        rect.setLeft(rect.left() + _ICON + 6)

    def _text(
        self, painter: QPainter, rect: QRect, text: str, color: QColor, column: ProblemColumn | None = None
    ) -> None:
        if rect.width() <= 0:
            return
        metrics = painter.fontMetrics()
        middle = column is ProblemColumn.NAME
        where = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        if metrics.horizontalAdvance(text) > rect.width():
            text = metrics.elidedText(text, where, rect.width())
        painter.setPen(color)
        painter.drawText(rect, _Align.AlignVCenter | _Align.AlignLeft | Qt.TextFlag.TextSingleLine, text)

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

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(event.position().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(QPoint(-1, -1))

    def _hover(self, at: QPoint) -> None:
        row = self.rowAt(at.y()) if at.y() >= 0 else -1
        if row != self._hovered:
            self._hovered = row
            self.viewport().update()
