"""The table on the screen: a QTableView that paints its rows itself.

Selection, header, keys and accessibility stay Qt's. Scrolling and selection stay with the objects, not with the row
numbers: the row at the top keeps its place while others come and go, and a row that a filter hid is selected again
when it comes back.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QToolTip, QWidget

from kdesk.kube.table.rows import Row
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.focus_ring import draw_focus_ring
from kdesk.ui.tables.column_layout import ColumnLayout
from kdesk.ui.tables.header import TableHeader
from kdesk.ui.tables.kept_selection import KeptSelection
from kdesk.ui.tables.quiet_view import QuietView
from kdesk.ui.tables.row_painter import NUMBER_PADDING, PADDING, Look, RowPainter, Slot
from kdesk.viewmodel.rows.cluster_row import cluster_of
from kdesk.viewmodel.rows.columns import TableColumn
from kdesk.viewmodel.rows.leaving import Leaving
from kdesk.viewmodel.rows.model import TableModel

#: How often a glow is painted while one fades, and how often ages are.
_FADE_MS = 40
_AGE_MS = 1000
_FOR_THE_PAGE = (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Find)


class TableView(QuietView):
    """``opened(row)``: Enter, Space or a double click. ``selected(row)``: the current row is another (None: none).

    ``selection`` knows which rows are selected, ``columns`` which columns are shown.
    """

    opened = Signal(object)
    selected = Signal(object)

    def __init__(self, model: TableModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self._table, self._theme = model, theme
        self._row = theme.row_height
        #: Rows that fade because they were deleted; None: they are gone at once.
        self.leaving: Leaving | None = None
        self._stale = False
        self._stale_clusters: frozenset[str] = frozenset()
        self._hovered = ""
        # The rows on the screen and by how many pixels the first is cut, while rows move.
        self._anchor: tuple[list[str], int] = ([], 0)
        self._font = tabular(self.font())
        self._painter = RowPainter(theme, self._font)
        self._fade = _timer(self, _FADE_MS, single=True)
        self._fade.timeout.connect(self.viewport().update)
        self._ages = _timer(self, _AGE_MS, single=False)
        self._ages.timeout.connect(self.viewport().update)
        self._set_up()
        self.setModel(model)
        self._header = TableHeader(model, theme, self)
        self.setHorizontalHeader(self._header)
        self.columns = ColumnLayout(self, self._header, model, lambda: self._font)
        model.arranging.connect(self._hold)
        model.arranged.connect(self._keep)
        model.order_changed.connect(self._show_current)
        for part in (self.viewport(), self._header.viewport()):  # Qt moves pixels, of which some are to stay
            self.horizontalScrollBar().valueChanged.connect(part.update)
        self.selection = KeptSelection(model, self.selectionModel(), self)
        self.selection.current_changed.connect(self.selected)
        self.doubleClicked.connect(self._open)
        theme.changed.connect(self._restyle)
        self.fit_columns()

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        # Every pixel is painted here: Qt need not paint what lies behind, up to the window.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(self._row)
        rows.setDefaultSectionSize(self._row)

    # What the page asks.

    def set_stale(self, stale: bool, clusters: Iterable[str] = ()) -> None:
        """Show the rows (those of these clusters) at 60 %: they are not known to be true any more."""
        wanted = (stale, frozenset(clusters))
        if wanted != (self._stale, self._stale_clusters):
            self._stale, self._stale_clusters = wanted
            self.viewport().update()

    def current_row(self) -> Row | None:
        index = self.currentIndex()
        return self._table.row_at(index.row()) if index.isValid() else None

    def selected_rows(self) -> list[Row]:
        """From top to bottom."""
        return self.selection.rows()

    # Keeping place.

    def _hold(self) -> None:
        """Before rows move: note which ones are on the screen, unless it is the very top."""
        offset = self.verticalScrollBar().value()
        first = offset // self._row
        last = min(self._table.rowCount(), first + self.viewport().height() // self._row + 1)
        keys = [self._table.key_at(place) for place in range(first, last)] if offset else []
        self._anchor = (keys, offset % self._row)

    def _keep(self) -> None:
        keys, cut = self._anchor
        # The first that is still there: the one at the top may be the one that went.
        places = ((at, self._table.place(key)) for at, key in enumerate(keys))
        at, place = next(((at, place) for at, place in places if place >= 0), (0, -1))
        if place >= 0:
            self.updateGeometries()  # the scroll bar's range, before its value
            self.verticalScrollBar().setValue((place - at) * self._row + cut)
        self.update_rows()

    def _show_current(self) -> None:
        """After another order: the current row, else the top."""
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)
        else:
            self.scrollToTop()

    # Columns.

    def shown_columns(self) -> list[TableColumn]:
        """In the order on the screen."""
        return self.columns.shown()

    def fit_columns(self) -> None:
        """Widths from a sample of the rows, where a person has not chosen one."""
        self.columns.fit()

    def sizeHintForColumn(self, column: int) -> int:
        """For a double click on the line between two titles."""
        return self.columns.fitting(column)

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        viewport = self.viewport()
        self._painter.mark(self._table.filter.marks)
        self._painter.layout(self._slots(), viewport.width(), viewport.devicePixelRatioF())
        painter = QPainter(viewport)
        area = event.rect()
        painter.fillRect(area, self._theme.color("surface"))
        offset = self.verticalScrollBar().value()
        place = max(0, (offset + area.top()) // self._row)
        top = place * self._row - offset
        glows = False
        now, monotonic = self._table.clock(), time.monotonic()
        while place < self._table.rowCount() and top <= area.bottom():
            glows |= self._paint_row(painter, place, top, now, monotonic)
            place, top = place + 1, top + self._row
        painter.end()
        self.note_painted()
        if glows:
            self._fade.start()

    def _slots(self) -> list[Slot]:
        header = self._header
        frozen = header.frozen
        slots = [
            Slot(column, header.sectionViewportPosition(section), header.sectionSize(section))
            for section, column in enumerate(self._table.columns)
            if not header.isSectionHidden(section) and section != frozen
        ]
        if frozen >= 0:
            slots.append(Slot(self._table.columns[frozen], 0, header.sectionSize(frozen), frozen=True))
        return slots

    def _paint_row(self, painter: QPainter, place: int, top: int, now: float, monotonic: float) -> bool:
        row = self._table.row_at(place)
        stale = self._stale or cluster_of(row) in self._stale_clusters
        look = Look(self.selection.contains(place), row.key == self._hovered, stale)
        left = self.leaving.of(row.key) if self.leaving is not None else None
        painter.setOpacity(1.0 if left is None else left)
        painter.drawPixmap(0, top, self._painter.picture(row, look, now))
        painter.setOpacity(1.0)
        glow = None if self._theme.reduced_motion else self._table.glows.of(row.key, monotonic)
        if glow is not None:
            self._painter.glow(painter, top, *glow)
        if self.hasFocus() and place == self.currentIndex().row():
            draw_focus_ring(painter, QRect(0, top, self.viewport().width(), self._row), self._theme)
        return glow is not None or left is not None

    def _restyle(self) -> None:
        if self._row != self._theme.row_height:
            self._hold()
            self._row = self._theme.row_height
            rows = self.verticalHeader()
            rows.setMinimumSectionSize(self._row)
            rows.setDefaultSectionSize(self._row)
            self._keep()
        self._font = tabular(self.font())
        self._painter.restyle(self._font)
        self.viewport().update()

    # Events.

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_painter"):
            self._restyle()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ages.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ages.stop()
        self._fade.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.selection.settle()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self._open(self.currentIndex())
        elif (
            event.text() == "/" or event.key() == Qt.Key.Key_Escape or any(map(event.matches, _FOR_THE_PAGE))
        ):
            event.ignore()  # Qt's view would copy one cell, and look for "/" among the rows
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event)
            return True
        return super().viewportEvent(event)

    def _show_tip(self, event: QHelpEvent) -> None:
        """The whole text of a cell that is cut."""
        index = self.indexAt(event.pos())
        text = str(index.data() or "")
        room = self.columnWidth(index.column()) - PADDING - NUMBER_PADDING if index.isValid() else 0
        if text and self.fontMetrics().horizontalAdvance(text) > room:
            QToolTip.showText(event.globalPos(), text, self, self.visualRect(index))
        else:
            QToolTip.hideText()

    def keyboardSearch(self, search: str) -> None:
        """Nothing: Qt's way asks the model for every row. The filter is one key away."""

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell a screen reader of the first row: Qt's way asks the model for every cell of all that are selected."""
        QAbstractItemView.selectionChanged(self, selected, deselected)
        if not QAccessible.isActive():
            return
        told = (QAccessible.Event.SelectionRemove, deselected), (QAccessible.Event.SelectionAdd, selected)
        for kind, ranges in told:
            if not ranges.isEmpty():
                cell, event = ranges.at(0).topLeft(), QAccessibleEvent(self, kind)
                # Children are counted with the headers, from the corner.
                event.setChild((cell.row() + 1) * (self._table.columnCount() + 1) + cell.column() + 1)
                QAccessible.updateAccessibility(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.selection.settle()  # Ctrl and Shift add to what Qt knows
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons():
            self.selection.settle()
        super().mouseMoveEvent(event)
        self._hover(event.position().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(QPoint(-1, -1))

    def _hover(self, at: QPoint) -> None:
        place = self.rowAt(at.y()) if at.y() >= 0 else -1
        key = self._table.row_at(place).key if 0 <= place < self._table.rowCount() else ""
        if key != self._hovered:
            self._hovered = key
            self.viewport().update()

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._table.row_at(index.row()))


def _timer(owner: QWidget, milliseconds: int, *, single: bool) -> QTimer:
    timer = QTimer(owner)
    timer.setInterval(milliseconds)
    timer.setSingleShot(single)
    return timer
