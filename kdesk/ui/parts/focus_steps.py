"""Tab and Shift+Tab in a window, one thing after the other."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget


def step_focus(window: QWidget, *, forward: bool) -> bool:
    """To what takes the keyboard next; whether there is any.

    Qt would go from before a page straight to what the page hands its focus on to (its proxy), past the page's bar.
    """
    begin = window.focusWidget() or window
    widget: QWidget | None = begin
    while widget is not None:
        widget = widget.nextInFocusChain() if forward else widget.previousInFocusChain()
        if widget is None or widget is begin:
            break
        if _takes_tab(widget, window):
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            widget.setFocus(reason)
            return True
    return False


def _takes_tab(widget: QWidget, window: QWidget) -> bool:
    every = QGuiApplication.styleHints().tabFocusBehavior() == Qt.TabFocusBehavior.TabFocusAllControls
    wanted = Qt.FocusPolicy.TabFocus if every else Qt.FocusPolicy.StrongFocus
    return (
        widget.focusPolicy() & wanted == wanted
        and widget.focusProxy() is None
        and widget.window() is window
        and widget.isEnabled()
        and widget.isVisibleTo(window)
    )
