"""The watch of problems: what it rides along with, what it watches itself, what it tells, and what it leaves behind."""

from __future__ import annotations

import random
import time

import pytest
from PySide6.QtCore import QCoreApplication, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.problems.list import ProblemColumn, ProblemListModel, snapshot
from kdesk.viewmodel.problems.watch import ProblemId
from kdesk.viewmodel.problems.words import gaps, objects, watching
from kdesk.viewmodel.rows.filtering import FilterError
from kdesk.viewmodel.rows.ordering import natural
from tests.viewmodel.problem_doubles import (
    DEPLOYMENTS,
    EVENTS,
    NODES,
    PODS,
    SERVICES,
    Session,
    Ward,
    go_live,
)
from tests.viewmodel.problem_rows import pod, row

pytestmark = pytest.mark.usefixtures("qapp")
CRASH = pod("web-1", "CrashLoopBackOff", RESTARTS="3 (5s ago)")


def watched(session: Session) -> set[tuple[str, str]]:
    return {(spec.resource.label, spec.namespace) for spec, i in session.running.items() if i.shares}


def test_it_rides_along_with_watches_that_run_anyway_and_asks_for_nothing() -> None:
    prod = Session()
    ward = Ward(prod)
    prod.watch(WatchSpec(PODS))
    prod.watch(WatchSpec(PODS, whole=True))
    prod.watch(WatchSpec(PODS, label_selector="a=b"))
    prod.informer(PODS).put(pod("ok"), CRASH)
    ward.settle()
    assert ward.told() == {"prod/pods/shop/web-1": "CrashLoopBackOff after 3 restarts"}
    assert len(prod.running) == 3
    assert [len(informer.subscriptions) for informer in prod.informers()] == [1, 0, 0]
    badge = ward.counts.badge("prod", "pods")
    assert badge is not None
    assert (badge.bad, badge.warn, badge.lines) == (1, 0, ("1 crash loop",))
    assert ward.counts.badge("prod", "nodes") is None


def test_changes_are_told_and_a_burst_is_one_look() -> None:
    prod = Session()
    ward = Ward(prod)
    prod.watch(WatchSpec(PODS))
    pods = prod.informer(PODS)
    pods.say(WatchState.LIVE)
    ward.settle()
    told: list[set[ProblemId]] = []
    ward.watch.changed.connect(told.append)
    for number in range(50):
        pods.put(pod("web-1", "CrashLoopBackOff", RESTARTS=f"{number} (1s ago)"))
    assert ward.clock.run() == 0  # not before the next beat
    assert ward.beat() == 1
    assert told == [{ProblemId("prod", "pods", "shop/web-1")}]
    assert ward.told() == {"prod/pods/shop/web-1": "CrashLoopBackOff after 49 restarts"}
    pods.remove(CRASH)
    ward.beat()
    assert ward.told() == {}
    assert ward.counts.badge("prod", "pods") is None
    assert ward.beat() == 0


def test_a_large_list_is_looked_at_in_slices() -> None:
    prod = Session()
    ward = Ward(prod)
    prod.watch(WatchSpec(PODS))
    prod.informer(PODS).put(*(pod(f"web-{n}", "Error") for n in range(2_600)))
    prod.informer(PODS).say(WatchState.LIVE)
    ward.clock.budget = 0.0
    assert ward.beat() >= 5
    assert len(ward.told()) == 2_600


def test_kept_it_watches_the_kinds_that_rules_name_in_every_open_cluster() -> None:
    prod, edge, closed = Session(), Session("edge", kinds=(PODS, SERVICES)), Session("closed")
    closed.catalogue = None
    ward = Ward(prod, edge, closed)
    ward.watch.keep(True)
    assert watched(prod) == {("pods", ""), ("nodes", ""), ("events", ""), ("deployments.apps", "")}
    assert watched(edge) == {("pods", "")}
    assert watched(closed) == set()
    late = Session("late", kinds=(NODES,))
    ward.clusters.sessions["late"] = late
    ward.clusters.opened.emit(late)
    assert watched(late) == {("nodes", "")}
    ward.watch.keep(True)
    ward.watch.keep(False)
    assert watched(prod)
    ward.watch.keep(False)
    assert not ward.watch.kept
    assert (watched(prod), watched(edge), watched(late)) == (set(), set(), set())


def test_a_watch_that_ends_takes_its_problems_with_it() -> None:
    prod = Session()
    ward = Ward(prod)
    ward.watch.keep(True)
    prod.informer(PODS).put(CRASH)
    ward.settle()
    assert ward.told()
    ward.watch.keep(False)
    ward.settle()
    assert ward.told()  # it lingers
    told: list[set[ProblemId]] = []
    ward.watch.changed.connect(told.append)
    prod.sweep()
    ward.beat()
    assert (ward.told(), ward.watch.parts()) == ({}, ())
    assert told == [{ProblemId("prod", "pods", "shop/web-1")}]
    assert ward.counts.badge("prod", "pods") is None


def test_a_retired_cluster_is_gone_at_once_and_comes_back_as_another() -> None:
    prod = Session()
    ward = Ward(prod)
    ward.watch.keep(True)
    prod.informer(PODS).put(CRASH)
    ward.settle()
    ward.retire(prod)
    assert (ward.told(), ward.watch.parts()) == ({}, ())
    again = Session()
    ward.clusters.sessions["prod"] = again
    ward.clusters.opened.emit(again)
    again.informer(PODS).put(pod("web-2", "Error"))
    ward.settle()
    assert list(ward.told()) == ["prod/pods/shop/web-2"]


def test_where_all_namespaces_are_forbidden_the_contexts_own_is_watched() -> None:
    prod = Session(namespace="team-a")
    ward = Ward(prod)
    ward.watch.keep(True)
    for informer in prod.informers():
        informer.say(WatchState.FORBIDDEN, "me may not list it")
    ward.settle()
    assert {("pods", "team-a"), ("events", "team-a"), ("deployments.apps", "team-a")} <= watched(prod)
    assert ("nodes", "team-a") not in watched(prod)
    prod.informer(PODS, "team-a").put(CRASH)
    for informer in prod.informers():
        if informer.spec.namespace:
            informer.say(WatchState.LIVE)
    ward.settle()
    assert list(ward.told()) == ["prod/pods/shop/web-1"]
    assert ward.watch.complete
    words = [gap.words for gap in gaps(ward.watch.parts(), time.time())]
    assert "nodes: forbidden on prod" in words
    assert "pods: forbidden on prod, but for team-a" in words


def test_an_object_that_two_watches_see_is_one_problem() -> None:
    prod = Session()
    ward = Ward(prod)
    for namespace in ("", "shop"):
        prod.watch(WatchSpec(PODS, namespace))
        prod.informer(PODS, namespace).put(CRASH)
        prod.informer(PODS, namespace).say(WatchState.LIVE)
    ward.settle()
    assert len(ward.told()) == 1
    badge = ward.counts.badge("prod", "pods")
    assert badge is not None
    assert badge.bad == 1
    assert objects(ward.watch.parts()) == 1
    assert watching(ward.watch.parts()) == "1 kind on 1 cluster"


def test_other_columns_are_looked_at_anew() -> None:
    prod = Session()
    ward = Ward(prod)
    prod.watch(WatchSpec(PODS))
    pods = prod.informer(PODS)
    pods.put(CRASH, pod("ok"))
    pods.say(WatchState.LIVE)
    ward.settle()
    assert len(ward.told()) == 1
    pods.define((Column("Name"), Column("Age")))
    ward.settle()
    assert ward.told() == {}
    pods.define(tuple(Column(name) for name in ("Name", "Ready", "Status", "Restarts")))
    ward.settle()
    assert len(ward.told()) == 1


def test_time_makes_problems() -> None:
    prod = Session()
    ward = Ward(prod)
    prod.watch(WatchSpec(DEPLOYMENTS))
    now = int(time.time())
    # Created 59 seconds ago and not ready since: a problem in a second.
    one = row("deployments.apps", READY="0/2")
    prod.informer(DEPLOYMENTS).put(Row(one.key, one.uid, "1", now - 59, one.cells))
    prod.informer(DEPLOYMENTS).say(WatchState.LIVE)
    ward.settle()
    deadline = time.monotonic() + 10
    while not ward.told():
        assert time.monotonic() < deadline
        time.sleep(0.05)
        ward.beat()
    assert list(ward.told().values()) == ["No replica is ready, of 2 that are wanted"]


def test_what_is_not_known_is_said() -> None:
    prod, edge = Session(), Session("edge")
    ward = Ward(prod, edge)
    ward.watch.keep(True)
    before = ward.watch.complete
    for session in (prod, edge):
        go_live(session, session.informer(EVENTS))
        session.informer(EVENTS).say(WatchState.FORBIDDEN, "me may not list events")
    prod.informer(PODS).say(WatchState.BACKOFF, "connection refused")
    ward.settle()
    assert (before, ward.watch.complete) == (False, True)
    found = gaps(ward.watch.parts(), time.time())
    assert [(gap.words, gap.tone) for gap in found] == [
        ("events: forbidden on prod, edge", "bad"),
        ("pods: reconnecting on prod", "warn"),
    ]
    assert found[0].detail == "me may not list events"
    assert ward.watch.stale() == {("prod", "events"), ("edge", "events"), ("prod", "pods")}


def test_closing_leaves_nothing() -> None:
    prod = Session()
    ward = Ward(prod)
    ward.watch.keep(True)
    ward.settle()
    ward.watch.close()
    assert watched(prod) == set()
    assert [informer.subscriptions for informer in prod.informers()] == [[]] * 4
    assert ward.clock.consumers == []
    ward.watch.keep(False)
    ward.pulse.beat.emit()
    assert [informer.subscriptions for informer in prod.informers()] == [[]] * 4


# The list


class Sheet(Ward):
    def __init__(self, *sessions: Session) -> None:
        super().__init__(*sessions)
        self.model = ProblemListModel(self.watch)
        self.tester = QAbstractItemModelTester(self.model)
        self.model.set_active(True)

    def settle(self) -> None:
        super().settle()
        self.model.catch_up()  # on a slow machine it would take a rest first

    def column(self, column: ProblemColumn) -> list[str]:
        return [
            self.model.data(self.model.index(at, column), Qt.ItemDataRole.DisplayRole)
            for at in range(self.model.rowCount())
        ]


@pytest.fixture
def prod() -> Session:
    session = Session()
    for resource in (PODS, NODES, DEPLOYMENTS):
        session.watch(WatchSpec(resource))
        session.informer(resource).say(WatchState.LIVE)
    return session


@pytest.fixture
def sheet(prod: Session) -> Sheet:
    made = Sheet(prod)
    prod.informer(PODS).put(
        pod("web-10", "Error"), pod("web-9", "Error", labels="tier=web"), CRASH, pod("slow", "Pending")
    )
    prod.informer(NODES).put(row("nodes", "node-1", namespace="", STATUS="NotReady"))
    made.settle()
    return made


def test_the_worst_is_first_in_the_order_of_the_rules(sheet: Sheet) -> None:
    assert sheet.column(ProblemColumn.NAME) == ["node-1", "web-1", "web-9", "web-10", "slow"]
    assert sheet.column(ProblemColumn.SEVERITY) == ["critical"] * 4 + ["warning"]
    assert (sheet.model.total, sheet.model.bad) == (5, 4)
    assert [item.id.key for item in snapshot(sheet.watch)] == [item.id.key for item in sheet.model.items()]


def test_lines_come_and_go_without_a_reset(sheet: Sheet, prod: Session) -> None:
    resets: list[str] = []
    sheet.model.modelReset.connect(lambda: resets.append("reset"))
    sheet.model.layoutChanged.connect(lambda: resets.append("layout"))
    prod.informer(PODS).put(
        pod("web-10"), pod("web-2", "Error"), pod("web-9", "OOMKilled", labels="tier=web")
    )
    sheet.settle()
    assert sheet.column(ProblemColumn.NAME) == ["node-1", "web-1", "web-2", "web-9", "slow"]
    assert "A container has ended: OOMKilled" in sheet.column(ProblemColumn.PROBLEM)
    assert resets == []


def test_very_many_changes_are_one(sheet: Sheet, prod: Session) -> None:
    kept = sheet.model.row_of(ProblemId("prod", "pods", "shop/slow"))
    mark = QPersistentModelIndex(sheet.model.index(kept, 0))
    prod.informer(PODS).put(*(pod(f"job-{n}", "Error") for n in range(500)))
    sheet.settle()
    assert sheet.model.rowCount() == 505
    assert sheet.model.item(mark.row()).id.key == "shop/slow"


@pytest.mark.parametrize("order", [ProblemColumn.SEVERITY, ProblemColumn.NAME])
@pytest.mark.parametrize("text", ["", "web"])
def test_change_by_change_it_is_what_sorting_and_filtering_everything_gives(
    prod: Session, text: str, order: ProblemColumn
) -> None:
    ward = Ward(prod)
    model = ProblemListModel(ward.watch)  # without the tester of models: it looks at every line at every step
    model.set_active(True)
    model.set_filter(text)
    model.sort(order)
    dice = random.Random(7)
    pods = prod.informer(PODS)
    for _ in range(40):
        for _ in range(dice.choice([1, 3, 300])):
            one = pod(
                f"{dice.choice(['web', 'api'])}-{dice.randrange(400)}",
                dice.choice(["Running", "Error", "CrashLoopBackOff", "Pending"]),
            )
            if dice.random() < 0.2:
                pods.remove(one)
            else:
                pods.put(one)
        ward.beat()
        model.catch_up()
        everything = snapshot(ward.watch)
        expected = [item for item in everything if text in item.hay]
        if order is ProblemColumn.NAME:
            expected.sort(key=lambda item: natural(item.id.key.partition("/")[2]))
        assert [item.id for item in model.items()] == [item.id for item in expected]
        assert (model.total, model.bad) == (len(everything), sum(item.tone == "bad" for item in everything))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("web", ["web-1", "web-9", "web-10"]),
        ("!web", ["node-1", "slow"]),
        ("kind:node", ["node-1"]),
        ("tier=web", ["web-9"]),
        ("severity=critical crash | pending", ["web-1", "slow"]),
        ("cluster:edge", []),
    ],
)
def test_the_filter_is_that_of_tables(sheet: Sheet, text: str, names: list[str]) -> None:
    sheet.model.set_filter(text)
    assert sheet.column(ProblemColumn.NAME) == names
    assert sheet.model.total == 5


def test_a_wrong_filter_leaves_what_is_shown(sheet: Sheet) -> None:
    sheet.model.set_filter("web")
    with pytest.raises(FilterError):
        sheet.model.set_filter("colour:red")
    assert len(sheet.column(ProblemColumn.NAME)) == 3


def test_other_orders(sheet: Sheet) -> None:
    sheet.model.sort(ProblemColumn.NAME, Qt.SortOrder.DescendingOrder)
    assert sheet.column(ProblemColumn.NAME) == ["web-10", "web-9", "web-1", "slow", "node-1"]
    sheet.model.sort(ProblemColumn.SEVERITY, Qt.SortOrder.AscendingOrder)
    assert sheet.column(ProblemColumn.NAME)[0] == "node-1"


def test_a_list_that_nobody_sees_does_nothing_and_catches_up(sheet: Sheet, prod: Session) -> None:
    sheet.model.set_active(False)
    prod.informer(PODS).put(pod("web-2", "Error"))
    sheet.settle()
    assert "web-2" not in sheet.column(ProblemColumn.NAME)
    sheet.model.set_active(True)
    assert "web-2" in sheet.column(ProblemColumn.NAME)
    QCoreApplication.processEvents()


def test_a_line_tells_everything_and_how_much_is_known_of_its_time(sheet: Sheet, prod: Session) -> None:
    now = time.time()
    [item] = [item for item in sheet.model.items() if item.id.key == "shop/slow"]
    assert item.text(ProblemColumn.SINCE, now)[0] != ">"  # Pending since it was created
    [item] = [item for item in sheet.model.items() if item.id.key == "shop/web-1"]
    assert item.tip(now).splitlines()[:2] == ["Pod shop/web-1 of prod", "CrashLoopBackOff after 3 restarts"]
