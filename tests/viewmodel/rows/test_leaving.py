"""Deleted rows stay for the time of a glow, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.table.rows import Change
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.glow import GLOW_SECONDS
from kdesk.viewmodel.rows.leaving import Leaving
from kdesk.viewmodel.rows.model import TableModel
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.pods import PODS, pod


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model(qtbot: QtBot) -> TableModel:
    made = TableModel()
    made.set_columns(PODS, namespaces=False)
    made.apply([(row.key, row) for row in map(pod, ("a", "b", "c"))], glow=False)
    return made


@pytest.fixture
def leaving(model: TableModel, clock: Clock) -> Iterator[Leaving]:
    owner = QObject()
    yield Leaving(model, owner, clock)
    owner.deleteLater()


def test_a_deleted_row_fades_and_goes(leaving: Leaving, model: TableModel, clock: Clock) -> None:
    assert leaving.sift([("prod/a", None), ("prod/z", None)], hold=True) == [("prod/z", None)]
    assert (leaving.of("prod/a"), leaving.of("prod/b"), len(leaving)) == (1.0, None, 1)
    clock.now = GLOW_SECONDS / 2
    leaving.sift([("prod/b", None)], hold=True)
    assert leaving.of("prod/a") == pytest.approx(0.5)
    leaving._let_go()
    assert model.total == 3
    clock.now = GLOW_SECONDS
    leaving._let_go()
    assert model.held() == ["prod/b", "prod/c"]
    assert leaving._timer.isActive()
    leaving.finish()
    assert (model.held(), len(leaving)) == (["prod/c"], 0)
    assert not leaving._timer.isActive()


def test_one_that_is_there_again_stays(leaving: Leaving, model: TableModel, clock: Clock) -> None:
    leaving.sift([("prod/a", None)], hold=True)
    again = [("prod/a", pod("a", uid="other"))]
    assert leaving.sift(again, hold=False) == again
    clock.now = GLOW_SECONDS * 2
    leaving._let_go()
    assert (leaving.of("prod/a"), model.total) == (None, 3)


@pytest.mark.parametrize(
    ("hold", "enabled", "hidden"), [(False, True, ""), (True, False, ""), (True, True, "b")]
)
def test_where_nobody_could_see_it_go_it_goes_at_once(
    leaving: Leaving, model: TableModel, hold: bool, enabled: bool, hidden: str
) -> None:
    leaving.enabled = enabled
    model.set_filter(hidden)
    assert leaving.sift([("prod/a", None)], hold=hold) == [("prod/a", None)]
    assert len(leaving) == 0


def test_a_crowd_goes_at_once(leaving: Leaving, model: TableModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kdesk.viewmodel.rows.leaving._MOST", 2)
    assert leaving.sift([(f"prod/{name}", None) for name in "abc"], hold=True) == [("prod/c", None)]


def test_in_a_table_it_counts_no_more_and_is_gone_when_hidden(qtbot: QtBot) -> None:
    session = StubSession()
    table = TableController(session.as_session(), POD, (), FrameClock())
    table.set_visible(True)
    session.put(pod("a"), pod("b"), pod("c"))
    session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: table.synced)
    queue = session.informers[0].queue
    assert queue is not None
    counts: list[int] = []
    table.count_changed.connect(lambda: counts.append(table.rows))
    queue.changed([Change("DELETED", pod("a"))])
    qtbot.waitUntil(lambda: table.rows == 2)
    assert (table.model.total, counts) == (3, [2])
    qtbot.waitUntil(lambda: table.model.total == 2)
    queue.changed([Change("DELETED", pod("b"))])
    qtbot.waitUntil(lambda: table.rows == 1)
    table.set_visible(False)
    assert (table.model.total, table.rows) == (1, 1)
    table.set_visible(True)
    queue.changed([Change("DELETED", pod("c"))])
    qtbot.waitUntil(lambda: table.rows == 0)
    table.rebind_part("prod", None)
    assert (table.model.total, table.rows) == (0, 0)
    table.close()
