"""Flat buttons with an icon only: the words are in the tool tip and for the screen reader."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton

from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme

_ICON = QSize(16, 16)


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
