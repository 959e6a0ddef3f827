"""How fresh a table is: a shape, a word and a colour; a click tells the last changes and offers to reconnect."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from kdesk.ui.clusters.freshness_popup import FreshnessPopup, History
from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme, tabular
from kdesk.viewmodel.clusters.freshness import IDLE, Freshness, PartFreshness, Shape

_SHAPE = 12
_GAP = 6
_PAD = 8
#: A longer word is cut where there is no room: the tool tip has it all.
_LEAST = 130


class StateBadge(QAbstractButton):
    """``reconnect(cluster)``: a person asked for it in the popup; "" for all."""

    reconnect = Signal(str)

    def __init__(self, theme: Theme, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._history = theme, history
        self._said = IDLE
        self._parts: Sequence[PartFreshness] = ()
        self._popup: FreshnessPopup | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(tabular(self.font()))
        self.clicked.connect(self._open)
        theme.changed.connect(self.update)

    def show_freshness(self, said: Freshness, parts: Sequence[PartFreshness] = ()) -> None:
        """``parts``: of each cluster, where there are several."""
        hint = self.sizeHint()
        self._said, self._parts = said, parts
        self.setToolTip(f"{said.word}\n{said.detail}".strip())
        self.setAccessibleName(f"State: {said.word}")
        self.setAccessibleDescription(said.detail)
        if self.sizeHint() != hint:  # else every layout up to the window would be worked out again
            self.updateGeometry()
        self.update()
        if self._popup is not None and self._popup.isVisible():
            self._popup.tell(said, parts, self._history())

    def text(self) -> str:
        return self._said.word

    def sizeHint(self) -> QSize:
        width = 2 * _PAD + _SHAPE + _GAP + self.fontMetrics().horizontalAdvance(self._said.word)
        return QSize(width, 28)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint().boundedTo(QSize(_LEAST, 28))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection" if self.isDown() else "raised"))
            painter.drawRoundedRect(self.rect(), 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), theme.data.focus_width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        self._paint_shape(painter, QRectF(_PAD, (self.height() - _SHAPE) / 2, _SHAPE, _SHAPE))
        quiet = self._said.tone in ("ok", "info")
        painter.setPen(theme.color("text2" if quiet else self._said.tone))
        text = self.rect().adjusted(_PAD + _SHAPE + _GAP, 0, 0, 0)
        word = self.fontMetrics().elidedText(self._said.word, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, word)

    def _paint_shape(self, painter: QPainter, box: QRectF) -> None:
        said, theme = self._said, self._theme
        if said.shape is Shape.RING and said.progress is not None:
            ring = box.adjusted(1, 1, -1, -1)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("border"), 2))
            painter.drawEllipse(ring)
            painter.setPen(QPen(theme.color(said.tone), 2))
            painter.drawArc(ring, 90 * 16, -round(said.progress * 360 * 16))
            return
        picture = pixmap(said.shape, said.tone, theme, _SHAPE, self.devicePixelRatioF())
        painter.drawPixmap(box.topLeft().toPoint(), picture)

    def _open(self) -> None:
        if self._popup is None:
            self._popup = FreshnessPopup(self._theme, self)
            self._popup.reconnect.connect(self.reconnect)
        popup = self._popup
        popup.tell(self._said, self._parts, self._history())
        popup.adjustSize()
        popup.move(self.mapToGlobal(QPoint(self.width() - popup.width(), self.height() + 4)))
        popup.show()
