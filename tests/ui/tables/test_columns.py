"""The columns of a table: shown, hidden, moved, sized and sorted by a person, and remembered per kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from kdesk.kube.table.rows import Column
from kdesk.ui.look.theme import ROW_HEIGHTS, Theme, load_theme
from kdesk.ui.tables.page import TablePage
from kdesk.ui.tables.view import TableView
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.memory import TableLayout, TableMemory
from kdesk.viewmodel.rows.model import TableModel
from kdesk.viewmodel.rows.order import SortBy
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.pods import NOW, PODS, pod

ROW = ROW_HEIGHTS["normal"]

TITLES = ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]


@pytest.fixture
def view(qtbot: QtBot) -> TableView:
    model = TableModel(clock=lambda: NOW)
    model.set_columns(PODS, namespaces=False)
    rows = [pod(f"web-{number:03}") for number in range(50)]
    model.apply([(row.key, row) for row in rows], glow=False)
    made = TableView(model, Theme(load_theme("dark")))
    qtbot.addWidget(made)
    made.resize(1100, 400)
    made.show()
    return made


def shown(view: TableView) -> list[str]:
    return [column.title for column in view.shown_columns()]


def section(view: TableView, title: str) -> int:
    return [column.title for column in view._table.columns].index(title)


def width(view: TableView, title: str) -> int:
    return view.columnWidth(section(view, title))


def choose(view: TableView, text: str) -> QAction:
    [action] = [action for action in view._header.menu().actions() if action.text() == text]
    action.trigger()
    return action


def test_wide_columns_are_one_click_away(view: TableView) -> None:
    assert shown(view) == TITLES
    choose(view, "Wide columns")
    assert shown(view) == [*TITLES, "IP", "NODE"]
    assert view.columns.wide is True
    choose(view, "IP")
    assert shown(view) == [*TITLES, "NODE"]
    choose(view, "READY")
    choose(view, "Columns as they were")
    assert shown(view) == TITLES
    assert view.columns.layout == TableLayout()


def test_the_columns_are_chosen_with_the_keyboard(view: TableView) -> None:
    made: list[int] = []
    view._header.menu_made.connect(lambda menu, section: made.append(section))
    view._header.open_menu(view.mapToGlobal(QPoint(0, 0)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    QTest.keyClick(menu, Qt.Key.Key_Up)  # from the last one
    last = menu.activeAction().text()
    assert last not in shown(view)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert last in shown(view)
    assert made == [-1]


def test_columns_are_moved_and_keep_their_place_among_others(view: TableView) -> None:
    told: list[TableLayout] = []
    view.columns.changed.connect(lambda: told.append(view.columns.layout))
    view._header.moveSection(4, 0)
    assert shown(view) == ["AGE", *TITLES[:4]]
    assert told[-1].columns[:2] == ("AGE", "NAME")
    view._table.set_columns((*PODS[:2], Column("New"), *PODS[2:]), namespaces=True)
    assert shown(view) == ["NAMESPACE", "AGE", "NAME", "READY", "NEW", "STATUS", "RESTARTS"]
    view._table.set_columns(PODS, namespaces=False)
    assert shown(view) == ["AGE", *TITLES[:4]]
    assert len(told) == 1, "only what a person does is told"
    view._header.moveSection(0, 4)
    assert told[-1].columns == ()


def test_a_double_click_on_the_line_fits_the_column(view: TableView) -> None:
    header = view._header
    long = "b" * 90
    view._table.apply([(f"prod/{long}", pod(long))], glow=False)
    line = header.sectionViewportPosition(0) + header.sectionSize(0) - 1
    QTest.mouseDClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(line, 10))
    assert width(view, "NAME") > view.fontMetrics().horizontalAdvance(long)
    assert view.columns.layout.widths["NAME"] == width(view, "NAME")
    assert view._table.order == (), "fitting is not sorting"


def test_the_slack_goes_to_the_name_and_numbers_stay_near(view: TableView) -> None:
    view.resize(600, 400)
    before = {title: width(view, title) for title in TITLES}
    view.resize(800, 400)
    grown = {title: width(view, title) - before[title] for title in TITLES}
    assert grown["NAME"] == max(grown.values()) > 0
    assert grown["RESTARTS"] == grown["AGE"] == 0
    view.resize(3000, 400)
    text = view.fontMetrics().horizontalAdvance("web-000")
    assert width(view, "NAME") < text + 250, "a short name is not far from what follows"
    view._table.apply([("prod/" + "long-" * 12, pod("long-" * 12))], glow=False)
    short = width(view, "NAME")
    view.fit_columns()
    assert width(view, "NAME") > short + 200


def test_the_name_stays_while_the_others_scroll(view: TableView) -> None:
    view.columns.show_wide(True)
    view.resize(360, 300)
    name_at = QPoint(3, ROW + 3)
    view.selectRow(3)
    first = view.viewport().grab().toImage()
    names = first.copy(0, 0, 60, 100)
    assert view._header.frozen == -1
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().maximum())
    assert view.horizontalScrollBar().value() > 100
    assert view._header.frozen == section(view, "NAME")
    scrolled = view.viewport().grab().toImage()
    assert scrolled.copy(0, 0, 60, 100) == names
    assert scrolled.pixelColor(name_at) == first.pixelColor(name_at)
    # A click there is on the name, not on what is under it.
    QTest.mouseClick(view._header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert view._table.order == (SortBy("NAME"),)


@pytest.fixture
def open_page(qtbot: QtBot) -> Iterator[Callable[[TableMemory], TablePage]]:
    made: list[TablePage] = []

    def opening(memory: TableMemory) -> TablePage:
        session = StubSession()
        table = TableController(session.as_session(), POD, (), FrameClock())
        page = TablePage(table, Theme(load_theme("dark")), list, memory=memory)
        made.append(page)
        qtbot.addWidget(page)
        page.resize(1000, 400)
        page.show()
        table.set_visible(True)
        session.put(pod("web-1", restarts=1), pod("web-2", restarts=2))
        qtbot.waitUntil(lambda: table.rows == 2)
        return page

    yield opening
    for page in made:
        page.table.close()


def test_a_page_comes_back_as_it_was_left(open_page: Callable[[TableMemory], TablePage]) -> None:
    memory = TableMemory({}, lambda: None)
    page = open_page(memory)
    view = page.view
    choose(view, "READY")
    choose(view, "NODE")
    view.setColumnWidth(section(view, "NAME"), 333)
    view._header.moveSection(section(view, "AGE"), 0)
    view._header.click(section(view, "RESTARTS"), further=False)
    view._header.click(section(view, "RESTARTS"), further=False)
    left = shown(view)
    again = open_page(memory).view
    assert shown(again) == left == ["AGE", "NAMESPACE", "NAME", "STATUS", "RESTARTS", "NODE"]
    assert width(again, "NAME") == 333
    assert again._table.order == (SortBy("RESTARTS", descending=True),)
    assert [again._table.row_at(place).name for place in range(2)] == ["web-2", "web-1"]


def test_a_rare_status_has_room(view: TableView) -> None:
    rows = [pod(f"api-{number:03}") for number in range(400)]
    view._table.apply([(row.key, row) for row in rows], glow=False)
    view.resize(560, 400)
    text = view.fontMetrics().horizontalAdvance("CrashLoopBackOff")
    assert width(view, "STATUS") > text + 20


def test_half_a_window_holds_the_columns_of_pods(view: TableView) -> None:
    view._table.set_columns(PODS, namespaces=True)
    rows = [
        pod(f"recommendations-5fc9f4bf66-{number:05}", restarts="7 (12m30s ago)") for number in range(400)
    ]
    view._table.apply([(row.key, row) for row in rows], glow=False)
    view.resize(560, 400)
    assert shown(view)[-1] == "AGE"
    assert view.horizontalScrollBar().maximum() == 0, [view.columnWidth(at) for at in range(7)]


def test_shift_sorts_by_one_more_column(view: TableView) -> None:
    header = view._header

    def click(title: str, modifier: Qt.KeyboardModifier) -> None:
        at = QPoint(header.sectionViewportPosition(section(view, title)) + 20, 10)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, modifier, at)

    def order() -> list[SortBy]:
        return list(view._table.order)

    plain, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    click("STATUS", plain)
    click("RESTARTS", shift)
    assert order() == [SortBy("STATUS"), SortBy("RESTARTS")]
    click("STATUS", shift)
    assert order() == [SortBy("STATUS", descending=True), SortBy("RESTARTS")]
    click("STATUS", shift)
    assert order() == [SortBy("RESTARTS")]
    click("NAME", plain)
    assert order() == [SortBy("NAME")]


def test_a_title_is_dragged_to_another_place(view: TableView) -> None:
    header = view._header
    start = QPoint(header.sectionViewportPosition(section(view, "AGE")) + 20, 10)
    end = QPoint(header.sectionViewportPosition(section(view, "READY")) + 4, 10)
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(header.viewport(), left, pos=start)
    for step in range(1, 11):
        QTest.mouseMove(header.viewport(), start + (end - start) * step / 10)
    QTest.mouseRelease(header.viewport(), left, pos=end)
    assert shown(view) == ["NAME", "AGE", *TITLES[1:4]]
    assert view.columns.layout.columns[:2] == ("NAME", "AGE")
    assert view._table.order == (), "moving is not sorting"
