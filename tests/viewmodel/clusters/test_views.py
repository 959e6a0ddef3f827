"""Tables: one that is open comes to the front, and all come back after a switch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest
from PySide6.QtCore import QCoreApplication

from kdesk.kube.api.discovery import AmbiguousResource, UnknownResource
from kdesk.kube.engine.fleet import FleetChange
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.errors import ConnectionLost
from kdesk.viewmodel.clusters.freshness import IDLE
from kdesk.viewmodel.clusters.opener import ContextError
from kdesk.viewmodel.commands import CommandError
from tests.viewmodel.doubles import NODES, PODS, WIDGETS, FakeSession, FakeView
from tests.viewmodel.stages import Tables, until

pytestmark = pytest.mark.usefixtures("qapp")


def bound(view: Any) -> list[str | None]:
    """The clusters that a stand-in for a table was bound to, in order."""
    return cast("FakeView", view).bound


@pytest.fixture
def tables(qapp: QCoreApplication) -> Iterator[Tables]:
    tables = Tables()
    yield tables
    tables.tasks.cancel()
    tables.clusters.shut_down()
    assert tables.tasks.wait_closed(5)


def test_a_table_needs_an_open_cluster(tables: Tables) -> None:
    async def work() -> None:
        with pytest.raises(ContextError, match="no cluster is open"):
            tables.views.open(PODS)

    tables.run(work)


def test_names_are_resolved_on_the_active_cluster(tables: Tables) -> None:
    async def work() -> None:
        await tables.clusters.open("a")
        assert tables.views.resolve("po")[1] == PODS
        assert tables.views.resolve("widgets.example.com")[1] == WIDGETS
        with pytest.raises(UnknownResource):
            tables.views.resolve("gadgets")
        assert issubclass(AmbiguousResource, Exception)

    tables.run(work)


def test_the_one_that_is_open_comes_to_the_front(tables: Tables) -> None:
    async def work() -> None:
        await tables.clusters.open("a")
        first = tables.views.open(PODS)
        tables.views.open(NODES)
        assert tables.views.open(PODS) is first
        assert tables.views.open(PODS, ()) is first
        assert tables.views.open(PODS, ("web",)) is not first
        await tables.clusters.open("b")
        assert tables.views.open(PODS, ()) is not first

    tables.run(work)
    assert tables.events == ["+pods", "+nodes", "^pods", "^pods", "+pods", "+pods"]


def test_nothing_is_merged_into_a_snapshot(tables: Tables) -> None:
    async def work() -> None:
        found.append(tables.views.merged)
        await tables.clusters.open("a")
        view = tables.views.open(PODS)
        found.append(tables.views.merged)
        view.live = False
        found.append(tables.views.merged)

    found: list[tuple[str, ...] | None] = []
    tables.run(work)
    assert found == [None, ("a",), None]


@pytest.mark.parametrize(
    ("cluster", "asked", "shown"),
    [("a", None, ()), ("b", None, ("team",)), ("b", (), ()), ("b", ("web", "db"), ("web", "db"))],
)
def test_which_namespaces(
    tables: Tables, cluster: str, asked: tuple[str, ...] | None, shown: tuple[str, ...]
) -> None:
    async def work() -> None:
        await tables.clusters.open(cluster)
        assert tables.views.open(PODS, asked).namespaces == shown
        assert tables.views.open(NODES, asked).namespaces == ()

    tables.run(work)


def test_after_a_switch_all_tables_come_back_on_the_new_cluster(tables: Tables) -> None:
    async def work() -> None:
        await tables.clusters.open("a")
        tables.views.open(PODS, ())
        tables.views.open(NODES)
        await tables.clusters.switch("c")

    tables.run(work)
    assert [view.cluster for view in tables.views.all] == ["c", "c"]
    assert [bound(view)[-1] for view in tables.views.all] == ["c", "c"]
    assert all(None in bound(view) for view in tables.views.all)


def test_tables_of_two_clusters_that_become_the_same_are_one(tables: Tables) -> None:
    async def work() -> None:
        for name in ("a", "b"):
            await tables.clusters.open(name)
            tables.views.open(PODS, ())
        await tables.clusters.switch("c")

    tables.run(work)
    assert [view.cluster for view in tables.views.all] == ["c"]
    assert tables.events[-1] == "-pods"


def test_a_switch_that_fails_leaves_no_table_on_the_old_cluster_and_a_retry_brings_them_back(
    tables: Tables,
) -> None:
    def prepare(session: FakeSession) -> None:
        if session.name == "b":
            session.failure = ConnectionLost("no route")

    tables.prepare = prepare

    async def work() -> None:
        await tables.clusters.open("a")
        view = tables.views.open(PODS, ())
        with pytest.raises(ContextError):
            await tables.clusters.switch("b")
        assert view.session is None
        tables.fleet.made[1].failure = None
        await tables.clusters.open("b")
        assert view.cluster == "b"

    tables.run(work)


def test_a_changed_file_rebinds_the_tables_of_that_context_only(tables: Tables) -> None:
    async def work() -> None:
        for name in ("a", "b"):
            await tables.clusters.open(name)
            tables.views.open(PODS, ())
        tables.fleet.stop("a")
        tables.fleet.on_change(FleetChange("files", changed=("a",)))
        await until(lambda: bound(tables.views.all[0]) == [None, "a"])

    tables.run(work)
    assert bound(tables.views.all[1]) == []


def test_closing_a_context_closes_its_tables(tables: Tables) -> None:
    async def work() -> None:
        for name in ("a", "b"):
            await tables.clusters.open(name)
            tables.views.open(PODS, ())
        tables.clusters.close("a")

    first: list[Any] = []
    tables.views.opened.connect(first.append)
    tables.run(work)
    assert [view.cluster for view in tables.views.all] == ["b"]
    assert [view.closed for view in first] == [True, False]


def test_waiting_for_complete_tables(tables: Tables) -> None:
    async def work() -> None:
        await tables.clusters.open("a")
        view: Any = tables.views.open(PODS, ())
        view.synced, view.state = False, WatchState.LISTING

        async def sync_later() -> None:
            await asyncio.sleep(0.05)
            view.synced = True

        await asyncio.gather(tables.views.wait_synced(5), sync_later())
        assert view.synced
        view.synced, view.freshness = False, IDLE
        with pytest.raises(CommandError, match="not synced after"):
            await tables.views.wait_synced(0.05)

    tables.run(work)


def test_a_table_that_cannot_be_complete_is_an_error_in_front_and_let_be_behind(tables: Tables) -> None:
    async def work() -> None:
        await tables.clusters.open("a")
        forbidden: Any = tables.views.open(PODS, ())
        forbidden.synced, forbidden.state, forbidden.freshness = False, WatchState.FORBIDDEN, IDLE
        with pytest.raises(CommandError, match="pods"):
            await tables.views.wait_synced(5)
        tables.views.open(NODES)
        await tables.views.wait_synced(5)

    tables.run(work)


def test_several_clusters_in_one_table_keep_their_places(tables: Tables) -> None:
    async def work() -> None:
        for name in ("a", "b", "c"):
            await tables.clusters.open(name)
        view = tables.views.open(PODS, ())
        assert list(view.clusters) == ["c"]
        tables.views.set_clusters(view, ["a", "c"])
        assert list(view.clusters) == ["c", "a"]
        tables.views.set_clusters(view, [])
        assert list(view.clusters) == ["c", "a", "b"]
        tables.clusters.close("a")
        with pytest.raises(ContextError):
            tables.views.set_clusters(view, ["a"])
        assert list(view.clusters) == ["c", "b"], "a closed cluster leaves the table"
        assert tables.views.open(PODS, ()) is not view, "a table of one is another one"

    tables.run(work)


def test_a_changed_file_rebinds_only_its_part_of_a_table(tables: Tables) -> None:
    async def work() -> None:
        for name in ("a", "b"):
            await tables.clusters.open(name)
        view: Any = tables.views.open(PODS, ())
        tables.views.set_clusters(view, ["a", "b"])
        tables.fleet.stop("a")
        tables.fleet.on_change(FleetChange("files", changed=("a",)))
        await until(lambda: view.bound == [None, "a"])
        assert list(view.clusters) == ["b", "a"]
        assert len(view.sessions) == 2

    tables.run(work)


def test_a_switch_leaves_one_cluster_in_the_table(tables: Tables) -> None:
    async def work() -> None:
        for name in ("a", "b"):
            await tables.clusters.open(name)
        view = tables.views.open(PODS, ())
        tables.views.set_clusters(view, [])
        await tables.clusters.switch("a")
        assert list(view.clusters) == ["a"]

    tables.run(work)
