"""Columns of a person's own: joined to the rows by key and object, whoever comes first."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.table.rows import Column, ColumnKind, Row
from kdesk.viewmodel.rows import joined_model
from kdesk.viewmodel.rows.cluster_row import in_cluster
from kdesk.viewmodel.rows.joined_model import JoinedModel, Values
from kdesk.viewmodel.rows.order import SortBy
from tests.viewmodel.pods import NOW, PODS, pod

CPU = Column("CPU", ColumnKind.QUANTITY)
APP = Column("App")


@pytest.fixture
def model(qtbot: QtBot) -> JoinedModel:
    """Three pods, two columns: a quantity that is watched, and a label."""
    made = JoinedModel()
    made.set_columns(PODS[:3], namespaces=False)
    made.set_joined([CPU, APP], ["", "app"])
    put(made, row("a", labels="app=shop,tier=web"), row("b"), row("c", labels="app=x"))
    return made


def row(name: str, **more: str) -> Row:
    one = pod(name, uid=more.pop("uid", f"uid-{name}"), **more)  # type: ignore[arg-type]
    return Row(one.key, one.uid, one.version, one.created, one.cells[:3], one.labels)


def put(model: JoinedModel, *rows: Row) -> None:
    model.apply([(one.key, one) for one in rows], glow=False)


def values(model: JoinedModel, **cpu: str) -> None:
    found = {f"prod/{name}": Values(f"uid-{name}", (value, None)) for name, value in cpu.items()}
    model.put_values(found, glow=False)


def shown(model: JoinedModel) -> dict[str, tuple[str, ...]]:
    rows = [model.row_at(place) for place in range(model.rowCount())]
    own = [column for column in model.columns if column.source in model.joined]
    return {one.name: tuple(column.text(one, NOW) for column in own) for one in rows}


def test_values_come_to_rows_and_rows_to_values(model: JoinedModel) -> None:
    assert shown(model) == {"a": ("", "shop"), "b": ("", "<none>"), "c": ("", "x")}
    values(model, a="250m", later="2")
    put(model, row("later"))
    assert shown(model)["a"] == ("250m", "shop")
    assert shown(model)["later"] == ("2", "<none>")
    put(model, row("a", status="Failed", labels="app=other"))
    assert shown(model)["a"] == ("250m", "other")
    model.put_values({"prod/a": None}, glow=False)
    assert shown(model)["a"] == ("", "other")


def test_values_of_another_object_of_the_name_are_not_shown(model: JoinedModel) -> None:
    values(model, a="250m")
    put(model, row("a", uid="reborn"))
    assert shown(model)["a"] == ("", "<none>")
    model.put_values({"prod/a": Values("reborn", ("1", None))}, glow=False)
    assert shown(model)["a"][0] == "1"


def test_they_are_sorted_filtered_and_glow_like_others(model: JoinedModel) -> None:
    values(model, a="1500m", b="250m", c="1")
    model.set_order([SortBy("CPU")])
    assert list(shown(model)) == ["b", "c", "a"]
    model.set_filter("app:shop")
    assert list(shown(model)) == ["a"]
    model.set_filter("cpu>=1")
    assert list(shown(model)) == ["c", "a"]
    model.put_values({"prod/b": Values("uid-b", ("4", None))}, glow=True)
    assert list(shown(model)) == ["c", "a", "b"]
    assert model.glows.of("prod/b", 0.0) is not None


def test_other_columns_of_the_server_leave_them_at_their_place(model: JoinedModel) -> None:
    values(model, a="250m")
    model.set_columns(PODS[:2], namespaces=True)
    assert [column.title for column in model.columns] == ["NAMESPACE", "NAME", "READY", "CPU", "APP"]
    assert shown(model)["a"] == ("250m", "shop")


def test_without_columns_of_their_own_rows_are_as_the_server_has_them(model: JoinedModel) -> None:
    values(model, a="250m")
    model.set_joined([], [])
    assert [column.title for column in model.columns] == ["NAME", "READY", "STATUS"]
    assert [model.row_at(place).cells for place in range(3)] == [
        (name, "1/1", "Running") for name in ("a", "b", "c")
    ]


def test_rows_of_several_clusters_have_values_of_their_own(qtbot: QtBot) -> None:
    model = JoinedModel()
    model.set_columns(PODS[:3], namespaces=False, clusters=True)
    model.set_joined([CPU], [""])
    put(model, *(in_cluster(row("a"), cluster, None) for cluster in ("edge", "shop")))
    keys = model.held()
    model.put_values({keys[0]: Values("uid-a", ("1",)), keys[1]: Values("uid-a", ("2",))}, glow=False)
    found = {model.row_at(place).key: model.row_at(place).cells[3] for place in range(2)}
    assert found == {keys[0]: "1", keys[1]: "2"}


def test_values_stay_while_columns_come_and_go(model: JoinedModel) -> None:
    values(model, a="250m")
    zone = Column("Zone")
    model.set_joined([zone, CPU, APP], ["", "", "app"])
    assert shown(model)["a"] == ("<none>", "250m", "shop")
    model.set_joined([CPU], [""])
    assert shown(model)["a"] == ("250m",)


def test_a_large_table_follows_in_slices_and_never_shows_a_cell_under_another_title(
    model: JoinedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joined_model, "_AT_ONCE", 2)
    monkeypatch.setattr(joined_model, "_SLICE", 1)
    values(model, a="250m", b="1", c="2")
    model.set_joined([APP], ["app"])
    steps = 0
    while model.rejoin(0.0):
        steps += 1
        assert "APP" not in [column.title for column in model.columns]
    assert steps == 3
    assert shown(model) == {"a": ("shop",), "b": ("<none>",), "c": ("x",)}
    model.set_joined([APP, CPU], ["app", ""])
    assert {cells[1] for cells in shown(model).values()} == {""}
    while model.rejoin(0.0):
        pass
    model.put_values({"prod/a": Values("uid-a", (None, "3"))}, glow=False)
    assert shown(model)["a"] == ("shop", "3")
    model.set_joined([], [])
    while model.rejoin(0.0):
        pass
    assert model.row_at(0).cells == ("a", "1/1", "Running")
