"""Several clusters in one table: each part comes, fails and goes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.table.rows import Change, Column, Row
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.cluster_row import cluster_of, place_key, unite
from kdesk.viewmodel.rows.filtering import FilterError
from kdesk.viewmodel.rows.order import SortBy
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.stub_tables import NODE, POD, StubSession
from tests.viewmodel.pods import PODS, pod


@pytest.fixture
def edge() -> StubSession:
    return StubSession("edge/1")


@pytest.fixture
def prod() -> StubSession:
    return StubSession("prod")


@pytest.fixture
def table(qtbot: QtBot, edge: StubSession, prod: StubSession) -> Iterator[TableController]:
    """Pods of both, with rows of the same name in each."""
    made = TableController(edge.as_session(), POD, (), FrameClock())
    made.set_visible(True)
    made.set_clusters([edge.as_session(), prod.as_session()])
    edge.informers = edge.informers[-1:]  # it began anew: its rows have other keys now
    for session in (edge, prod):
        session.put(pod("web-1"), pod(f"only-{session.name[0]}"))
        session.say(WatchState.LIVE)
    until(qtbot, lambda: made.synced)
    yield made
    made.close()


def until(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=10_000)


def shown(table: TableController) -> list[tuple[str, str]]:
    rows = [table.model.row_at(place) for place in range(table.model.rowCount())]
    return [(cluster_of(row), row.name) for row in rows]


def texts(table: TableController, place: int) -> list[str]:
    model = table.model
    return [str(model.index(place, column).data()) for column in range(model.columnCount())]


BOTH = [("edge/1", "only-e"), ("prod", "only-p"), ("edge/1", "web-1"), ("prod", "web-1")]


def test_rows_of_the_same_name_are_two(table: TableController) -> None:
    assert shown(table) == BOTH
    assert [column.title for column in table.model.columns][:3] == ["CLUSTER", "NAMESPACE", "NAME"]
    assert texts(table, 2)[:4] == ["edge/1", "prod", "web-1", "1/1"]
    assert table.cluster == "edge/1 + prod"
    assert table.clusters == ("edge/1", "prod")
    row = table.model.row_at(3)
    assert (row.namespace, row.name, place_key(row)) == ("prod", "web-1", "prod/web-1")
    assert table.parts.of(row).cluster == "prod"


def test_changes_and_deletions_reach_the_right_one(
    qtbot: QtBot, table: TableController, edge: StubSession, prod: StubSession
) -> None:
    prod.put(pod("web-1", status="Failed"))
    until(qtbot, lambda: "Failed" in texts(table, 3))
    assert "Running" in texts(table, 2)
    assert table.model.glows.of(table.model.key_at(3), time.monotonic()) is not None
    assert table.model.glows.of(table.model.key_at(2), time.monotonic()) is None
    queue = edge.informers[0].queue
    assert queue is not None
    queue.changed([Change("DELETED", pod("web-1"))])
    until(qtbot, lambda: shown(table) == [*BOTH[:2], BOTH[3]])


def test_sorted_and_filtered_by_cluster(table: TableController) -> None:
    table.model.set_order([SortBy("CLUSTER")])
    assert shown(table) == [BOTH[0], BOTH[2], BOTH[1], BOTH[3]]
    table.model.set_order([SortBy("CLUSTER", descending=True)])
    assert [cluster for cluster, _ in shown(table)] == ["prod", "prod", "edge/1", "edge/1"]
    table.model.set_order([SortBy("NAME", descending=True)])
    assert [name for _, name in shown(table)] == ["web-1", "web-1", "only-p", "only-e"]
    for text in ("cluster:edge", "context=edge/1", "edge web | edge only"):
        table.model.set_filter(text)
        assert {cluster for cluster, _ in shown(table)} == {"edge/1"}
        assert table.model.rowCount() == 2
    with pytest.raises(FilterError):
        table.model.set_filter("clusters:edge")


def test_one_that_fails_is_told_apart(
    qtbot: QtBot, table: TableController, edge: StubSession, prod: StubSession
) -> None:
    until(qtbot, lambda: table.freshness.word == "live")
    now = time.time()
    prod.say(WatchState.BACKOFF, error="connection refused", since=now, retry_at=now + 30)
    until(qtbot, lambda: table.freshness.word.endswith("in 1 of 2 clusters"))
    assert table.freshness.word.startswith("reconnecting in ")
    assert table.freshness.detail.startswith("prod: reconnecting in ")
    assert table.freshness.detail.endswith("connection refused")
    assert not table.freshness.stale
    assert [(part.cluster, part.void) for part in table.parts.said] == [("edge/1", False), ("prod", True)]
    assert table.state is WatchState.BACKOFF
    assert [where for _, where, _ in table.parts.history()] == ["edge/1", "prod", "prod"]
    table.reconnect("edge/1")
    assert (edge.informers[0].reconnects, prod.informers[0].reconnects) == (1, 0)
    edge.say(WatchState.FORBIDDEN, error="no")
    until(qtbot, lambda: table.freshness.word == "forbidden in 1 of 2 clusters")
    assert len(table.freshness.detail.splitlines()) == 2


def test_counts_of_lists_under_way_add_up(qtbot: QtBot, table: TableController, prod: StubSession) -> None:
    table.rebind_part("prod", prod.as_session())
    prod.informers = prod.informers[-1:]
    prod.put(pod("web-1"))
    prod.say(WatchState.LISTING, total=9)
    until(qtbot, lambda: table.freshness.word == "syncing 3 of 11")


def test_a_restart_of_one_touches_only_its_rows(
    qtbot: QtBot, table: TableController, edge: StubSession, prod: StubSession
) -> None:
    table.rebind_part("prod", None)
    assert shown(table) == [BOTH[0], BOTH[2]]
    assert table.state is WatchState.STOPPED
    assert table.freshness.word == "not connected in 1 of 2 clusters"
    assert not table.synced
    assert len(edge.informers) == 1
    again = StubSession("prod")
    table.rebind_part("prod", again.as_session())
    again.put(pod("web-9"))
    again.say(WatchState.LIVE)
    until(qtbot, lambda: table.synced)
    assert shown(table) == [BOTH[0], BOTH[2], ("prod", "web-9")]
    assert table.sessions == (edge.as_session(), again.as_session())
    table.rebind_part("nowhere", None)
    assert table.model.total == 3


def test_clusters_come_and_go(
    qtbot: QtBot, table: TableController, edge: StubSession, prod: StubSession
) -> None:
    third = StubSession("third")
    table.set_clusters([edge.as_session(), prod.as_session(), third.as_session()])
    assert shown(table) == BOTH, "those that stay in view stay"
    third.put(pod("web-1"))
    third.say(WatchState.LIVE)
    until(qtbot, lambda: len(shown(table)) == 5 and table.synced)
    table.set_clusters([prod.as_session(), third.as_session()])
    assert shown(table) == [BOTH[1], BOTH[3], ("third", "web-1")]
    table.set_clusters([prod.as_session()])
    assert table.cluster == "prod"
    assert [column.title for column in table.model.columns][:2] == ["NAMESPACE", "NAME"]
    edge.put(pod("late"))
    prod.informers = prod.informers[-1:]
    prod.put(pod("web-1"))
    prod.say(WatchState.LIVE)
    until(qtbot, lambda: shown(table) == [("", "web-1")] and table.synced)


def test_a_switch_makes_it_a_table_of_one(qtbot: QtBot, table: TableController) -> None:
    table.rebind(None)
    assert (table.model.total, table.session, table.state) == (0, None, WatchState.STOPPED)
    other = StubSession("other")
    table.rebind(other.as_session())
    other.put(pod("web-1"))
    other.say(WatchState.LIVE)
    until(qtbot, lambda: shown(table) == [("", "web-1")])
    assert (table.clusters, table.freshness.word) == (("other",), "live")


def test_columns_of_other_versions_are_united_by_name(
    qtbot: QtBot, edge: StubSession, prod: StubSession
) -> None:
    older = (Column("Name"), Column("Status"), Column("Old"))
    newer = (Column("Name"), Column("New"), Column("status"), Column("Cluster"))
    table = TableController(edge.as_session(), NODE, (), FrameClock())
    table.set_clusters([edge.as_session(), prod.as_session()])
    table.set_visible(True)
    edge.informers = edge.informers[-1:]
    edge.put(Row("/a", "1", "1", 1, ("a", "Ready", "o")), columns=older)
    edge.say(WatchState.LIVE)
    until(qtbot, lambda: table.model.total == 1)
    prod.put(Row("/a", "1", "1", 1, ("a", "n", "NotReady", "mine")), columns=newer)
    prod.say(WatchState.LIVE)
    until(qtbot, lambda: table.synced)
    assert [c.title for c in table.model.columns] == ["CONTEXT", "NAME", "STATUS", "OLD", "NEW", "CLUSTER"]
    assert texts(table, 0) == ["edge/1", "a", "Ready", "o", "<none>", "<none>"]
    assert texts(table, 1) == ["prod", "a", "NotReady", "<none>", "n", "mine"]
    table.model.set_filter("cluster:mine")
    assert shown(table) == [("prod", "a")]
    table.model.set_filter("")
    # A column that nobody has any more takes its cells along.
    edge.put(Row("/a", "1", "2", 1, ("a", "Ready")), columns=older[:2])
    until(qtbot, lambda: "OLD" not in [c.title for c in table.model.columns])
    table.close()


def test_a_kind_that_one_does_not_serve_is_said_of_that_one(
    qtbot: QtBot, table: TableController, edge: StubSession
) -> None:
    bare = StubSession("bare")
    bare.catalogue = Catalogue((NODE,), (), "v1.37.2")
    table.set_clusters([edge.as_session(), bare.as_session()])
    said = {part.cluster: part.said.word for part in table.parts.said}
    assert said == {"edge/1": "live", "bare": "not served"}
    assert table.state is WatchState.GONE
    assert len(shown(table)) == 2


def test_united_columns_keep_the_order_of_those_that_are_shown() -> None:
    one, two = (Column("A"), Column("B")), (Column("C"), Column("A"))
    assert [column.name for column in unite((), [one, two])] == ["A", "B", "C"]
    assert [column.name for column in unite(unite((), [two]), [one, two])] == ["C", "A", "B"]
    assert [column.name for column in unite(PODS, [one])] == ["A", "B"]
