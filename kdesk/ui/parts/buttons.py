"""Buttons: with words, or flat with an icon only, whose words are in the tool tip and for the screen reader."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme

_ICON = QSize(16, 16)


def push_button(text: str = "", parent: QWidget | None = None) -> QPushButton:
    """One that Enter presses as Space does: Qt's own do so in dialogs only."""
    button = QPushButton(text, parent)
    button.setAutoDefault(True)
    return button


def tool_button(tip: str, *, checkable: bool = False) -> QToolButton:
    """``tip`` may end in its keys, in brackets: ``Find (Ctrl+F)``."""
    button = QToolButton()
    button.setAutoRaise(True)
    button.setCheckable(checkable)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0].rstrip("…"))
    return button


def dress(theme: Theme, *buttons: tuple[QToolButton, str]) -> None:
    """Give each the icon of a name, in the theme's quiet ink; again after the theme changed."""
    for button, name in buttons:
        button.setIcon(icon(name, "text2", theme))
        button.setIconSize(_ICON)
