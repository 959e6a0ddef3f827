"""The list of kinds to watch: type to search, tick to watch, at once."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from kdesk.ui.look.icons import icon, kind_icon
from kdesk.ui.look.resources import resource
from kdesk.ui.look.theme import Theme
from kdesk.viewmodel.events.kind_choices import KindChoice
from kdesk.viewmodel.events.source import Choice

_WIDTH, _HEIGHT = 500, 440
_CHOICE = Qt.ItemDataRole.UserRole


class KindPicker(QFrame):
    """A popup; ``toggled(KindChoice, bool)`` for every tick. Enter ticks, Esc closes."""

    toggled = Signal(object, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("popup", True)
        self._theme = theme
        self._rows: list[KindChoice] = []
        self._search = QLineEdit(placeholderText="Search kinds", clearButtonEnabled=True)
        self._search.setAccessibleName("Search kinds")
        self._list = QTreeWidget()
        self._list.setRootIsDecorated(False)
        self._list.setHeaderHidden(True)
        self._list.setUniformRowHeights(True)
        self._list.setColumnCount(2)
        self._list.setAccessibleName("Kinds to watch")
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._empty = QLabel("No kind matches.", alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("tone", "text2")
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(8)
        box.addWidget(self._search)
        box.addWidget(self._list, 1)
        box.addWidget(self._empty)
        self.resize(_WIDTH, _HEIGHT)
        self._search.textChanged.connect(self._sift)
        self._search.installEventFilter(self)
        self._list.itemChanged.connect(self._ticked)

    def open_at(self, at: QPoint, rows: Iterable[KindChoice], chosen: Iterable[Choice]) -> None:
        """Show below ``at`` (global), with these kinds, the chosen ones ticked and first."""
        ticked = {choice._replace(namespace="") for choice in chosen}
        self._rows = sorted(rows, key=lambda row: row.choice not in ticked)
        self._list.blockSignals(True)
        self._list.clear()
        for number, row in enumerate(self._rows):
            self._list.addTopLevelItem(self._item(number, row, row.choice in ticked))
        self._list.blockSignals(False)
        self._list.setColumnWidth(0, _WIDTH * 11 // 20)
        self._list.setStyleSheet(_boxes(self._theme))
        self._search.clear()
        self._sift("")
        self.move(at)
        self.show()
        self._search.setFocus(Qt.FocusReason.PopupFocusReason)

    def _item(self, number: int, row: KindChoice, ticked: bool) -> QTreeWidgetItem:
        kind = row.resource
        item = QTreeWidgetItem([kind.kind, f"noisy: {row.noise}" if row.noise else kind.gvr.group or "core"])
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
        )
        item.setCheckState(0, Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        item.setIcon(0, icon(kind_icon(kind, row.category), "text2", self._theme))
        item.setData(0, _CHOICE, number)
        item.setForeground(1, self._theme.color("warn" if row.noise else "text2"))
        clusters = f"{row.clusters} cluster{'' if row.clusters == 1 else 's'}"
        tip = f"{kind.label}, {row.category}, in {clusters}"
        item.setToolTip(0, tip)
        item.setToolTip(1, tip)
        return item

    def _sift(self, text: str) -> None:
        first: QTreeWidgetItem | None = None
        for number, row in enumerate(self._rows):
            item = self._list.topLevelItem(number)
            if item is None:
                continue
            item.setHidden(not row.matches(text))
            if first is None and not item.isHidden():
                first = item
        if first is not None:
            self._list.setCurrentItem(first)
        self._empty.setText("No kind matches." if self._rows else "No cluster is open.")
        self._empty.setVisible(first is None)
        self._list.setVisible(first is not None)

    def _ticked(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 0:
            row = self._rows[item.data(0, _CHOICE)]
            self.toggled.emit(row, item.checkState(0) is Qt.CheckState.Checked)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
                self._list.keyPressEvent(event)
                return True
            item = self._list.currentItem()
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
                on = item.checkState(0) is Qt.CheckState.Checked
                item.setCheckState(0, Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)
                return True
        return super().eventFilter(watched, event)


def _boxes(theme: Theme) -> str:
    """Check boxes that can be seen on every page; the mark is black, so the box under it is light."""
    checked = theme.color("accent" if theme.dark else "selection").name()
    border, mark = theme.color("text2").name(), resource("icons", "check.svg").as_posix()
    return f"""
        QTreeWidget::indicator {{ width: 12px; height: 12px; border: 1px solid {border}; border-radius: 3px; }}
        QTreeWidget::indicator:checked {{ background: {checked}; border-color: {checked}; image: url("{mark}"); }}
        QTreeWidget {{ background: transparent; }}
    """
