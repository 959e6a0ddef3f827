"""The tabs in the middle: a band in the cluster's colour, a name, a cross; "+" opens the palette."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from kdesk.ui.look.cluster_colour import cluster_colour
from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme

_BAND = 3


class _Bar(QTabBar):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setMovable(True)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setUsesScrollButtons(True)
        self.setIconSize(QSize(16, 16))
        self.setAccessibleName("Open pages")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            at = self.tabAt(event.position().toPoint())
            if at >= 0:
                self.tabCloseRequested.emit(at)
            return
        super().mousePressEvent(event)

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
                painter.fillRect(band, cluster_colour(cluster))
        painter.end()


class Tabs(QTabWidget):
    """Pages are told apart by their widget. ``closing`` asks for one to be closed, ``add`` for a new one."""

    closing = Signal(QWidget)
    add = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bar = _Bar(theme, self)
        self.setTabBar(self._bar)
        self.setDocumentMode(True)
        self._bar.tabCloseRequested.connect(lambda at: self.closing.emit(self.widget(at)))
        self._plus = QToolButton()
        self._plus.setAutoRaise(True)
        self._plus.setToolTip("Open something (Ctrl+K)")
        self._plus.setAccessibleName("Open something")
        self._plus.clicked.connect(self.add)
        self.setCornerWidget(self._plus, Qt.Corner.TopRightCorner)
        theme.changed.connect(self._dress)
        self._dress()

    def insert(
        self, page: QWidget, title: str, *, clusters: Sequence[str] = (), symbol: str = "", tip: str = ""
    ) -> None:
        """A new tab at the end, in front; ``symbol`` is the name of an icon."""
        page.setProperty("symbol", symbol)
        at = self.addTab(page, title)
        self.name(page, title, clusters=clusters, tip=tip)
        if symbol:
            self.setTabIcon(at, icon(symbol, "text2", self._theme))
        cross = QToolButton(self._bar)
        cross.setAutoRaise(True)
        cross.setIcon(icon("x", "text2", self._theme))
        cross.setIconSize(QSize(12, 12))
        cross.setFixedSize(20, 20)
        cross.setStyleSheet("padding: 0")
        cross.setToolTip("Close (Ctrl+W)")
        cross.setAccessibleName(f"Close {title}")
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross.clicked.connect(lambda: self.closing.emit(page))
        self._bar.setTabButton(at, QTabBar.ButtonPosition.RightSide, cross)
        self.setCurrentIndex(at)

    def name(self, page: QWidget, title: str, *, clusters: Sequence[str] = (), tip: str = "") -> None:
        """Another title, or other clusters."""
        at = self.indexOf(page)
        if at < 0:
            return
        self.setTabText(at, title.replace("&", "&&"))
        self.setTabToolTip(at, tip or title)
        self._bar.setTabData(at, tuple(clusters))
        self._bar.update()

    def remove(self, page: QWidget) -> None:
        at = self.indexOf(page)
        if at >= 0:
            self.removeTab(at)

    def step(self, by: int) -> None:
        """The next tab, or the one before; round the ends."""
        if self.count():
            self.setCurrentIndex((self.currentIndex() + by) % self.count())

    def _dress(self) -> None:
        self._plus.setIcon(icon("plus", "text2", self._theme))
        for at in range(self.count()):
            page = self.widget(at)
            symbol = page.property("symbol") if page is not None else ""
            if symbol:
                self.setTabIcon(at, icon(symbol, "text2", self._theme))
            cross = self._bar.tabButton(at, QTabBar.ButtonPosition.RightSide)
            if isinstance(cross, QToolButton):
                cross.setIcon(icon("x", "text2", self._theme))
