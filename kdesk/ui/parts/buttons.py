"""Flat buttons with an icon only: the words are in the tool tip and for the screen reader."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton


def tool_button(tip: str, *, checkable: bool = False) -> QToolButton:
    """``tip`` may end in its keys, in brackets: ``Find (Ctrl+F)``."""
    button = QToolButton()
    button.setAutoRaise(True)
    button.setCheckable(checkable)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0].rstrip("…"))
    return button
