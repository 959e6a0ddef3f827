"""A word in the status bar while a cluster is recorded, or cannot be."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme
from kdesk.viewmodel.clusters.recorders import Recorders

_ICON = 14


class RecorderWord(QWidget):
    """Hidden while nothing is recorded; the tooltip says where to, and what is wrong."""

    def __init__(self, recorders: Recorders, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recorders, self._theme = recorders, theme
        self._sign, self._label = QLabel(), QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(self._sign)
        row.addWidget(self._label)
        recorders.changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    @property
    def sentence(self) -> str:
        """What is said; "" while nothing is."""
        return self._label.text() if not self.isHidden() else ""

    def refresh(self) -> None:
        words = self._recorders.words
        bad = words.tone == "bad"
        shape = "triangle-alert" if words.tone != "text2" else "database"
        self._sign.setPixmap(pixmap(shape, words.tone, self._theme, _ICON, self.devicePixelRatioF()))
        self._label.setText(words.text)
        self._label.setProperty("tone", "bad" if bad else "text2")
        self._label.style().unpolish(self._label)
        self._label.style().polish(self._label)
        self._label.setAccessibleName(words.text)
        self.setToolTip(words.details)
        self.setVisible(bool(words.text))
