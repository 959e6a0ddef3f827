"""The side pane: what it shows in each state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.history.book import RevisionBook
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.objects.detail_pane import DetailPane
from kdesk.ui.parts.skeleton import TextSkeleton
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.detail import Detail, DetailState
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from tests.viewmodel.stub_cluster import DEPLOYMENTS, PODS, SECRETS, StubSession, added, deleted, row


@dataclass
class Scene:
    detail: Detail
    pane: DetailPane
    session: StubSession

    def texts(self) -> list[str]:
        return [label.text() for label in self.pane.findChildren(QLabel) if label.isVisible()]

    def yaml(self) -> str:
        return self.pane.yaml.view.toPlainText() if self.pane.yaml.isVisible() else ""


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    detail = Detail(FrameClock(interval=0.002))
    pane = DetailPane(detail, Theme(load_theme("dark")), DiffColumns())
    qtbot.addWidget(pane)
    pane.resize(460, 600)
    pane.show()
    yield Scene(detail, pane, StubSession("prod-eu"))
    detail.dispose()


def go_live(scene: Scene, qtbot: QtBot) -> None:
    scene.detail.show(scene.session.real, PODS, row("web"))
    scene.session.leases[-1].tell(added(row("web", spec={"n": 1})))
    scene.session.leases[-1].say(WatchState.LIVE, synced=True)
    qtbot.waitUntil(lambda: scene.detail.state is DetailState.LIVE)


def test_a_skeleton_then_the_object(qtbot: QtBot, scene: Scene) -> None:
    scene.detail.show(scene.session.real, PODS, row("web"))
    [skeleton] = scene.pane.findChildren(TextSkeleton)
    assert skeleton.isVisible()
    assert {"web", "Pod  ·  shop  ·  prod-eu", "loading"} <= set(scene.texts())
    go_live(scene, qtbot)
    scene.session.leases[-1].tell(added(row("web", spec={"n": 1})))
    qtbot.waitUntil(lambda: "n: 1" in scene.yaml())
    assert "live" in scene.texts()


def test_a_deleted_object_is_said_to_be_above_its_last_state(qtbot: QtBot, scene: Scene) -> None:
    go_live(scene, qtbot)
    scene.session.leases[-1].tell(deleted(row("web")))
    qtbot.waitUntil(lambda: any(text.startswith("Deleted at") for text in scene.texts()))
    assert "deleted" in scene.texts()
    assert "n: 1" in scene.yaml()


def test_a_lost_connection_offers_to_try_now(qtbot: QtBot, scene: Scene) -> None:
    go_live(scene, qtbot)
    lease = scene.session.leases[-1]
    lease.say(WatchState.BACKOFF, error="connection refused", synced=True)
    qtbot.waitUntil(lambda: scene.detail.state is DetailState.STALE)
    [button] = [b for b in scene.pane.findChildren(QPushButton) if b.isVisible() and b.text() == "Try now"]
    button.click()
    assert lease.reconnects == 1


def test_what_may_not_be_read_is_a_page_with_the_reason(qtbot: QtBot, scene: Scene) -> None:
    scene.detail.show(scene.session.real, PODS, row("web"))
    scene.session.leases[-1].say(WatchState.FORBIDDEN, error='jane may not list pods in "shop"')
    qtbot.waitUntil(lambda: 'Jane may not list pods in "shop".' in scene.texts())
    assert not scene.yaml()


def test_the_widget_never_holds_a_secret_value(qtbot: QtBot, scene: Scene) -> None:
    scene.detail.show(scene.session.real, SECRETS, row("db"))
    scene.session.leases[-1].tell(added(row("db", data={"password": "aHVudGVyMg=="})))
    scene.session.leases[-1].say(WatchState.LIVE, synced=True)
    qtbot.waitUntil(lambda: "<masked, 7 bytes>" in scene.yaml())
    assert "aHVudGVyMg" not in scene.pane.yaml.view.toPlainText()
    shown = scene.pane.yaml.view.shown
    assert shown is not None
    assert "aHVudGVyMg" not in shown.text


def test_escape_ends_the_search_first_and_then_the_pane(qtbot: QtBot, scene: Scene) -> None:
    go_live(scene, qtbot)
    scene.pane.activateWindow()
    scene.pane.yaml.find_bar.begin()
    QTest.keyClick(scene.pane.yaml.find_bar._text, Qt.Key.Key_Escape)
    assert not scene.pane.yaml.find_bar.isVisible()
    with qtbot.waitSignal(scene.pane.closed, timeout=2_000):
        QTest.keyClick(scene.pane.yaml.view, Qt.Key.Key_Escape)
    assert scene.detail.state is DetailState.EMPTY
    assert scene.session.leases[-1].released


def test_the_timeline_watches_for_the_object_while_its_tab_is_in_front(qtbot: QtBot, scene: Scene) -> None:
    go_live(scene, qtbot)
    book = scene.session.book = RevisionBook("prod-eu")
    alone = len(scene.session.leases)
    scene.pane.show_timeline(True)
    assert scene.pane.timeline.isVisible()
    assert scene.pane.timeline_shown
    scene.detail.show(scene.session.real, DEPLOYMENTS, row("api"))
    watched = [lease.spec.resource for lease in scene.session.leases[alone:] if not lease.released]
    assert watched == [PODS, DEPLOYMENTS]
    scene.pane.show_timeline(False)
    assert [lease.spec.resource for lease in scene.session.leases if not lease.released] == [DEPLOYMENTS]
    book.stop()
