"""The page of a table of several clusters: who is in it, whose rows are grey, who is named."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.table.rows import Column, Row
from kdesk.ui.look.theme import ROW_HEIGHTS, Theme, load_theme
from kdesk.ui.parts.picker import PickerPopup
from kdesk.ui.parts.state_page import StatePage
from kdesk.ui.tables.page import TablePage
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.cluster_row import cluster_of
from kdesk.viewmodel.rows.order import SortBy
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.pods import PODS, pod

ROW = ROW_HEIGHTS["normal"]


@pytest.fixture
def sessions() -> list[StubSession]:
    return [StubSession("edge"), StubSession("prod")]


@pytest.fixture
def page(qtbot: QtBot, sessions: list[StubSession]) -> Iterator[TablePage]:
    table = TableController(sessions[0].as_session(), POD, (), FrameClock())
    made = TablePage(table, Theme(load_theme("dark")), lambda: ["prod"], lambda: ["edge", "prod", "spare"])
    qtbot.addWidget(made)
    made.resize(1000, 400)
    made.show()
    table.set_visible(True)
    table.set_clusters([session.as_session() for session in sessions])
    for session in sessions:
        del session.informers[:-1]
        session.put(pod("web-1"), pod("web-2"))
        session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: table.synced and table.freshness.word == "live")
    yield made
    table.close()


def lose(qtbot: QtBot, page: TablePage, session: StubSession) -> None:
    now = time.time()
    session.say(WatchState.BACKOFF, error="connection refused", since=now, retry_at=now + 4)
    qtbot.waitUntil(page._banner.isVisible)


def brightest(page: TablePage, place: int) -> int:
    """The lightest pixel of a row's NAME."""
    view = page.view
    image = view.viewport().grab().toImage()
    left = view.columnViewportPosition(2)
    box = ((x, y) for x in range(left + 8, left + 50) for y in range(place * ROW + 4, (place + 1) * ROW - 4))
    return max(image.pixelColor(x, y).lightness() for x, y in box)


def test_each_row_has_the_band_and_the_name_of_its_cluster(page: TablePage) -> None:
    image = page.view.viewport().grab().toImage()
    for place, cluster in enumerate(("edge", "prod")):
        assert page.table.model.index(place, 0).data() == cluster
        assert image.pixelColor(1, place * ROW + 12).name() == page._theme.cluster(cluster).name()
    assert page.bar.clusters.text() == "edge, prod"


def test_one_that_fails_greys_its_own_rows_and_is_named(
    qtbot: QtBot, page: TablePage, sessions: list[StubSession]
) -> None:
    fresh = [brightest(page, place) for place in range(2)]
    lose(qtbot, page, sessions[1])
    assert page._banner.text.startswith("prod: reconnecting in ")
    assert "connection refused" in page._banner.text
    assert brightest(page, 0) == fresh[0]
    assert brightest(page, 1) < fresh[1] - 40
    sessions[1].say(WatchState.LIVE)
    qtbot.waitUntil(lambda: not page._banner.isVisible())
    assert [brightest(page, place) for place in range(2)] == fresh


def test_the_badge_tells_each_cluster_and_reconnects_one(
    qtbot: QtBot, page: TablePage, sessions: list[StubSession]
) -> None:
    lose(qtbot, page, sessions[1])
    assert page.bar.badge.text().endswith("in 1 of 2 clusters")
    page.bar.badge.click()
    popup = page.bar.badge._popup
    assert popup is not None
    told = [label.text() for label in popup.findChildren(QLabel) if label.text()]
    assert "live" in told
    assert {"edge", "prod"} <= set(told)
    [again] = [button for button in popup.findChildren(QPushButton) if button.text() == "Reconnect"]
    again.click()
    assert [session.informers[0].reconnects for session in sessions] == [0, 1]
    assert not popup.isVisible()


def test_clusters_are_picked_beside_the_namespaces(page: TablePage) -> None:
    wanted: list[tuple[str, ...]] = []
    page.clusters_wanted.connect(wanted.append)
    page.bar.clusters.open()
    popup = page.findChildren(PickerPopup)[-1]
    lines = [popup.list.item(at).text() for at in range(popup.list.count())]
    assert lines == ["all open clusters", "edge", "prod", "spare"]
    QTest.keyClicks(popup.search, "spa")
    QTest.keyClick(popup.search, Qt.Key.Key_Space)
    popup.close()
    page.bar.clusters.open()
    popup = page.findChildren(PickerPopup)[-1]
    QTest.keyClicks(popup.search, "nowhere")
    assert popup.list.count() == 0, "a cluster that is not open cannot be typed in"
    popup.close()
    page.bar.clusters.open()
    popup = page.findChildren(PickerPopup)[-1]
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert wanted == [("edge", "prod", "spare"), ()]


def test_where_there_are_no_rows_it_says_of_which(
    qtbot: QtBot, page: TablePage, sessions: list[StubSession]
) -> None:
    page.table.set_namespaces(("nowhere",))
    for session in sessions:
        session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: isinstance(page._body.currentWidget(), StatePage))
    page.table.set_namespaces(())
    for session in sessions:
        del session.informers[:-1]
    sessions[0].say(WatchState.LIVE)
    sessions[1].say(WatchState.FORBIDDEN, error="you may not")

    def said() -> str:
        found = page._body.currentWidget()
        return found.sentence if isinstance(found, StatePage) else ""

    qtbot.waitUntil(lambda: said() == "You may not list pods in prod.")


def test_objects_with_one_uid_are_selected_apart(page: TablePage) -> None:
    view, model = page.view, page.table.model
    assert model.row_at(0).uid == model.row_at(1).uid, "restored from one copy"
    chosen: list[tuple[str, str]] = []

    def choose(row: Row | None) -> None:
        if row is not None:
            chosen.append((cluster_of(row), row.name))

    view.selected.connect(choose)
    view.selectRow(0)
    view.selectRow(1)
    assert chosen == [("edge", "web-1"), ("prod", "web-1")]
    model.set_order([SortBy("CLUSTER", descending=True)])
    assert [(cluster_of(row), row.name) for row in view.selected_rows()] == [("prod", "web-1")]
    view.selectAll()
    model.set_filter("web-2")
    model.set_filter("")
    assert len(view.selected_rows()) == 4


@pytest.mark.parametrize("by_second_columns", [False, True])
def test_a_selection_outlives_merging_and_parting(
    qtbot: QtBot, page: TablePage, sessions: list[StubSession], by_second_columns: bool
) -> None:
    table, view = page.table, page.view
    lost: list[Row | None] = []

    def show(*wanted: StubSession, columns: tuple[Column, ...] = PODS) -> None:
        for session in sessions:
            session.informers.clear()
        table.set_clusters([session.as_session() for session in wanted])
        assert table.model.rowCount() == 0, "the rows go, and come again"
        wanted[0].put(pod("web-1"), pod("web-2"), pod("web-3"))
        wanted[0].say(WatchState.LIVE)
        qtbot.waitUntil(lambda: table.model.rowCount() == 3)
        for session in wanted[1:]:
            session.put(pod("web-1"), pod("web-2"), columns=columns)
            session.say(WatchState.LIVE)
        qtbot.waitUntil(lambda: table.synced)

    def picked() -> list[tuple[str, str]]:
        return [(cluster_of(row), row.name) for row in view.selected_rows()]

    show(sessions[0])
    view.selection.select([0, 2])
    view.selected.connect(lost.append)
    columns = (*PODS[:1], Column("Extra"), *PODS[1:]) if by_second_columns else PODS
    show(*sessions, columns=columns)
    assert picked() == [("edge", "web-1"), ("edge", "web-3")]
    assert page.view.selection.count == 2
    current = view.current_row()
    assert current is not None
    assert (cluster_of(current), current.name) == ("edge", "web-1")
    view.selection.select([1, 2])
    assert picked() == [("prod", "web-1"), ("edge", "web-2")]
    del lost[:]
    show(sessions[0])
    assert picked() == [("", "web-2")], "those of a cluster that went are not those of the one that stays"
    assert lost == [None], "the current row was of the other cluster"
