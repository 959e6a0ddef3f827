"""What runs is said in the status bar once it takes a moment, and can be cancelled there."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.parts.operation_line import OperationLine
from kdesk.viewmodel.operations import Operations


def test_progress_is_said_after_a_moment_and_cancel_reaches_the_work(qtbot: QtBot) -> None:
    operations = Operations()
    line = OperationLine(operations, Theme(load_theme("dark")))
    qtbot.addWidget(line)
    with operations.begin("Exporting pods") as operation:
        assert line.sentence == ""
        qtbot.waitUntil(lambda: line.sentence == "Exporting pods…")
        operation.note(12_000, 50_000)
        qtbot.waitUntil(lambda: line.sentence == "Exporting pods: 12,000 of 50,000")
        with operations.begin("Reading nodes"):
            qtbot.waitUntil(lambda: line.sentence == "Reading nodes…  (and 1 more)")
        qtbot.waitUntil(lambda: line.sentence.startswith("Exporting"))
        line.findChildren(QToolButton)[0].click()
        assert operation.cancelled
        assert operation.stop.is_set()
        assert line.sentence == "Exporting pods: stopping"
    assert line.sentence == ""


def test_what_is_over_at_once_is_not_said(qtbot: QtBot) -> None:
    operations = Operations()
    line = OperationLine(operations, Theme(load_theme("light")))
    qtbot.addWidget(line)
    with operations.begin("Exporting pods"):
        pass
    qtbot.wait(200)
    assert line.sentence == ""


def test_all_are_cancelled_at_the_end_of_the_program() -> None:
    operations = Operations()
    with operations.begin("One") as one, operations.begin("Two") as two:
        operations.cancel_all()
        assert one.stop.is_set()
        assert two.stop.is_set()
