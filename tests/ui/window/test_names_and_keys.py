"""Nothing in the window is without a name for a screen reader, or out of the keyboard's reach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.tables.page import TablePage
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.shell import Shell
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.pods import pod

#: Reached by a key of their own, which the tool tip or the menu names, and so left out of the way of Tab.
_BY_KEY = ("Ctrl+T", "Ctrl+W", "Ctrl+K", "Ctrl+P", "Alt+Down", "Esc")


@pytest.fixture
def shell(qtbot: QtBot) -> Iterator[Shell]:
    made = Shell()
    made.window.show()
    qtbot.waitExposed(made.window)

    async def work() -> None:
        await made.clusters.open("a")

    made.run(work)
    yield made
    made.end()


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[TablePage]:
    session = StubSession()
    table = TableController(session.as_session(), POD, (), FrameClock())
    made = TablePage(table, Theme(load_theme("dark")), lambda: ["prod"], lambda: ["prod"])
    qtbot.addWidget(made)
    made.resize(1000, 400)
    made.show()
    table.set_visible(True)
    session.put(pod("web-1"))
    session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: table.synced)
    yield made
    table.close()


def controls(inside: QWidget) -> list[QWidget]:
    """What a person can press or type into, without the parts that Qt makes for itself."""
    found = [one for kind in (QAbstractButton, QLineEdit, QComboBox) for one in inside.findChildren(kind)]
    return [one for one in found if one.isVisible() and not isinstance(one.parent(), QLineEdit)]


def nameless(inside: QWidget) -> list[str]:
    told = []
    for one in controls(inside):
        interface = QAccessible.queryAccessibleInterface(one)
        if interface is None or not interface.text(QAccessible.Text.Name):
            told.append(f"{type(one).__name__} {one.objectName()} in {type(one.parent()).__name__}")
    return told


def out_of_reach(inside: QWidget) -> list[str]:
    return [
        f"{type(one).__name__} {one.accessibleName() or one.toolTip()}"
        for one in controls(inside)
        if not one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not any(key in one.toolTip() for key in _BY_KEY)
    ]


def test_everything_in_a_table_page_has_a_name_and_can_be_reached(page: TablePage) -> None:
    page.bar.filter.setText("web")
    assert len(controls(page)) >= 4
    assert nameless(page) == []
    assert out_of_reach(page) == []


def test_everything_in_the_window_has_a_name_and_can_be_reached(shell: Shell) -> None:
    assert controls(shell.window)
    assert nameless(shell.window) == []
    assert out_of_reach(shell.window) == []
