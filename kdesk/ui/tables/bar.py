"""The bar over a table: what it shows, the filter, how many rows, how fresh."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from kdesk.ui.clusters.freshness_popup import History
from kdesk.ui.clusters.state_badge import StateBadge
from kdesk.ui.look.icons import icon, pixmap
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.buttons import tool_button
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.ui.parts.line_input import LineInput
from kdesk.ui.parts.picker import PickerButton, PickerWords
from kdesk.ui.parts.steady_label import SteadyLabel

_HEIGHT = 44
# Below these widths, in logical pixels, parts give way: the tab says the kind as well.
_SHORT_FILTER, _NO_TITLE, _NO_COUNT = 640, 600, 400
_FILTER, _SHORTER = 160, 84
_WIDEST, _GAP = 320, 8
NAMESPACES = PickerWords("Namespaces", "all namespaces", "Search, or type a namespace", typed=True)
CLUSTERS = PickerWords("Clusters", "all open clusters", "Search clusters")
_HINT = (
    "Words, or a column: status:crash  restarts>5  age<1h\n"
    "A label: tier=web    Not: !web    Either: web | api    Expression: /web-\\d+/"
)


class FilterEdit(LineInput):
    """``typing``: whether it is about to be typed in; ``left``: back to the rows."""

    typing = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setPlaceholderText("Filter  (/)")
        self.setAccessibleName("Filter")
        self.setToolTip(_HINT)
        self.setClearButtonEnabled(False)
        self._lens = QAction(self)
        self._clear = QAction("Clear", self)
        self._clear.triggered.connect(self.clear)
        self.addAction(self._lens, QLineEdit.ActionPosition.LeadingPosition)
        self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self._clear.setVisible(False)
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_short(self, short: bool) -> None:
        """In little room, leave as much of it as there is to the text."""
        self._lens.setVisible(not short)
        self.setPlaceholderText("Filter" if short else "Filter  (/)")

    def set_invalid(self, invalid: bool) -> None:
        if invalid != bool(self.property("invalid")):
            self.setProperty("invalid", invalid)
            self.style().unpolish(self)
            self.style().polish(self)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.typing.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.typing.emit(False)

    def _restyle(self) -> None:
        self._lens.setIcon(icon("search", "text2", self._theme))
        self._clear.setIcon(icon("x", "text2", self._theme))


class TableBar(QWidget):
    """Its parts are public: ``filter``, ``clusters``, ``namespaces``, ``badge``, ``wide``."""

    def __init__(
        self,
        theme: Theme,
        clusters: Callable[[], Sequence[str]],
        namespaces: Callable[[], Sequence[str]],
        history: History,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._symbol = "box"
        self._clusters: tuple[str, ...] = ()
        self._has_wide = False
        self._picture = QLabel()
        self._title = ElidedLabel()
        self._title.setMaximumWidth(_WIDEST)
        font = self._title.font()
        font.setWeight(font.Weight.DemiBold)
        self._title.setFont(font)
        self.clusters = PickerButton(theme, clusters, CLUSTERS, colour=theme.cluster)
        self.namespaces = PickerButton(theme, namespaces, NAMESPACES)
        self.filter = FilterEdit(theme)
        self.filter.setMinimumWidth(_FILTER)
        self.filter.setMaximumWidth(560)
        self._count = SteadyLabel()
        self._count.setProperty("tone", "text2")
        self._count.setFont(tabular(self._count.font()))
        self.badge = StateBadge(theme, history)
        self._row = row = QHBoxLayout()
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(_GAP)
        for left in (self._picture, self._title, self.clusters, self.namespaces):
            row.addWidget(left)
        row.addWidget(self.filter, stretch=1)
        row.addStretch(0)
        #: What the rows cost besides themselves; hidden while that is nothing.
        self.cost = QLabel()
        self.cost.setProperty("tone", "text2")
        self.cost.setFont(tabular(self.cost.font()))
        self.cost.hide()
        #: A person wants to see all wide columns, or none.
        self.wide = tool_button("Wide columns (Ctrl+Shift+W)", checkable=True)
        self.wide.hide()
        for right in (self.cost, self._count, self.badge, self.wide):
            row.addWidget(right)
        self._error = QLabel()
        self._error.setProperty("tone", "bad")
        self._error.setContentsMargins(12, 0, 12, 8)
        self._error.setTextFormat(Qt.TextFormat.PlainText)
        self._error.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self._line = line = QWidget()
        line.setFixedHeight(_HEIGHT)
        line.setLayout(row)
        box.addWidget(line)
        box.addWidget(self._error)
        theme.changed.connect(self._restyle)
        line.installEventFilter(self)
        self.installEventFilter(self)

    def show_title(self, symbol: str, title: str, clusters: tuple[str, ...]) -> None:
        if (symbol, title, clusters) == (self._symbol, self._title.text(), self._clusters):
            return
        self._symbol = symbol
        self._title.set_text(title)
        self.clusters.show_names(clusters)
        self._clusters = clusters
        self._fit()
        self._restyle()

    def show_count(self, shown: int, held: int | None, selected: int = 0) -> None:
        """How many rows (None: not known); one selected is where the person is, several are worth a word."""
        text = "" if held is None else f"{held:,}" if shown == held else f"{shown:,} of {held:,}"
        self._count.set_text(f"{selected:,} selected of {text}" if selected > 1 else text)

    def show_wide(self, shown: bool | None) -> None:
        """Whether all wide columns are shown; None: there are none."""
        self._has_wide = shown is not None
        self.wide.setChecked(bool(shown))
        self._fit()

    def show_error(self, sentence: str) -> None:
        """Why the filter is wrong; empty: it is not."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        self.filter.set_invalid(bool(sentence))

    @property
    def count_text(self) -> str:
        return self._count.text()

    def _restyle(self) -> None:
        self.wide.setIcon(icon("columns-3", "text2", self._theme))
        self._picture.setPixmap(pixmap(self._symbol, "text2", self._theme, 16, self.devicePixelRatioF()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """What the tab says as well gives way where there is little room."""
        width = self.width()
        short = width < _SHORT_FILTER
        self.filter.setMinimumWidth(_SHORTER if short else _FILTER)
        self.filter.show_short(short)
        shown: dict[QWidget, bool] = {
            self._picture: width >= _NO_TITLE,
            self._title: width >= _NO_TITLE,
            self._count: width >= _NO_COUNT,
            self.wide: self._has_wide and width >= _NO_TITLE,
            self.clusters: bool(self._clusters) and width >= _NO_COUNT,
        }
        # Long names, and a count with what is selected, need more than those widths foresee.
        for parts in ((self._picture, self._title), (self._count,), (self.clusters,)):
            if self._needed(shown) <= width:
                break
            shown |= dict.fromkeys(parts, False)
        for part, there in shown.items():
            part.setVisible(there)

    def _needed(self, shown: dict[QWidget, bool]) -> int:
        """How wide the bar has to be for these, and for what is there in any case."""
        needed = 0
        for at in range(self._row.count()):
            item = self._row.itemAt(at)
            part = item.widget() if item is not None else None
            if part is not None and shown.get(part, not part.isHidden()):
                least = QSize(part.minimumWidth(), 0) if part is self.filter else part.sizeHint()
                needed += least.boundedTo(part.maximumSize()).width() + _GAP
        sides = self._row.contentsMargins()
        return needed + sides.left() + sides.right()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Shown on another screen: the icon is drawn for that one. Something got wider: others give way."""
        if watched is self._line and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        if watched is self and event.type() in (QEvent.Type.Show, QEvent.Type.DevicePixelRatioChange):
            self._restyle()
        return super().eventFilter(watched, event)
