"""How many objects need attention, beside the kinds of the tree: in numbers, in words, in signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.qtbot import QtBot

from kdesk.viewmodel.clusters.problem_counts import ProblemCounts
from kdesk.viewmodel.clusters.tree import ClusterTreeModel, NodeKind
from tests.ui.shell import Shell, categorize
from tests.viewmodel.doubles import report

NOTHING: Counter[tuple[str, str]] = Counter()


class Tree(Shell):
    """A shell whose tree is told what needs attention."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = ProblemCounts()
        self.model = ClusterTreeModel(self.clusters, self.pulse, categorize, self.counts)
        self.view = type(self.window.tree)(self.model, self.theme)

    def pods(self) -> QModelIndex:
        waiting = [QModelIndex()]
        while waiting:
            parent = waiting.pop()
            for row in range(self.model.rowCount(parent)):
                index = self.model.index(row, 0, parent)
                node = self.model.node(index)
                if node is not None and (node.kind, node.face.text) == (NodeKind.RESOURCE, "pods"):
                    return index
                waiting.append(index)
        raise AssertionError("the tree has no pods")


@pytest.fixture
def tree(qtbot: QtBot) -> Iterator[Tree]:
    made = Tree()
    qtbot.addWidget(made.view)

    async def work() -> None:
        await made.clusters.open("a")

    made.run(work)
    made.fleet.made[0].informers = [report(objects=50_003)]
    made.pulse.read()
    made.view.resize(280, 600)
    made.view.show()
    qtbot.waitExposed(made.view)
    yield made
    made.end()


def said(tree: Tree, role: Qt.ItemDataRole) -> str:
    return str(tree.model.data(tree.pods(), role))


def test_the_numbers_are_in_the_line_and_the_reasons_in_the_tool_tip(tree: Tree) -> None:
    plain = said(tree, Qt.ItemDataRole.AccessibleTextRole)
    tree.counts.put("a", "pods", [Counter({("bad", "crash loop"): 2, ("warn", "pending"): 1_200})])
    tree.pulse.read()
    assert plain == "pods, 50,003"
    assert said(tree, Qt.ItemDataRole.AccessibleTextRole) == "pods, 50,003, 2 critical, 1,200 warnings"
    tip = said(tree, Qt.ItemDataRole.ToolTipRole).splitlines()
    assert tip[-3:] == ["Needs attention:", "2 crash loop", "1,200 pending"]
    tree.counts.put("a", "pods", [NOTHING])
    tree.pulse.read()
    assert said(tree, Qt.ItemDataRole.AccessibleTextRole) == plain


def test_the_signs_are_painted_in_their_colours_and_leave_the_count(tree: Tree) -> None:
    before = painted(tree, tree.pods(), "bad"), painted(tree, tree.pods(), "warn")
    tree.counts.put("a", "pods", [Counter({("bad", "failed"): 3}), Counter({("warn", "pending"): 4})])
    tree.pulse.read()
    after = painted(tree, tree.pods(), "bad"), painted(tree, tree.pods(), "warn")
    assert (before, after) == ((False, False), (True, True))


def painted(tree: Tree, line: QModelIndex, token: str) -> bool:
    """Signs are thin: their colour is mixed with what is behind."""
    image = tree.view.viewport().grab(tree.view.visualRect(line)).toImage()
    wanted = tree.theme.color(token)
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return any(abs(pixel.hslHue() - wanted.hslHue()) < 6 and pixel.hslSaturation() > 100 for pixel in pixels)


def test_what_is_folded_says_what_is_below_it(tree: Tree) -> None:
    tree.counts.put("a", "pods", [Counter({("bad", "failed"): 3})])
    tree.counts.put("a", "deployments.apps", [Counter({("warn", "not ready"): 2})])
    tree.pulse.read()
    workloads = tree.pods().parent()
    assert workloads.data(Qt.ItemDataRole.AccessibleTextRole) == "Workloads, 3 critical"
    context = workloads.parent()
    assert "3 critical, 2 warnings" in context.data(Qt.ItemDataRole.AccessibleTextRole)
    assert not painted(tree, workloads, "bad")
    tree.view.collapse(workloads)
    assert painted(tree, workloads, "bad")
    assert not painted(tree, context, "warn")
    tree.view.collapse(context)
    assert painted(tree, context, "warn")
    tree.counts.put("a", "pods", [NOTHING])
    tree.pulse.read()
    assert workloads.data(Qt.ItemDataRole.AccessibleTextRole) == "Workloads"


def test_counts_of_several_watches_add_up() -> None:
    counts = ProblemCounts()
    one = Counter({("bad", "failed"): 3, ("bad", "crash loop"): 5})
    counts.put("a", "pods", [one, Counter({("bad", "failed"): 1, ("warn", "pending"): 9})])
    badge = counts.badge("a", "pods")
    assert badge is not None
    assert (badge.bad, badge.warn) == (9, 9)
    assert badge.lines == ("5 crash loop", "4 failed", "9 pending")
    assert badge.words == "9 critical, 9 warnings"
    counts.put("a", "pods", [])
    assert counts.badge("a", "pods") is None
