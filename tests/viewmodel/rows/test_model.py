"""The table model: always the rows that there are, in order, filtered, with indexes that stay with their objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.rows import arrangement, reordering, row_filter
from kdesk.viewmodel.rows import model as table_model
from kdesk.viewmodel.rows.filtering import FilterError
from kdesk.viewmodel.rows.model import TableModel
from kdesk.viewmodel.rows.order import SortBy
from tests.viewmodel.pods import NOW, PODS, pod


def made(*rows: Row, namespaces: bool = False) -> TableModel:
    model = TableModel(clock=lambda: NOW, monotonic=lambda: 0.0)
    model.set_columns(PODS, namespaces=namespaces)
    put(model, *rows)
    return model


def put(model: TableModel, *rows: Row, glow: bool = False) -> None:
    model.apply([(row.key, row) for row in rows], glow=glow)


def names(model: TableModel) -> list[str]:
    return [model.row_at(place).name for place in range(model.rowCount())]


def texts(model: TableModel, row: int) -> list[str]:
    return [model.index(row, column).data() for column in range(model.columnCount())]


def test_cells_say_what_kubectl_says_and_times_are_worked_out_here() -> None:
    model = made(pod("web-1", restarts=3, age=3 * 86_400), namespaces=True)
    header = [
        model.headerData(i, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        for i in range(model.columnCount())
    ]
    assert header == ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]
    assert texts(model, 0) == ["prod", "web-1", "1/1", "Running", "3", "3d", "10.0.0.7", "node-1"]
    tip = model.headerData(2, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert tip == "The ready containers of all."


def test_rows_come_in_the_order_of_names_with_numbers() -> None:
    model = made(pod("web-10"), pod("web-9"), pod("a", namespace="zoo"))
    assert names(model) == ["web-9", "web-10", "a"]
    put(model, pod("web-1"))
    assert names(model) == ["web-1", "web-9", "web-10", "a"]


def test_sorting_by_several_columns_in_both_directions() -> None:
    model = made(
        pod("a", status="Running", restarts=2),
        pod("b", status="Failed", restarts=9),
        pod("c", status="Running", restarts=10),
    )
    model.set_order([SortBy("STATUS", descending=True), SortBy("RESTARTS")])
    assert names(model) == ["a", "c", "b"]
    model.sort(3, Qt.SortOrder.DescendingOrder)
    assert names(model) == ["c", "b", "a"]
    put(model, pod("a", restarts=99))
    assert names(model) == ["a", "c", "b"]
    model.sort(-1)
    assert names(model) == ["a", "b", "c"]


def test_a_filter_narrows_live_and_a_wrong_one_leaves_the_last() -> None:
    model = made(pod("web-1"), pod("web-2", status="Failed"), pod("api-1"))
    model.set_filter("web")
    assert names(model) == ["web-1", "web-2"]
    model.set_filter("web run")
    assert names(model) == ["web-1"]
    with pytest.raises(FilterError):
        model.set_filter("restrts>1")
    assert (names(model), model.filter.text) == (["web-1"], "web run")
    put(model, pod("web-2"), pod("web-1", status="Failed"), pod("web-3"))
    assert names(model) == ["web-2", "web-3"]
    assert model.total == 4
    model.set_filter("")
    assert names(model) == ["api-1", "web-1", "web-2", "web-3"]


def test_filtering_can_be_prepared_in_slices() -> None:
    model = made(*(pod(f"web-{number}") for number in range(3000)))
    slices = 0
    while model.prepare_filter(0.0):
        slices += 1
    assert slices > 1
    put(model, pod("web-7", status="Failed"))
    model.set_filter("failed")
    assert names(model) == ["web-7"]
    model.release_filter()
    put(model, pod("web-8", status="Failed"))
    assert names(model) == ["web-7", "web-8"]
    model.set_filter("faile")
    assert names(model) == ["web-7", "web-8"]


@pytest.fixture
def in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is done at once, and a slice is a row or two."""
    for module, name, value in SLICES:
        monkeypatch.setattr(module, name, value)


def finish(model: TableModel) -> int:
    """Do what was asked for; how many slices that took."""
    slices = 1
    while model.work(0.0):
        slices += 1
    return slices


@pytest.mark.usefixtures("in_slices")
def test_a_large_table_keeps_its_order_until_the_other_is_worked_out(qtbot: QtBot) -> None:
    model = made(*(pod(f"web-{number}", restarts=9 - number) for number in range(10)))
    with qtbot.waitSignal(model.unfinished):
        model.set_order([SortBy("RESTARTS")])
    assert model.order == (SortBy("RESTARTS"),)
    model.work(0.0)
    # What changes meanwhile stands where it belongs, now and then.
    put(model, pod("web-3", restarts=50), pod("web-99", restarts=-1))
    model.apply([("prod/web-5", None)], glow=False)
    assert names(model) == [
        "web-0",
        "web-1",
        "web-2",
        "web-3",
        "web-4",
        "web-6",
        "web-7",
        "web-8",
        "web-9",
        "web-99",
    ]
    assert finish(model) > 3
    assert names(model) == [
        "web-99",
        "web-9",
        "web-8",
        "web-7",
        "web-6",
        "web-4",
        "web-2",
        "web-1",
        "web-0",
        "web-3",
    ]


@pytest.mark.usefixtures("in_slices")
@pytest.mark.parametrize(
    "text", ["run", "status:run", "/run.*/", "!failed", "run | nothing", "restarts<1 run"]
)
def test_a_large_table_is_searched_in_slices(text: str) -> None:
    model = made(
        *(pod(f"web-{number}", status="Failed" if number % 2 else "Running") for number in range(10))
    )
    model.set_filter(text)
    model.work(0.0)
    assert model.rowCount() == 10
    put(model, pod("web-2", status="Failed"), pod("web-3"), pod("web-99"))
    model.apply([("prod/web-4", None)], glow=False)
    assert finish(model) > 3
    assert names(model) == ["web-0", "web-3", "web-6", "web-8", "web-99"]
    put(model, pod("web-5"))
    model.set_filter(f"{text} web-6" if "|" not in text else "run web-6")
    finish(model)
    assert names(model) == ["web-6"]


def test_a_filter_by_age_is_asked_again_as_time_passes() -> None:
    now = [float(NOW)]
    model = TableModel(clock=lambda: now[0])
    model.set_columns(PODS, namespaces=False)
    put(model, pod("old", age=90), pod("new", age=5))
    model.set_filter("age<1m")
    assert names(model) == ["new"]
    now[0] += 120
    model.refresh_filter()
    assert names(model) == []


def test_changed_cells_glow_and_fade() -> None:
    now = [0.0]
    model = TableModel(clock=lambda: NOW, monotonic=lambda: now[0])
    model.set_columns(PODS, namespaces=False)
    put(model, pod("web-1"))
    assert model.glows.of("prod/web-1", 0.0) is None
    put(model, pod("web-1", status="Failed", restarts=1), glow=True)
    strength, mask = model.glows.of("prod/web-1", 0.6) or (0.0, 0)
    assert (round(strength, 2), mask) == (0.5, 0b1110)
    put(model, pod("web-2"), glow=True)
    assert model.glows.of("prod/web-2", 0.0) == (1.0, -1)
    assert model.glows.of("prod/web-1", 1.2) is None


def test_a_reused_name_is_another_object() -> None:
    model = made(pod("web-1"), pod("web-2"))
    first, second = (QPersistentModelIndex(model.index(row, 0)) for row in range(2))
    put(model, pod("web-1", uid="another"))
    assert not first.isValid()
    assert second.row() == 1
    assert names(model) == ["web-1", "web-2"]


def test_columns_that_change_keep_the_rows_and_drop_a_filter_of_a_lost_column() -> None:
    model = made(pod("web-1", restarts=7), pod("web-2"))
    model.set_filter("restarts>5")
    assert names(model) == ["web-1"]
    model.set_columns((Column("Name"), Column("Ready")), namespaces=False)
    assert (model.columnCount(), names(model), model.filter.text) == (2, ["web-1", "web-2"], "")


def test_rows_may_come_before_their_columns() -> None:
    model = TableModel()
    put(model, pod("web-2"), pod("web-1"))
    assert (model.rowCount(), model.columnCount()) == (2, 0)
    model.set_columns(PODS, namespaces=False)
    assert names(model) == ["web-1", "web-2"]


def test_changes_of_a_frame_are_told_at_once(qtbot: QtBot) -> None:
    model = made(*(pod(f"web-{number}") for number in range(50)))
    told: list[str] = []
    model.dataChanged.connect(lambda *_: told.append("changed"))
    model.rowsInserted.connect(lambda *_: told.append("inserted"))
    model.rowsRemoved.connect(lambda *_: told.append("removed"))
    model.layoutChanged.connect(lambda *_: told.append("layout"))
    put(model, *(pod(f"web-{number}", restarts=1) for number in range(0, 50, 2)))
    assert told == ["changed"]
    told.clear()
    changes: list[tuple[str, Row | None]] = [(f"prod/web-{number}", None) for number in range(10)]
    model.apply([*changes, *((row.key, row) for row in map(pod, ["aa", "zz", "mm"]))], glow=True)
    assert told == ["layout", "removed"]
    told.clear()
    put(model, pod("zzz"))
    assert told == ["inserted"]


NAMES = ["a", "b-1", "b-2", "b-10", "c", "d"]
ROWS = st.builds(
    lambda name, status, restarts, life: pod(name, status=status, restarts=restarts, uid=f"{name} {life}"),
    st.sampled_from(NAMES),
    st.sampled_from(["Running", "Failed"]),
    st.integers(0, 3),
    st.integers(1, 2),
)
STEPS = st.one_of(
    st.tuples(st.just("put"), st.lists(ROWS, max_size=5)),
    st.tuples(st.just("take"), st.lists(st.sampled_from(NAMES), max_size=4)),
    st.tuples(
        st.just("sort"), st.sampled_from([(), ("STATUS",), ("RESTARTS", "NAME"), ("AGE",)]), st.booleans()
    ),
    st.tuples(st.just("filter"), st.sampled_from(["", "b", "b run", "restarts>1", "!running", "nothing"])),
    st.tuples(st.just("clear")),
    st.tuples(st.just("work")),
    st.tuples(st.just("release")),
)
#: Sizes so small that ten rows are many.
SLICES = (
    (table_model, "_AT_ONCE", 0), (table_model, "_FIRST_S", -1.0), (arrangement, "_WASTE", 1),
    (reordering, "_SLICE", 2), (reordering, "_MANY", 2), (reordering, "_PARTS", 2), (reordering, "_FEW", 1),
    (row_filter, "_MADE", 2), (row_filter, "_TESTED", 2), (row_filter, "_SEARCHED", 2),
    (row_filter, "_FEW", 2), (row_filter, "_SHARE", 1000),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_whatever_happens_rows_indexes_and_selection_are_right(steps: list[tuple[object, ...]]) -> None:
    model = made()
    # The model's rules, as Qt's own tester knows them, checked at every signal.
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    selection = QItemSelectionModel(model)
    held: dict[str, Row] = {}
    followed: list[tuple[QPersistentModelIndex, str]] = []
    for step in steps:
        for _ in taken(step, model, held):
            follow_all(model, followed, selection)
        check(model, held, followed, selection)
    assert tester.model() is model


@settings(max_examples=120, deadline=None)
@given(st.lists(STEPS, max_size=16))
def test_whatever_happens_between_two_slices_the_end_is_right(steps: list[tuple[object, ...]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in SLICES:
            patch.setattr(module, name, value)
        model = made()
        tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
        selection = QItemSelectionModel(model)
        held: dict[str, Row] = {}
        for step in steps:
            for _ in taken(step, model, held):
                pass
        followed: list[tuple[QPersistentModelIndex, str]] = []
        follow_all(model, followed, selection)
        finish(model)
    check(model, held, followed, selection)
    assert tester.model() is model


def taken(step: tuple[object, ...], model: TableModel, held: dict[str, Row]) -> Iterator[None]:
    """Do one step to the model and to the plain dict; yields before, to note what stands where."""
    yield
    match step:
        case ("put", list(rows)):
            latest = {row.key: row for row in rows}
            held.update(latest)
            model.apply(latest.items(), glow=True)
        case ("take", list(gone)):
            keys = {f"prod/{name}" for name in gone}
            for key in keys:
                held.pop(key, None)
            model.apply([(key, None) for key in keys], glow=True)
        case ("sort", tuple(titles), bool(descending)):
            model.set_order([SortBy(title, descending) for title in titles])
        case ("filter", str(text)):
            model.set_filter(text)
        case ("work",):
            model.work(0.0)
        case ("release",):
            model.release_filter()
        case ("clear",):
            held.clear()
            model.clear()


def follow_all(
    model: TableModel, followed: list[tuple[QPersistentModelIndex, str]], selection: QItemSelectionModel
) -> None:
    followed[:] = [
        (QPersistentModelIndex(model.index(row, 0)), model.row_at(row).uid) for row in range(model.rowCount())
    ]
    if model.rowCount():
        flags = QItemSelectionModel.SelectionFlag
        selection.select(model.index(0, 0), flags.ClearAndSelect | flags.Rows)


def check(
    model: TableModel,
    held: dict[str, Row],
    followed: list[tuple[QPersistentModelIndex, str]],
    selection: QItemSelectionModel,
) -> None:
    shown = [model.row_at(row) for row in range(model.rowCount())]
    assert model.total == len(held)
    fresh = made(*held.values())
    fresh.set_order(model.order)
    fresh.set_filter(model.filter.text)
    assert shown == [fresh.row_at(row) for row in range(fresh.rowCount())]
    assert [model.place(row.key) for row in shown] == list(range(len(shown)))
    places = {row.uid: place for place, row in enumerate(shown)}
    for index, uid in followed:
        # An index follows its object, and is invalid as soon as the object is not shown.
        assert (index.row() if index.isValid() else None) == places.get(uid)
    first = followed[0][1] if followed else ""
    assert {index.row() for index in selection.selectedRows()} == {
        places[uid] for uid in [first] if uid in places
    }
