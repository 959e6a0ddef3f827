"""A closed table leaves nothing behind: not its page, not its model, not one of its rows."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any, cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kdesk.app.own_columns import OwnColumnsWork
from kdesk.app.panels import Panels
from kdesk.kube.engine.subscription import WatchState
from kdesk.ui.tables.page import TablePage
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.program.settings import Settings
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.shell import Shell
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.doubles import PODS
from tests.viewmodel.pods import pod


class RealTables(Shell):
    """The window with the real table and page, wired as the program wires them."""

    def __init__(self) -> None:
        self.prod, self.clock = StubSession(), FrameClock()
        super().__init__()
        self.panels = Panels(
            self.clusters,
            self.views,
            self.window,
            self.clock,
            self.theme,
            cast(Any, self.tasks),
            Settings(),
            save=lambda: None,
        )
        self.own_columns = OwnColumnsWork(
            self.views,
            self.window,
            self.clock,
            cast(Any, self.tasks),
            self.theme,
            Settings(),
            save=lambda: None,
        )
        self.own_columns.attach()

    def _view(self, *args: Any) -> Any:
        return TableController(self.prod.as_session(), POD, (), self.clock)

    def _page(self, view: Any) -> QWidget:
        page = TablePage(view, self.theme, tuple)
        page.clusters_wanted.connect(lambda names: self.lines.append(f"{view.view_id} {names}"))
        self.panels.connect_page(page, view)
        return page


@pytest.fixture
def real(qtbot: QtBot) -> Iterator[RealTables]:
    made = RealTables()
    made.window.show()
    qtbot.waitExposed(made.window)
    yield made
    made.own_columns.close()
    made.end()


def test_a_closed_table_is_gone_with_its_page_and_its_rows(real: RealTables, qtbot: QtBot) -> None:
    async def open_one() -> None:
        await real.clusters.open("a")
        real.views.open(PODS)

    real.run(open_one)
    [view] = real.views.all
    real.prod.put(*(pod(f"web-{number}") for number in range(100)))
    real.prod.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: real.views.all[0].synced)
    page = real.window.page(view)
    assert isinstance(page, TablePage)
    page.set_filter("web")
    remains = [weakref.ref(one) for one in (view, view.model, page, page.view, page.bar)]
    real.prod.informers.clear()
    real.views.close(view)
    del view, page
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [one() for one in remains] == [None] * len(remains)
