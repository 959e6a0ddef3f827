"""The header of a table: quiet, with an arrow where it is sorted; a click sorts, a right click chooses columns."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme, small
from kdesk.ui.tables.row_painter import NUMBER_PADDING, PADDING
from kdesk.viewmodel.rows.model import TableModel
from kdesk.viewmodel.rows.order import SortBy

HEIGHT = 28
ARROW = 12


def label_font(font: QFont) -> QFont:
    """Small, as the header is not what one reads."""
    result = QFont(font)
    result.setPointSizeF(small(font.pointSizeF()))
    return result


class TableHeader(QHeaderView):
    """``column_toggled(section)``: a person wants the column shown, or not; ``wide_toggled``: all wide ones.

    ``reset_wanted``: columns as the server has them. ``menu_made(menu, section)``: its menu is about to open, for
    others to add to; ``section`` -1: not over a column.
    """

    menu_made = Signal(QMenu, int)

    column_toggled = Signal(int)
    wide_toggled = Signal(bool)
    reset_wanted = Signal()

    def __init__(self, model: TableModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._table, self._theme = model, theme
        self._pressed = QPoint()
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(40)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName("Columns")
        model.order_changed.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)

    @property
    def frozen(self) -> int:
        """The section of the name while it would be scrolled away: it stays at the left, over the others. -1: none."""
        name = next((at for at, column in enumerate(self._table.columns) if column.is_name), -1)
        return name if name >= 0 and self.sectionViewportPosition(name) < 0 else -1

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEIGHT)

    def label_font(self) -> QFont:
        """Of the titles."""
        return label_font(self.font())

    def click(self, section: int, *, further: bool) -> None:
        """Sort by a column: ascending, descending, then the default again. ``further``: besides those there are."""
        title = self._table.columns[section].title
        before = next((level for level in self._table.order if level.title == title), None)
        others = [level for level in self._table.order if level.title != title] if further else []
        if before is None:
            self._table.set_order([*others, SortBy(title)])
        elif not before.descending:
            at = self._table.order.index(before) if further else 0
            others.insert(at, SortBy(title, descending=True))
            self._table.set_order(others)
        else:
            self._table.set_order(others)
        self.viewport().update()  # the rows of a large table follow a moment later

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        frozen = self.frozen
        if frozen >= 0:
            width = self.sectionSize(frozen)
            self.paintSection(painter, QRect(0, 0, width, self.height()), frozen)
            painter.fillRect(width - 1, 0, 1, self.height(), self._theme.color("border"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("border"))
        painter.end()

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if not rect.isValid() or logicalIndex >= len(self._table.columns):
            return
        theme, column = self._theme, self._table.columns[logicalIndex]
        painter.fillRect(rect, theme.color("surface"))
        levels = self._table.order
        level = next((at for at, by in enumerate(levels) if by.title == column.title), -1)
        painter.setFont(self.label_font())
        painter.setPen(theme.color("text" if level >= 0 else "text2"))
        room = rect.adjusted(PADDING, 0, -NUMBER_PADDING if column.is_number else -PADDING, 0)
        if level >= 0 and not column.is_number:
            room.setRight(room.right() - ARROW - 2)
        align = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
        text = painter.fontMetrics().elidedText(column.title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, align | Qt.AlignmentFlag.AlignVCenter, text)
        if level >= 0:
            name = "chevron-down" if levels[level].descending else "chevron-up"
            width = painter.fontMetrics().horizontalAdvance(text)
            left = room.right() + 2 if column.is_number else room.left() + width + 3
            picture = pixmap(name, "text", theme, ARROW, self.devicePixelRatioF())
            painter.drawPixmap(left, rect.top() + (rect.height() - ARROW) // 2, picture)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        frozen = self.frozen
        over = frozen >= 0 and at.x() < self.sectionSize(frozen)
        section = frozen if over else self.logicalIndexAt(at)
        resizing = self.cursor().shape() == Qt.CursorShape.SplitHCursor
        still = (at - self._pressed).manhattanLength() < 4
        if event.button() == Qt.MouseButton.LeftButton and still and not resizing and section >= 0:
            self.click(section, further=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.open_menu(event.globalPos(), self.logicalIndexAt(event.pos()))

    def open_menu(self, at: QPoint, section: int = -1) -> None:
        """At a point of the screens, for the column there, or for none."""
        menu = self.menu()
        self.menu_made.emit(menu, section)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def menu(self) -> QMenu:
        """Which columns are shown."""
        menu = QMenu(self)
        columns = self._table.columns
        hidden = [section for section, column in enumerate(columns) if self.isSectionHidden(section)]
        wide = [section for section, column in enumerate(columns) if column.source.wide]
        all_wide = menu.addAction("Wide columns")
        all_wide.setCheckable(True)
        all_wide.setChecked(bool(wide) and not set(wide) & set(hidden))
        all_wide.setEnabled(bool(wide))
        all_wide.triggered.connect(self.wide_toggled)
        menu.addAction("Columns as they were", self.reset_wanted.emit)
        menu.addSeparator()
        for section, column in enumerate(columns):
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(not self.isSectionHidden(section))
            action.setEnabled(not column.is_name)
            action.setToolTip(column.source.description)
            action.triggered.connect(lambda _=False, section=section: self.column_toggled.emit(section))
        return menu
