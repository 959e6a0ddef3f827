"""The tree: files, contexts with their reasons, categories, kinds with live counts; nothing is ever reset."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.clusters.tree import ClusterTreeModel, NodeKind
from kdesk.viewmodel.moments import minute_text
from tests.viewmodel.doubles import CATALOGUE, NODES, PODS, FakeSession, context, report
from tests.viewmodel.stages import Stage, nothing, until


def categorize(resource: Resource) -> str:
    if resource.gvr.group == "example.com":
        return "Custom"
    return "Cluster" if resource == NODES else "Workloads"


class Tree(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.listed = [
            context("a", file="/one"),
            context("old", file="/one", problem="its CA is missing"),
            context("b", file="/two"),
        ]
        self.pulse = Pulse(self.clusters)
        self.model = ClusterTreeModel(self.clusters, self.pulse, categorize)
        self.tester = QAbstractItemModelTester(self.model)
        self.resets = 0
        self.model.modelReset.connect(lambda: setattr(self, "resets", self.resets + 1))

    def lines(self, parent: QModelIndex | None = None, depth: int = 0) -> list[str]:
        parent = parent or QModelIndex()
        found = []
        for row in range(self.model.rowCount(parent)):
            index = self.model.index(row, 0, parent)
            text = self.model.data(index, Qt.ItemDataRole.AccessibleTextRole)
            found += ["  " * depth + text, *self.lines(index, depth + 1)]
        return found

    def find(self, text: str, kind: NodeKind, parent: QModelIndex | None = None) -> QModelIndex:
        parent = parent or QModelIndex()
        for row in range(self.model.rowCount(parent)):
            index = self.model.index(row, 0, parent)
            node = self.model.node(index)
            if node is not None and (node.face.text, node.kind) == (text, kind):
                return index
            below = self.find(text, kind, index)
            if below.isValid():
                return below
        return QModelIndex()


@pytest.fixture
def tree(qapp: QCoreApplication) -> Iterator[Tree]:
    tree = Tree()
    yield tree
    tree.pulse.stop()
    tree.tasks.cancel()
    tree.clusters.shut_down()
    assert tree.tasks.wait_closed(5)


def test_every_context_of_every_file_with_the_reason_why_not(tree: Tree) -> None:
    tree.run(nothing)
    assert tree.lines() == ["/one", "  a", "  old, unusable", "/two", "  b"]
    old = tree.find("old", NodeKind.CONTEXT)
    assert "its CA is missing" in tree.model.data(old, Qt.ItemDataRole.ToolTipRole)


def test_an_open_context_lists_categories_and_kinds_and_its_version(tree: Tree) -> None:
    async def work() -> None:
        await tree.clusters.open("a")

    tree.run(work)
    assert tree.lines() == [
        "/one",
        "  a, not watched, 1.37, active",
        "    Workloads",
        "      pods",
        "      deployments",
        "    Cluster",
        "      nodes",
        "    Custom",
        "      example.com",
        "        widgets",
        "  old, unusable",
        "/two",
        "  b",
    ]


def test_counts_follow_what_is_watched(tree: Tree) -> None:
    async def work() -> None:
        await tree.clusters.open("a")

    tree.run(work)
    changed: list[str] = []
    tree.model.dataChanged.connect(lambda index, _: changed.append(tree.model.data(index)))
    tree.fleet.made[0].informers = [report(objects=50_003), report("nodes", objects=3)]
    tree.pulse.read()
    assert "      pods, 50,003" in tree.lines()
    assert "  a, 1.37, active" in tree.lines()
    assert sorted(changed) == ["a", "nodes", "pods"]
    changed.clear()
    tree.pulse.read()
    assert changed == []


def test_a_cluster_that_nothing_watches_is_not_shown_as_live(tree: Tree) -> None:
    async def work() -> None:
        await tree.clusters.open("a")

    tree.run(work)
    session = tree.fleet.made[0]
    session.answered = 1_680_604_865.0

    def said() -> tuple[str, str]:
        face = tree.clusters.state("a", session.informers)
        return face.tone, face.detail

    assert said() == (
        "text2",
        f"Nothing of it is watched. It answered last at {minute_text(session.answered)}.",
    )
    session.answered = 0.0
    assert said() == ("text2", "Nothing of it is watched.")
    session.informers = [report()]
    assert said() == ("ok", "")


def test_counts_over_namespaces_add_up_and_the_whole_wins(tree: Tree) -> None:
    async def work() -> None:
        await tree.clusters.open("a")

    tree.run(work)
    parts = [report(namespace="x", objects=2), report(namespace="y", objects=3)]
    tree.fleet.made[0].informers = list(parts)
    tree.pulse.read()
    assert "      pods, 5" in tree.lines()
    tree.fleet.made[0].informers = [*parts, report(objects=40)]
    tree.pulse.read()
    assert "      pods, 40" in tree.lines()


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (WatchState.BACKOFF, "reconnecting"),
        (WatchState.UNAUTHORIZED, "login needed"),
        (WatchState.LISTING, "syncing"),
        (WatchState.FORBIDDEN, ""),
    ],
)
def test_a_context_is_as_fresh_as_its_watches(tree: Tree, state: WatchState, word: str) -> None:
    async def work() -> None:
        await tree.clusters.open("a")

    tree.run(work)
    tree.fleet.made[0].informers = [report(), report("nodes", state=state, last_error="why")]
    tree.pulse.read()
    node = tree.model.node(tree.find("a", NodeKind.CONTEXT))
    assert node is not None
    assert node.face.second == word


def test_what_is_remembered_of_a_line_stays_with_it(tree: Tree) -> None:
    async def work() -> None:
        await tree.clusters.open("b")

    tree.run(work)
    kept = QPersistentModelIndex(tree.find("nodes", NodeKind.RESOURCE))
    first = tree.find("a", NodeKind.CONTEXT)
    tree.fleet.contexts = (context("new", file="/one"), *tree.fleet.contexts)
    tree.clusters.listed.emit()
    assert tree.lines()[:3] == ["/one", "  new", "  a"]
    assert kept.isValid()
    assert kept.data() == "nodes"
    assert tree.resets == 0
    assert tree.model.node(first) is not None


def test_a_kind_that_goes_and_comes_back(tree: Tree) -> None:
    async def work() -> None:
        await tree.clusters.open("a")

    tree.run(work)
    tree.fleet.made[0].catalogue = Catalogue(
        (PODS,), (("apps", "the server behind it does not answer"),), "v1.37.2"
    )
    tree.clusters.state_changed.emit("a")
    assert tree.lines()[2:5] == ["    Workloads", "      pods", "    apps, did not answer"]
    tree.fleet.made[0].catalogue = CATALOGUE
    tree.clusters.state_changed.emit("a")
    assert "        widgets" in tree.lines()


def test_closing_a_context_folds_it_away(tree: Tree) -> None:
    async def work() -> None:
        await tree.clusters.open("a")
        tree.clusters.close("a")

    tree.run(work)
    assert tree.lines() == ["/one", "  a", "  old, unusable", "/two", "  b"]


def test_an_index_that_outlives_its_line_finds_nothing(tree: Tree) -> None:
    async def work() -> None:
        await tree.clusters.open("a")

    tree.run(work)
    pods = tree.find("pods", NodeKind.RESOURCE)
    tree.clusters.close("a")
    assert tree.model.node(pods) is None
    assert tree.model.data(pods) is None
    assert not tree.model.parent(pods).isValid()


def test_what_was_served_before_is_marked_until_the_cluster_answers(tree: Tree) -> None:
    async def work() -> None:
        opening = asyncio.ensure_future(tree.clusters.open("a"))
        await until(lambda: tree.fleet.made and tree.fleet.made[0].opened)
        session = tree.fleet.made[0]
        session.catalogue = replace(CATALOGUE, stale=(("v1", time.time()),), checked=False)
        tree.clusters.state_changed.emit("a")
        assert tree.lines()[1:4] == ["  a, checking, 1.37, active", "    Workloads", "      pods"]
        tip = tree.model.data(tree.find("a", NodeKind.CONTEXT), Qt.ItemDataRole.ToolTipRole)
        assert "it is being asked again" in tip
        again = asyncio.ensure_future(tree.clusters.open("a"))
        await asyncio.sleep(0)
        assert not again.done(), "it has not been opened yet"
        assert tree.told == []
        session.gate.set()
        await asyncio.gather(opening, again)

    def prepare(session: FakeSession) -> None:
        session.gate.clear()

    tree.prepare = prepare
    tree.run(work)
    assert tree.lines()[1] == "  a, not watched, 1.37, active"
    assert tree.told == ["opened a"]


def test_kinds_of_a_group_that_did_not_answer_say_so(tree: Tree) -> None:
    async def work() -> None:
        await tree.clusters.open("a")

    def prepare(session: FakeSession) -> None:
        session.offers = replace(
            CATALOGUE, failures=(("example.com/v1", "no answer"),), stale=(("example.com/v1", 0.0),)
        )

    tree.prepare = prepare
    tree.run(work)
    assert "        widgets, stale" in tree.lines()
    assert "    example.com/v1, did not answer" in tree.lines()
    widgets = tree.find("widgets", NodeKind.RESOURCE)
    assert "did not answer" in tree.model.data(widgets, Qt.ItemDataRole.ToolTipRole)
    tree.fleet.made[0].informers = [report("widgets.example.com", objects=3)]
    tree.pulse.read()
    assert "        widgets, stale, 3" in tree.lines(), "whatever is watched of it"
