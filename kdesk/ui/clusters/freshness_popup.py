"""What the badge of a table tells when it is clicked: each cluster's state, the last changes, and *reconnect now*."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from kdesk.kube.engine.subscription import Status
from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.buttons import push_button
from kdesk.viewmodel.clusters.freshness import Freshness, PartFreshness, Shape
from kdesk.viewmodel.moments import moment_text

#: The last changes of state: when, where (cluster, namespace), to what.
History = Callable[[], Sequence[tuple[float, str, Status]]]

_TOLD = 8
_SHAPE = 12


class FreshnessPopup(QFrame):
    """``reconnect(cluster)``: a person asked for it; "" for all."""

    reconnect = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._theme = theme
        self.setProperty("popup", True)
        self._word, self._detail = QLabel(), QLabel(wordWrap=True)
        self._detail.setMinimumWidth(320)
        self._detail.setProperty("tone", "text2")
        self._clusters, self._changes = QGridLayout(), QGridLayout()
        self._clusters.setColumnStretch(3, 1)
        for grid in (self._clusters, self._changes):
            grid.setHorizontalSpacing(16)
        self._clusters.setHorizontalSpacing(8)
        self._changes.setColumnStretch(2, 1)
        self._again = push_button("Reconnect now")
        self._again.clicked.connect(lambda: self._reconnect(""))
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(8)
        box.addWidget(self._word)
        box.addWidget(self._detail)
        box.addLayout(self._clusters)
        box.addSpacing(4)
        box.addLayout(self._changes)
        box.addWidget(self._again, alignment=Qt.AlignmentFlag.AlignLeft)

    def tell(
        self,
        said: Freshness,
        parts: Sequence[PartFreshness],
        history: Sequence[tuple[float, str, Status]],
    ) -> None:
        """``parts``: of each cluster, where there are several."""
        self._again.setVisible(said.shape is not Shape.HOURGLASS)  # the past is what it is
        self._again.setProperty("primary", said.tone != "ok")  # what is live needs nothing done
        self._again.style().unpolish(self._again)
        self._again.style().polish(self._again)
        self._word.setText(said.word[:1].upper() + said.word[1:])
        self._detail.setText(said.detail)
        self._detail.setVisible(bool(said.detail) and len(parts) < 2)
        _empty(self._clusters)
        _empty(self._changes)
        for line, part in enumerate(parts if len(parts) > 1 else ()):
            self._tell_part(line, part)
        for line, change in enumerate(reversed(history[-_TOLD:])):
            self._tell_change(line, *change)

    def _tell_part(self, line: int, part: PartFreshness) -> None:
        band, shape = QLabel(), QLabel()
        band.setFixedSize(3, 18)
        band.setStyleSheet(f"background: {self._theme.cluster(part.cluster).name()};")
        shape.setPixmap(
            pixmap(part.said.shape, part.said.tone, self._theme, _SHAPE, self.devicePixelRatioF())
        )
        name, word = _plain(part.cluster), _plain(part.said.word)
        word.setProperty("tone", part.said.tone if part.said.tone in ("warn", "bad") else "text2")
        word.setToolTip(part.said.detail)
        for column, widget in enumerate((band, shape, name, word)):
            self._clusters.addWidget(widget, line, column)
        if part.void:
            again = push_button("Reconnect")
            again.setAccessibleName(f"Reconnect {part.cluster}")
            again.clicked.connect(lambda: self._reconnect(part.cluster))
            self._clusters.addWidget(again, line, 4)

    def _tell_change(self, line: int, at: float, where: str, status: Status) -> None:
        told = _plain(moment_text(at))
        told.setProperty("tone", "text2")
        told.setFont(tabular(told.font()))
        what = " ".join(filter(None, (str(status.state).lower(), where and f"({where})")))
        why = _plain(status.error)
        why.setProperty("tone", "text2")
        why.setMaximumWidth(420)
        why.setToolTip(status.error)
        for column, label in enumerate((told, _plain(what), why)):
            self._changes.addWidget(label, line, column)

    def _reconnect(self, cluster: str) -> None:
        self.reconnect.emit(cluster)
        self.close()


def _plain(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _empty(grid: QGridLayout) -> None:
    while (item := grid.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
