"""Problems in the window: the command opens one page, a line opens the object, a closed page is watched no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kdesk.app.panels import Panels
from kdesk.app.problems import Problems
from kdesk.kube.gvk import Resource
from kdesk.kube.table.rows import Row
from kdesk.ui.problems.page import ProblemsPage
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.problem_counts import ProblemCounts
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.commands import CommandError, CommandSet
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.program.settings import Settings
from tests.ui.shell import Shell
from tests.viewmodel.problem_doubles import PODS, FakeClock, FakeClusters, FakePulse, Session, go_live
from tests.viewmodel.problem_rows import pod


class Shown:
    """The panels, as far as problems know them."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, Resource, Row]] = []

    def show_row(self, session: object, resource: Resource, row: Row) -> None:
        self.rows.append((session, resource, row))


class Wired(Shell):
    def __init__(self) -> None:
        super().__init__()
        self.prod = Session()
        self.open_clusters, self.beats, self.clock = FakeClusters(), FakePulse(), FakeClock()
        self.open_clusters.sessions = {"prod": self.prod}
        self.shown, self.counts = Shown(), ProblemCounts()
        self.saved = 0
        self.settings = Settings()
        self.commands = CommandSet()
        self.problems = Problems(
            cast(Clusters, self.open_clusters),
            cast(Pulse, self.beats),
            cast(FrameClock, self.clock),
            self.window,
            cast(Panels, self.shown),
            self.theme,
            self.counts,
            settings=self.settings,
            save=self._save,
        )
        self.problems.register(self.commands)

    def _save(self) -> None:
        self.saved += 1

    def call(self, line: str) -> None:
        asyncio.run(self.commands.run(line))

    def settle(self) -> None:
        for _ in range(3):
            self.beats.beat.emit()
            self.clock.run()
        self.page.model.catch_up()  # on a slow machine it would take a rest first

    @property
    def page(self) -> Any:
        page = self.window.places.find_page("problems")
        assert isinstance(page, ProblemsPage)
        return page

    @property
    def shares(self) -> int:
        return sum(informer.shares for informer in self.prod.informers())


@pytest.fixture
def wired(qtbot: QtBot) -> Iterator[Wired]:
    made = Wired()
    made.window.show()
    qtbot.waitExposed(made.window)

    async def nothing() -> None:
        return

    made.run(nothing)  # the kubeconfigs are read: tabs are shown from now on
    made.problems.attach()
    yield made
    made.problems.close()
    made.end()


def test_before_the_core_is_there_it_says_so(qtbot: QtBot) -> None:
    made = Wired()
    with pytest.raises(CommandError, match="have not been read"):
        made.call("problems.open")
    made.problems.close()
    made.end()


def test_one_page_that_watches_while_it_is_there(wired: Wired) -> None:
    assert wired.shares == 0
    wired.call("problems.open")
    wired.call("problems.open crash")
    assert len(wired.window.places.pages) == 1
    assert wired.page.filter.text() == "crash"
    assert wired.shares == 4
    with pytest.raises(CommandError, match="colour"):
        wired.call("problems.open colour:red")
    wired.window.close_page(wired.page)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert wired.shares == 0


def test_enter_opens_the_object_and_the_menu_its_table(wired: Wired) -> None:
    tables: list[tuple[str, Resource]] = []
    wired.window.kind_wanted.connect(lambda cluster, resource: tables.append((cluster, resource)))
    wired.call("problems.open")
    go_live(wired.prod)
    wired.prod.informer(PODS).put(pod("web-1", "Error"))
    wired.settle()
    table = wired.page.table
    table.selectRow(0)
    assert wired.shown.rows == []  # a closed pane stays closed
    QTest.keyClick(table, Qt.Key.Key_Return)
    [(session, resource, row)] = wired.shown.rows
    assert (session, resource, row.key) == (wired.prod, PODS, "shop/web-1")
    table.table_wanted.emit(wired.page.current_item())
    assert tables == [("prod", PODS)]


def test_an_open_detail_pane_follows_a_person_to_the_page(wired: Wired) -> None:
    wired.call("problems.open")
    go_live(wired.prod)
    wired.prod.informer(PODS).put(pod("web-1", "Error"))
    wired.settle()
    wired.page.table.selectRow(0)
    other = QLabel("other")
    wired.window.open_page(other, "Other", "box")
    wired.window.attach_detail(QLabel("detail"))
    wired.window.docks.show_page(wired.page)
    assert wired.shown.rows == []  # a closed pane stays closed
    wired.window.docks.show_page(other)
    wired.window.show_detail(True)
    wired.window.docks.show_page(wired.page)
    assert [row.key for _, _, row in wired.shown.rows] == ["shop/web-1"]


def test_watching_always_is_a_setting(wired: Wired) -> None:
    command = wired.commands.get("problems.watch")
    assert command.checked is not None
    wired.call("problems.watch")
    assert (command.checked(), wired.settings.watch_problems, wired.saved, wired.shares) == (True, True, 1, 4)
    wired.call("problems.watch")
    assert (wired.settings.watch_problems, wired.saved, wired.shares) == (False, 2, 0)


def test_waiting_names_what_is_missing(wired: Wired) -> None:
    wired.call("problems.open")
    with pytest.raises(CommandError, match="pods on prod"):
        wired.call("problems.wait 0.1")
    go_live(wired.prod)
    wired.settle()
    wired.call("problems.wait 5")
