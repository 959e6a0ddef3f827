"""Layouts in the window: saved, brought back, and what cannot come back says so in its tab."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kdesk.app.layout_tabs import TabWork
from kdesk.app.layouts import Layouts
from kdesk.kube.errors import ConnectionLost
from kdesk.ui.docks.area import Edge
from kdesk.ui.docks.group import Group
from kdesk.ui.window.pending_page import PendingPage
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.program.settings import Settings, WindowState
from kdesk.viewmodel.rows.order import SortBy
from tests.ui.shell import Shell, ShellView
from tests.viewmodel.doubles import NODES, PODS, WIDGETS, FakeSession
from tests.viewmodel.stages import nothing


class Model:
    def __init__(self) -> None:
        self.order: tuple[SortBy, ...] = ()

    def set_order(self, order: list[SortBy]) -> None:
        self.order = tuple(order)


class OrderedView(ShellView):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.model = Model()


class Arranged(Shell):
    def __init__(self) -> None:
        super().__init__()
        self.settings, self.saved = Settings(), 0
        self.commands = CommandSet()
        work = TabWork(self.clusters, self.views, self.window, self.theme, self.tasks)
        self.layouts = Layouts(self.window, work, self.commands.run, self.settings, self._save)
        self.layouts.register(self.commands)
        self.commands.add(Command("keys", "Keys", self._keys), Command("nothing", "Nothing", lambda _: None))

    def _view(self, *args: Any) -> Any:
        return OrderedView(*args)

    def _save(self) -> None:
        self.saved += 1

    def _keys(self, _: object) -> None:
        if self.window.places.find_page("keys") is None:
            page = QLabel("keys")
            page.setObjectName("keys")
            self.window.open_page(page, "Keys", "keyboard", again="keys")

    def call(self, line: str) -> None:
        asyncio.run(self.commands.run(line))

    @property
    def titles(self) -> list[list[str]]:
        return [_titles(group) for group in self.window.places.groups]

    def pending(self) -> list[PendingPage]:
        return [page for page in self.window.places.pages if isinstance(page, PendingPage)]


def _titles(group: Group) -> list[str]:
    return [group.tabText(at) for at in range(group.count())]


def words(page: QWidget) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel))


@pytest.fixture
def arranged(qtbot: QtBot) -> Iterator[Arranged]:
    made = Arranged()
    made.window.show()
    qtbot.waitExposed(made.window)
    yield made
    made.views.close_all()
    made.end()


def morning(arranged: Arranged) -> None:
    """pods of a and of b beside nodes of a and the keys; widgets of a in a window."""

    async def work() -> None:
        for name in ("a", "b"):
            await arranged.clusters.open(name)
            arranged.views.open(PODS, ("web",) if name == "b" else ())
        arranged.clusters.activate("a")
        for resource in (NODES, WIDGETS):
            arranged.views.open(resource, ())
        await arranged.commands.run("keys")

    arranged.run(work)
    view: Any = arranged.views.all[0]
    view.model.set_order([SortBy("RESTARTS", True), SortBy("NAME")])
    places, docks = arranged.window.places, arranged.window.docks
    docks.split(places.pages[2], Edge.RIGHT)
    docks.move_on(places.groups[0].pages[-1])
    docks.tear_off(places.groups[0].pages[-1])
    arranged.call("layout.save morning")


MORNING = [["pods · a", "pods · b"], ["nodes · a", "Keys"], ["widgets · a"]]


def test_what_was_saved_comes_back_with_namespaces_order_and_clusters(arranged: Arranged) -> None:
    morning(arranged)
    assert arranged.titles == MORNING
    assert arranged.saved == 1
    arranged.views.close_all()
    arranged.window.close_page(arranged.window.places.find_page("keys"))
    arranged.clusters.close("b")
    assert arranged.titles == [[]]
    arranged.call("layout.open morning")
    assert arranged.titles == MORNING
    first, second, *_ = (arranged.window.view_of(page) for page in arranged.window.places.pages)
    assert first is not None
    assert second is not None
    assert first.model.order == (SortBy("RESTARTS", True), SortBy("NAME"))
    assert second.namespaces == ("web",)
    assert arranged.pending() == []
    assert len(arranged.window.places.windows) == 1
    now, saved = arranged.layouts.current(), arranged.layouts.book.get("morning")
    assert [window.pane for window in now.windows] == [window.pane for window in saved.windows]


def test_tables_that_are_open_stay_and_others_close(arranged: Arranged) -> None:
    morning(arranged)
    kept = list(arranged.views.all)

    async def work() -> None:
        arranged.clusters.activate("b")
        arranged.views.open(NODES)

    asyncio.run(work())
    closed: Any = arranged.views.all[-1]
    arranged.call("layout.open morning")
    assert arranged.views.all == kept
    assert closed.closed
    assert arranged.titles == MORNING


def test_what_is_gone_says_so_in_its_tab_and_the_others_open(arranged: Arranged) -> None:
    morning(arranged)
    arranged.views.close_all()
    windows = arranged.settings.layouts["morning"]["windows"]
    windows[1]["pane"]["tabs"][0]["kind"] = "gadgets.example.com"
    windows[0]["pane"]["panes"][0]["tabs"][1]["clusters"] = ["gone"]
    windows[0]["pane"]["panes"][1]["tabs"][1]["command"] = "nothing"
    arranged.call("layout.open morning")
    assert arranged.titles == [["pods · a", "pods · gone"], ["nodes · a", "nothing"], ["gadgets · a"]]
    no_context, no_page, no_kind = arranged.pending()
    assert "There is no context gone" in words(no_context)
    assert "nothing opens none" in words(no_page)
    assert "There is no gadgets.example.com any more." in words(no_kind)
    arranged.call("layout.save again")
    assert arranged.layouts.book.get("again").tabs == arranged.layouts.book.get("morning").tabs


def test_a_cluster_that_does_not_answer_has_its_table_as_soon_as_it_does(arranged: Arranged) -> None:
    morning(arranged)
    arranged.views.close_all()
    arranged.clusters.close("b")

    def prepare(session: FakeSession) -> None:
        session.failure = ConnectionLost("no route to host")

    arranged.fleet.prepare = prepare
    arranged.call("layout.open morning")
    [page] = arranged.pending()
    assert "b is not open." in words(page)
    assert "b could not be opened: no route to host" in words(page)
    arranged.fleet.sessions["b"].failure = None
    places = arranged.window.places
    assert places.current is page
    typing = QLineEdit(arranged.window)
    typing.show()
    typing.setFocus()

    async def again() -> None:
        page.findChildren(QPushButton)[0].click()
        while arranged.pending():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(again(), 5))
    assert arranged.titles == MORNING
    assert places.current is places.pages[1]
    assert QApplication.focusWidget() is typing, "whoever types meanwhile goes on typing"


def test_wrong_names_are_said(arranged: Arranged) -> None:
    arranged.run(nothing)
    for line in ("layout.open x", "layout.delete x"):
        with pytest.raises(CommandError, match="No layout is saved"):
            arranged.call(line)
    arranged.settings.layouts["broken"] = {"windows": 3}
    for line, why in (
        ("layout.open x", "no layout is saved as 'x'"),
        ("layout.open broken", "makes no sense"),
    ):
        with pytest.raises(CommandError, match=why):
            arranged.call(line)
    arranged.call("layout.delete broken")
    assert arranged.settings.layouts == {}


def test_the_last_layout_comes_back_when_that_is_wanted(arranged: Arranged) -> None:
    morning(arranged)
    state = WindowState()
    arranged.layouts.remember(state)
    arranged.views.close_all()
    asyncio.run(arranged.layouts.resume(state))
    assert arranged.titles == [["Keys"]]
    arranged.call("start.last-layout")
    assert arranged.settings.last_layout
    asyncio.run(arranged.layouts.resume(state))
    assert arranged.titles == MORNING
    state.layout = {"windows": "none"}
    asyncio.run(arranged.layouts.resume(state))
    assert "makes no sense" in arranged.window.status.sentence
