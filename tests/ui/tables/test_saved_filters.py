"""Filters that are kept per kind, and what a filter found, shown in the cells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from kdesk.ui.look.theme import ROW_HEIGHTS, Theme, load_theme
from kdesk.ui.parts.line_popup import LinePopup
from kdesk.ui.tables.page import TablePage
from kdesk.ui.tables.row_painter import PADDING
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.columns import CLUSTER, NAMESPACE
from kdesk.viewmodel.rows.filtering import Mark, parse
from kdesk.viewmodel.rows.memory import TableMemory
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.pods import PODS, pod

ROW = ROW_HEIGHTS["normal"]


@pytest.fixture
def memory(qtbot: QtBot) -> TableMemory:
    return TableMemory({}, lambda: None)


@pytest.fixture
def page(qtbot: QtBot, memory: TableMemory) -> Iterator[TablePage]:
    session = StubSession()
    table = TableController(session.as_session(), POD, ("prod",), FrameClock())
    made = TablePage(table, Theme(load_theme("dark")), list, memory=memory)
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.show()
    table.set_visible(True)
    session.put(pod("web-1", restarts=7), pod("api-1"))
    qtbot.waitUntil(lambda: table.rows == 2)
    yield made
    table.close()


def action(page: TablePage, start: str) -> QAction:
    [found] = [one for one in page.bar.filter.actions() if one.text().startswith(start)]
    return found


def lines(menu: QMenu) -> list[str]:
    return [one.text() for one in menu.actions() if one.text()]


def test_what_is_typed_is_pinned_under_a_name_and_comes_back(page: TablePage, memory: TableMemory) -> None:
    assert not action(page, "Save this").isVisible(), "there is nothing to save"
    assert not action(page, "Saved filters").isVisible()
    page.set_filter("restarts>5 & web")
    action(page, "Save this").trigger()
    popup = page.bar.filter.findChildren(LinePopup)[-1]
    edit = popup.findChild(QLineEdit)
    assert isinstance(edit, QLineEdit)
    QTest.keyClicks(edit, "busy & web")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert memory.filters("pods") == {"busy & web": "restarts>5 & web"}
    assert not popup.isVisible()
    page.bar.filter.clear()
    assert lines(page.saved.menu()) == ["busy && web\trestarts>5 && web", "Forget"]
    page.saved.menu().actions()[0].trigger()
    assert page.bar.filter.text() == "restarts>5 & web"
    assert page.saved.menu().actions()[0].isChecked()
    action(page, "Forget the saved filter").trigger()
    assert memory.filters("pods") == {}
    assert not action(page, "Saved filters").isVisible()


def test_a_filter_saved_in_one_table_is_there_in_others(page: TablePage, memory: TableMemory) -> None:
    memory.save_filter("pods", "web", "web")
    memory.save_filter("nodes", "ready", "status:ready")
    assert page.saved.names == ["web"]
    assert page.saved.use("web")
    assert page.table.model.rowCount() == 1
    assert not page.saved.use("ready")
    assert not page.saved.forget("ready")


def test_a_wrong_filter_cannot_be_saved(page: TablePage, memory: TableMemory) -> None:
    page.set_filter("restrts>5")
    assert not action(page, "Save this").isVisible()
    assert not page.saved.save("x")
    page.set_filter("")
    assert not page.saved.save("x")
    page.set_filter("web")
    assert action(page, "Save this").isVisible()
    assert page.saved.save("")
    assert memory.filters("pods") == {"web": "web"}


def test_the_list_has_a_key(page: TablePage, memory: TableMemory) -> None:
    memory.save_filter("pods", "web", "web")
    page.bar.filter.setFocus()
    QTest.keyClick(page.bar.filter, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    [menu] = [one for one in page.bar.filter.findChildren(QMenu) if one.isVisible()]
    assert lines(menu) == ["web", "Forget"]
    menu.close()


def tinted(page: TablePage, title: str, place: int, at: int) -> bool:
    """The cell is tinted ``at`` pixels from where its text begins (from its end for numbers)."""
    view = page.view
    section = [column.title for column in page.table.model.columns].index(title)
    left = view.columnViewportPosition(section)
    x = left + (PADDING + at if at >= 0 else view.columnWidth(section) - 16 + at)
    colour = view.viewport().grab().toImage().pixelColor(x, place * ROW + 5)
    surface = QColor(page._theme.color("surface"))
    return colour.blue() > surface.blue() + 20


def test_what_was_found_is_tinted_in_the_cells(page: TablePage) -> None:
    before = page.view.viewport().grab().toImage()
    assert not tinted(page, "NAME", 0, 2)
    page.set_filter("web")
    assert tinted(page, "NAME", 0, 2)
    assert not tinted(page, "NAME", 0, 60)
    assert not tinted(page, "STATUS", 0, 20)
    page.set_filter("restarts>5")
    assert tinted(page, "RESTARTS", 0, -2)
    assert not tinted(page, "NAME", 0, 2)
    page.set_filter("")
    page.view.clearFocus()
    assert page.view.viewport().grab().toImage() == before


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("web", [None]),
        ("!web", []),
        ("status:run | restarts>5", [2, 3]),
        ("status=Running status!=Failed", [2]),
        ("/w.b/", [None]),
        ("tier=web", []),
        ("ns:prod cluster:edge", [NAMESPACE, CLUSTER]),
        ("age<1h", [4]),
        ("labels:web", []),
    ],
)
def test_where_a_filter_finds_something(text: str, cells: list[int | None]) -> None:
    marks = parse(text, PODS).marks
    assert [mark.cell for mark in marks] == cells
    assert all(isinstance(mark, Mark) for mark in marks)


def test_a_comparison_is_found_only_where_it_holds() -> None:
    [mark, _] = parse("restarts>5 | web", PODS).marks
    assert mark.test is not None
    assert [mark.test(pod("web-1", restarts=number), "", 0.0) for number in (5, 6)] == [False, True]


def test_words_are_found_as_they_are_typed() -> None:
    [mark] = parse("1.2+", PODS).marks
    assert mark.pattern is not None
    assert [found.span() for found in mark.pattern.finditer("v1.2+ 1x22")] == [(1, 5)]
