"""Writing a column: the value of the selected row as it is typed, what is wrong with it, and what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.errors import ConnectionLost
from kdesk.kube.gvk import Resource
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.tables.column_editor import ColumnEditor
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.tables.column_draft import ColumnDraft
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tasks import Tasks
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.pods import pod

WEB = {
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "shop"}},
    "spec": {"nodeName": "n1", "containers": [{"image": "a:1"}, {"image": "b:2"}]},
}


class Readable(StubSession):
    """``objects`` by name; what is not there cannot be read."""

    objects: dict[str, dict[str, Any]]

    def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        if name not in self.objects:
            raise ConnectionLost("the connection broke")
        return self.objects[name]


class AtOnce:
    """Tasks that are done when they are started."""

    async def run(self, function: Callable[[], Any], *, valid: Callable[[], bool], **_: object) -> Any:
        return function()

    def start(self, work: Coroutine[Any, Any, Any], title: str) -> None:
        asyncio.run(work)


@pytest.fixture
def table(qtbot: QtBot) -> Iterator[TableController]:
    session = Readable()
    session.objects = {"web": WEB}
    made = TableController(session.as_session(), POD, (), FrameClock())
    made.set_visible(True)
    session.put(pod("web"), pod("lost"))
    session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: made.synced)
    yield made
    made.close()


@pytest.fixture
def draft(qtbot: QtBot) -> ColumnDraft:
    return ColumnDraft(cast(Tasks, AtOnce()))


@pytest.fixture
def editor(qtbot: QtBot, draft: ColumnDraft) -> ColumnEditor:
    made = ColumnEditor(draft, Theme(load_theme("dark")))
    qtbot.addWidget(made)
    made.resize(1000, 80)
    return made


def add_button(editor: ColumnEditor) -> QPushButton:
    [button] = [one for one in editor.findChildren(QPushButton) if one.text() == "Add column"]
    return button


def test_the_value_shows_as_it_is_typed(
    table: TableController, draft: ColumnDraft, editor: ColumnEditor
) -> None:
    editor.begin()
    assert editor.said == "The value of the selected row shows here."
    assert not add_button(editor).isEnabled()
    draft.look_at(table, table.model.get("prod/web"))
    QTest.keyClicks(editor.path, ".spec.nodeName")
    assert editor.said == "web: n1"
    assert editor.cost == "1 further watch of whole objects: about 1 kB at first, then each change."
    editor.path.setText(".spec.containers[*].image")
    assert editor.said == "web: a:1,b:2"
    editor.path.setText(".spec.missing")
    assert editor.said == "web: <none>"
    editor.path.setText("label:app")
    assert editor.said == "web: shop"
    assert editor.cost == "Labels come with the rows: nothing more is read."


def test_what_is_wrong_is_said_and_cannot_be_added(
    table: TableController, draft: ColumnDraft, editor: ColumnEditor
) -> None:
    wanted: list[tuple[str, str, str]] = []
    editor.wanted.connect(lambda *column: wanted.append(column))
    draft.look_at(table, table.model.get("prod/web"))
    editor.begin(".spec.containers[")
    assert editor.said.startswith("An index, a quoted name")
    assert editor.said.endswith("(character 18).")
    assert editor.cost == ""
    QTest.keyClick(editor.path, Qt.Key.Key_Return)
    assert wanted == []


@pytest.mark.parametrize(
    ("name", "path", "column"),
    [
        ("", ".spec.nodeName", "nodeName"),
        ("", "label:app.kubernetes.io/name", "name"),
        ("", ".metadata.labels['app.kubernetes.io/part-of']", "part-of"),
        ("", ".spec.containers[*].image", "Value"),
        ("Mine", ".spec.nodeName", "Mine"),
    ],
)
def test_return_adds_it_and_the_path_gives_a_name(
    editor: ColumnEditor, name: str, path: str, column: str
) -> None:
    wanted: list[tuple[str, str, str]] = []
    editor.wanted.connect(lambda *column: wanted.append(column))
    editor.begin(path, name)
    QTest.keyClick(editor.path, Qt.Key.Key_Return)
    assert wanted == [(column, path, "text")]


def test_what_cannot_be_read_is_said(
    table: TableController, draft: ColumnDraft, editor: ColumnEditor
) -> None:
    editor.begin(".spec.nodeName")
    assert editor.said == "Select a row to see its value."
    draft.look_at(table, table.model.get("prod/lost"))
    assert editor.said == "lost: the connection broke."
    assert add_button(editor).isEnabled()


def test_secret_values_are_not_previewed(table: TableController, draft: ColumnDraft) -> None:
    session = cast(Readable, table.session)
    session.objects["web"] = {"kind": "Secret", "metadata": {}, "data": {"password": "aHVudGVyMg=="}}
    draft.look_at(table, table.model.get("prod/web"))
    assert draft.preview("", ".data.password", "text").text == "<masked, 7 bytes>"


def test_escape_leaves(qtbot: QtBot, editor: ColumnEditor) -> None:
    editor.begin()
    with qtbot.waitSignal(editor.left):
        QTest.keyClick(editor.path, Qt.Key.Key_Escape)
    assert editor.isHidden()
