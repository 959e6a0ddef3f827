"""How fresh a table is: a shape, a word and a colour; a click tells the last changes and offers to reconnect."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kdesk.kube.subscription import Status
from kdesk.ui.icons import pixmap
from kdesk.ui.theme import Theme, tabular
from kdesk.viewmodel.freshness import IDLE, Freshness, Shape, clock_time

#: The last changes of state: when, in which namespace, to what.
History = Callable[[], Sequence[tuple[float, str, Status]]]

_SHAPE = 12
_GAP = 6
_PAD = 8
_TOLD = 8


class StateBadge(QAbstractButton):
    """``reconnect``: a person asked for it in the popup."""

    reconnect = Signal()

    def __init__(self, theme: Theme, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._history = theme, history
        self._said = IDLE
        self._popup: _Popup | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(tabular(self.font()))
        self.clicked.connect(self._open)
        theme.changed.connect(self.update)

    def show_freshness(self, said: Freshness) -> None:
        self._said = said
        self.setText(said.word)
        self.setToolTip(said.detail or said.word)
        self.setAccessibleName(f"State: {said.word}")
        self.setAccessibleDescription(said.detail)
        self.updateGeometry()
        self.update()
        if self._popup is not None and self._popup.isVisible():
            self._popup.tell(said, self._history())

    def sizeHint(self) -> QSize:
        width = 2 * _PAD + _SHAPE + _GAP + self.fontMetrics().horizontalAdvance(self._said.word)
        return QSize(width, 28)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

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
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self._said.word)

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
            self._popup = _Popup(self)
            self._popup.reconnect.connect(self.reconnect)
        popup = self._popup
        popup.tell(self._said, self._history())
        popup.adjustSize()
        popup.move(self.mapToGlobal(QPoint(self.width() - popup.width(), self.height() + 4)))
        popup.show()


class _Popup(QFrame):
    reconnect = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("popup", True)
        self._word, self._detail = QLabel(), QLabel(wordWrap=True)
        self._detail.setMinimumWidth(320)
        self._detail.setProperty("tone", "text2")
        self._changes = QGridLayout()
        self._changes.setHorizontalSpacing(16)
        self._changes.setColumnStretch(2, 1)
        button = QPushButton("Reconnect now")
        button.setProperty("primary", True)
        button.clicked.connect(self.reconnect)
        button.clicked.connect(self.close)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(8)
        box.addWidget(self._word)
        box.addWidget(self._detail)
        box.addLayout(self._changes)
        box.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)

    def tell(self, said: Freshness, history: Sequence[tuple[float, str, Status]]) -> None:
        self._word.setText(said.word[:1].upper() + said.word[1:])
        self._detail.setText(said.detail)
        self._detail.setVisible(bool(said.detail))
        while (item := self._changes.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for line, (at, namespace, status) in enumerate(reversed(history[-_TOLD:])):
            moment = time.strftime("%H:%M:%S", time.localtime(at))
            told = QLabel(
                moment if clock_time(at, time.time()).count(" ") == 0 else clock_time(at, time.time())
            )
            told.setProperty("tone", "text2")
            told.setFont(tabular(told.font()))
            what = " ".join(filter(None, (str(status.state).lower(), namespace and f"({namespace})")))
            why = QLabel(status.error)
            why.setProperty("tone", "text2")
            why.setMaximumWidth(420)
            why.setToolTip(status.error)
            for column, label in enumerate((told, QLabel(what), why)):
                label.setTextFormat(Qt.TextFormat.PlainText)
                self._changes.addWidget(label, line, column)
