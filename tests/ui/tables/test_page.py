"""A table's page: the bar says what is shown, how many and how fresh; where there are no rows it says why."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.table.rows import Change, Row
from kdesk.ui.look.theme import ROW_HEIGHTS, Theme, load_theme
from kdesk.ui.parts.picker import PickerPopup
from kdesk.ui.parts.state_page import StatePage
from kdesk.ui.tables.bar import TableBar
from kdesk.ui.tables.page import TablePage
from kdesk.ui.tables.skeleton import TableSkeleton
from kdesk.ui.tables.view import TableView
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.tables.controller import TableController
from tests.ui.stub_tables import NODE, POD, StubSession
from tests.viewmodel.pods import PODS, pod

ROW = ROW_HEIGHTS["normal"]


@pytest.fixture
def session() -> StubSession:
    return StubSession()


@pytest.fixture
def page(qtbot: QtBot, session: StubSession) -> Iterator[TablePage]:
    table = TableController(session.as_session(), POD, (), FrameClock())
    made = TablePage(table, Theme(load_theme("dark")), lambda: ["prod", "test"])
    qtbot.addWidget(made)
    made.resize(1000, 500)
    made.show()
    table.set_visible(True)
    yield made
    table.close()


def live(qtbot: QtBot, session: StubSession, page: TablePage, *rows: Row) -> None:
    session.put(*rows)
    session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: page.table.synced and page.table.rows == len(rows))


def body(page: TablePage) -> object:
    return page._body.currentWidget()


def state(page: TablePage) -> StatePage:
    found = body(page)
    assert isinstance(found, StatePage)
    return found


def press(page: TablePage, text: str) -> None:
    [button] = [b for b in state(page).findChildren(QPushButton) if b.isVisible() and b.text() == text]
    button.click()


def names(page: TablePage) -> list[str]:
    model = page.table.model
    return [model.row_at(place).name for place in range(model.rowCount())]


def test_the_first_rows_wait_for_no_frame(qtbot: QtBot, session: StubSession) -> None:
    clock = FrameClock(interval=60.0)
    table = TableController(session.as_session(), POD, (), clock)
    qtbot.waitUntil(lambda: clock.idle)  # the table has had its first frame, with nothing to show
    session.put(pod("web-1"))
    qtbot.waitUntil(lambda: table.rows == 1)
    table.close()


def test_rows_and_the_words_of_the_bar(qtbot: QtBot, session: StubSession, page: TablePage) -> None:
    live(qtbot, session, page, pod("web-1"), pod("web-2", namespace="test"))
    assert isinstance(body(page), TableView)
    texts = {label.text() for label in page.bar.findChildren(QLabel)}
    assert {"pods", "2"} <= texts
    assert page.bar.clusters.text() == "prod"
    assert page.bar.namespaces.text() == "all namespaces"
    assert page.bar.badge.accessibleName() == "State: live"


def test_a_skeleton_and_no_blank_while_the_first_rows_come(
    qtbot: QtBot, session: StubSession, page: TablePage
) -> None:
    assert not isinstance(body(page), TableSkeleton), "no word of waiting before its time"
    qtbot.waitUntil(lambda: isinstance(body(page), TableSkeleton))
    live(qtbot, session, page, pod("web-1"))
    assert isinstance(body(page), TableView)


def test_typing_filters_and_a_wrong_filter_says_why(
    qtbot: QtBot, session: StubSession, page: TablePage
) -> None:
    live(qtbot, session, page, pod("web-1"), pod("web-2"), pod("api-1"))
    page.view.setFocus()
    QTest.keyClicks(page.view, "/")
    assert page.bar.filter.hasFocus()
    QTest.keyClicks(page.bar.filter, "web")
    assert names(page) == ["web-1", "web-2"]
    assert page.bar.count_text == "2 of 3"
    page.set_filter("restrts>1")
    assert "no column 'restrts'" in page.filter_error
    assert names(page) == ["web-1", "web-2"]
    assert page.bar.filter.property("invalid") is True
    page.set_filter("nothing")
    assert (page.filter_error, state(page).sentence) == ("", "None of 3 pods matches the filter.")
    press(page, "Clear the filter")
    assert len(names(page)) == 3
    page.set_filter("web")
    QTest.keyClick(page.bar.filter, Qt.Key.Key_Escape)
    assert page.bar.filter.text() == ""
    QTest.keyClick(page.bar.filter, Qt.Key.Key_Escape)
    assert page.view.hasFocus()


def test_a_filter_typed_before_the_columns_are_known_is_taken_then(
    qtbot: QtBot, session: StubSession, page: TablePage
) -> None:
    page.set_filter("restarts>1")
    assert "not known yet" in page.filter_error
    live(qtbot, session, page, pod("a", restarts=5), pod("b"))
    assert (names(page), page.filter_error) == (["a"], "")


def test_an_empty_namespace_offers_the_others(qtbot: QtBot, session: StubSession, page: TablePage) -> None:
    page.table.set_namespaces(("nowhere",))
    session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: isinstance(body(page), StatePage))
    assert state(page).sentence == "There are no pods in the namespace nowhere."
    press(page, "Look in all namespaces")
    assert page.table.namespaces == ()


@pytest.mark.parametrize(
    ("state_now", "sentence", "button"),
    [
        (WatchState.FORBIDDEN, "You may not list pods in this cluster.", "Try again"),
        (WatchState.UNAUTHORIZED, "prod asks for a login.", "Log in again"),
        (WatchState.BACKOFF, "prod does not answer.", "Reconnect now"),
        (WatchState.GONE, "prod no longer serves pods.", "Look again"),
    ],
)
def test_where_nothing_can_be_shown_it_says_why(
    qtbot: QtBot, session: StubSession, page: TablePage, state_now: WatchState, sentence: str, button: str
) -> None:
    session.say(state_now, error="it was removed", since=time.time())
    qtbot.waitUntil(lambda: isinstance(body(page), StatePage))
    assert state(page).sentence == sentence
    press(page, button)
    assert session.informers[0].reconnects == 1
    assert session.logins == (state_now is WatchState.UNAUTHORIZED)


def test_rows_that_are_not_known_to_be_true_stay_greyed_with_the_reason(
    qtbot: QtBot, session: StubSession, page: TablePage
) -> None:
    live(qtbot, session, page, pod("web-1"))
    session.say(WatchState.BACKOFF, error="connection refused", since=time.time() - 60)
    qtbot.waitUntil(lambda: page.view._stale)
    assert isinstance(body(page), TableView)
    assert page._banner.isVisible()
    assert page._banner.text.startswith("Stale since ")
    assert "connection refused" in page._banner.text
    session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: not page.view._stale)
    assert not page._banner.isVisible()


def test_without_a_cluster_the_page_says_so(qtbot: QtBot, session: StubSession, page: TablePage) -> None:
    live(qtbot, session, page, pod("web-1"))
    page.table.rebind(None)
    assert state(page).sentence == "No cluster is connected."


def test_copying_rows(qtbot: QtBot, session: StubSession, page: TablePage) -> None:
    live(qtbot, session, page, pod("web-1"), pod("web-2", namespace="test"))
    page.view.setFocus()
    page.view.selectAll()
    clipboard = QGuiApplication.clipboard()
    QTest.keyClick(page.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == "web-1\nweb-2"

    def copied(label: str) -> str:
        menu = page.menu()
        assert isinstance(menu, QMenu)
        [action] = [action for action in menu.actions() if action.text() == label]
        action.trigger()
        return clipboard.text()

    assert copied("Copy namespace/name") == "prod/web-1\ntest/web-2"
    assert copied("Copy the rows with a header").splitlines()[0].startswith("NAMESPACE\tNAME\tREADY\tSTATUS")
    assert copied("Copy as a kubectl command").splitlines() == [
        "kubectl --context prod get pods web-1 -n prod",
        "kubectl --context prod get pods web-2 -n test",
    ]
    page.view.clearSelection()
    assert page.menu() is None


def test_the_object_is_opened_and_followed(qtbot: QtBot, session: StubSession, page: TablePage) -> None:
    live(qtbot, session, page, pod("web-1"), pod("web-2"))
    opened: list[Row] = []
    selected: list[Row | None] = []
    page.opened.connect(opened.append)
    page.selected.connect(selected.append)
    page.view.selectRow(1)
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    assert [row.name for row in opened] == ["web-2"]
    assert [row.name for row in selected if row] == ["web-2"]
    assert page.current_row() is opened[0]


def test_cluster_wide_kinds_have_no_namespaces(qtbot: QtBot, session: StubSession) -> None:
    table = TableController(session.as_session(), NODE, (), FrameClock())
    page = TablePage(table, Theme(load_theme("dark")), list)
    qtbot.addWidget(page)
    page.show()
    assert not page.bar.namespaces.isVisible()
    page.choose_namespaces()
    assert page.findChild(PickerPopup) is None
    table.close()


def popup(page: TablePage) -> PickerPopup:
    page.choose_namespaces()
    found = page.findChildren(PickerPopup)[-1]
    assert [found.list.item(at).text() for at in range(found.list.count())] == [
        "all namespaces",
        "prod",
        "test",
    ]
    return found


def test_namespaces_are_searched_typed_and_collected(
    qtbot: QtBot, session: StubSession, page: TablePage
) -> None:
    one = popup(page)
    QTest.keyClicks(one.search, "tes")
    QTest.keyClick(one.search, Qt.Key.Key_Return)
    chosen = [page.table.namespaces]
    assert page.bar.namespaces.text() == "test"
    several = popup(page)
    QTest.keyClick(several.search, Qt.Key.Key_Down)
    QTest.keyClick(several.search, Qt.Key.Key_Space)
    several.close()
    chosen.append(page.table.namespaces)
    unknown = popup(page)
    QTest.keyClicks(unknown.search, "hidden")
    assert unknown.list.item(0).text() == "Use “hidden”"
    QTest.keyClick(unknown.search, Qt.Key.Key_Return)
    chosen.append(page.table.namespaces)
    assert chosen == [("test",), ("test", "prod"), ("hidden",)]


def test_the_badge_tells_the_last_changes_and_reconnects(
    qtbot: QtBot, session: StubSession, page: TablePage
) -> None:
    live(qtbot, session, page, pod("web-1"))
    session.say(WatchState.BACKOFF, error="connection refused", since=time.time(), retry_at=time.time() + 4)
    qtbot.waitUntil(lambda: page.bar.badge.text().startswith("reconnecting"))
    page.bar.badge.click()
    shown = page.bar.badge._popup
    assert shown is not None
    told = [label.text() for label in shown.findChildren(QLabel)]
    assert "backoff" in told
    assert "connection refused" in told
    [button] = shown.findChildren(QPushButton)
    button.click()
    assert session.informers[0].reconnects == 1
    assert not shown.isVisible()


def test_a_deleted_row_fades_unless_motion_is_reduced(
    qtbot: QtBot, session: StubSession, page: TablePage
) -> None:
    live(qtbot, session, page, pod("web-1"), pod("web-2"), pod("web-3"))
    queue = session.informers[0].queue
    assert queue is not None

    def brightest() -> int:
        image = page.view.viewport().grab().toImage()
        column = [found.title for found in page.table.model.columns].index("NAME")
        left = page.view.columnViewportPosition(column)
        box = ((x, y) for x in range(left + 8, left + 50) for y in range(ROW + 4, 2 * ROW - 4))
        return max(image.pixelColor(x, y).lightness() for x, y in box)

    fresh = brightest()
    queue.changed([Change("DELETED", pod("web-2"))])
    qtbot.waitUntil(lambda: page.table.rows == 2)
    assert page.bar.count_text == "2"
    page.set_filter("web-3")
    assert page.bar.count_text == "1 of 2"
    page.set_filter("")
    assert names(page) == ["web-1", "web-2", "web-3"]
    qtbot.waitUntil(lambda: brightest() < fresh - 60)
    qtbot.waitUntil(lambda: names(page) == ["web-1", "web-3"])
    assert brightest() == fresh
    page._theme.use(page._theme.data, reduced_motion=True)
    queue.changed([Change("DELETED", pod("web-1"))])
    qtbot.waitUntil(lambda: page.table.rows == 1)
    assert names(page) == ["web-3"]


def test_the_focus_is_on_what_can_be_done(qtbot: QtBot, session: StubSession, page: TablePage) -> None:
    def focused() -> str:
        found = page.window().focusWidget()
        return found.text() if isinstance(found, QPushButton) else type(found).__name__

    page.setFocus()
    assert page.bar.count_text == "", "nobody knows how many there are"
    session.say(WatchState.FORBIDDEN, error="you may not")
    qtbot.waitUntil(lambda: focused() == "Try again")
    live(qtbot, session, page, pod("web-1"))
    assert focused() == "TableView"
    page.focus_filter()
    page.set_filter("nothing")
    assert focused() == "FilterEdit"
    page.bar.filter.left.emit()
    assert focused() == "Clear the filter"
    QTest.keyClick(page.window().focusWidget(), Qt.Key.Key_Space)
    assert focused() == "TableView"


def test_wide_columns_have_a_button(qtbot: QtBot, session: StubSession, page: TablePage) -> None:
    assert not page.bar.wide.isVisible()
    live(qtbot, session, page, pod("web-1"))
    page.bar.wide.click()
    assert [column.title for column in page.view.shown_columns()][-2:] == ["IP", "NODE"]
    page.view.columns.reset()
    assert not page.bar.wide.isChecked()
    page.table.model.set_columns(PODS[:3], namespaces=True)
    assert not page.bar.wide.isVisible()


@pytest.mark.parametrize("width", [1200, 760, 620, 480, 360])
def test_nothing_in_the_bar_lies_over_the_filter(qtbot: QtBot, width: int) -> None:
    bar = TableBar(Theme(load_theme("dark")), list, list, list)
    qtbot.addWidget(bar)
    bar.show_title("box", "widgets" * 9, ("a-cluster-of-a-long-name" * 4,))
    bar.resize(width, 60)
    bar.show()
    bar.show_count(50_003, 50_003, selected=12_345)
    qtbot.wait(1)
    line = bar.filter.parentWidget()
    assert line is not None
    parts = line.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    rects = [part.geometry() for part in parts if part.isVisible()]
    assert not [(a, b) for at, a in enumerate(rects) for b in rects[at + 1 :] if a.intersects(b)]
    assert all(line.rect().contains(rect) for rect in rects)
