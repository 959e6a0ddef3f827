"""State pages: one sentence, one button; details fold out and can be copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.parts.state_page import StatePage


def buttons(page: StatePage) -> dict[str, QPushButton]:
    return {b.text(): b for b in page.findChildren(QPushButton) if b.isVisible()}


def test_it_says_what_is_and_offers_one_button(qtbot: QtBot) -> None:
    page = StatePage(Theme(load_theme("dark")))
    qtbot.addWidget(page)
    page.show()
    page.show_state("lock", "You may not list pods.", hint="Ask for the right.", button="Try again")
    assert {label.text() for label in page.findChildren(QLabel) if label.isVisible()} >= {
        "You may not list pods.",
        "Ask for the right.",
    }
    assert page.accessibleName() == page.sentence == "You may not list pods."
    assert set(buttons(page)) == {"Try again"}
    with qtbot.waitSignal(page.activated, timeout=1000):
        buttons(page)["Try again"].click()
    page.show_state("inbox", "Nothing here.")
    assert not buttons(page)


def test_details_fold_out_and_are_copied_with_the_sentence(qtbot: QtBot) -> None:
    page = StatePage(Theme(load_theme("light")))
    qtbot.addWidget(page)
    page.show()
    page.show_state("cloud-off", "The cluster did not answer.", details="connection refused")
    [details] = page.findChildren(QPlainTextEdit)
    assert not details.isVisible()
    buttons(page)["Details"].click()
    assert details.isVisible()
    buttons(page)["Copy"].click()
    assert QApplication.clipboard().text() == "The cluster did not answer.\nconnection refused"
    page.show_state("cloud-off", "Another.", details="something else")
    assert not details.isVisible()


def test_enter_presses_the_button(qtbot: QtBot) -> None:
    page = StatePage(Theme(load_theme("dark")))
    qtbot.addWidget(page)
    page.show_state("plug", "Nothing is here.", button="Try again")
    page.show()
    page.setFocus()
    qtbot.waitUntil(lambda: page.focusWidget() is not None)
    with qtbot.waitSignal(page.activated, timeout=1000):
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Return)


def test_the_focus_stays_when_the_button_goes(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    page, other = StatePage(Theme(load_theme("dark"))), QPushButton("Another")
    box = QVBoxLayout(window)
    box.addWidget(page)
    box.addWidget(other)
    page.show_state("plug", "Nothing is here.", button="Start")
    window.show()
    page.setFocus()
    qtbot.waitUntil(lambda: isinstance(window.focusWidget(), QPushButton))
    page.show_state("plug", "Something comes.")
    assert window.focusWidget() is page
