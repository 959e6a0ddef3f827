"""The tree as a person uses it: what is unfolded, what a click and a key do, what the context menu offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from kdesk.ui.clusters.tree import ClusterTree
from kdesk.ui.look.theme import style_sheet
from kdesk.viewmodel.clusters.tree import NodeKind
from tests.ui.shell import Shell
from tests.viewmodel.doubles import PODS, context


class TreeShell(Shell):
    @property
    def tree(self) -> ClusterTree:
        return self.window.tree

    def index(self, text: str, kind: NodeKind, parent: QModelIndex | None = None) -> QModelIndex:
        parent = parent or QModelIndex()
        for row in range(self.model.rowCount(parent)):
            index = self.model.index(row, 0, parent)
            node = self.model.node(index)
            if node is not None and (node.face.text, node.kind) == (text, kind):
                return index
            below = self.index(text, kind, index)
            if below.isValid():
                return below
        return QModelIndex()

    def place(self, text: str, kind: NodeKind) -> QPoint:
        self.tree.scrollTo(self.index(text, kind))
        return self.tree.visualRect(self.index(text, kind)).center()


@pytest.fixture
def shell(qtbot: QtBot) -> Iterator[TreeShell]:
    shell = TreeShell()
    shell.listed = [context("a"), context("b"), context("old", problem="no CA")]
    shell.window.show()
    qtbot.waitExposed(shell.window)

    async def work() -> None:
        await shell.clusters.open("a")

    shell.run(work)
    yield shell
    shell.end()


def test_open_contexts_and_workloads_are_unfolded_the_rest_is_folded(shell: TreeShell) -> None:
    assert shell.tree.isExpanded(shell.index("a", NodeKind.CONTEXT))
    assert shell.tree.isExpanded(shell.index("Workloads", NodeKind.CATEGORY))
    assert not shell.tree.isExpanded(shell.index("Custom", NodeKind.CATEGORY))


def test_a_click_on_a_kind_opens_its_table(shell: TreeShell) -> None:
    wanted: list[Any] = []
    shell.tree.activated_kind.connect(lambda name, resource: wanted.append((name, resource)))
    QTest.mouseClick(
        shell.tree.viewport(), Qt.MouseButton.LeftButton, pos=shell.place("pods", NodeKind.RESOURCE)
    )
    assert wanted == [("a", PODS)]


def test_one_click_on_a_context_connects_to_nothing_enter_does(shell: TreeShell) -> None:
    at = shell.place("b", NodeKind.CONTEXT)
    QTest.mouseClick(shell.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert shell.lines == []
    QTest.keyClick(shell.tree, Qt.Key.Key_Return)
    assert shell.lines == ["context.open b"]


def test_a_click_on_a_category_folds_and_unfolds(shell: TreeShell) -> None:
    at = shell.place("Custom", NodeKind.CATEGORY)
    QTest.mouseClick(shell.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert shell.tree.isExpanded(shell.index("Custom", NodeKind.CATEGORY))


def menu(shell: TreeShell, text: str, kind: NodeKind) -> QMenu:
    node = shell.model.node(shell.index(text, kind))
    assert node is not None
    made = shell.tree.menu_for(node)
    assert made is not None
    return made


def test_the_context_menu_of_a_context(shell: TreeShell) -> None:
    made = menu(shell, "a", NodeKind.CONTEXT)
    actions = {action.text(): action for action in made.actions() if action.text()}
    assert list(actions) == [
        "Open",
        "Switch to it",
        "Close",
        "Merge into the table",
        "Log in again",
        "Copy name",
    ]
    for text in ("Open", "Switch to it", "Close", "Log in again"):
        actions[text].trigger()
    assert shell.lines == ["context.open a", "context.switch a", "context.close a", "context.login a"]
    actions["Copy name"].trigger()
    assert QGuiApplication.clipboard().text() == "a"


@pytest.mark.parametrize(
    ("shown", "enabled", "checked"),
    [(None, False, False), (("a",), False, True), (("b",), True, False), (("a", "b"), True, True)],
)
def test_merging_from_the_tree(
    shell: TreeShell, shown: tuple[str, ...] | None, enabled: bool, checked: bool
) -> None:
    shell.tree.merging = lambda: shown
    actions = {action.text(): action for action in menu(shell, "a", NodeKind.CONTEXT).actions()}
    merge = actions["Merge into the table"]
    assert (merge.isEnabled(), merge.isChecked()) == (enabled, checked)
    merge.trigger()
    assert shell.lines == (["view.merge a"] if enabled else [])


def test_what_is_not_open_cannot_be_closed(shell: TreeShell) -> None:
    actions = {action.text(): action for action in menu(shell, "b", NodeKind.CONTEXT).actions()}
    assert not actions["Close"].isEnabled()
    assert actions["Open"].isEnabled()


def test_every_line_can_be_painted(shell: TreeShell) -> None:
    shell.tree.expandAll()
    assert not shell.tree.grab().isNull()


def test_a_box_merges_a_cluster_by_mouse_and_by_key(shell: TreeShell) -> None:
    boxed, a = Qt.ItemDataRole.CheckStateRole, ("a", NodeKind.CONTEXT)
    shell.tree.merging = lambda: ("a",)
    shell.tree.tick()
    assert shell.index(*a).data(boxed) is None  # there is no other to choose

    async def both() -> None:
        for name in ("a", "b"):
            await shell.clusters.open(name, activate=name == "a")

    shell.run(both)
    shell.tree.tick()
    assert shell.index(*a).data(boxed) == Qt.CheckState.Checked
    other = shell.index("b", NodeKind.CONTEXT)
    assert other.data(boxed) == Qt.CheckState.Unchecked
    assert shell.index("old", NodeKind.CONTEXT).data(boxed) is None
    box = shell.tree.visualRect(other).topLeft() + QPoint(8, 12)
    QTest.mouseClick(shell.tree.viewport(), Qt.MouseButton.LeftButton, pos=box)
    assert shell.lines == ["view.merge b"]
    shell.tree.setCurrentIndex(shell.index(*a))
    QTest.keyClick(shell.tree, Qt.Key.Key_Space)
    assert shell.lines == ["view.merge b", "view.merge a"]
    shell.tree.merging = lambda: ("b", "a")
    shell.tree.tick()
    assert shell.index("b", NodeKind.CONTEXT).data(boxed) == Qt.CheckState.Checked
    shell.tree.merging = lambda: None
    shell.tree.tick()
    assert other.data(boxed) is None
    QTest.keyClick(shell.tree, Qt.Key.Key_Space)
    assert shell.lines[2:] == ["context.open a"]


@pytest.fixture
def listening() -> Iterator[None]:
    """A screen reader is there."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


@pytest.mark.usefixtures("listening")
def test_a_screen_reader_is_told_all_that_is_painted(shell: TreeShell) -> None:
    found = QAccessible.queryAccessibleInterface(shell.tree)
    assert found is not None
    name = QAccessible.Text.Name
    assert (found.role(), found.text(name)) == (QAccessible.Role.Tree, "Clusters")
    lines = [found.child(at) for at in range(found.childCount())]
    texts = [line.text(name) for line in lines if line.role() == QAccessible.Role.TreeItem]
    assert any(text.startswith("a, ") and "active" in text for text in texts)
    assert "pods" in texts
    workloads = next(line for line in lines if line.text(name) == "Workloads")
    assert workloads.state().expanded


def test_the_whole_line_that_the_keys_are_on_is_marked(shell: TreeShell, qapp: QApplication) -> None:
    before = qapp.styleSheet()
    qapp.setStyleSheet(style_sheet(shell.theme.data))
    try:
        shell.tree.setFocus()
        line = shell.index("pods", NodeKind.RESOURCE)
        shell.tree.setCurrentIndex(line)
        rect = shell.tree.visualRect(line)
        picture = shell.tree.viewport().grab().toImage()
        ends = [picture.pixelColor(x, rect.top() + 4).name() for x in (8, rect.left() + 4, rect.right() - 4)]
        assert ends == [shell.theme.color("selection").name()] * 3
        assert picture.pixelColor(rect.right() - 4, rect.top()) == shell.theme.color("accent")
    finally:
        qapp.setStyleSheet(before)
