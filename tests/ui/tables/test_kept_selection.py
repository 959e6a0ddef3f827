"""Selecting many rows: Shift, Ctrl, Ctrl+A; and large selections that outlive whatever happens to the rows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kdesk.kube.table.rows import Row
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.tables.view import TableView
from kdesk.viewmodel.rows.model import TableModel
from kdesk.viewmodel.rows.order import SortBy
from tests.viewmodel.pods import PODS, pod

#: More than Qt is asked to follow.
MANY = 1_500
_Key = Qt.Key
_Modifier = Qt.KeyboardModifier


@pytest.fixture
def model(qtbot: QtBot) -> TableModel:
    made = TableModel()
    made.set_columns(PODS, namespaces=False)
    put(made, *(pod(f"web-{number}", restarts=number % 7) for number in range(MANY)))
    return made


@pytest.fixture
def view(qtbot: QtBot, model: TableModel) -> TableView:
    made = TableView(model, Theme(load_theme("dark")))
    qtbot.addWidget(made)
    made.resize(800, 300)
    made.show()
    return made


def put(model: TableModel, *rows: Row) -> None:
    model.apply([(row.key, row) for row in rows], glow=False)


def picked(view: TableView) -> list[str]:
    return [row.name for row in view.selected_rows()]


def press(view: TableView, place: int, modifier: _Modifier = _Modifier.NoModifier) -> None:
    at = QPoint(20, view.rowViewportPosition(place) + 5)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, at)


def test_shift_and_ctrl_choose_as_everywhere(view: TableView) -> None:
    press(view, 1)
    press(view, 4, _Modifier.ShiftModifier)
    press(view, 2, _Modifier.ControlModifier)
    press(view, 7, _Modifier.ControlModifier)
    assert picked(view) == ["web-1", "web-3", "web-4", "web-7"]
    assert view.selection.count == 4
    QTest.keyClick(view, _Key.Key_Down, _Modifier.ShiftModifier)
    assert "web-8" in picked(view)


def test_ctrl_a_selects_what_the_filter_shows(view: TableView, model: TableModel) -> None:
    model.set_filter("restarts=3")
    QTest.keyClick(view, _Key.Key_A, _Modifier.ControlModifier)
    shown = model.rowCount()
    assert 100 < shown < MANY
    assert view.selection.count == shown
    model.set_filter("")
    assert len(picked(view)) == shown


def test_a_large_selection_outlives_sorting_filtering_changes_and_a_relist(
    view: TableView, model: TableModel
) -> None:
    view.selectAll()
    press(view, 0, _Modifier.ControlModifier)  # all but the first
    put(model, pod("aaa"), pod("web-7", restarts=99))
    assert not {"aaa", "web-0"} & set(picked(view))
    assert view.selection.count == MANY - 1
    model.set_order([SortBy("RESTARTS", descending=True)])
    assert picked(view)[0] == "web-7"
    model.set_filter("name:web-1")
    assert len(picked(view)) == view.selection.count == model.rowCount()
    model.set_filter("")
    assert len(picked(view)) == MANY - 1
    model.apply([("prod/web-5", None)], glow=False)
    put(model, pod("web-6", uid="another"))  # a new object of an old name
    assert not {"web-5", "web-6"} & set(picked(view))
    rows = [model.row_at(place) for place in range(model.rowCount())]
    model.apply([(row.key, row) for row in rows], glow=False)
    model.set_columns(PODS[:3], namespaces=False)
    assert len(picked(view)) == MANY - 3


def test_while_qt_does_not_know_it_the_selection_is_painted_and_added_to(
    view: TableView, model: TableModel
) -> None:
    view.selectAll()
    put(model, pod("aaa"))
    assert not view.selectionModel().hasSelection()
    assert not view.selection.contains(0)
    assert view.selection.contains(1)
    press(view, 0, _Modifier.ControlModifier)
    assert view.selection.count == MANY + 1
    put(model, pod("aab"))
    press(view, 3)
    assert view.selection.count == 1


def test_qt_is_told_again_when_it_is_quiet(qtbot: QtBot, view: TableView, model: TableModel) -> None:
    view.selectAll()
    told: list[int] = []
    view.selection.changed.connect(lambda: told.append(view.selection.count))
    put(model, pod("aaa"))
    qtbot.waitUntil(lambda: bool(told))
    assert told == [MANY]
    assert not view.selectionModel().isRowSelected(0)
    assert view.selectionModel().isRowSelected(1)


def test_rows_are_selected_by_their_places(view: TableView) -> None:
    view.selection.select([9, 3, 4, 5])
    assert picked(view) == ["web-3", "web-4", "web-5", "web-9"]
    row = view.current_row()
    assert row is not None
    assert row.name == "web-3"
    view.selection.select([])
    assert picked(view) == []
