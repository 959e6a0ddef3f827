"""A table in which much happens still does at once what a person asks of it."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.order import SortBy
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.pods import pod

MANY = 40_000


def test_rows_that_change_wait_until_another_order_is_there(qtbot: QtBot) -> None:
    session = StubSession()
    table = TableController(session.as_session(), POD, (), FrameClock(budget=0.0001))
    table.set_visible(True)
    session.put(pod("web-0"))
    qtbot.waitUntil(lambda: table.rows == 1)
    rows = [pod(f"web-{number}", status="Running" if number % 2 else "Pending") for number in range(MANY)]
    table.model.apply([(row.key, row) for row in rows], glow=False)
    ordered: list[str] = []

    def note() -> None:
        changed = table.model.get("prod/web-1")
        assert changed is not None
        ordered.append(str(changed.cells[2]))

    table.model.order_changed.connect(note)
    table.model.set_order([SortBy("STATUS")])
    assert ordered == []
    session.put(pod("web-1", status="Failed"))
    qtbot.waitUntil(lambda: ordered == ["Running"])
    qtbot.waitUntil(lambda: table.model.place("prod/web-1") == 0)
    table.close()
