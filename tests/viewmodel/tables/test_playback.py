"""A table taken back in time, against a scripted server: its rows as they were, and the present unharmed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.order import SortBy
from kdesk.viewmodel.tables.column_book import make_column
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.own_columns import OwnColumns
from kdesk.viewmodel.tables.playback import NothingRecorded, Playback
from tests.fakes.faults import Fault, Hold
from tests.fakes.server import ApiServer
from tests.viewmodel.tables.live import Connect, Open, until

Play = Callable[[TableController], Playback]


@pytest.fixture
def play() -> Iterator[Play]:
    made: list[Playback] = []

    def playing(of: TableController) -> Playback:
        made.append(Playback(of))
        return made[-1]

    yield playing
    for one in made:
        one.close()


def names(table: TableController) -> list[str]:
    return [table.model.row_at(place).name for place in range(table.model.rowCount())]


def phases(table: TableController) -> dict[str, str]:
    titles = [column.title for column in table.model.columns]
    at = titles.index("STATUS") if "STATUS" in titles else titles.index("PHASE")
    return {
        table.model.row_at(place).name: str(table.model.index(place, at).data())
        for place in range(table.model.rowCount())
    }


@pytest.fixture
def pods(qtbot: QtBot, server: ApiServer, connect: Connect, table: Open) -> TableController:
    """``a`` and ``b``; then ``a`` failed, ``c`` came, ``b`` went."""
    for name in ("a", "b"):
        server.cluster.create("pods", name, "prod")
    made = table(connect(server))
    until(qtbot, lambda: made.synced and made.state is WatchState.LIVE)
    server.cluster.update("pods", "a", "prod", status={"phase": "Failed"})
    until(qtbot, lambda: phases(made)["a"] == "Failed")
    server.cluster.create("pods", "c", "prod")
    until(qtbot, lambda: names(made) == ["a", "b", "c"])
    server.cluster.delete("pods", "b", "prod")
    until(qtbot, lambda: made.rows == 2)
    made.leaving.finish()
    return made


def test_step_by_step_back_and_on(qtbot: QtBot, pods: TableController, play: Play) -> None:
    past = play(pods)
    now = phases(pods)
    past.enter()
    assert past.active
    assert (past.steps, past.position) == (3, 3)
    seen = [names(pods)]
    for _ in range(3):
        past.step(-1)
        until(qtbot, lambda: past.settled)
        seen.append(names(pods))
    assert seen == [["a", "c"], ["a", "b", "c"], ["a", "b"], ["a", "b"]]
    assert phases(pods)["a"] != "Failed"
    past.step(-1)
    assert past.position == 0
    for _ in range(3):
        past.step(1)
    until(qtbot, lambda: past.settled)
    assert phases(pods) == now


def test_what_comes_meanwhile_waits_for_the_present(
    qtbot: QtBot, server: ApiServer, pods: TableController, play: Play
) -> None:
    past = play(pods)
    past.enter()
    past.go_to(past.begins)
    until(qtbot, lambda: past.settled)
    server.cluster.create("pods", "d", "prod")
    server.cluster.delete("pods", "a", "prod")
    queue = pods.parts[0].feeds[0].queue
    until(qtbot, lambda: not queue._empty())
    qtbot.wait(100)
    assert names(pods) == ["a", "b"], "the past does not change"
    past.leave()
    assert not past.active
    until(qtbot, lambda: names(pods) == ["c", "d"])


def test_to_a_moment_and_played_to_the_end(qtbot: QtBot, pods: TableController, play: Play) -> None:
    past = play(pods)
    past.enter()
    past.go_to(0)
    assert past.moment == past.begins
    until(qtbot, lambda: past.settled and names(pods) == ["a", "b"])
    states = [names(pods)]
    past.changed.connect(lambda: states.append(names(pods)))
    past.play(100)
    assert past.playing
    until(qtbot, lambda: not past.playing and past.settled)
    assert past.moment == past.ends
    assert names(pods) == ["a", "c"]
    past.play()
    assert past.moment < past.ends, "from the beginning again"
    past.pause()


def test_order_filter_and_ages_are_of_the_moment(qtbot: QtBot, pods: TableController, play: Play) -> None:
    past = play(pods)
    past.enter()
    past.go_to(past.begins)
    until(qtbot, lambda: past.settled)
    pods.model.set_order([SortBy("NAME", descending=True)])
    assert names(pods) == ["b", "a"]
    pods.model.set_filter("b")
    assert names(pods) == ["b"]
    assert pods.model.clock() == past.begins
    past.leave()
    pods.model.set_filter("")
    assert names(pods) == ["c", "a"]
    assert abs(pods.model.clock() - time.time()) < 60


@pytest.mark.parametrize("change", ["namespaces", "rebind", "close"])
def test_another_table_ends_it(
    qtbot: QtBot, server: ApiServer, pods: TableController, play: Play, change: str
) -> None:
    past = play(pods)
    past.enter()
    past.go_to(past.begins)
    if change == "namespaces":
        pods.set_namespaces(("prod",))
        assert names(pods) == ["a", "c"], "at once, and as it is now"
    elif change == "rebind":
        pods.rebind(pods.session)
        until(qtbot, lambda: names(pods) == ["a", "c"])
    else:
        pods.close()
    assert not past.active
    assert not pods.held


def test_nothing_recorded_yet(
    qtbot: QtBot, server: ApiServer, connect: Connect, table: Open, play: Play
) -> None:
    session = connect(server)
    go_on = threading.Event()
    server.script(Fault("list pods", Hold(go_on)))
    pods = table(session)
    with pytest.raises(NothingRecorded):
        play(pods).enter()
    assert not pods.held
    go_on.set()


def test_several_clusters_go_back_together(
    qtbot: QtBot, server: ApiServer, other_server: ApiServer, connect: Connect, table: Open, play: Play
) -> None:
    sessions: list[ClusterSession] = [connect(server), connect(other_server)]
    for each in (server, other_server):
        each.cluster.create("pods", "web", "prod")
    pods = table(sessions[0])
    pods.set_clusters(sessions)
    until(qtbot, lambda: pods.synced and pods.state is WatchState.LIVE and pods.rows == 2)
    server.cluster.update("pods", "web", "prod", status={"phase": "Failed"})
    other_server.cluster.create("pods", "db", "prod")
    until(qtbot, lambda: pods.rows == 3)
    now = [(row.key, row.cells) for row in pods.model.shown_rows()]
    past = play(pods)
    past.enter()
    past.go_to(past.begins)
    until(qtbot, lambda: past.settled and pods.rows == 2)
    assert {row.key.partition("\x00")[0].split("/")[1][:3] for row in pods.model.shown_rows()} == {"web"}
    past.leave()
    assert [(row.key, row.cells) for row in pods.model.shown_rows()] == now


def test_values_of_own_columns_are_of_the_present_only(
    qtbot: QtBot, clock: FrameClock, server: ApiServer, pods: TableController, play: Play
) -> None:
    columns = OwnColumns(pods, pods.model, clock)
    try:
        server.cluster.update("pods", "a", "prod", spec={"nodeName": "n1"})
        columns.show([make_column("Where", ".spec.nodeName")])

        def where() -> list[object]:
            return [pods.model.row_at(place).cells[-1] for place in range(pods.model.rowCount())]

        until(qtbot, lambda: columns.synced and where() == ["n1", None])
        past = play(pods)
        past.enter()
        until(qtbot, lambda: past.settled and where() == [None, None])
        past.leave()
        until(qtbot, lambda: where() == ["n1", None])
    finally:
        columns.close()
