"""The line at the bottom: how many clusters are live, how much happens, what it takes. A click opens Diagnostics."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStatusBar, QToolButton, QWidget

from kdesk.ui.look.icons import icon, pixmap
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.program.process import rss_bytes

_SAID_MS = 12_000


class StatusBar(QStatusBar):
    """``clicked``: a person wants to know more."""

    clicked = Signal()
    palette_wanted = Signal()

    def __init__(self, clusters: Clusters, pulse: Pulse, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clusters, self._pulse, self._theme = clusters, pulse, theme
        self._look: tuple[str, str, str] | None = None
        self.setSizeGripEnabled(False)
        self._figures = QToolButton()
        self._figures.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._figures.setAutoRaise(True)
        self._figures.setStyleSheet("padding: 0 4px; border: none")
        self._figures.setFont(tabular(self._figures.font()))
        self._figures.setToolTip("Open Diagnostics")
        self._figures.setAccessibleName("Diagnostics")
        self._figures.clicked.connect(self.clicked)
        self._sign = QLabel()
        self._message = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._keys = QToolButton()
        self._keys.setText("Ctrl+K  commands")
        self._keys.setAutoRaise(True)
        self._keys.setStyleSheet("padding: 0 4px; border: none")
        self._keys.clicked.connect(self.palette_wanted)
        inside = QWidget()
        row = self._row = QHBoxLayout(inside)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(6)
        row.addWidget(self._figures)
        row.addSpacing(10)
        row.addWidget(self._sign)
        row.addWidget(self._message, 1)
        row.addWidget(self._keys)
        self.addWidget(inside, 1)
        self._until = QTimer(self)
        self._until.setSingleShot(True)
        self._until.timeout.connect(lambda: self.say(""))
        pulse.beat.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def add_part(self, part: QWidget) -> None:
        """Something of its own, between the sentence and the keys."""
        self._row.insertWidget(self._row.count() - 1, part)

    def say(self, sentence: str, *, bad: bool = False, stay: bool = False) -> None:
        """A sentence for a while (``stay``: until the next one); "" takes it back."""
        self._message.set_text(sentence)
        self._message.setAccessibleName(sentence)
        self._message.setProperty("tone", "bad" if bad else "text2")
        self._message.style().unpolish(self._message)
        self._message.style().polish(self._message)
        ratio = self.devicePixelRatioF()
        self._sign.setPixmap(pixmap("triangle-alert", "bad", self._theme, 16, ratio))
        self._sign.setVisible(bad and bool(sentence))
        if sentence and not stay:
            self._until.start(_SAID_MS)
        else:
            self._until.stop()

    def _failed(self) -> int:
        """Clusters that could not be opened."""
        clusters = self._clusters
        known = {context.name for context in clusters.contexts}
        return sum(clusters.state(name).name == "FAILED" for name in clusters.sessions if name in known)

    @property
    def sentence(self) -> str:
        return self._message.text()

    def refresh(self) -> None:
        """The figures of this moment."""
        failed = self._failed()
        live, opened = self._pulse.live_clusters, len(self._clusters.sessions) - failed
        if opened and not self._pulse.watches:
            # Nothing that would notice when a server goes.
            clusters, shape, tone = f"{opened} cluster{'' if opened == 1 else 's'} open", "disc", "text2"
        elif opened:
            clusters = f"{live} cluster{'' if live == 1 else 's'} live"
            if live < opened:
                clusters = f"{live} of {opened} clusters live"
            shape, tone = ("disc", "ok") if live == opened else ("circle-dashed", "warn")
        else:
            clusters, shape, tone = "No cluster open", "circle", "text2"
        if failed:
            shape, tone = "triangle-alert", "warn"
        rss = rss_bytes() / 1_000_000
        parts = [clusters, f"{failed} failed"] if failed else [clusters]
        if opened:
            watches = self._pulse.watches
            parts += [f"{self._pulse.rate:,.0f} events/s", f"{watches} watch{'' if watches == 1 else 'es'}"]
        if rss:
            parts.append(f"{rss:,.0f} MB")
        self._figures.setText("  " + " · ".join(parts))
        look = (shape, tone, self._theme.data.id)
        if look != self._look:
            self._look = look
            self._figures.setIcon(icon(shape, tone, self._theme))
