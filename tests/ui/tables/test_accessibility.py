"""What a screen reader is told of a table, through Qt's own accessibility interface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kdesk.kube.table.rows import Row
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.tables.view import TableView
from kdesk.viewmodel.rows.joined_model import JoinedModel
from kdesk.viewmodel.rows.model import TableModel
from tests.viewmodel.pods import PODS, pod

ROWS = 100_000
WALKED = 20_000
NAME = QAccessible.Text.Name
_Index = QModelIndex | QPersistentModelIndex


class CountingModel(JoinedModel):
    """Counts the rows whose cells were asked for, and how often Qt asked whether a cell may be selected."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[int] = set()
        self.calls: Counter[str] = Counter()

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        self.asked.add(index.row())
        self.calls["data"] += 1
        return super().data(index, role)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        self.calls["flags"] += 1
        return super().flags(index)


@pytest.fixture
def listening() -> Iterator[None]:
    """A screen reader is there."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


@pytest.fixture(scope="module")
def pods() -> list[Row]:
    return [pod(f"web-{number:06}", restarts=number % 7) for number in range(ROWS)]


@pytest.fixture
def view(qtbot: QtBot, listening: None, pods: list[Row]) -> TableView:
    model = CountingModel()
    model.set_columns(PODS, namespaces=True)
    model.apply([(row.key, row) for row in pods], glow=False)
    view = TableView(model, Theme(load_theme("dark")))
    model.setParent(view)
    view.setAccessibleName("pods of prod")
    view.resize(900, 400)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    return view


def model_of(view: TableView) -> CountingModel:
    model = view.model()
    assert isinstance(model, CountingModel)
    return model


def interface(widget: object) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(widget)  # type: ignore[arg-type]
    assert found is not None
    return found


def cell(view: TableView, row: int, column: int) -> QAccessibleInterface:
    """Rows and columns are counted with their headers, from the corner."""
    child = interface(view).child((row + 1) * (model_of(view).columnCount() + 1) + column + 1)
    assert child is not None
    return child


def test_a_hundred_thousand_rows_are_walked_and_none_is_built_that_was_not_asked_for(view: TableView) -> None:
    table, model = interface(view), model_of(view)
    assert (table.role(), table.text(NAME)) == (QAccessible.Role.Table, "pods of prod")
    columns = model.columnCount()
    assert table.childCount() == (ROWS + 1) * (columns + 1)
    headers = [table.child(at + 1) for at in range(columns)]
    assert {header.role() for header in headers} == {QAccessible.Role.ColumnHeader}
    assert [header.text(NAME) for header in headers] == [column.title for column in model.columns]
    model.asked.clear()
    step = ROWS // WALKED
    for place in range(0, ROWS, step):
        name = cell(view, place, 1)
        assert (name.role(), name.text(NAME)) == (QAccessible.Role.Cell, f"web-{place:06}")
    assert model.asked == set(range(0, ROWS, step))


def test_a_cell_knows_its_row_its_column_and_its_headers(view: TableView) -> None:
    found = cell(view, 70_000, 4).tableCellInterface()
    assert (found.rowIndex(), found.columnIndex()) == (70_000, 4)
    assert [header.text(NAME) for header in found.columnHeaderCells()] == ["RESTARTS"]
    assert [header.text(NAME) for header in found.rowHeaderCells()] == ["web-070000"]
    assert cell(view, 70_000, 4).text(NAME) == str(70_000 % 7)


def test_selection_and_focus_are_told(view: TableView) -> None:
    view.setFocus()
    view.selectRow(50_000)
    QApplication.processEvents()
    assert cell(view, 50_000, 1).tableCellInterface().isSelected()
    assert not cell(view, 50_001, 1).tableCellInterface().isSelected()
    focused = interface(view).focusChild()
    assert focused.tableCellInterface().rowIndex() == 50_000
    assert interface(view).selectionInterface().isSelected(cell(view, 50_000, 1))


def test_no_event_costs_by_the_number_of_rows_while_someone_listens(view: TableView) -> None:
    model = model_of(view)
    cell(view, 3, 1)
    QApplication.processEvents()
    model.calls.clear()
    row = pod("web-000005", status="Failed")
    model.apply([(row.key, row)], glow=True)
    model.apply([("prod/a", pod("a")), ("prod/web-000007", None)], glow=True)
    view.setCurrentIndex(model.index(60_000, 1))
    view.selectAll()
    view.clearSelection()
    QApplication.processEvents()
    assert model.calls["data"] < 1000
    assert model.calls["flags"] < 1000


def test_the_plain_model_names_rows_for_a_screen_reader_only() -> None:
    model = TableModel()
    model.set_columns(PODS, namespaces=False)
    model.apply([("prod/web", pod("web"))], glow=False)
    vertical, roles = Qt.Orientation.Vertical, Qt.ItemDataRole
    assert model.headerData(0, vertical, roles.AccessibleTextRole) == "web"
    assert model.headerData(0, vertical, roles.DisplayRole) is None
    assert model.headerData(1, vertical, roles.AccessibleTextRole) is None
