"""Tab and Shift+Tab in a window: through everything that takes the keyboard, round its ends."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kdesk.ui.parts.focus_steps import step_focus


def test_steps_go_round_past_what_hands_its_focus_on_and_harm_nothing(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    page = QWidget(window)
    bar, body = QPushButton(page), QPushButton(page)
    page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    page.setFocusProxy(body)
    filter_ = QLineEdit(window)
    sign = filter_.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
    off = QPushButton(window)
    off.setEnabled(False)
    window.show()
    window.activateWindow()
    filter_.setFocus()
    qtbot.waitUntil(filter_.hasFocus)

    def steps(*, forward: bool) -> list[QWidget | None]:
        found: list[QWidget | None] = []
        for _ in range(3):
            assert step_focus(window, forward=forward)
            found.append(window.focusWidget())
        return found

    assert steps(forward=True) == [bar, body, filter_]
    assert steps(forward=False) == [body, bar, filter_]
    shiboken6.delete(page)
    assert shiboken6.isValid(sign), "it is another widget's"
    assert not step_focus(window, forward=True), "there is no other"
    filter_.clearFocus()
    assert step_focus(window, forward=True)
    assert filter_.hasFocus()
    window.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.setFocus()
    assert step_focus(window, forward=False)
    assert filter_.hasFocus()


def test_where_there_is_nothing_to_go_to_no_step_is_made(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    assert not step_focus(window, forward=True)
    QWidget(window)
    assert not step_focus(window, forward=False)
