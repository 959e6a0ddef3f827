"""The bar above the live events: what is watched, filter, counts and the five things one does to a log."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from kdesk.ui.look.icons import icon, pixmap
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.buttons import push_button, tool_button
from kdesk.ui.parts.chips import HEIGHT, ChipRow
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.ui.parts.line_input import LineInput

_SAID_MS = 8_000
_LEAST_FILTER, _WIDEST_SAID = 96, 360
_HELP = (
    "All words must be found, in any column; | between alternatives.\n"
    "type:  kind:  ns:  cluster:  name:  who:  version:   look in one column\n"
    "path:status.phase   what changed there      change:nginx   what changed, in words\n"
    'kind="Pod"   exactly      tier=web   a label      /web-\\d+/   a regular expression      !word   not\n'
    "time:14:02..14:05   time:>14:02:11   time:2026-02-03   when it was received      age<5m   last:5m\n"
    "bookmark:   lines with a bookmark      bookmark:deploy   with this in the note"
)


class EventsBar(QWidget):
    """Signals say what the person did; ``show_...`` and ``say`` what there is to tell."""

    filter_changed = Signal(str)
    filter_left = Signal()
    pause_toggled = Signal(bool)
    existing_toggled = Signal(bool)
    rates_toggled = Signal(bool)
    clear_clicked = Signal()
    save_clicked = Signal()
    kinds_clicked = Signal()
    run_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._paused = self._running = False
        self._filter = LineInput()
        self._filter.setPlaceholderText(
            "Filter: words, type:DELETED  path:status.phase  who:kubectl  time:>14:02  !not"
        )
        self._filter.setAccessibleName("Filter live events")
        self._filter.setMinimumWidth(_LEAST_FILTER)
        self._filter.setToolTip(_HELP)
        self._glass = QAction(self._filter)
        self._filter.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._counts = QLabel()
        self._counts.setProperty("tone", "text2")
        self._said = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._said.setMaximumWidth(_WIDEST_SAID)
        self._forget = QTimer(self, interval=_SAID_MS, singleShot=True)
        self._forget.timeout.connect(self._said.clear)
        self._pause = tool_button("Pause (Space)", checkable=True)
        self._existing = tool_button(
            "Show existing objects (those there before the watch began)", checkable=True
        )
        self._rates = tool_button("Events a second", checkable=True)
        self._clear = tool_button("Clear (Ctrl+L)")
        self._save = tool_button("Save as JSON lines…")
        self.kinds_button = push_button("Watch…")
        self.kinds_button.setToolTip("Choose what to watch")
        self.run = push_button()
        self.file = QLabel()
        self.file.setProperty("tone", "warn")
        self.file.hide()
        self._hourglass = QLabel()
        self._hourglass.hide()
        self.chips = ChipRow(theme)
        self._cost = QLabel()
        self._cost.setProperty("tone", "text2")
        self._error = QLabel()
        self._error.setProperty("tone", "bad")
        self._chip_line = QWidget()
        self._lay_out()
        self._connect()
        self._restyle()
        self.show_error("")
        self.show_running(False, possible=False)

    def _connect(self) -> None:
        self._filter.textChanged.connect(self.filter_changed)
        self._filter.left.connect(self.filter_left)
        self._pause.clicked.connect(self.pause_toggled)
        self._existing.clicked.connect(self.existing_toggled)
        self._existing.toggled.connect(self._restyle)
        self._rates.clicked.connect(self.rates_toggled)
        self._clear.clicked.connect(self.clear_clicked)
        self._save.clicked.connect(self.save_clicked)
        self.kinds_button.clicked.connect(self.kinds_clicked)
        self.run.clicked.connect(self.run_clicked)
        self._theme.changed.connect(self._restyle)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(8, 4, 8, 4)
        top.setSpacing(8)
        for widget in (self._hourglass, self.file, self.run, self.kinds_button):
            top.addWidget(widget)
        top.addWidget(self._filter, 1)
        top.addWidget(self._said)
        top.addWidget(self._counts)
        tools = QHBoxLayout()
        tools.setSpacing(2)
        for button in (self._pause, self._existing, self._rates, self._save, self._clear):
            tools.addWidget(button)
        top.addLayout(tools)
        chips = QHBoxLayout(self._chip_line)
        chips.setContentsMargins(8, 0, 8, 6)
        chips.setSpacing(12)
        chips.addWidget(self.chips, 1)
        self._cost.setFixedHeight(HEIGHT)  # beside the first row of chips
        chips.addWidget(self._cost, 0, Qt.AlignmentFlag.AlignTop)
        self._error.setContentsMargins(8, 0, 8, 6)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(top)
        box.addWidget(self._error)
        box.addWidget(self._chip_line)

    def show_file(self, name: str) -> None:
        """A file is shown, and nothing is live: only what can be done to a file is offered."""
        self.file.setText(f"File, not live: {name}")
        self.file.show()
        self._hourglass.show()
        for widget in (self.run, self.kinds_button, self._pause, self._existing, self._clear):
            widget.hide()

    def show_chip_line(self, shown: bool) -> None:
        """Anything is watched, or a span of time is chosen: only then is there a row of chips."""
        self._chip_line.setVisible(shown)

    def show_running(self, running: bool, *, possible: bool) -> None:
        """Whether events come; ``possible``: something to watch was chosen."""
        self._running = running
        self.run.setText(" Stop" if running else " Start")  # a little away from its icon
        self.run.setToolTip("End the watches; the lines stay" if running else "Watch what was chosen")
        self.run.setEnabled(running or possible)
        self._restyle()

    def show_rates(self, shown: bool) -> None:
        self._rates.setChecked(shown)

    def show_cost(self, text: str, tip: str) -> None:
        """What it takes while it runs."""
        self._cost.setText(text)
        self._cost.setToolTip(tip)

    def focus_filter(self) -> None:
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    def show_filter(self, text: str) -> None:
        """The filter in force, where somebody else has set it."""
        if self._filter.text().strip() != text:
            self._filter.setText(text)

    def show_error(self, text: str) -> None:
        """Why what is typed is no filter; empty: it is one."""
        self._error.setText(text)
        self._error.setVisible(bool(text))
        if bool(self._filter.property("invalid")) != bool(text):
            self._filter.setProperty("invalid", bool(text))
            _polish(self._filter)

    def show_counts(
        self, *, shown: int, total: int, dropped: int, pending: int, paused: bool, tip: str
    ) -> None:
        """How many lines are shown of how many kept, how many were dropped, and what waits behind a pause."""
        parts = [
            f"{shown:,} of {total:,}" if shown != total else f"{total:,} line{'' if total == 1 else 's'}"
        ]
        if dropped:
            parts.append(f"{dropped:,} dropped")
        if paused:
            parts.append(f"+{pending:,} while paused")
        self._counts.setText("  ·  ".join(parts))
        self._counts.setToolTip(tip)
        tone = "warn" if paused or dropped else "text2"
        if tone != self._counts.property("tone"):
            self._counts.setProperty("tone", tone)
            _polish(self._counts)
        if paused != self._paused:
            self._paused = paused
            self._pause.setChecked(paused)
            self._pause.setToolTip("Go on (Space)" if paused else "Pause (Space)")
            self._restyle()

    def say(self, text: str, tone: str) -> None:
        """A sentence for a while; a bad one stays until the next."""
        self._said.set_text(text)
        self._said.setProperty("tone", tone)
        _polish(self._said)
        self._forget.stop()
        if tone != "bad":
            self._forget.start()

    def _restyle(self) -> None:
        theme = self._theme
        self._glass.setIcon(icon("search", "text2", theme))
        self.run.setIcon(icon("square" if self._running else "play", "text", theme))
        self._pause.setIcon(icon("play" if self._paused else "pause", "text", theme))
        self._existing.setIcon(icon("eye" if self._existing.isChecked() else "eye-off", "text", theme))
        self._rates.setIcon(icon("chart-column", "text", theme))
        self._clear.setIcon(icon("trash-2", "text", theme))
        self._hourglass.setPixmap(pixmap("hourglass", "warn", theme, 16, self.devicePixelRatioF()))
        self._save.setIcon(icon("save", "text", theme))


def _polish(widget: QWidget) -> None:
    widget.style().unpolish(widget)
    widget.style().polish(widget)
