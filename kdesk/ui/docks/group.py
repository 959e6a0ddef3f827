"""A group of tabs: a band in the cluster's colour, a name, a cross; "+" opens the palette."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme

_BAND = 3
_WIDEST = 320
#: How far a tab is pulled out of the bar before it comes along, in logical pixels.
_PULL = 14
#: Pages would rather have more; but to split one is not to make the window larger.
_LEAST = QSize(240, 160)


@dataclass(frozen=True, slots=True)
class Label:
    """What a tab says of its page; ``symbol`` is the name of an icon."""

    title: str = ""
    clusters: tuple[str, ...] = ()
    symbol: str = ""
    tip: str = ""


class _Bar(QTabBar):
    """``pulled(at)``: this tab was dragged out of the bar. ``middle_clicked(at)``."""

    pulled = Signal(int)
    middle_clicked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._held = theme, -1
        self.setMovable(True)
        self.setExpanding(False)
        # The kind is at the beginning, and what tells long names of clusters apart at the end.
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setUsesScrollButtons(True)
        self.setIconSize(QSize(16, 16))
        self.setAccessibleName("Open pages")

    def tabSizeHint(self, index: int) -> QSize:
        """One long name does not take the room of all others."""
        return super().tabSizeHint(index).boundedTo(QSize(_WIDEST, 1000))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.tabAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton:
            if at >= 0:
                self.middle_clicked.emit(at)
            return
        super().mousePressEvent(event)
        self._held = at if event.button() == Qt.MouseButton.LeftButton else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        inside = self.rect().adjusted(-_PULL, -_PULL, _PULL, _PULL)
        if self._held >= 0 and not inside.contains(event.position().toPoint()):
            self._held = -1
            self._let_go(event.position())
            self.pulled.emit(self.currentIndex())  # Qt may have moved it along the bar meanwhile

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = -1
        super().mouseReleaseEvent(event)

    def _let_go(self, at: QPointF) -> None:
        """Qt's own moving of tabs ends here: the release that it waits for will go to the drag."""
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        end = QMouseEvent(
            QEvent.Type.MouseButtonRelease,
            at,
            self.mapToGlobal(at),
            left,
            none,
            Qt.KeyboardModifier.NoModifier,
        )
        super().mouseReleaseEvent(end)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        for at in range(self.count()):
            clusters = self.tabData(at) or ()
            rect = self.tabRect(at)
            # Several clusters share the band.
            share = (rect.width() - 1) / max(1, len(clusters))
            for place, cluster in enumerate(clusters):
                band = QRectF(rect.left() + place * share, rect.top(), share, _BAND)
                painter.fillRect(band, self._theme.cluster(cluster))
        painter.end()


class Group(QTabWidget):
    """Pages are told apart by their widget.

    ``closing(page)`` asks for one to be closed, ``add`` for a new one, ``menu_wanted(page, at)`` for what can be done
    with one; ``entered``: a person works here now; ``pulled(page)``: it is being dragged away.
    """

    closing = Signal(QWidget)
    add = Signal()
    menu_wanted = Signal(QWidget, QPoint)
    entered = Signal()
    pulled = Signal(QWidget)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._labels: dict[QWidget, Label] = {}
        self._bar = _Bar(theme, self)
        self.setTabBar(self._bar)
        self.setDocumentMode(True)
        # A click on what takes no focus itself still says where a person works; the bar, Qt's choice, takes none.
        self.setFocusProxy(None)  # type: ignore[arg-type]  # the stub forgets that it may be none
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._bar.middle_clicked.connect(lambda at: self.closing.emit(self.widget(at)))
        self._bar.pulled.connect(lambda at: self.pulled.emit(self.widget(at)))
        self._bar.tabBarClicked.connect(lambda at: self.entered.emit())
        self._bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._bar.customContextMenuRequested.connect(self._ask_menu)
        self._plus = QToolButton()
        self._plus.setAutoRaise(True)
        self._plus.setToolTip("Open something (Ctrl+K)")
        self._plus.setAccessibleName("Open something")
        self._plus.clicked.connect(self._add)
        self.setCornerWidget(self._plus, Qt.Corner.TopRightCorner)
        self.set_front(True)
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def pages(self) -> list[QWidget]:
        """In the order of their tabs."""
        return [page for at in range(self.count()) if (page := self.widget(at)) is not None]

    def label(self, page: QWidget) -> Label:
        """Raises KeyError for a page of another group."""
        return self._labels[page]

    def put(self, page: QWidget, label: Label, at: int = -1) -> None:
        """A tab in front of the others, at this place (negative: at the end)."""
        at = self.insertTab(at, page, "")
        self.relabel(page, label)
        cross = QToolButton(self._bar)
        cross.setAutoRaise(True)
        cross.setIcon(icon("x", "text2", self._theme))
        cross.setIconSize(QSize(12, 12))
        cross.setFixedSize(20, 20)
        cross.setStyleSheet("padding: 0")
        cross.setToolTip("Close (Ctrl+W)")
        cross.setAccessibleName(f"Close {label.title}")
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross.clicked.connect(lambda: self.closing.emit(page))
        self._bar.setTabButton(at, QTabBar.ButtonPosition.RightSide, cross)
        self.setCurrentIndex(at)

    def relabel(self, page: QWidget, label: Label) -> None:
        """Other words for a page that is here; without a symbol it keeps the one it has."""
        at = self.indexOf(page)
        if at < 0:
            return
        if not label.symbol and page in self._labels:
            label = replace(label, symbol=self._labels[page].symbol)
        before = self._labels.get(page)
        if label == before:
            return
        self._labels[page] = label
        self.setTabToolTip(at, label.tip or label.title)
        if before is not None and replace(label, tip=before.tip) == before:
            return  # nothing else to say, as while rows come in: text and icon would lay out and paint the whole group
        self.setTabText(at, label.title.replace("&", "&&"))
        if label.symbol:
            self.setTabIcon(at, icon(label.symbol, "text2", self._theme))
        cross = self._bar.tabButton(at, QTabBar.ButtonPosition.RightSide)
        if cross is not None:
            cross.setAccessibleName(f"Close {label.title}")
        self._bar.setTabData(at, label.clusters)
        self._bar.update()

    def take(self, page: QWidget) -> Label:
        """Let go of a page; gives what its tab said. Raises KeyError for a page of another group."""
        label = self._labels.pop(page)
        self.removeTab(self.indexOf(page))
        return label

    def set_front(self, front: bool) -> None:
        """Of several groups one is where a person works: its tab is the one with the line."""
        if self._bar.property("front") != front:
            self._bar.setProperty("front", front)
            self._bar.style().unpolish(self._bar)
            self._bar.style().polish(self._bar)

    def name(self, words: str) -> None:
        """For a screen reader, and for tests."""
        self._bar.setAccessibleName(words)

    def place_at(self, point: QPoint) -> int:
        """Where a tab goes that is dropped at ``point``: before the tab there; negative where there is none."""
        return self._bar.tabAt(self._bar.mapFrom(self, point))

    def in_bar(self, point: QPoint) -> bool:
        return point.y() < self._bar.height()

    def tab_picture(self, page: QWidget) -> QPixmap:
        """What is dragged."""
        return self._bar.grab(self._bar.tabRect(self.indexOf(page)))

    def minimumSizeHint(self) -> QSize:
        return _LEAST

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        page = self.currentWidget()
        if page is not None:
            page.setFocus()
        self.entered.emit()

    def _add(self) -> None:
        self.entered.emit()
        self.add.emit()

    def _ask_menu(self, point: QPoint) -> None:
        page = self.widget(self._bar.tabAt(point))
        if page is not None:
            self.setCurrentWidget(page)
            self.entered.emit()
            self.menu_wanted.emit(page, self._bar.mapToGlobal(point))

    def _dress(self) -> None:
        self._plus.setIcon(icon("plus", "text2", self._theme))
        for at, page in enumerate(self.pages):
            symbol = self._labels[page].symbol if page in self._labels else ""
            if symbol:
                self.setTabIcon(at, icon(symbol, "text2", self._theme))
            cross = self._bar.tabButton(at, QTabBar.ButtonPosition.RightSide)
            if isinstance(cross, QToolButton):
                cross.setIcon(icon("x", "text2", self._theme))
