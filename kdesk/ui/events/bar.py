"""The bar above the live events: kinds, filter, counts and the five things one does to a log."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.buttons import tool_button
from kdesk.ui.parts.chips import ChipRow
from kdesk.ui.parts.line_input import LineInput

_SAID_MS = 8_000


class EventsBar(QWidget):
    """Signals say what the person did; ``show_...`` and ``say`` what there is to tell."""

    filter_changed = Signal(str)
    filter_left = Signal()
    pause_toggled = Signal(bool)
    existing_toggled = Signal(bool)
    clear_clicked = Signal()
    save_clicked = Signal()
    kinds_clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._paused = False
        self._filter = LineInput()
        self._filter.setPlaceholderText(
            "Filter: words, type:DELETED  kind:Pod  ns:web  path:status.phase  who:kubectl  !not"
        )
        self._filter.setAccessibleName("Filter live events")
        self._filter.setToolTip(
            "All words must be found, in any column but that of the changes.\n"
            "type:  kind:  ns:  cluster:  name:  who:  version:   look in one column\n"
            "path:status.phase   what changed there      change:nginx   what changed, in words\n"
            '"two words"   as one      kind:"Pod"   exactly      !word   not'
        )
        self._glass = self._filter.addAction(
            icon("funnel", "text2", theme), QLineEdit.ActionPosition.LeadingPosition
        )
        self._counts = QLabel()
        self._counts.setProperty("tone", "text2")
        self._said = QLabel()
        self._forget = QTimer(self, interval=_SAID_MS, singleShot=True)
        self._forget.timeout.connect(self._said.clear)
        self._pause = tool_button("Pause (Space)", checkable=True)
        self._existing = tool_button(
            "Show existing objects (those there before the watch began)", checkable=True
        )
        self._clear = tool_button("Clear (Ctrl+L)")
        self._save = tool_button("Save as JSON lines…")
        self.kinds_button = QPushButton("Kinds…")
        self.kinds_button.setToolTip("Choose the kinds to watch")
        self.chips = ChipRow(theme)
        self._chip_line = QWidget()
        self._lay_out()
        self._filter.textChanged.connect(self.filter_changed)
        self._filter.left.connect(self.filter_left)
        self._pause.clicked.connect(self.pause_toggled)
        self._existing.clicked.connect(self.existing_toggled)
        self._existing.toggled.connect(self._restyle)
        self._clear.clicked.connect(self.clear_clicked)
        self._save.clicked.connect(self.save_clicked)
        self.kinds_button.clicked.connect(self.kinds_clicked)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(8, 4, 8, 4)
        top.setSpacing(8)
        top.addWidget(self.kinds_button)
        top.addWidget(self._filter, 1)
        top.addWidget(self._said)
        top.addWidget(self._counts)
        tools = QHBoxLayout()
        tools.setSpacing(2)
        for button in (self._pause, self._existing, self._save, self._clear):
            tools.addWidget(button)
        top.addLayout(tools)
        chips = QHBoxLayout(self._chip_line)
        chips.setContentsMargins(8, 0, 8, 6)
        chips.addWidget(self.chips)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(top)
        box.addWidget(self._chip_line)

    def set_watching(self, watching: bool) -> None:
        """Anything is watched: only then is there a row of chips."""
        self._chip_line.setVisible(watching)

    def focus_filter(self) -> None:
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    def show_filter(self, text: str) -> None:
        """The filter in force, where somebody else has set it."""
        if self._filter.text().strip() != text:
            self._filter.setText(text)

    def show_counts(self, *, shown: int, total: int, dropped: int, pending: int, paused: bool) -> None:
        """How many lines are shown of how many kept, how many were dropped, and what waits behind a pause."""
        parts = [
            f"{shown:,} of {total:,}" if shown != total else f"{total:,} line{'' if total == 1 else 's'}"
        ]
        if dropped:
            parts.append(f"{dropped:,} dropped")
        if paused:
            parts.append(f"+{pending:,} while paused")
        self._counts.setText("  ·  ".join(parts))
        self._counts.setToolTip("The oldest lines are dropped when the log is full." if dropped else "")
        if paused != self._paused:
            self._paused = paused
            self._counts.setProperty("tone", "warn" if paused else "text2")
            self._counts.style().unpolish(self._counts)
            self._counts.style().polish(self._counts)
            self._pause.setChecked(paused)
            self._pause.setToolTip("Go on (Space)" if paused else "Pause (Space)")
            self._restyle()

    def say(self, text: str, tone: str) -> None:
        """A sentence for a while; a bad one stays until the next."""
        self._said.setText(text)
        self._said.setProperty("tone", tone)
        self._said.style().unpolish(self._said)
        self._said.style().polish(self._said)
        self._forget.stop()
        if tone != "bad":
            self._forget.start()

    def _restyle(self) -> None:
        self._glass.setIcon(icon("funnel", "text2", self._theme))
        self._pause.setIcon(icon("play" if self._paused else "pause", "text", self._theme))
        self._existing.setIcon(icon("eye" if self._existing.isChecked() else "eye-off", "text", self._theme))
        self._clear.setIcon(icon("trash-2", "text", self._theme))
        self._save.setIcon(icon("save", "text", self._theme))
