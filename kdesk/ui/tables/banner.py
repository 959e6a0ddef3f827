"""The slim line over a table's rows: which of them are not known to be true, and why."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.viewmodel.clusters.freshness import Freshness, PartFreshness, trouble

_HEIGHT, _SHAPE = 28, 12


class TableBanner(QWidget):
    """Hidden while all is well."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shape, self._tone = "clock", "warn"
        self._picture = QLabel()
        self._text = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self._picture)
        row.addWidget(self._text, stretch=1)
        self.setFixedHeight(_HEIGHT)
        theme.changed.connect(self._restyle)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def tell(self, said: Freshness, parts: tuple[PartFreshness, ...], *, rows: bool) -> None:
        """``parts``: of each cluster; ``rows``: there are some to doubt."""
        void = [part for part in parts if part.void]
        if len(parts) > 1:
            shown = rows and bool(void)
            text = "  ·  ".join(trouble(part) for part in void)
            said = void[0].said if void else said
        else:
            shown = rows and said.stale
            text = f"{said.word[:1].upper()}{said.word[1:]}. {said.detail}".strip()
        self.setVisible(shown)
        if shown and (text, said.shape, said.tone) != (self.text, self._shape, self._tone):
            self._shape, self._tone = said.shape, said.tone
            self._text.set_text(text)
            self._restyle()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("raised"))
        painter.fillRect(0, 0, 3, self.height(), self._theme.color(self._tone))
        painter.end()

    def _restyle(self) -> None:
        self._picture.setPixmap(
            pixmap(self._shape, self._tone, self._theme, _SHAPE, self.devicePixelRatioF())
        )
        self._text.setProperty("tone", self._tone)
        self._text.style().unpolish(self._text)
        self._text.style().polish(self._text)
        self.update()
