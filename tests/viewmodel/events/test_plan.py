"""What to watch for live events: a plan, its cost, its names; and that it starts and stops when it is told to."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.informer import InformerReport
from kdesk.kube.engine.subscription import WatchState
from kdesk.viewmodel.events.feed import Feed
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.events.plan import WatchPlan, cost
from kdesk.viewmodel.events.watch_lists import WatchLists
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.program.settings import Settings
from tests.viewmodel.stub_cluster import DEPLOYMENTS, NODES, PODS, StubSession, added, row, watch


def places(plan: WatchPlan, *sessions: StubSession) -> list[tuple[str, str, str]]:
    found = plan.watches([session.real for session in sessions])
    return [(one.session.name, one.spec.resource.label, one.spec.namespace) for one in found]


def test_kinds_are_watched_in_every_cluster_that_serves_them() -> None:
    first, second = StubSession("first"), StubSession("second", kinds=(PODS, NODES))
    plan = WatchPlan(("deployments.apps", "nodes"), namespaces=("shop", "web"))
    assert places(plan, first, second) == [
        ("first", "nodes", ""),  # of no namespace
        ("first", "deployments.apps", "shop"),
        ("first", "deployments.apps", "web"),
        ("second", "nodes", ""),
    ]
    assert places(msgspec.structs.replace(plan, clusters=("second",)), first, second) == [
        ("second", "nodes", "")
    ]


def test_everything_is_all_but_what_is_noisy_until_it_is_asked_for() -> None:
    session = StubSession()
    plan = WatchPlan(everything=True)
    everything = {label for _, label, _ in places(plan, session)}
    assert everything == {"deployments.apps", "nodes", "pods", "secrets"}
    noisy = plan.with_kind("leases.coordination.k8s.io")
    assert len(places(noisy, session)) == 5
    less = noisy.with_kind("pods", False)
    assert {label for _, label, _ in places(less, session)} == {*everything, "leases.coordination.k8s.io"} - {
        "pods"
    }
    assert less.with_kind("pods").with_kind("leases.coordination.k8s.io", False) == plan


def test_selectors_go_to_the_server() -> None:
    session = StubSession()
    [one] = WatchPlan(("pods",), labels="app=web", fields="metadata.name=x").watches([session.real])
    assert (one.spec.label_selector, one.spec.field_selector, one.spec.whole) == (
        "app=web",
        "metadata.name=x",
        True,
    )


def test_the_cost_is_said_before_anything_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    session = StubSession()
    report = InformerReport("pods", "", WatchState.LIVE, 2_500, "1", 0, 1, 0, "", 0.0)
    monkeypatch.setattr(session, "reports", lambda: [report])
    found = cost(WatchPlan(("pods", "nodes")), [session.real])
    assert found == (2, 1, 2_500, 1)
    assert found.text == "2 watches · at least 2,500 objects, about 10 MB"
    assert cost(WatchPlan(("nodes",)), [session.real]).text == "1 watch"
    assert not session.leases


@pytest.fixture
def log(qtbot: QtBot) -> Iterator[EventLog]:
    one = EventLog(FrameClock(interval=0.002))
    yield one
    one.close()


def test_nothing_is_watched_before_the_start_and_after_the_stop(qtbot: QtBot, log: EventLog) -> None:
    session, feed = StubSession(), log.feed
    feed.rebind([session.real])
    feed.use(WatchPlan(("pods",)), "mine")
    assert not session.leases
    feed.start()
    [lease] = session.leases
    lease.tell(added(row("web")))
    qtbot.waitUntil(lambda: log.model.rowCount() == 2)
    feed.stop()
    assert lease.released
    assert log.model.rowCount() == 2
    assert (feed.name, feed.plan.kinds) == ("mine", ("pods",))
    feed.use(WatchPlan(("pods", "nodes")))
    assert len(session.leases) == 1


def test_another_plan_leaves_the_watches_that_both_have(log: EventLog) -> None:
    session, feed = StubSession(), log.feed
    watch(log, session, PODS, DEPLOYMENTS)
    pods, deployments = session.leases
    feed.use(WatchPlan(("pods", "nodes")))
    assert not pods.released
    assert deployments.released
    assert [lease.spec.resource.label for lease in session.leases[2:]] == ["nodes"]


def test_where_lines_were_dropped_from_is_known(qtbot: QtBot) -> None:
    clock = FrameClock(interval=0.002)
    log = EventLog(clock, capacity=320)
    first, second = StubSession("first"), StubSession("second")
    for session, count in ((first, 600), (second, 100)):
        watch(log, session, PODS)
        session.leases[0].tell(*(added(row(f"p{n}")) for n in range(count)))
        qtbot.waitUntil(lambda: clock.idle)
    lost = {origin.cluster: count for origin, count in log.book.dropped.items()}
    assert lost["first"] > 250
    assert sum(lost.values()) + len(log.book) == 702
    log.close()


def test_watch_lists_are_kept_in_the_settings_as_they_are_read() -> None:
    saves: list[bool] = []
    settings = Settings()
    lists = WatchLists(settings.watch_lists, lambda: saves.append(True))
    plan = WatchPlan(("pods", "deployments.apps"), namespaces=("shop",), labels="app=web")
    lists.keep("rollout", plan)
    text = msgspec.toml.encode(settings).decode()
    assert tomllib.loads(text)["watch_lists"] == {
        "rollout": {"kinds": ["pods", "deployments.apps"], "namespaces": ["shop"], "labels": "app=web"}
    }
    again = WatchLists(msgspec.toml.decode(text.encode(), type=Settings).watch_lists, lambda: None)
    assert again.plan("rollout") == plan
    assert lists.rename("rollout", "the rollout")
    assert not lists.rename("rollout", "x")
    assert lists.names == ("the rollout",)
    assert settings.watch_lists.keys() == {"the rollout"}
    assert lists.forget("the rollout")
    assert not lists.forget("the rollout")
    assert (settings.watch_lists, len(saves)) == ({}, 3)


def test_a_watch_list_that_makes_no_sense_is_passed_over_and_stays() -> None:
    values: dict[str, Any] = {"odd": {"kinds": "pods"}, "good": {"kinds": ["pods"]}, "flat": 3}
    lists = WatchLists(values, lambda: None)
    assert lists.names == ("good",)
    assert len(lists.problems) == 2
    assert "watch_lists.odd" in lists.problems[0]
    lists.keep("other", WatchPlan(("nodes",)))
    assert values.keys() == {"odd", "good", "flat", "other"}


def test_a_feed_without_clusters_costs_nothing(qtbot: QtBot) -> None:
    feed = Feed(lambda: None)
    feed.use(WatchPlan(everything=True))
    feed.start()
    assert feed.cost().watches == 0
    assert feed.receive(0.0) == ([], False)
