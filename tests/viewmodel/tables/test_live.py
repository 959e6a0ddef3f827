"""A live table against a scripted server: from the socket to the rows, their state in words, switches, hiding."""

from __future__ import annotations

import time

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.engine import informer, reflector
from kdesk.kube.engine.subscription import WatchState
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.tables.controller import TableController
from tests.fakes.kinds import WIDGET
from tests.fakes.server import ApiServer
from tests.viewmodel.tables.live import Connect, Open, until


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reflector, "FIRST_DELAY", 0.05)
    monkeypatch.setattr(reflector, "LONGEST_DELAY", 0.1)
    monkeypatch.setattr(reflector, "GONE_PROBE", 0.1)
    monkeypatch.setattr(informer, "WITHIN_SECONDS", 0.0, raising=False)


def names(table: TableController) -> list[str]:
    return [table.model.row_at(place).name for place in range(table.model.rowCount())]


def test_rows_come_and_follow_the_cluster(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open
) -> None:
    server.cluster.create_many("pods", 1200, namespace="prod")
    pods = table(connect(server))
    until(qtbot, lambda: pods.synced and pods.state is WatchState.LIVE)
    assert pods.rows == pods.model.rowCount() == 1200
    assert pods.first_row_ms is not None
    assert pods.synced_ms is not None
    assert 0 < pods.first_row_ms <= pods.synced_ms
    until(qtbot, lambda: pods.freshness.word == "live")
    assert [column.title for column in pods.model.columns][:2] == ["NAMESPACE", "NAME"]
    server.cluster.create("pods", "aaa", "prod")
    server.cluster.update("pods", "o00001", "prod", status={"phase": "Failed"})
    server.cluster.delete("pods", "o00002", "prod")
    until(qtbot, lambda: names(pods)[:3] == ["aaa", "o00000", "o00001"] and pods.rows == 1200)
    assert pods.model.glows.of("prod/aaa", time.monotonic()) is not None
    assert pods.model.glows.of("prod/o00000", time.monotonic()) is None, "a first list is no news"


def test_a_row_that_only_fades_is_not_exported(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open
) -> None:
    server.cluster.create_many("pods", 3, namespace="prod")
    pods = table(connect(server))
    until(qtbot, lambda: pods.synced and pods.rows == 3)
    server.cluster.delete("pods", "o00002", "prod")
    until(qtbot, lambda: pods.rows == 2)
    assert names(pods) == ["o00000", "o00001", "o00002"], "it is still to be seen"
    assert [row.name for row in pods.leaving.remaining()] == ["o00000", "o00001"]


def test_several_namespaces_and_other_ones(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open
) -> None:
    for namespace in ("a", "b", "c"):
        server.cluster.create("pods", f"in-{namespace}", namespace)
    pods = table(connect(server), "pods", "a", "b")
    until(qtbot, lambda: names(pods) == ["in-a", "in-b"])
    assert pods.model.columns[0].title == "NAMESPACE"
    changed: list[tuple[str, ...]] = []
    pods.namespaces_changed.connect(lambda: changed.append(pods.namespaces))
    pods.set_namespaces(("b",))
    assert names(pods) == ["in-b"], "what stays in view stays"
    assert pods.model.columns[0].title == "NAME"
    pods.set_namespaces(())
    until(qtbot, lambda: names(pods) == ["in-a", "in-b", "in-c"])
    assert changed == [("b",), ()]
    spaces = table(connect(server), "namespaces", "a")
    assert spaces.namespaces == ()


def test_one_forbidden_namespace_leaves_the_others(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open
) -> None:
    server.switches.denied.add(("pods", "secret"))
    server.cluster.create("pods", "seen", "open")
    pods = table(connect(server), "pods", "open", "secret")
    until(qtbot, lambda: names(pods) == ["seen"] and pods.freshness.word == "forbidden in 1 of 2")
    assert pods.state is WatchState.FORBIDDEN
    assert "forbidden" in pods.freshness.detail
    assert not pods.freshness.stale


@pytest.mark.usefixtures("hurried")
def test_a_lost_server_is_said_and_the_rows_stay(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open
) -> None:
    server.cluster.create("pods", "here")
    pods = table(connect(server))
    until(qtbot, lambda: pods.synced)
    server.close(how="reset")
    until(qtbot, lambda: pods.state is WatchState.BACKOFF)
    until(qtbot, lambda: pods.freshness.word.startswith("reconnecting"))
    assert names(pods) == ["here"]
    assert any(status.state is WatchState.BACKOFF for _, _, status in pods.parts.history())
    server.start()
    pods.reconnect()
    until(qtbot, lambda: pods.freshness.word == "live")


@pytest.mark.usefixtures("hurried")
def test_a_removed_kind_is_gone_and_comes_back(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open
) -> None:
    server.cluster.create(WIDGET.label, "w")
    widgets = table(connect(server), WIDGET.label)
    until(qtbot, lambda: names(widgets) == ["w"])
    server.remove_kind(WIDGET.label)
    until(qtbot, lambda: widgets.freshness.word == "kind removed" and not names(widgets))
    server.cluster.create(WIDGET.label, "new")
    server.add_kind(WIDGET)
    until(qtbot, lambda: names(widgets) == ["new"])


def test_a_switch_empties_at_once_and_shows_the_other_cluster(
    qtbot: QtBot, server: ApiServer, other_server: ApiServer, connect: Connect, table: Open
) -> None:
    server.cluster.create("pods", "old")
    other_server.cluster.create("pods", "new")
    other_server.remove_kind(WIDGET.label)
    first = connect(server)
    pods, widgets = table(first), table(first, WIDGET.label)
    until(qtbot, lambda: names(pods) == ["old"])
    first.retire()
    pods.rebind(None)
    assert (names(pods), pods.synced, pods.state) == ([], False, WatchState.STOPPED)
    assert pods.freshness.word == "not connected"
    second = connect(other_server)
    pods.rebind(second)
    widgets.rebind(second)
    assert (pods.cluster, pods.first_row_ms) == (second.name, None)
    assert widgets.state is WatchState.GONE
    assert widgets.freshness.detail == "This cluster does not serve widgets.example.com."
    until(qtbot, lambda: names(pods) == ["new"] and pods.synced)
    other_server.add_kind(WIDGET)
    second.open()
    widgets.reconnect()
    until(qtbot, lambda: widgets.synced)


def test_a_session_that_has_retired_gives_nothing(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open
) -> None:
    session = connect(server)
    pods = table(session)
    session.retire()
    pods.rebind(session)
    assert pods.state is WatchState.STOPPED
    assert pods.freshness.word == "not connected"


def test_a_hidden_table_does_no_work_and_catches_up(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open, clock: FrameClock
) -> None:
    server.cluster.create("pods", "a")
    pods = table(connect(server))
    until(qtbot, lambda: pods.synced and pods.freshness.word == "live" and clock.idle)
    pods.set_visible(False)
    server.cluster.create("pods", "b")
    server.wait_for(lambda: len(pods._feeds[0][1].lease.informer.store) == 2)  # it came as far as the queue
    assert clock.idle
    assert names(pods) == ["a"]
    pods.set_visible(True)
    until(qtbot, lambda: names(pods) == ["a", "b"])
    assert pods.model.glows.of("default/b", time.monotonic()) is None, "what came while hidden is no news"


def test_a_table_that_was_never_shown_syncs_all_the_same(
    qtbot: QtBot, server: ApiServer, connect: Connect, clock: FrameClock
) -> None:
    server.cluster.create("pods", "a")
    session = connect(server)
    assert session.catalogue is not None
    pods = TableController(session, session.catalogue.resolve("pods"), (), clock)
    until(qtbot, lambda: pods.synced and pods.rows == 1)
    pods.close()
    pods.close()
    assert pods.rows == 0
