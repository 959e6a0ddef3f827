"""Chooses one, several or all of some names: a button that says which, and a list with search and boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme

#: Pixels of a button's text.
_WIDEST = 280
_APART = 4
_BAND = QSize(6, 16)  # 3 of it painted
#: How wide the list is, and what is beside its names.
_LEAST, _MOST, _BESIDE = 304, 480, 96
_ROW, _SHOWN = 24, 12
_NAME = Qt.ItemDataRole.UserRole
_Check = Qt.CheckState
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True, slots=True)
class PickerWords:
    """``everything``: the line for all of them; ``typed``: what is typed may be taken though it is not listed."""

    title: str
    everything: str
    search: str
    typed: bool = False


class PickerButton(QToolButton):
    """Says which are shown; ``chosen(names)``: others are wanted (an empty tuple for all)."""

    chosen = Signal(tuple)

    def __init__(
        self,
        theme: Theme,
        provider: Callable[[], Sequence[str]],
        words: PickerWords,
        *,
        colour: Callable[[str], QColor] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """``provider`` gives the names known at the moment; ``colour``: a band before each name."""
        super().__init__(parent)
        self._theme, self._provider, self._words, self._colour = theme, provider, words, colour
        self._names: tuple[str, ...] = ()
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow after the words
        self.clicked.connect(self.open)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.show_names(())

    def show_names(self, names: tuple[str, ...]) -> None:
        if names == self._names and self.text():
            return
        self._names = names
        words = self._words
        text = ", ".join(names) if len(names) < 3 else f"{len(names)} {words.title.lower()}"
        metrics = self.fontMetrics()
        self.setText(metrics.elidedText(text or words.everything, Qt.TextElideMode.ElideMiddle, _WIDEST))
        self.setToolTip("\n".join(names) or f"Choose {words.title.lower()}")
        self.setAccessibleName(f"{words.title}: {text or words.everything}")

    def open(self) -> None:
        popup = PickerPopup(self._provider(), self._names, self._words, self, self._colour)
        popup.chosen.connect(self.chosen)
        popup.open_at(self)

    def _restyle(self) -> None:
        self.setIcon(icon("chevron-down", "text2", self._theme))


class PickerPopup(QFrame):
    """Enter or a click takes one and closes; boxes (or the space bar) collect several, told when it closes."""

    chosen = Signal(tuple)

    def __init__(
        self,
        known: Sequence[str],
        names: tuple[str, ...],
        words: PickerWords,
        parent: QWidget,
        colour: Callable[[str], QColor] | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._words, self._colour = words, colour
        self._anchor: QWidget | None = None
        self.setProperty("popup", True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before = names
        self._picked = dict.fromkeys(names)
        self._known = sorted({*known, *names})
        self._box_clicked = False
        self.search = QLineEdit()
        self.search.setPlaceholderText(words.search)
        self.search.setAccessibleName(f"Search {words.title.lower()}")
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(_BAND)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(words.title)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemChanged.connect(self._on_box)
        self.list.itemClicked.connect(self._on_click)
        hint = QLabel("Enter: only this one. Boxes: several.")
        hint.setProperty("tone", "text2")
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(8)
        for widget in (self.search, self.list, hint):
            box.addWidget(widget)
        longest = max(map(self.fontMetrics().horizontalAdvance, self._known), default=0)
        self.setFixedWidth(max(_LEAST, min(longest + _BESIDE, _MOST)))
        self._fill()
        self.search.setFocus()

    def open_at(self, anchor: QWidget) -> None:
        """Show below the widget, or above it where the screen ends."""
        self._anchor = anchor
        self._place()
        self.show()

    def _place(self) -> None:
        if self._anchor is None:
            return
        screen = self._anchor.screen().availableGeometry()
        at = self._anchor.mapToGlobal(QPoint(0, self._anchor.height() + _APART))
        if at.y() + self.height() > screen.bottom():
            at = self._anchor.mapToGlobal(QPoint(0, -self.height() - _APART))
        self.move(max(screen.left(), min(at.x(), screen.right() - self.width())), at.y())

    def _fill(self) -> None:
        typed = self.search.text().strip()
        found = [name for name in self._known if typed.lower() in name.lower()]
        self.list.blockSignals(True)
        self.list.clear()
        if not typed:
            self._add(self._words.everything, "", checked=not self._picked)
        for name in found:
            self._add(name, name, checked=name in self._picked)
        if self._words.typed and typed and typed not in self._known:
            self._add(f"Use “{typed}”", typed, checked=typed in self._picked)
        self.list.blockSignals(False)
        self.list.setCurrentRow(0)
        lines = max(1, min(_SHOWN, self.list.count()))
        self.list.setFixedHeight(max(_ROW, self.list.sizeHintForRow(0)) * lines)
        self.adjustSize()
        self._place()

    def _add(self, text: str, name: str, *, checked: bool) -> None:
        item = QListWidgetItem(text, self.list)
        item.setData(_NAME, name)
        if self._colour is not None and name:
            item.setIcon(_band(self._colour(name)))
        if name:
            item.setToolTip(name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(_Check.Checked if checked else _Check.Unchecked)

    def _on_box(self, item: QListWidgetItem) -> None:
        self._box_clicked = True
        name = str(item.data(_NAME))
        if not name:
            self._picked.clear()
        elif item.checkState() == _Check.Checked:
            self._picked[name] = None
        else:
            self._picked.pop(name, None)
        self._tick()

    def _tick(self) -> None:
        self.list.blockSignals(True)
        for at in range(self.list.count()):
            item = self.list.item(at)
            name = str(item.data(_NAME))
            checked = name in self._picked if name else not self._picked
            item.setCheckState(_Check.Checked if checked else _Check.Unchecked)
        self.list.blockSignals(False)

    def _on_click(self, item: QListWidgetItem) -> None:
        if self._box_clicked:
            self._box_clicked = False
            return
        self._take(item)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            name = str(item.data(_NAME))
            self._picked = {name: None} if name else {}
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        picked = tuple(self._picked)
        if picked != self._before:
            self._before = picked
            self.chosen.emit(picked)
        super().closeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys typed into the search move in the list, too."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            item = self.list.currentItem()
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(item)
                return True
            if event.key() == Qt.Key.Key_Space and item is not None:
                on = item.checkState() == _Check.Checked
                item.setCheckState(_Check.Unchecked if on else _Check.Checked)
                self._box_clicked = False
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._picked = dict.fromkeys(self._before)
                self.close()
                return True
            if event.key() in _MOVES:
                self.list.event(event)
                return True
        return super().eventFilter(watched, event)


def _band(colour: QColor) -> QIcon:
    picture = QPixmap(_BAND)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.fillRect(0, 0, 3, 16, colour)
    painter.end()
    return QIcon(picture)
