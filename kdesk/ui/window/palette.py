"""The command palette: type a few letters of anything, choose with the arrow keys, Enter. Esc goes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme
from kdesk.viewmodel.commands import quote
from kdesk.viewmodel.program.palette import Entry, Match, Recent, rank

_WIDTH, _ROW, _SHOWN, _EDGE = 600, 32, 12, 12
Index = QModelIndex | QPersistentModelIndex


class _Matches(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.matches: list[Match] = []

    def show(self, matches: list[Match]) -> None:
        self.beginResetModel()
        self.matches = matches
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.matches)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self.matches[index.row()].entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.refused or entry.line
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (entry.text, entry.detail, entry.kind, entry.keys, entry.refused)))
        if role == Qt.ItemDataRole.UserRole:
            return self.matches[index.row()]
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        match = index.data(Qt.ItemDataRole.UserRole)
        entry, theme = match.entry, self._theme
        rect: QRect = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selection"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        font = QFont(option.font)
        metrics = QFontMetrics(font)
        room = rect.adjusted(_EDGE, 0, -_EDGE, 0)
        if entry.icon:
            image = pixmap(entry.icon, "text2", theme, 16, painter.device().devicePixelRatioF())
            painter.drawPixmap(room.left(), room.top() + (_ROW - 16) // 2, image)
        room.setLeft(room.left() + 26)
        painter.setFont(font)
        painter.setPen(theme.color("text2"))
        tail = entry.keys or entry.kind
        painter.drawText(room, flags | Qt.AlignmentFlag.AlignRight, tail)
        room.setRight(room.right() - metrics.horizontalAdvance(tail) - 16)
        used = self._marked(painter, room, match, font)
        room.setLeft(room.left() + used + 10)
        detail = entry.refused or entry.detail
        if detail and room.width() > 30:
            painter.setFont(font)
            painter.setPen(theme.color("text2"))
            painter.drawText(
                room, flags, metrics.elidedText(detail, Qt.TextElideMode.ElideRight, room.width())
            )
        painter.restore()

    def _marked(self, painter: QPainter, room: QRect, match: Match, font: QFont) -> int:
        """The text with the letters found in ``accent``; gives its width."""
        theme, metrics = self._theme, QFontMetrics(font)
        plain = theme.color("text2" if match.entry.refused else "text")
        text = metrics.elidedText(match.entry.text, Qt.TextElideMode.ElideRight, room.width())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setPen(plain)
        painter.drawText(room, flags, text)
        painter.setPen(theme.color("accent"))
        for position in match.positions:
            if position < len(text):
                cell = QRect(room)
                cell.setLeft(room.left() + metrics.horizontalAdvance(text[:position]))
                painter.drawText(cell, flags, text[position])
        return metrics.horizontalAdvance(text)


class PaletteOverlay(QFrame):
    """Lies over its parent. ``chosen`` gives a command line; ``entries`` is asked anew each time it opens."""

    chosen = Signal(str)

    def __init__(
        self, parent: QWidget, theme: Theme, entries: Callable[[], list[Entry]], recent: Recent
    ) -> None:
        super().__init__(parent)
        self._over = parent
        self._entries, self._recent = entries, recent
        self._all: list[Entry] = []
        self._asking: Entry | None = None
        self._only_asked = False
        self._back: QWidget | None = None
        self.setObjectName("palette")
        self.setProperty("popup", True)
        self.setAccessibleName("Command palette")
        self._input = QLineEdit(clearButtonEnabled=False)
        self._input.setAccessibleName("Search commands, contexts, kinds and namespaces")
        self._input.installEventFilter(self)
        self._input.textChanged.connect(self._search)
        self._model = _Matches(self)
        self._list = QListView(uniformItemSizes=True)
        self._list.setModel(self._model)
        self._list.setItemDelegate(_Delegate(theme, self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setMouseTracking(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.clicked.connect(self._choose)
        self._list.viewport().setProperty("popup", True)
        self._hint = QLabel()
        self._hint.setProperty("tone", "text2")
        self._hint.setContentsMargins(_EDGE, 4, _EDGE, 4)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        for widget in (self._input, self._list, self._hint):
            box.addWidget(widget)
        parent.installEventFilter(self)
        theme.changed.connect(self._list.viewport().update)
        self.hide()

    def open(self, text: str = "") -> None:
        """Show it, empty or with something typed already."""
        if not self.isVisible():
            self._back = self.window().focusWidget()
        self._all = self._entries()
        self._only_asked = False
        self._ask(None)
        self._input.setText(text)
        self._search(text)
        self._place()
        self.show()
        self.raise_()
        self._input.setFocus()

    def ask(self, entry: Entry) -> None:
        """Show it for the arguments of one command and nothing else."""
        self.open()
        self._only_asked = True
        self._ask(entry)
        self._place()

    def dismiss(self) -> None:
        """Hide it; the focus goes back to where it was."""
        self.hide()
        self._asking = None
        if self._back is not None:
            self._back.setFocus()
            self._back = None

    def type(self, text: str) -> None:
        """As if a person typed it."""
        self._input.setText(text)

    @property
    def matches(self) -> list[Match]:
        return self._model.matches

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
            return False
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event.key())
        if event.type() == QEvent.Type.FocusOut and self.isVisible() and self.isActiveWindow():
            self.hide()
        return False

    def _key(self, key: int) -> bool:
        last = len(self.matches) - 1
        row = self._list.currentIndex().row()
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _SHOWN,
            Qt.Key.Key_PageUp: -_SHOWN,
        }
        if key in steps:
            to = row + steps[Qt.Key(key)]
            if abs(steps[Qt.Key(key)]) == 1 and last >= 0:
                to %= last + 1
            self._list.setCurrentIndex(self._model.index(max(0, min(last, to)), 0))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._list.currentIndex())
            return True
        if key == Qt.Key.Key_Escape:
            if self._asking is not None and not self._only_asked:
                self.open()
            else:
                self.dismiss()
            return True
        return False

    def _search(self, text: str) -> None:
        if self._asking is not None:
            return
        self._model.show(rank(self._all, text, self._recent.lines))
        self._list.setCurrentIndex(self._model.index(0, 0))
        self._hint.setText("" if self.matches else "Nothing is called that.")
        self._hint.setVisible(not self.matches)
        if self.isVisible():
            self._place()

    def _choose(self, index: QModelIndex) -> None:
        if self._asking is not None:
            typed = self._input.text().strip()
            if typed:
                # What is typed is one argument where there is one, else as many as there are words.
                one = len(self._asking.usage.split()) == 1
                self._run(f"{self._asking.line} {quote(typed) if one else typed}")
            return
        if not index.isValid():
            return
        entry = self.matches[index.row()].entry
        if entry.refused:
            return
        if entry.usage:
            self._ask(entry)
            self._place()
            return
        self._run(entry.line)

    def _run(self, line: str) -> None:
        self._recent.chose(line)
        self.dismiss()
        self.chosen.emit(line)

    def _ask(self, entry: Entry | None) -> None:
        """Let the arguments of a command be typed; None: search."""
        self._asking = entry
        self._list.setVisible(entry is None)
        self._input.clear()
        if entry is None:
            self._input.setPlaceholderText("Type a command, a context, a kind or a namespace")
            return
        self._input.setPlaceholderText(entry.usage)
        self._hint.setText(f"{entry.text}: type {entry.usage}, then Enter; Esc goes back.")
        self._hint.show()

    def _place(self) -> None:
        parent = self._over
        width = min(_WIDTH, parent.width() - 32)
        rows = min(_SHOWN, len(self.matches), max(3, (parent.height() - 160) // _ROW))
        self._list.setFixedHeight(rows * _ROW)
        self._list.setVisible(self._asking is None and rows > 0)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((parent.width() - width) // 2, max(16, parent.height() // 9))
