"""The window: which page is in the middle, what tabs do, what is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QTreeWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kdesk.kube.errors import ConnectionLost
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.ui.window.centre import as_sentence
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.clusters.opener import ContextError
from kdesk.viewmodel.program.settings import WindowState
from tests.ui.shell import Shell
from tests.viewmodel.doubles import NODES, PODS, FakeSession, context, report
from tests.viewmodel.stages import nothing


@pytest.fixture
def shell(qtbot: QtBot) -> Iterator[Shell]:
    shell = Shell()
    shell.window.show()
    qtbot.waitExposed(shell.window)
    yield shell
    shell.end()


def visible_texts(page: QWidget) -> str:
    labels = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    buttons = [button.text() for button in page.findChildren(QPushButton) if button.isVisible()]
    return "\n".join(labels + buttons)


def test_without_a_kubeconfig_the_demo_is_offered_and_the_places_are_named(shell: Shell) -> None:
    shell.listed = []
    shell.run(nothing)
    assert shell.window.centre.currentWidget() is shell.window.centre.welcome
    texts = visible_texts(shell.window)
    assert "Try the demo clusters" in texts
    assert "/kc  (not there)" in texts
    assert not shell.window.clusters_shown
    primary = [b for b in shell.window.centre.welcome.findChildren(QPushButton) if b.property("primary")]
    assert len(primary) == 1
    shell.window.centre.welcome.setFocus()
    assert shell.window.focusWidget() is primary[0], "Return begins"
    primary[0].click()
    assert shell.lines == ["demo.start"]


def test_a_kubeconfig_that_cannot_be_read_is_not_called_missing(shell: Shell, tmp_path: Path) -> None:
    broken = tmp_path / "config"
    broken.write_text("clusters: [")
    welcome = shell.window.centre.welcome
    welcome.show_places([f"{broken}  (cannot be read)"], [f"{broken}, line 1: not YAML."])
    shell.listed = []
    welcome.show()
    texts = [label.text() for label in welcome.findChildren(QLabel) if not label.isHidden()]
    assert any(text.startswith("Your kubeconfig cannot be read") for text in texts)
    assert f"{broken}, line 1: not YAML." in texts
    welcome.show_places([])
    texts = [label.text() for label in welcome.findChildren(QLabel) if not label.isHidden()]
    assert any(text.startswith("There is no kubeconfig yet") for text in texts)
    assert not any("not YAML" in text for text in texts)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("connection refused", "Connection refused."),
        ("https://a answered with a web page: a proxy?", "https://a answered with a web page: a proxy?"),
    ],
)
def test_a_reason_becomes_a_sentence_and_an_address_stays_one(said: str, shown: str) -> None:
    assert as_sentence(said) == shown


def test_tab_goes_through_the_bar_of_a_page(shell: Shell, qtbot: QtBot) -> None:
    page = QWidget()
    field, rows = QLineEdit(page), QTreeWidget(page)
    box = QVBoxLayout(page)
    box.addWidget(field)
    box.addWidget(rows)
    page.setFocusProxy(rows)
    shell.run(nothing)
    shell.window.open_page(page, "Page", "box")
    qtbot.waitUntil(rows.hasFocus)
    seen = []
    for _ in range(30):
        QTest.keyClick(shell.window.focusWidget() or shell.window, Qt.Key.Key_Tab)
        seen.append(shell.window.focusWidget())
        if seen[-1] is rows:
            break
    assert seen[-2:] == [field, rows]
    QTest.keyClick(rows, Qt.Key.Key_Backtab)
    assert field.hasFocus()


def test_with_nothing_open_the_current_context_is_offered(shell: Shell) -> None:
    shell.run(nothing)
    assert "No cluster is open." in visible_texts(shell.window)
    button = next(b for b in shell.window.centre.state.findChildren(QPushButton) if b.text() == "Open a")
    button.click()
    assert shell.lines == ["context.open a"]
    assert shell.window.clusters_shown


def test_when_no_context_can_be_used_the_demo_is_offered(shell: Shell) -> None:
    shell.listed = [context("x", problem="no CA")]
    shell.run(nothing)
    assert "None of the contexts can be used." in visible_texts(shell.window)


def test_a_cluster_that_fails_says_why_and_offers_to_try_again(shell: Shell) -> None:
    def prepare(session: FakeSession) -> None:
        session.failure = ConnectionLost("connection refused")

    shell.prepare = prepare

    async def work() -> None:
        with pytest.raises(ContextError):
            await shell.clusters.open("a")

    shell.run(work)
    texts = visible_texts(shell.window.centre)
    assert "a could not be opened." in texts
    assert "Connection refused." in texts
    next(b for b in shell.window.centre.state.findChildren(QPushButton) if b.text() == "Try again").click()
    assert shell.lines == ["context.open a"]


def test_a_table_is_a_tab_with_its_kind_and_cluster(shell: Shell) -> None:
    async def work() -> None:
        await shell.clusters.open("a")
        shell.views.open(PODS, ())

    shell.run(work)
    assert shell.window.centre.currentWidget() is shell.window.places.area
    tabs = shell.window.places.front
    assert [tabs.tabText(at) for at in range(tabs.count())] == ["pods · a"]
    assert shell.window.windowTitle() == "a – kdesk"
    assert tabs.tabBar().tabData(0) == ("a",)


def test_only_the_page_in_front_is_kept_up_to_date_and_its_cluster_is_active(shell: Shell) -> None:
    async def work() -> None:
        await shell.clusters.open("a")
        shell.views.open(PODS, ())
        await shell.clusters.open("b")
        shell.views.open(NODES)

    shell.run(work)
    views: list[Any] = list(shell.views.all)
    assert [view.visible for view in views] == [False, True]
    assert shell.clusters.active == "b"
    shell.window.places.front.setCurrentIndex(0)
    assert [view.visible for view in views] == [True, False]
    assert shell.clusters.active == "a"
    assert shell.views.current is views[0]
    shell.window.docks.step(1)
    assert shell.views.current is views[1]
    shell.window.docks.step(1)
    assert shell.views.current is views[0]


def test_closing_a_tab_closes_its_table(shell: Shell) -> None:
    async def work() -> None:
        await shell.clusters.open("a")
        shell.views.open(PODS, ())

    shell.run(work)
    view: Any = shell.views.all[0]
    shell.window.places.closing.emit(shell.window.places.current)
    assert view.closed
    assert shell.views.all == []
    assert shell.window.places.pages == []
    assert "Show pods" in visible_texts(shell.window.centre)


def test_after_a_switch_the_tabs_name_the_new_cluster(shell: Shell) -> None:
    async def work() -> None:
        await shell.clusters.open("a")
        view: Any = shell.views.open(PODS, ())
        await shell.clusters.switch("b")
        view.freshness_changed.emit()

    shell.run(work)
    assert shell.window.places.front.tabText(0) == "pods · b"
    assert shell.window.windowTitle() == "b – kdesk"


def test_a_switch_that_fails_shows_the_reason_instead_of_empty_tables(shell: Shell) -> None:
    def prepare(session: FakeSession) -> None:
        if session.name == "b":
            session.failure = ConnectionLost("no route to host")

    shell.prepare = prepare

    async def work() -> None:
        await shell.clusters.open("a")
        shell.views.open(PODS, ())
        with pytest.raises(ContextError):
            await shell.clusters.switch("b")

    shell.run(work)
    assert "No route to host." in visible_texts(shell.window.centre)

    async def again() -> None:
        shell.fleet.sessions["b"].failure = None
        await shell.clusters.open("b")

    asyncio.run(again())
    assert shell.window.centre.currentWidget() is shell.window.places.area


def test_files_dropped_on_the_window_are_added(shell: Shell, tmp_path: Path) -> None:
    dropped: list[list[str]] = []
    shell.window.files_dropped.connect(dropped.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "config"))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    shell.window.dropEvent(event)
    assert dropped == [[str(tmp_path / "config")]]


def test_escape_closes_the_detail_pane(shell: Shell) -> None:
    pane = QLabel("detail")
    shell.window.attach_detail(pane)
    shell.window.show_detail(True)
    QTest.keyClick(shell.window, Qt.Key.Key_Escape)
    assert shell.lines == ["detail.close"]


def test_geometry_and_splitters_are_remembered(shell: Shell) -> None:
    shell.window.attach_activity(QLabel("events"))
    shell.window.attach_detail(QLabel("detail"))
    shell.window.resize(700, 600)
    state = WindowState()
    shell.window.remember(state)
    again = MainWindow(shell.theme, state.geometry, state.side)
    assert (again.width(), again.height()) == (700, 600)
    again.deleteLater()
    shell.window.resize(600, 500)
    shell.inside.restore(state.splitters)
    assert shell.inside.splitters()["middle"] == state.splitters["middle"]
    assert shell.window.activity is not None
    assert shell.window.activity.isHidden()


def test_what_was_remembered_wrongly_does_no_harm(shell: Shell) -> None:
    shell.inside.restore({"across": "ü", "gone": ""})
    assert shell.window.isVisible()
    assert MainWindow(shell.theme, "nonsense").width() == 1440


def test_closing_the_window_is_told_once(shell: Shell) -> None:
    closed: list[bool] = []
    shell.window.closing.connect(lambda: closed.append(True))
    shell.window.close()
    assert closed == [True]


def test_the_status_bar_counts_and_opens_diagnostics(shell: Shell) -> None:
    async def work() -> None:
        await shell.clusters.open("a")

    shell.run(work)
    assert "1 cluster open" in shell.window.status._figures.text(), "nothing is watched that would tell"
    shell.fleet.made[0].informers = [report()]
    shell.pulse.read()
    shell.window.status.refresh()
    assert "1 cluster live" in shell.window.status._figures.text()
    shell.window.status._figures.click()
    assert shell.lines == ["diagnostics.open"]
    shell.window.status.say("Something failed.", bad=True)
    assert shell.window.status.sentence == "Something failed."
    shell.window.status.say("")
    assert shell.window.status.sentence == ""


def test_the_status_bar_does_not_call_open_what_failed(shell: Shell) -> None:
    def prepare(session: FakeSession) -> None:
        session.failure = ConnectionLost("connection refused")

    shell.prepare = prepare

    async def work() -> None:
        with pytest.raises(ContextError):
            await shell.clusters.open("a")

    shell.run(work)
    shell.window.status.refresh()
    assert "No cluster open · 1 failed" in shell.window.status._figures.text()


def test_a_tree_that_was_hidden_stays_hidden_when_files_are_read_again(shell: Shell) -> None:
    shell.run(nothing)
    shell.window.show_clusters(False)
    shell.clusters.listed.emit()
    assert not shell.window.clusters_shown


def test_a_kind_of_the_tree_opens_in_the_main_window_whoever_works_in_a_torn_off_one(shell: Shell) -> None:
    async def work() -> None:
        await shell.clusters.open("a")
        shell.views.open(PODS, ())
        shell.views.open(NODES)

    shell.run(work)
    places = shell.window.places
    shell.window.docks.tear_off(places.pages[1])
    fronts: list[object] = []
    shell.window.kind_wanted.connect(lambda name, kind: fronts.append(places.front))
    shell.window.tree.activated_kind.emit("a", NODES)
    assert fronts == [places.area.groups[0]]


def test_torn_off_windows_vanish_and_close_with_the_main_one(shell: Shell) -> None:
    async def work() -> None:
        await shell.clusters.open("a")
        shell.views.open(PODS, ())

    shell.run(work)
    shell.window.docks.tear_off(shell.window.places.pages[0])
    [torn] = shell.window.places.windows
    assert torn.isVisible()
    shell.window.vanish()
    assert not torn.isVisible()
    torn.show()
    shell.window.close()
    assert not torn.isVisible()


def test_a_long_sentence_of_the_status_bar_is_cut_where_one_sees_it(shell: Shell) -> None:
    sentence = "The connection failed: " + "it took too long, " * 40
    shell.window.status.say(sentence)
    assert shell.window.status.sentence == sentence
    assert isinstance(shell.window.status._message, ElidedLabel)
    assert shell.window.status._message.toolTip() == sentence
    assert shell.window.minimumSizeHint().width() < 1440
