"""The table on the screen: place and selection stay with the objects; painting asks the model for nothing."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from kdesk.kube.table.rows import Column, Row
from kdesk.ui.look.theme import ROW_HEIGHTS, Theme, load_theme, mix
from kdesk.ui.tables.view import TableView
from kdesk.viewmodel.rows.model import TableModel
from kdesk.viewmodel.rows.order import SortBy
from tests.viewmodel.pods import NOW, PODS, pod

ROW = ROW_HEIGHTS["normal"]


@pytest.fixture
def theme(qtbot: QtBot) -> Theme:
    return Theme(load_theme("dark"))


@pytest.fixture
def model(qtbot: QtBot) -> TableModel:
    made = TableModel(clock=lambda: NOW)
    made.set_columns(PODS, namespaces=False)
    put(made, *(pod(f"web-{number:03}", restarts=number % 7) for number in range(200)))
    return made


@pytest.fixture
def view(qtbot: QtBot, model: TableModel, theme: Theme) -> TableView:
    made = TableView(model, theme)
    qtbot.addWidget(made)
    made.resize(900, 28 + 10 * ROW)
    made.show()
    return made


def put(model: TableModel, *rows: Row, glow: bool = False) -> None:
    model.apply([(row.key, row) for row in rows], glow=glow)


def take(model: TableModel, *names: str) -> None:
    model.apply([(f"prod/{name}", None) for name in names], glow=False)


def top(view: TableView, model: TableModel) -> tuple[str, int]:
    """The name at the top and by how much it is cut."""
    value = view.verticalScrollBar().value()
    return model.row_at(value // ROW).name, value % ROW


def picked(view: TableView) -> list[str]:
    return [row.name for row in view.selected_rows()]


def select(view: TableView, model: TableModel, *names: str) -> None:
    flags = QItemSelectionModel.SelectionFlag
    view.clearSelection()
    for name in names:
        index = model.index(model.place(f"prod/{name}"), 0)
        view.selectionModel().setCurrentIndex(index, flags.Select | flags.Rows)


def picture(view: TableView) -> QImage:
    return view.viewport().grab().toImage()


def test_what_is_on_the_screen_stays_there(view: TableView, model: TableModel) -> None:
    view.verticalScrollBar().setValue(50 * ROW + 7)
    put(model, pod("aaa"), pod("aab"), pod("zzz"))
    assert top(view, model) == ("web-050", 7)
    take(model, "aaa", "web-003", "web-050")
    # The one at the top is gone: those below it stay where they are on the screen.
    assert top(view, model) == ("web-049", 7)
    model.set_filter("web")
    assert top(view, model) == ("web-049", 7)


def test_at_the_very_top_new_rows_are_seen(view: TableView, model: TableModel) -> None:
    put(model, pod("aaa"))
    assert top(view, model) == ("aaa", 0)


def test_selection_stays_with_the_objects(qtbot: QtBot, view: TableView, model: TableModel) -> None:
    select(view, model, "web-001", "web-010")
    told: list[Row | None] = []
    view.selected.connect(told.append)
    model.set_order([SortBy("RESTARTS", descending=True)])
    assert sorted(picked(view)) == ["web-001", "web-010"]
    put(model, pod("web-001", restarts=99), pod("aaa"))
    assert sorted(picked(view)) == ["web-001", "web-010"]
    model.set_filter("web-010")
    assert picked(view) == ["web-010"]
    model.set_filter("")
    assert sorted(picked(view)) == ["web-001", "web-010"]
    model.set_columns((Column("Name"), Column("Status")), namespaces=False)
    assert sorted(picked(view)) == ["web-001", "web-010"]
    take(model, "web-001")
    assert picked(view) == ["web-010"]
    row = view.current_row()
    assert row is not None
    assert row.name == "web-010"
    assert told == []


def test_another_object_of_the_same_name_is_not_selected(view: TableView, model: TableModel) -> None:
    select(view, model, "web-001")
    told: list[Row | None] = []
    view.selected.connect(told.append)
    put(model, pod("web-001", uid="another"))
    assert picked(view) == []
    assert told == [None]


def test_after_sorting_the_current_row_is_in_view(view: TableView, model: TableModel) -> None:
    select(view, model, "web-003")
    model.set_order([SortBy("NAME", descending=True)])
    place = model.place("prod/web-003") * ROW
    value = view.verticalScrollBar().value()
    assert value <= place <= value + view.viewport().height()


def test_painting_asks_the_model_for_no_data(
    view: TableView, model: TableModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(TableModel, "data", lambda *arguments: asked.append(arguments))
    picture(view)
    assert asked == []


def test_a_changed_cell_glows_unless_motion_is_reduced(
    view: TableView, model: TableModel, theme: Theme
) -> None:
    column = next(at for at, found in enumerate(model.columns) if found.title == "RESTARTS")
    at = QPoint(view.columnViewportPosition(column) + 3, ROW + 3)
    quiet = picture(view).pixelColor(at)
    put(model, pod("web-001", restarts=55), glow=True)
    assert picture(view).pixelColor(at).blue() > quiet.blue() + 8
    other = QPoint(view.columnViewportPosition(0) + 3, ROW + 3)
    assert picture(view).pixelColor(other) == quiet
    theme.use(theme.data, reduced_motion=True)
    assert picture(view).pixelColor(at) == quiet


def test_stale_rows_are_shown_at_sixty_percent(view: TableView, theme: Theme) -> None:
    def brightest() -> int:
        image = picture(view)
        inside = range(4, ROW - 4)  # of the focus ring
        return max(image.pixelColor(x, y).lightness() for x in range(8, 60) for y in inside)

    fresh = brightest()
    view.set_stale(True)
    assert brightest() < fresh - 40
    wanted = mix(theme.color("surface"), theme.color("text"), 0.6).lightness()
    assert abs(brightest() - wanted) < 12


def test_a_theme_that_changes_repaints_everything(view: TableView, theme: Theme) -> None:
    picture(view)
    theme.use(load_theme("light"), reduced_motion=False)
    assert picture(view).pixelColor(5, 3).name() == "#ffffff"


def test_keys_open_the_current_row(qtbot: QtBot, view: TableView, model: TableModel) -> None:
    opened: list[Row] = []
    view.opened.connect(opened.append)
    select(view, model, "web-001")
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert [row.name for row in opened] == ["web-001", "web-002"]


def test_header_clicks_go_up_down_and_back(view: TableView, model: TableModel) -> None:
    header = view._header
    titles = [column.title for column in model.columns]
    status, restarts = titles.index("STATUS"), titles.index("RESTARTS")
    at = QPoint(header.sectionViewportPosition(status) + 20, 10)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    orders = [model.order]
    for section, further in [(restarts, True), (status, True), (restarts, False), (restarts, False)]:
        header.click(section, further=further)
        orders.append(model.order)
    assert orders == [
        (SortBy("STATUS"),),
        (SortBy("STATUS"), SortBy("RESTARTS")),
        (SortBy("STATUS", descending=True), SortBy("RESTARTS")),
        (SortBy("RESTARTS", descending=True),),
        (),
    ]


def test_wide_columns_are_hidden_until_asked_for(view: TableView, model: TableModel) -> None:
    assert [column.title for column in view.shown_columns()] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    node = [column.title for column in model.columns].index("NODE")
    view._header.column_toggled.emit(node)
    assert "NODE" in [column.title for column in view.shown_columns()]
    view._header.column_toggled.emit(node)
    assert "NODE" not in [column.title for column in view.shown_columns()]


def test_widths_fit_the_texts_and_those_a_person_chose_stay(view: TableView, model: TableModel) -> None:
    view.setColumnWidth(0, 333)
    put(model, pod("b" * 200))
    view.fit_columns()
    assert view.columnWidth(0) == 333
    assert view.columnWidth(2) > view.fontMetrics().horizontalAdvance("Running")


def test_little_room_cuts_names_before_words(view: TableView, model: TableModel) -> None:
    put(model, pod("web-" + "5" * 60))
    view.resize(2000, 300)
    wide = [view.columnWidth(at) for at in range(3)]
    view.resize(560, 300)
    narrow = [view.columnWidth(at) for at in range(3)]
    assert narrow[0] < wide[0]
    assert sum(view.columnWidth(at) for at in range(5)) <= view.viewport().width()
    assert narrow[2] > view.fontMetrics().horizontalAdvance("Running")


def test_a_cut_text_is_whole_in_its_tool_tip(qtbot: QtBot, view: TableView, model: TableModel) -> None:
    long = "a" * 90
    put(model, pod(long))
    for name, tip in [(long, long), ("web-001", "")]:
        rect = view.visualRect(model.index(model.place(f"prod/{name}"), 0))
        at = rect.center()
        event = QHelpEvent(QEvent.Type.ToolTip, at, view.viewport().mapToGlobal(at))
        QApplication.sendEvent(view.viewport(), event)
        qtbot.waitUntil(lambda tip=tip: QToolTip.text() == tip)  # type: ignore[misc]


def test_ages_are_redrawn_as_time_passes(qtbot: QtBot, theme: Theme) -> None:
    model = TableModel()
    model.set_columns(PODS, namespaces=False)
    view = TableView(model, theme)
    qtbot.addWidget(view)
    row = pod("web-1")
    painter = view._painter
    put(model, row)
    view.show()
    picture(view)
    look = next(iter(painter._pictures))[1]
    first = painter.picture(row, look, NOW)
    assert painter.picture(row, look, NOW + 0.1).cacheKey() == first.cacheKey()
    assert painter.picture(row, look, NOW + 5).cacheKey() != first.cacheKey()


def test_what_changes_elsewhere_in_the_table_is_not_painted(
    view: TableView, model: TableModel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[str] = []
    paint = view._painter.picture

    def picture(row: Row, *more: Any) -> Any:
        painted.append(row.name)
        return paint(row, *more)

    monkeypatch.setattr(view._painter, "picture", picture)
    qtbot.waitExposed(view)
    view._ages.stop()
    QApplication.processEvents()
    painted.clear()
    put(model, pod("web-150", status="Pending"), pod("web-199", status="Pending"))
    QApplication.processEvents()
    assert painted == []
    put(model, pod("web-003", status="Pending"), pod("web-199", restarts=9))
    QApplication.processEvents()
    assert "web-003" in painted
    painted.clear()
    most = view.verticalScrollBar().maximum()
    put(model, *(pod(f"web-{number}") for number in range(200, 250)))
    for _ in ("laid out", "painted"):
        QApplication.processEvents()
    assert painted == []
    assert view.verticalScrollBar().maximum() == most + 50 * ROW
    put(model, pod("web-150a"), pod("web-180a"))  # between others, where nobody sees it
    take(model, "web-199")
    for _ in ("laid out", "painted"):
        QApplication.processEvents()
    assert painted == []
    assert view.verticalScrollBar().maximum() == most + 51 * ROW
    put(model, pod("web-000a"))
    QApplication.processEvents()
    assert "web-000a" in painted
    view.scrollToBottom()
    painted.clear()
    QApplication.processEvents()
    assert "web-249" in painted


def test_rows_may_be_lower_or_higher_and_the_one_at_the_top_stays(view: TableView, theme: Theme) -> None:
    view.verticalScrollBar().setValue(50 * ROW)
    for height in (ROW_HEIGHTS["compact"], ROW_HEIGHTS["roomy"]):
        theme.set_row_height(height)
        assert view.verticalScrollBar().value() == 50 * height
        assert view.rowAt(height + 1) == 51
        assert view.visualRect(view.model().index(51, 0)).top() == height
    assert picture(view).height() >= height
