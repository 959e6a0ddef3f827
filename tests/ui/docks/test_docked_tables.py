"""Tables in several groups and windows: those in front live, the others cost nothing, and a switch takes them all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from kdesk.app.commands.history import HistoryCommands
from kdesk.app.commands.tabs import TAB_MENU, TabCommands
from kdesk.app.panels import Panels
from kdesk.kube.engine.subscription import WatchState
from kdesk.ui.docks.area import Edge
from kdesk.ui.tables.page import TablePage
from kdesk.ui.window.menus import Menus
from kdesk.viewmodel.commands import CommandError, CommandSet
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.program.settings import Settings
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.shell import Shell
from tests.ui.stub_tables import StubSession
from tests.viewmodel.doubles import DEPLOYMENTS, NODES, PODS, FakeSession
from tests.viewmodel.pods import pod


class Docked(Shell):
    """Real tables and real pages, whose informers say what a test tells them. ``stubs``: by cluster, the newest."""

    def __init__(self) -> None:
        self.clock = FrameClock()
        self.stubs: dict[str, StubSession] = {}
        super().__init__()
        self.prepare = self._prepare

    def _prepare(self, session: FakeSession) -> None:
        stub = self.stubs[session.name] = StubSession(session.name)
        session.watch = stub.watch  # type: ignore[attr-defined]

    def _view(self, *args: Any) -> Any:
        session, resource, namespaces = args
        return TableController(session, resource, namespaces, self.clock)

    def _page(self, view: Any) -> QWidget:
        return TablePage(view, self.theme, list)

    def run_again(self, work: Any) -> None:
        """Without reading the kubeconfigs again."""
        asyncio.run(work())

    def show(self, qtbot: QtBot, *resources: Any) -> list[TableController]:
        async def work() -> None:
            await self.clusters.open("a")
            for resource in resources:
                self.views.open(resource, ())

        self.run(work)
        self.live("a", qtbot)
        return list(self.views.all)

    def live(self, name: str, qtbot: QtBot) -> None:
        stub = self.stubs[name]
        stub.put(pod("one"))
        stub.say(WatchState.LIVE)
        qtbot.waitUntil(lambda: all(view.synced for view in self.views.all) and self.clock.idle)

    def informer(self, view: TableController) -> Any:
        [(_, feed)] = view.parts.feeds()
        return feed.lease


@pytest.fixture
def docked(qtbot: QtBot) -> Iterator[Docked]:
    made = Docked()
    made.window.show()
    qtbot.waitExposed(made.window)
    yield made
    made.views.close_all()
    made.end()


def only(docked: Docked, view: TableController) -> StubSession:
    """The cluster, as far as this table hears of it."""
    stub = StubSession("a")
    stub.informers = [docked.informer(view)]
    return stub


def names(view: TableController) -> list[str]:
    return [view.model.row_at(place).name for place in range(view.model.rowCount())]


def test_one_in_front_of_each_group_is_live_and_the_others_arm_no_frame(docked: Docked, qtbot: QtBot) -> None:
    hidden, beside, torn = docked.show(qtbot, PODS, NODES, DEPLOYMENTS)
    docks, window = docked.window.docks, docked.window
    pages = [window.page(view) for view in (hidden, beside, torn)]
    assert all(pages)
    docks.split(pages[1], Edge.RIGHT)  # type: ignore[arg-type]
    docks.tear_off(pages[2])  # type: ignore[arg-type]
    assert [view.visible for view in (hidden, beside, torn)] == [True, True, True]
    docks.drop(pages[1], docked.window.places.groups[0], Edge.INSIDE)  # type: ignore[arg-type]
    assert [view.visible for view in (hidden, beside, torn)] == [False, True, True]
    qtbot.waitUntil(lambda: docked.clock.idle)
    for number in range(50):
        only(docked, hidden).put(pod(f"late-{number:02}"))
    assert docked.clock.idle, "events of a hidden table arm no frame"
    assert names(hidden) == ["one"]
    only(docked, torn).put(pod("two"))
    qtbot.waitUntil(lambda: names(torn) == ["one", "two"])
    assert names(hidden) == ["one"], "nor does it work in the frames of others"
    docks.show_page(pages[0])  # type: ignore[arg-type]
    assert [view.visible for view in (hidden, beside, torn)] == [True, False, True]
    qtbot.waitUntil(lambda: len(names(hidden)) == 51)


def test_a_switch_takes_the_leases_of_all_tables_in_the_same_call(docked: Docked, qtbot: QtBot) -> None:
    views = docked.show(qtbot, PODS, NODES, DEPLOYMENTS)
    pages = [docked.window.page(view) for view in views]
    docked.window.docks.split(pages[1], Edge.BOTTOM)  # type: ignore[arg-type]
    docked.window.docks.tear_off(pages[2])  # type: ignore[arg-type]
    old = [informer.queue for informer in docked.stubs["a"].informers]
    held: list[object] = []

    def note() -> None:
        held.append([len(view.parts.feeds()) for view in views])
        held.append([view.model.rowCount() for view in views])

    docked.clusters.retired.connect(note)  # after the tables have heard of it

    async def work() -> None:
        await docked.clusters.switch("b")

    docked.run_again(work)
    assert held == [[0, 0, 0], [0, 0, 0]]
    assert all(queue is not None and queue._closed for queue in old)
    assert [view.cluster for view in docked.views.all] == ["b", "b", "b"]
    docked.live("b", qtbot)
    titles = [group.tabText(0) for group in docked.window.places.groups]
    assert titles == ["pods · b", "nodes · b", "deployments · b"]
    assert [window.windowTitle() for window in docked.window.places.windows] == ["deployments · b – kdesk"]


def test_closing_the_cluster_closes_its_tables_in_every_window(docked: Docked, qtbot: QtBot) -> None:
    views = docked.show(qtbot, PODS, NODES)
    docked.window.docks.tear_off(docked.window.page(views[1]))  # type: ignore[arg-type]
    docked.clusters.close("a")
    assert docked.window.places.pages == []
    assert docked.window.places.windows == []


def test_splitting_makes_the_window_no_larger_and_a_narrow_bar_leaves_out_what_the_tab_says(
    docked: Docked, qtbot: QtBot
) -> None:
    views = docked.show(qtbot, PODS, NODES, DEPLOYMENTS)
    docked.window.resize(900, 700)
    size = docked.window.size()
    page = docked.window.page(views[0])
    assert isinstance(page, TablePage)
    docked.window.docks.show_page(page)
    assert "pods" in shown_texts(page.bar)
    for view in views[1:]:
        other = docked.window.page(view)
        assert other is not None
        docked.window.docks.show_page(page)
        docked.window.docks.split(page, Edge.LEFT)
        docked.window.docks.drop(other, docked.window.places.groups[0], Edge.RIGHT)
    QCoreApplication.processEvents()
    assert docked.window.size() == size
    assert page.bar.width() < 400
    assert shown_texts(page.bar) == [], "neither the kind nor the number of rows"
    assert page.bar.filter.isVisible()


def shown_texts(bar: QWidget) -> list[str]:
    return [label.text() for label in bar.findChildren(QLabel) if label.isVisible() and label.text()]


def test_commands_on_tabs_and_the_menu_of_a_tab(docked: Docked, qtbot: QtBot) -> None:
    docked.show(qtbot, PODS, NODES, DEPLOYMENTS)
    places = docked.window.places
    commands = CommandSet()
    TabCommands(docked.window).register(commands)

    def call(name: str) -> None:
        commands.get(name).run(())

    def texts() -> list[list[str]]:
        return [[group.tabText(at).split(" ")[0] for at in range(group.count())] for group in places.groups]

    assert commands.get("view.bring-back").enabled() == "It is in the main window."
    assert commands.get("view.move").enabled() == "There is only one group of tabs."
    call("view.split-right")
    assert texts() == [["pods", "nodes"], ["deployments"]]
    assert commands.get("view.split-down").enabled() == "There is no other tab in this group."
    call("view.move")
    assert texts() == [["pods", "nodes", "deployments"]]
    call("view.tear-off")
    assert texts() == [["pods", "nodes"], ["deployments"]]
    call("view.next-group")
    assert docked.views.current is docked.views.all[1]
    call("view.previous")
    assert docked.views.current is docked.views.all[0]
    call("view.close-others")
    assert texts() == [["pods"], ["deployments"]]
    call("view.next")
    call("view.bring-back")
    assert texts() == [["pods", "deployments"]]
    menus = Menus(docked.window, commands, lambda name, args: call(name), print, print)
    asked: list[QWidget] = []
    places.menu_wanted.connect(lambda page, at: asked.append(page))
    bar = places.front.tabBar()
    bar.customContextMenuRequested.emit(bar.tabRect(0).center())
    assert asked == [places.pages[0]]
    assert docked.views.current is docked.views.all[0]
    menu = menus.open_menu(TAB_MENU, docked.window.pos())
    assert [action.text() for action in menu.actions() if action.text()][:2] == [
        "Close page",
        "Close the other tabs",
    ]
    menu.close()
    call("view.close")
    assert texts() == [["deployments"]]


def test_a_page_is_closed_in_the_window_that_is_active(docked: Docked, qtbot: QtBot) -> None:
    _, nodes = docked.show(qtbot, PODS, NODES)
    window, places = docked.window, docked.window.places
    commands = CommandSet()
    TabCommands(window).register(commands)
    page = window.page(nodes)
    assert page is not None
    window.docks.tear_off(page)
    [torn] = places.windows

    def close_in(active: QWidget) -> None:
        active.activateWindow()
        qtbot.waitUntil(active.isActiveWindow)
        commands.get("view.close").run(())

    assert places.current is page
    close_in(window)
    assert docked.views.all == [nodes], "not the page of the other window"
    with pytest.raises(CommandError, match=r"^no page is open in the main window$"):
        close_in(window)
    places.go_home()
    assert not places.front.count()
    close_in(torn)
    assert docked.views.all == []
    with pytest.raises(CommandError, match=r"^no page is open$"):
        close_in(window)


def test_an_open_detail_pane_follows_a_person_from_group_to_group(
    docked: Docked, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = docked.show(qtbot, PODS, NODES)
    fronts: list[QWidget] = []
    docked.window.front_changed.connect(fronts.append)
    pages = [docked.window.page(view) for view in views]
    docked.window.docks.split(pages[1], Edge.RIGHT)  # type: ignore[arg-type]
    docked.window.docks.show_page(pages[0])  # type: ignore[arg-type]
    assert fronts[-1] is pages[0]
    shown: list[Any] = []
    panels = panels_of(docked, Settings(), lambda: None)
    monkeypatch.setattr(panels, "show_object", lambda view, row: shown.append(view))
    pane = QWidget()
    docked.window.attach_detail(pane)
    panels._show_front(pages[1])
    assert shown == [], "a closed one stays closed"
    docked.window.show_detail(True)
    panels._show_front(pages[1])
    assert shown == [views[1]]


def panels_of(docked: Docked, settings: Settings, save: Callable[[], None]) -> Panels:
    return Panels(
        docked.clusters,
        docked.views,
        docked.window,
        docked.clock,
        docked.theme,
        docked.tasks,
        settings,
        save=save,
    )


def test_how_states_are_compared_is_kept_in_the_settings(docked: Docked) -> None:
    settings, commands = Settings(), CommandSet()
    saved: list[bool] = []
    panels = panels_of(docked, settings, lambda: saved.append(settings.side_by_side))
    HistoryCommands(docked.window, panels).register(commands)
    for _ in range(2):
        asyncio.run(commands.run("diff.side-by-side"))
    assert saved == [True, False]
    settings.side_by_side = True
    assert panels_of(docked, settings, lambda: None).columns.two
