"""The values of own columns against a scripted server: one further watch, live, and only where one is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.tables.column_book import make_column
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.own_columns import Cost, OwnColumns, megabytes
from tests.fakes.faults import FORBIDDEN, Fault
from tests.fakes.server import ApiServer
from tests.viewmodel.tables.live import Connect, Open, until

NODE = make_column("Where", ".spec.nodeName")
TIER = make_column("Tier", "label:tier")
Own = Callable[[TableController], OwnColumns]


@pytest.fixture
def own(clock: FrameClock) -> Iterator[Own]:
    made: list[OwnColumns] = []

    def making(table: TableController) -> OwnColumns:
        made.append(OwnColumns(table, table.model, clock))
        return made[-1]

    yield making
    for one in made:
        one.close()


def where(table: TableController) -> dict[str, object]:
    at = next((column.cell for column in table.model.columns if column.title == "WHERE"), None)
    rows = [table.model.row_at(place) for place in range(table.model.rowCount())]
    return {} if at is None else {row.name: row.cells[at] for row in rows}


def values(table: TableController) -> list[object]:
    return [table.model.row_at(place).cells[-1] for place in range(table.model.rowCount())]


def watches(server: ApiServer) -> int:
    return sum(1 for verb in server.verbs("pods") if verb == "list")


def test_values_follow_the_objects(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open, own: Own
) -> None:
    server.cluster.create("pods", "a", spec={"nodeName": "n1"})
    pods = table(connect(server))
    columns = own(pods)
    columns.show([NODE, TIER])
    until(qtbot, lambda: pods.synced and columns.synced and where(pods) == {"a": "n1"})
    server.cluster.create("pods", "b", spec={"nodeName": "n2"})
    server.cluster.update("pods", "a", spec={"nodeName": "n3"})
    until(qtbot, lambda: where(pods) == {"a": "n3", "b": "n2"})
    server.cluster.recreate("pods", "a")
    until(qtbot, lambda: where(pods) == {"a": None, "b": "n2"})
    assert columns.cost.watches == 1
    assert columns.cost.received > 100
    assert watches(server) == 2
    columns.show([])
    assert columns.cost == Cost()
    assert "WHERE" not in [column.title for column in pods.model.columns]


def test_labels_take_no_watch(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open, own: Own
) -> None:
    server.cluster.create("pods", "a", metadata={"labels": {"tier": "web"}})
    pods = table(connect(server))
    columns = own(pods)
    columns.show([TIER])
    until(qtbot, lambda: pods.synced and pods.rows == 1)
    assert pods.model.row_at(0).cells[-1] == "web"
    assert columns.synced
    assert columns.cost.watches == 0
    assert watches(server) == 1


def test_other_namespaces_and_clusters_are_followed(
    qtbot: QtBot, server: ApiServer, other_server: ApiServer, connect: Connect, table: Open, own: Own
) -> None:
    server.cluster.create("pods", "a", "prod", spec={"nodeName": "n1"})
    server.cluster.create("pods", "a", "test", spec={"nodeName": "n2"})
    other_server.cluster.create("pods", "z", "prod", spec={"nodeName": "n9"})
    first, second = connect(server), connect(other_server)
    pods = table(first)
    columns = own(pods)
    columns.show([NODE])
    until(qtbot, lambda: columns.synced and pods.rows == 2)
    pods.set_namespaces(("prod", "test"))
    until(qtbot, lambda: columns.cost.watches == 2 and set(values(pods)) == {"n1", "n2"})
    pods.set_namespaces(("prod",))
    pods.set_clusters([first, second])
    until(qtbot, lambda: columns.synced and pods.synced and where(pods) == {"a": "n1", "z": "n9"})
    assert columns.cost.watches == 2


def test_a_hidden_table_is_not_touched_and_catches_up(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open, own: Own, clock: FrameClock
) -> None:
    server.cluster.create("pods", "a", spec={"nodeName": "n1"})
    pods = table(connect(server))
    columns = own(pods)
    columns.show([NODE])
    until(qtbot, lambda: pods.synced and where(pods) == {"a": "n1"})
    pods.set_visible(False)
    received = columns.cost.received
    server.cluster.update("pods", "a", spec={"nodeName": "n2"})
    until(qtbot, lambda: columns.cost.received > received)
    assert where(pods) == {"a": "n1"}
    pods.set_visible(True)
    until(qtbot, lambda: where(pods) == {"a": "n2"})


def test_what_may_not_be_watched_is_said(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open, own: Own
) -> None:
    pods = table(connect(server))
    until(qtbot, lambda: pods.synced)
    server.script(Fault("list pods", do=FORBIDDEN, times=None))
    columns = own(pods)
    columns.show([NODE])
    until(qtbot, lambda: "forbidden" in columns.cost.error)
    assert "1 further watch of whole objects" in columns.cost.sentence


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 kB"),
        (300, "1 kB"),
        (4_100, "4 kB"),
        (2_540_000, "2.5 MB"),
        (205e6, "205 MB"),
        (1.5e9, "1,500 MB"),
    ],
)
def test_sizes_in_words(size: float, text: str) -> None:
    assert megabytes(size) == text
