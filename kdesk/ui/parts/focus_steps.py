"""Tab and Shift+Tab in a window, one thing after the other."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget


def step_focus(window: QWidget, *, forward: bool) -> bool:
    """To what takes the keyboard next; whether there is any.

    Qt would go from before a page straight to what the page hands its focus on to (its proxy), past the page's bar.
    """
    if window.findChild(QWidget) is None:
        return False
    first, last = _owned(window.nextInFocusChain()), _owned(window.previousInFocusChain())
    # From the end to the beginning without the window in between: see _owned.
    end, beginning = (last, first) if forward else (first, last)
    focused = window.focusWidget()
    begin = widget = end if focused is None or focused is window else focused
    while widget is not None:
        if widget is end:
            widget = beginning
        else:
            widget = _owned(widget.nextInFocusChain() if forward else widget.previousInFocusChain())
        if widget is not None and widget is not focused and _takes_tab(widget, window):
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            widget.setFocus(reason)
            return True
        if widget is begin:
            break
    return False


def _owned(widget: QWidget | None) -> QWidget | None:
    """The same widget, its parent's again.

    PySide takes what a chain gives for a child of the widget that was asked, and counts it and all it owns among the
    dead when that one ends. To ask for its parent puts that right; of a window, which has none, nothing would.
    """
    if widget is not None:
        widget.parent()
    return widget


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
