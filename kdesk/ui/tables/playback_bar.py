"""The controls of a table that shows the past, and the frame that says so."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHideEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from kdesk.ui.look.icons import icon, pixmap
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.buttons import push_button, tool_button
from kdesk.viewmodel.clusters.freshness import Freshness, Shape
from kdesk.viewmodel.moments import clock_text
from kdesk.viewmodel.tables.playback import SPEEDS, Playback

_HEIGHT = 36
# Below these widths, in logical pixels, words give way to the slider.
_NO_COUNT, _NO_MOMENT = 720, 480
_SHAPE = 14
_FRAME = 2
_ICON = QSize(16, 16)
#: Places of the slider: more than pixels, so that every moment of an hour can be reached to a tenth of a second.
_PLACES = 36_000
#: How often "3 min ago" is looked at.
_TICK_MS = 1000


class PlaybackBar(QWidget):
    """Follows a Playback while it is shown. ``said``: what the table's header is to say (see ``past_freshness``)."""

    said = Signal(object)

    def __init__(
        self,
        playback: Playback,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._playback, self._theme, self._now = playback, theme, now
        self._told: Freshness | None = None
        self._picture = QLabel()
        self._moment = QLabel()
        self._moment.setFont(tabular(self._moment.font()))
        self._moment.setAccessibleName("The moment shown")
        self._back = tool_button("One change back (,)")
        self._play = tool_button("Play (Space)")
        self._on = tool_button("One change on (.)")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _PLACES)
        self.slider.setSingleStep(_PLACES // 100)
        self.slider.setPageStep(_PLACES // 10)
        self.slider.setAccessibleName("Moment")
        self._count = QLabel()
        self._count.setProperty("tone", "text2")
        self._count.setFont(tabular(self._count.font()))
        self.speed = QComboBox()
        self.speed.setAccessibleName("Speed")
        for speed in SPEEDS:
            self.speed.addItem(f"{speed}×", speed)
        self.live = push_button("Back to live")
        self.live.setToolTip("Back to live (Esc)")
        self._lay_out()
        self._connect()
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self.refresh)
        self._restyle()
        self.hide()

    def refresh(self) -> None:
        """Show where the playback is."""
        playback = self._playback
        self.setVisible(playback.active)
        said = past_freshness(playback, self._now()) if playback.active else None
        if said != self._told:
            self._told = said
            self.said.emit(said)
        if said is None:
            return
        moment = playback.moment
        self._moment.setText(clock_text(moment, 1))
        span = playback.ends - playback.begins
        if not self.slider.isSliderDown():
            blocked = self.slider.blockSignals(True)
            at = (playback.moment - playback.begins) / span if span else 1.0
            self.slider.setValue(round(at * _PLACES))
            self.slider.blockSignals(blocked)
        self._count.setText(f"{playback.position:,} of {playback.steps:,} changes")
        dropped = playback.dropped
        self._count.setToolTip(f"{dropped:,} older changes are no longer kept." if dropped else "")
        self._back.setEnabled(playback.position > 0)
        self._on.setEnabled(playback.position < playback.steps)
        name, words = ("pause", "Pause (Space)") if playback.playing else ("play", "Play (Space)")
        self._play.setIcon(icon(name, "text", self._theme))
        self._play.setToolTip(words)
        self._play.setAccessibleName(words.partition(" (")[0])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()
        self._playback.pause()  # nobody looks

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The slider is what the bar is for; the moment stands in the bar above it, too."""
        super().resizeEvent(event)
        self._count.setVisible(event.size().width() >= _NO_COUNT)
        self._moment.setVisible(event.size().width() >= _NO_MOMENT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("raised"))
        painter.end()

    def toggle(self) -> None:
        """Play or pause."""
        if self._playback.playing:
            self._playback.pause()
        else:
            self._playback.play(self.speed.currentData())

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(6)
        row.addWidget(self._picture)
        row.addWidget(self._moment)
        row.addSpacing(6)
        for button in (self._back, self._play, self._on):
            row.addWidget(button)
        row.addWidget(self.slider, 1)
        row.addWidget(self._count)
        row.addWidget(self.speed)
        row.addWidget(self.live)
        self.setFixedHeight(_HEIGHT)

    def _connect(self) -> None:
        playback = self._playback
        playback.changed.connect(self.refresh)
        self._back.clicked.connect(lambda: playback.step(-1))
        self._on.clicked.connect(lambda: playback.step(1))
        self._play.clicked.connect(self.toggle)
        self.live.clicked.connect(playback.leave)
        self.slider.valueChanged.connect(self._slide)
        self.speed.currentIndexChanged.connect(self._change_speed)
        self._theme.changed.connect(self._restyle)

    def _slide(self, value: int) -> None:
        playback = self._playback
        playback.pause()
        playback.go_to(playback.begins + (playback.ends - playback.begins) * value / _PLACES)

    def _change_speed(self) -> None:
        if self._playback.playing:
            self._playback.play(self.speed.currentData())

    def _restyle(self) -> None:
        theme = self._theme
        self._picture.setPixmap(pixmap(Shape.HOURGLASS, "warn", theme, _SHAPE, self.devicePixelRatioF()))
        self._moment.setStyleSheet(f"color: {theme.color('warn').name()};")
        self._back.setIcon(icon("chevron-left", "text", theme))
        self._on.setIcon(icon("chevron-right", "text", theme))
        for button in (self._back, self._play, self._on):
            button.setIconSize(_ICON)
        self.refresh()
        self.update()


class PastFrame(QWidget):
    """An amber frame round a page; it lets the mouse through."""

    def __init__(self, page: QWidget, theme: Theme) -> None:
        super().__init__(page)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page.installEventFilter(self)
        theme.changed.connect(self.update)
        self.setGeometry(page.rect())
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def set_shown(self, shown: bool) -> None:
        self.setVisible(shown)
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.color("warn"), _FRAME))
        half = _FRAME // 2
        painter.drawRect(QRect(half, half, self.width() - _FRAME, self.height() - _FRAME))
        painter.end()


def past_freshness(playback: Playback, now: float) -> Freshness:
    """``14:02:11, 3 min ago``, as the state of a table."""
    moment = playback.moment
    return Freshness(
        None,
        Shape.HOURGLASS,
        f"{clock_text(moment)}, {_ago(now - moment)}",
        "This is the past: what comes from the cluster is kept, and shown when you go back to live.",
        moment,
        "warn",
    )


def keys_of(page: QWidget, bar: PlaybackBar, playback: Playback) -> list[QShortcut]:
    """The keys of a page that shows the past; they are to be enabled only then."""
    actions: dict[str, Callable[[], None]] = {
        ",": lambda: playback.step(-1),
        ".": lambda: playback.step(1),
        "Space": bar.toggle,
        "Esc": lambda: _leave(playback),
    }
    made = []
    for key, action in actions.items():
        shortcut = QShortcut(QKeySequence(key), page)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(action)
        shortcut.setEnabled(False)
        made.append(shortcut)
    return made


def _leave(playback: Playback) -> None:
    """What is open over the page goes first."""
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    else:
        playback.leave()


def _ago(seconds: float) -> str:
    if seconds < 1:
        return "just now"
    if seconds < 120:
        return f"{seconds:.0f} s ago"
    minutes = seconds / 60
    return f"{minutes:.0f} min ago" if minutes < 120 else f"{minutes / 60:.0f} h ago"
