"""Turning from one body of a page to another."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget


def turn_to(page: QWidget, stack: QStackedWidget, body: QWidget) -> None:
    """Show ``body`` in the page's stack; the focus goes along, where Qt would give it to whatever comes next."""
    focused = page.window().focusWidget()
    inside = focused is not None and stack.isAncestorOf(focused)
    stack.setCurrentWidget(body)
    if page.focusProxy() is not body:
        page.setFocusProxy(body)
    if inside and not body.isAncestorOf(focused):
        page.setFocus()
