"""Chooses one, several or all namespaces; one that cannot be listed is typed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
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

from kdesk.ui.icons import icon
from kdesk.ui.theme import Theme

ALL = "all namespaces"
_NAME = Qt.ItemDataRole.UserRole
_Check = Qt.CheckState
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class NamespaceButton(QToolButton):
    """Says which namespaces are shown; ``chosen(names)``: others are wanted (an empty tuple for all)."""

    chosen = Signal(tuple)

    def __init__(
        self, theme: Theme, provider: Callable[[], Sequence[str]], parent: QWidget | None = None
    ) -> None:
        """``provider`` gives the namespaces known at the moment."""
        super().__init__(parent)
        self._theme, self._provider = theme, provider
        self._names: tuple[str, ...] = ()
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow after the words
        self.clicked.connect(self.open)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.show_names(())

    def show_names(self, names: tuple[str, ...]) -> None:
        self._names = names
        text = ", ".join(names) if len(names) < 3 else f"{len(names)} namespaces"
        self.setText(text or ALL)
        self.setToolTip("\n".join(names) or "Choose namespaces")
        self.setAccessibleName(f"Namespaces: {self.text()}")

    def open(self) -> None:
        popup = NamespacePopup(self._provider(), self._names, self)
        popup.chosen.connect(self.chosen)
        popup.move(self.mapToGlobal(QPoint(0, self.height() + 4)))
        popup.show()

    def _restyle(self) -> None:
        self.setIcon(icon("chevron-down", "text2", self._theme))


class NamespacePopup(QFrame):
    """Enter or a click takes one and closes; boxes (or the space bar) collect several, told when it closes."""

    chosen = Signal(tuple)

    def __init__(self, known: Sequence[str], names: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("popup", True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before = names
        self._picked = dict.fromkeys(names)
        self._known = sorted({*known, *names})
        self._box_clicked = False
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search, or type a namespace")
        self.search.setAccessibleName("Search namespaces")
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName("Namespaces")
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
        self.setFixedWidth(304)
        self._fill()
        self.search.setFocus()

    def _fill(self) -> None:
        typed = self.search.text().strip()
        found = [name for name in self._known if typed.lower() in name.lower()]
        self.list.blockSignals(True)
        self.list.clear()
        if not typed:
            self._add(ALL, "", checked=not self._picked)
        for name in found:
            self._add(name, name, checked=name in self._picked)
        if typed and typed not in self._known:
            self._add(f"Use “{typed}”", typed, checked=typed in self._picked)
        self.list.blockSignals(False)
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(26 * max(1, min(12, self.list.count())) + 4)
        self.adjustSize()

    def _add(self, text: str, name: str, *, checked: bool) -> None:
        item = QListWidgetItem(text, self.list)
        item.setData(_NAME, name)
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
