"""Figures that change all the time leave the window's layout alone until they need other room."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kdesk.ui.look.theme import tabular
from kdesk.ui.parts.steady_label import SteadyLabel
from tests.ui.counting import Counted


def test_as_many_digits_need_no_other_room(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label = SteadyLabel()
    label.setFont(tabular(label.font()))
    QHBoxLayout(window).addWidget(label)
    window.show()
    label.set_text("1,234")
    QApplication.processEvents()
    laid_out = Counted(window, QEvent.Type.LayoutRequest)
    for number in range(1_235, 1_240):
        label.set_text(f"{number:,}")
        QApplication.processEvents()
    assert laid_out.count == 0
    assert (label.text(), label.accessibleName()) == ("1,239", "1,239")
    label.set_text("12,340")
    QApplication.processEvents()
    assert laid_out.count == 1
    assert label.width() >= label.fontMetrics().horizontalAdvance("12,340")
