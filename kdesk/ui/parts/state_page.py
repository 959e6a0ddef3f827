"""What stands where rows cannot: one icon, one sentence in plain words, one button; details fold out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme, fixed_font
from kdesk.ui.parts.buttons import push_button

_ICON = 40


class StatePage(QWidget):
    """A page for an empty, loading, failed or unusable place. ``activated`` is the button's click."""

    activated = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._sentence = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter, wordWrap=True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hint = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter, wordWrap=True)
        self._hint.setProperty("tone", "text2")
        self._button = push_button()
        self._button.setProperty("primary", True)
        self._button.clicked.connect(self.activated)
        self._more = push_button("Details")
        self._more.setCheckable(True)
        self._more.setFlat(True)
        self._more.toggled.connect(self._fold)
        self._copy = push_button("Copy")
        self._copy.clicked.connect(self._copy_details)
        self._details = QPlainTextEdit(readOnly=True)
        self._details.setFont(fixed_font())
        self._details.setAccessibleName("Details")
        self._icon, self._tone = "info", "text2"
        self._lay_out()
        theme.changed.connect(self._paint_icon)

    def show_state(
        self,
        icon: str,
        sentence: str,
        *,
        hint: str = "",
        button: str = "",
        details: str = "",
        tone: str = "text2",
    ) -> None:
        """Say it: ``icon`` and ``tone`` by name; without ``button`` or ``details`` these are not there.

        ``details`` is shown and copied as it is: redact it before.
        """
        self._icon, self._tone = icon, tone
        self._sentence.setText(sentence)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        focused = self.window().focusWidget() is self._button
        self.setFocusProxy(self._button if button else None)  # type: ignore[arg-type]  # the stub forgets None
        if focused and not button:
            self.setFocus()  # Qt would give it to whatever comes next in the window
        self._button.setText(button)
        self._button.setVisible(bool(button))
        if details != self._details.toPlainText():
            self._details.setPlainText(details)
            self._more.setChecked(False)
        self._more.setVisible(bool(details))
        self._fold(self._more.isChecked() and bool(details))
        self.setAccessibleName(sentence)
        self._paint_icon()

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    def _lay_out(self) -> None:
        middle = Qt.AlignmentFlag.AlignHCenter
        for label in (self._sentence, self._hint):
            label.setMaximumWidth(560)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for widget in (self._button, self._more, self._copy):
            buttons.addWidget(widget)
        self._details.setMaximumWidth(560)
        self._details.setMaximumHeight(160)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 24, 24, 24)
        box.setSpacing(12)
        box.addStretch(2)
        box.addWidget(self._picture)
        for label in (self._sentence, self._hint):
            # Not with an alignment: a box asks no aligned widget for the height of its wrapped lines.
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(label, 100)
            row.addStretch(1)
            box.addLayout(row)
        box.addSpacing(4)
        box.addLayout(buttons)
        box.setAlignment(buttons, middle)
        box.addWidget(self._details, alignment=middle)
        box.addStretch(3)

    def _fold(self, unfolded: bool) -> None:
        self._details.setVisible(unfolded)
        self._copy.setVisible(unfolded)

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._sentence.text()}\n{self._details.toPlainText()}")

    def _paint_icon(self) -> None:
        self._picture.setPixmap(pixmap(self._icon, self._tone, self._theme, _ICON, self.devicePixelRatioF()))
