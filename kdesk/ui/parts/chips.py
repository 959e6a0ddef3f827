"""What is being watched, one chip per kind, each with a shape for its state and a button that ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QLayoutItem, QWidget

from kdesk.ui.look.icons import icon, pixmap
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.buttons import tool_button

HEIGHT = 24
_GAP = 6


@dataclass(frozen=True, slots=True)
class ChipData:
    """``key`` comes back in ``removed``; ``shape`` and ``tone`` name an icon and a colour; ``remove`` is what the
    button does, where it does not end a watch.
    """

    key: object
    text: str
    note: str
    shape: str
    tone: str
    tip: str
    remove: str = ""


class ChipRow(QWidget):
    """``removed(key)``: a chip's button was pressed. The chips wrap into as many rows as they need."""

    removed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[ChipData, ...] = ()
        self._flow = Flow(self)
        theme.changed.connect(self._build)

    def show_chips(self, chips: Sequence[ChipData]) -> None:
        if tuple(chips) != self._shown:
            self._shown = tuple(chips)
            self._build()

    def _build(self) -> None:
        self._flow.clear()
        for data in self._shown:
            self._flow.addWidget(self._chip(data))
        self._flow.activate()
        self.updateGeometry()

    def _chip(self, data: ChipData) -> QWidget:
        theme = self._theme
        chip = QFrame(self)
        chip.setObjectName("chip")
        chip.setToolTip(data.tip)
        chip.setStyleSheet(
            f"#chip {{ background: {theme.color('raised').name()}; border: 1px solid "
            f"{theme.color('border').name()}; border-radius: 11px; }} QToolButton {{ padding: 0; border: none; }}"
        )
        shape = QLabel()
        shape.setPixmap(pixmap(data.shape, data.tone, theme, 10, self.devicePixelRatioF()))
        note = QLabel(data.note)
        note.setProperty("tone", "text2")
        note.setVisible(bool(data.note))
        close = tool_button(data.remove or f"Stop watching {data.text}")
        close.setIcon(icon("x", "text2", theme))
        close.setIconSize(QSize(12, 12))
        close.setFixedSize(18, 18)
        close.clicked.connect(lambda: self.removed.emit(data.key))
        box = QHBoxLayout(chip)
        box.setContentsMargins(8, 1, 3, 1)
        box.setSpacing(6)
        for widget in (shape, QLabel(data.text), note, close):
            box.addWidget(widget)
        chip.setFixedHeight(HEIGHT)
        return chip


class Flow(QLayout):
    """Widgets side by side, wrapped into rows (Qt's own example of such a layout, without its options)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def clear(self) -> None:
        while self._items:
            widget = self._items.pop().widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        width = sum(item.sizeHint().width() + _GAP for item in self._items)
        return QSize(width, self.minimumSize().height())

    def minimumSize(self) -> QSize:
        sizes = [item.minimumSize() for item in self._items]
        return QSize(max((s.width() for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def _place(self, rect: QRect, *, move: bool) -> int:
        x, y, tallest = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, tallest = rect.x(), y + tallest + _GAP, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + _GAP
            tallest = max(tallest, size.height())
        return y + tallest - rect.y()
