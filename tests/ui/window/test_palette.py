"""The palette with nothing but the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.window.palette import PaletteOverlay
from kdesk.viewmodel.program.palette import Entry, Recent


class Opened:
    def __init__(self) -> None:
        self.window = QWidget()
        self.window.resize(900, 600)
        self.other = QLineEdit(self.window)
        self.recent = Recent()
        self.entries = [
            Entry("pods", "Kind", "view.open pods"),
            Entry("Open prod-eu", "Context", "context.open prod-eu"),
            Entry("Close page", "Command", "view.close", refused="No page is open."),
            Entry("Sort rows by columns", "Command", "view.sort", usage="COLUMN [asc|desc]..."),
            Entry("Save events", "Command", "events.save", usage="FILE"),
        ]
        self.palette = PaletteOverlay(
            self.window, Theme(load_theme("dark")), lambda: self.entries, self.recent
        )
        self.lines: list[str] = []
        self.palette.chosen.connect(self.lines.append)

    @property
    def field(self) -> QLineEdit:
        return self.palette.findChildren(QLineEdit)[0]


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    opened = Opened()
    qtbot.addWidget(opened.window)
    opened.window.show()
    qtbot.waitExposed(opened.window)
    opened.other.setFocus()
    opened.palette.open()
    return opened


def test_typing_and_enter_run_the_best_match(opened: Opened) -> None:
    QTest.keyClicks(opened.field, "prod")
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.lines == ["context.open prod-eu"]
    assert not opened.palette.isVisible()
    assert opened.recent.lines == ["context.open prod-eu"]
    assert opened.other.hasFocus()


def test_arrows_choose_and_go_round(opened: Opened) -> None:
    QTest.keyClick(opened.field, Qt.Key.Key_Down)
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.lines == ["context.open prod-eu"]
    opened.palette.open()
    # The one chosen last is first now.
    QTest.keyClick(opened.field, Qt.Key.Key_Up)
    QTest.keyClick(opened.field, Qt.Key.Key_Down)
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.lines[-1] == "context.open prod-eu"


def test_escape_goes_back_to_where_the_focus_was(opened: Opened) -> None:
    QTest.keyClick(opened.field, Qt.Key.Key_Escape)
    assert not opened.palette.isVisible()
    assert opened.other.hasFocus()
    assert opened.lines == []


def test_what_is_not_allowed_cannot_be_chosen(opened: Opened) -> None:
    QTest.keyClicks(opened.field, "close page")
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.lines == []
    assert opened.palette.isVisible()


@pytest.mark.parametrize(
    ("search", "typed", "line"),
    [
        ("sort", "RESTARTS desc", "view.sort RESTARTS desc"),
        ("save", "/tmp/a b.jsonl", "events.save '/tmp/a b.jsonl'"),
    ],
)
def test_arguments_are_typed_in_a_second_step(opened: Opened, search: str, typed: str, line: str) -> None:
    QTest.keyClicks(opened.field, search)
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.lines == []
    assert opened.field.text() == ""
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.lines == []
    QTest.keyClicks(opened.field, typed)
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.lines == [line]


def test_escape_in_the_second_step_goes_back_to_the_list(opened: Opened) -> None:
    QTest.keyClicks(opened.field, "sort")
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    QTest.keyClick(opened.field, Qt.Key.Key_Escape)
    assert opened.palette.isVisible()
    assert len(opened.palette.matches) == len(opened.entries)


def test_nothing_found_says_so(opened: Opened) -> None:
    QTest.keyClicks(opened.field, "zzzz")
    assert opened.palette.matches == []
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.lines == []


def test_it_stays_within_its_window(opened: Opened, qtbot: QtBot) -> None:
    opened.window.resize(420, 300)
    qtbot.waitUntil(lambda: opened.palette.width() <= 420)
    assert opened.window.rect().contains(opened.palette.geometry())
    assert not opened.palette.grab().isNull()


def test_a_command_of_a_menu_asks_here_and_escape_leaves_at_once(opened: Opened) -> None:
    opened.palette.dismiss()
    opened.palette.ask(opened.entries[3])
    QTest.keyClick(opened.field, Qt.Key.Key_Escape)
    assert not opened.palette.isVisible()
    opened.palette.ask(opened.entries[3])
    QTest.keyClicks(opened.field, "age desc")
    QTest.keyClick(opened.field, Qt.Key.Key_Return)
    assert opened.lines == ["view.sort age desc"]
    assert opened.other.hasFocus()
