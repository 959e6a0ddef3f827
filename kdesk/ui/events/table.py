"""The table of the live-event log: paints what is on the screen from the lines, and stays where the person looks."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from kdesk.kube.diff.words import ONLY_HEARTBEAT, ONLY_METADATA
from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.focus_ring import draw_focus_ring
from kdesk.ui.parts.hover import HoverTable
from kdesk.viewmodel.events.lines import EventColumn, EventLine
from kdesk.viewmodel.events.model import HEADERS, EventLogModel

HEADER = 28
_ICON = 12
_PAD = 8
_BAND = 3
#: Shape and colour of each type of line.
SHAPES = {
    "ADDED": ("plus", "ok"),
    "MODIFIED": ("pencil", "info"),
    "DELETED": ("minus", "bad"),
    "LIVE": ("disc", "ok"),
    "LISTING": ("circle", "info"),
    "BACKOFF": ("circle-dashed", "warn"),
    "FORBIDDEN": ("lock", "bad"),
    "UNAUTHORIZED": ("key-round", "bad"),
    "GONE": ("ban", "bad"),
    "STOPPED": ("ban", "text2"),
    "DROPPED": ("triangle-alert", "warn"),
}
# What a usual text of a column looks like; what changed takes the rest.
_SAMPLES = {
    EventColumn.TIME: "00:00:00.000",
    EventColumn.CLUSTER: "production-eu",
    EventColumn.TYPE: "MODIFIED",
    EventColumn.KIND: "DeploymentSet",
    EventColumn.NAMESPACE: "kube-node-lease",
    EventColumn.NAME: "frontend-5fc9f4bf66-x7k2p",
    EventColumn.WHO: "kube-controller-manager",
    EventColumn.SERVER: "00:00:00",
    EventColumn.CREATED: "0000-00-00 00:00:00",
    EventColumn.VERSION: "1234567890",
}
#: Gone first where that leaves less room than this for what changed, in this order; then these give up to a third.
_DISPENSABLE = {
    EventColumn.SERVER: 320,
    EventColumn.CREATED: 260,
    EventColumn.VERSION: 260,
    EventColumn.WHO: 160,
    EventColumn.NAMESPACE: 120,
    EventColumn.KIND: 60,
}
_NARROWED = (EventColumn.NAME, EventColumn.NAMESPACE)
_LEAST_CHANGE = 220
#: Said of changes that are none to a person.
_QUIET_CHANGES = frozenset([ONLY_METADATA, ONLY_HEARTBEAT])
_Align = Qt.AlignmentFlag
_STEPS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class EventTable(HoverTable):
    """Follows the newest line until the person scrolls up; ``following_changed`` says which."""

    following_changed = Signal(bool)

    def __init__(self, model: EventLogModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._lines = theme, model
        self.following = True
        self._moving = False
        self._pictures: dict[str, QPixmap] = {}
        self._longest: dict[EventColumn, tuple[str, ...]] = {}  # what may stand in a column
        self._own: dict[EventColumn, int] = {}  # widths that a person chose
        self.setModel(model)
        self.setAccessibleName("Live events")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setFont(tabular(self.font()))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.line_height = theme.row_height  # in pixels, as rows of tables are
        self._size_lines()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(HEADER)
        header.setDefaultAlignment(_Align.AlignLeft | _Align.AlignVCenter)
        header.setMinimumSectionSize(48)
        header.setSectionResizeMode(EventColumn.CHANGE, QHeaderView.ResizeMode.Stretch)
        header.sectionResized.connect(self._resized)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        model.rowsInserted.connect(self._appended)
        model.rowsRemoved.connect(self._removed)
        model.modelReset.connect(self._reset)
        theme.changed.connect(self._restyle)
        self._removing_from = 0

    def fit_to(self, clusters: Iterable[str], kinds: Iterable[str]) -> None:
        """Make the columns of clusters and kinds as wide as these, and no wider."""
        self._longest[EventColumn.CLUSTER] = tuple(clusters)
        self._longest[EventColumn.KIND] = tuple(kinds)
        self._moving = True
        self._fit()
        self._moving = False

    def jump_to_newest(self) -> None:
        self._follow(True)
        self._to_end()

    def hold(self) -> None:
        """Stop following: the person looks at something."""
        self._follow(False)

    def selected_line(self) -> EventLine | None:
        rows = self.selectionModel().selectedRows()
        return self._lines.line(rows[0].row()) if rows else None

    def select_number(self, number: int) -> bool:
        """Select the line of this number, where it is shown; whether it is."""
        row = self._lines.row_of(number)
        found = row < self._lines.rowCount() and self._lines.number(row) == number
        if found:
            self.selectRow(row)
        return found

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Without a line chosen, keys begin with one on the screen: Qt would begin with the first of all."""
        here = self._lines.rowCount() - 1 if self.following else self.rowAt(0)
        if event.key() in _STEPS and here >= 0 and not self.currentIndex().isValid():
            self.setCurrentIndex(self._lines.index(here, 0))
        else:
            super().keyPressEvent(event)

    # Where the person looks

    def _follow(self, following: bool) -> None:
        if following != self.following:
            self.following = following
            self.following_changed.emit(following)

    def _scrolled(self, value: int) -> None:
        if not self._moving:
            self._follow(value >= self.verticalScrollBar().maximum())

    def _to_end(self) -> None:
        self._moving = True
        self.scrollToBottom()
        self._moving = False

    def _appended(self) -> None:
        if self.following:
            self._to_end()

    def rowsAboutToBeRemoved(
        self, parent: QModelIndex | QPersistentModelIndex, first: int, last: int
    ) -> None:
        self._removing_from = self.verticalScrollBar().value()
        if first <= self.currentIndex().row() <= last:
            # Otherwise Qt would select the next line, and its object would take the place of the one being read.
            self.selectionModel().clearCurrentIndex()
        super().rowsAboutToBeRemoved(parent, first, last)

    def _removed(self, parent: QModelIndex, first: int, last: int) -> None:
        if not self.following:
            self._moving = True
            self.updateGeometries()
            self.verticalScrollBar().setValue(self._removing_from - (last - first + 1) * self.line_height)
            self._moving = False

    def _reset(self) -> None:
        self.hovered = -1
        if self.following:
            self._to_end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._moving = True
        super().resizeEvent(event)
        self._fit()
        self._moving = False
        if self.following:
            self._to_end()

    def _fit(self) -> None:
        """Widths for the room there is: what changed is what one looks for. Those that a person chose stay."""
        usual = {column: self._own.get(column) or self._usual_width(column) for column in _SAMPLES}
        left = self.viewport().width() - sum(usual.values())
        hidden = []
        if len(self._longest.get(EventColumn.CLUSTER, ())) == 1 and EventColumn.CLUSTER not in self._own:
            hidden.append(EventColumn.CLUSTER)  # it would say the same in every line
            left += usual[EventColumn.CLUSTER]
        for column, wanted in _DISPENSABLE.items():
            if left < wanted:
                hidden.append(column)
                left += usual[column]
        missing = max(0, _LEAST_CHANGE - left)
        for column in _NARROWED:
            if column not in self._own:
                heading = self.fontMetrics().horizontalAdvance(HEADERS[column]) + 2 * _PAD
                given = max(0, min(missing, usual[column] // 3, usual[column] - heading))
                usual[column] -= given
                missing -= given
        for column, width in usual.items():
            self.setColumnHidden(column, column in hidden)
            self.setColumnWidth(column, width)

    def _usual_width(self, column: EventColumn) -> int:
        extra = {
            EventColumn.TIME: _ICON + 4,
            EventColumn.TYPE: _ICON + 6,
            EventColumn.CLUSTER: _BAND + 6,
        }.get(column, 0)
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(_SAMPLES[column])
        if texts := self._longest.get(column):
            heading = metrics.horizontalAdvance(HEADERS[column]) - extra
            width = min(max(heading, *map(metrics.horizontalAdvance, texts)), 2 * width)
        return width + 2 * _PAD + extra + 4

    def _resized(self, column: int, before: int, after: int) -> None:
        if not self._moving and column != EventColumn.CHANGE:
            self._own[EventColumn(column)] = after

    # Painting: straight from the lines, only what is visible

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.color("surface"))
        first = self.rowAt(max(0, event.rect().top()))
        if first >= 0:
            columns = [
                (c, self.columnViewportPosition(c), self.columnWidth(c))
                for c in EventColumn
                if not self.isColumnHidden(c)
            ]
            row, top = first, self.rowViewportPosition(first)
            while row < self._lines.rowCount() and top <= event.rect().bottom():
                self._paint_row(painter, row, top, columns)
                row, top = row + 1, top + self.line_height
        painter.end()

    def _paint_row(
        self, painter: QPainter, row: int, top: int, columns: list[tuple[EventColumn, int, int]]
    ) -> None:
        line = self._lines.line(row)
        texts = self._lines.texts(row)
        theme, width = self._theme, self.viewport().width()
        selected = self.selectionModel().isRowSelected(row, QModelIndex())
        if selected or row == self.hovered:
            background = theme.color("selection" if selected else "raised")
            painter.fillRect(0, top, width, self.line_height, background)
        quiet = line.row is None or line.initial
        plain, soft = theme.color("text2" if quiet else "text"), theme.color("text2")
        note_from = EventColumn.NAME if line.row is None else None
        for column, left, size in columns:
            rect = QRect(left + _PAD, top, size - 2 * _PAD, self.line_height)
            text = texts[column]
            if column is EventColumn.TIME:
                if line.number in self._lines.notes:
                    place = rect.top() + (self.line_height - _ICON) // 2
                    painter.drawPixmap(rect.right() - _ICON, place, self._picture("bookmark", "accent"))
                _draw(painter, rect, text, soft)
            elif column is EventColumn.CLUSTER:
                painter.fillRect(
                    left + _PAD, top + 5, _BAND, self.line_height - 10, theme.cluster(line.origin.cluster)
                )
                rect.setLeft(rect.left() + _BAND + 6)
                _draw(painter, rect, text, soft)
            elif column is EventColumn.TYPE:
                self._paint_type(painter, rect, line)
            elif column == note_from:
                rect.setRight(width - _PAD)
                _draw(painter, rect, text, plain)
                break
            elif column is EventColumn.NAME:
                _draw(painter, rect, text, plain, elide=Qt.TextElideMode.ElideMiddle)
            elif column is EventColumn.VERSION:
                _draw(painter, rect, text, soft, elide=Qt.TextElideMode.ElideLeft, align=_Align.AlignRight)
            else:
                loud = column is EventColumn.CHANGE and text not in _QUIET_CHANGES
                color = plain if loud or column is EventColumn.KIND else soft
                _draw(painter, rect, text, color)
        if row == self.currentIndex().row() and self.hasFocus():
            draw_focus_ring(painter, QRect(0, top, width, self.line_height), theme)

    def _paint_type(self, painter: QPainter, rect: QRect, line: EventLine) -> None:
        shape, token = SHAPES.get(line.type, ("circle", "text2"))
        if line.initial:
            token = "text2"
        painter.drawPixmap(
            rect.left(), rect.top() + (self.line_height - _ICON) // 2, self._picture(shape, token)
        )
        rect.setLeft(rect.left() + _ICON + 6)
        _draw(painter, rect, line.type, self._theme.color(token))

    def _picture(self, shape: str, token: str) -> QPixmap:
        key = f"{shape}/{token}"
        if key not in self._pictures:
            self._pictures[key] = pixmap(shape, token, self._theme, _ICON, self.devicePixelRatioF())
        return self._pictures[key]

    def _restyle(self) -> None:
        self._pictures.clear()
        if self.line_height != self._theme.row_height:
            top, self.line_height = self.rowAt(0), self._theme.row_height
            self._moving = True
            self._size_lines()
            self.updateGeometries()
            if not self.following:  # what is at the top stays there
                self.verticalScrollBar().setValue(max(0, top) * self.line_height)
            self._moving = False
            if self.following:
                self._to_end()
        self.viewport().update()

    def _size_lines(self) -> None:
        lines = self.verticalHeader()
        lines.setMinimumSectionSize(self.line_height)
        lines.setDefaultSectionSize(self.line_height)


def _draw(
    painter: QPainter,
    rect: QRect,
    text: str,
    color: QColor,
    *,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    align: Qt.AlignmentFlag = _Align.AlignLeft,
) -> None:
    if not text or rect.width() <= 0:
        return
    metrics = painter.fontMetrics()
    # Measuring costs more than drawing: only texts that might not fit are measured.
    if len(text) * metrics.averageCharWidth() > rect.width() * 2 // 3:
        text = metrics.elidedText(text, elide, rect.width())
    left = rect.left()
    if align is _Align.AlignRight:
        left += rect.width() - metrics.horizontalAdvance(text)
    painter.setPen(color)
    # At a point, not in a rectangle: that form lets other threads in, and two hundred times a frame one would wait.
    painter.drawText(left, rect.top() + (rect.height() + metrics.ascent() - metrics.descent()) // 2, text)
