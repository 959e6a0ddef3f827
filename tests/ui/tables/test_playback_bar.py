"""The controls of a table's past: what they say, what they do, and that nothing calls the past live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from kdesk.app.playback import PlaybackWork
from kdesk.kube.engine.subscription import WatchState
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.tables.page import TablePage
from kdesk.ui.tables.playback_bar import PastFrame, PlaybackBar, past_freshness
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.playback import Playback
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.pods import pod


@dataclass
class Scene:
    session: StubSession
    page: TablePage
    playback: Playback
    bar: PlaybackBar
    frame: PastFrame

    def names(self) -> list[str]:
        model = self.page.table.model
        return [model.row_at(place).name for place in range(model.rowCount())]

    def button(self, name: str) -> QToolButton:
        return next(each for each in self.bar.findChildren(QToolButton) if each.accessibleName() == name)

    def texts(self) -> list[str]:
        return [label.text() for label in self.page.findChildren(QLabel) if label.isVisible()]


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    clock, theme, session = FrameClock(), Theme(load_theme("dark")), StubSession()
    table = TableController(session.as_session(), POD, (), clock)
    page = TablePage(table, theme, list)
    qtbot.addWidget(page)
    page.resize(900, 400)
    page.show()
    table.set_visible(True)
    session.put(pod("web-1"))
    session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: table.synced)
    session.put(pod("web-2"))
    session.put(pod("web-3"))
    qtbot.waitUntil(lambda: table.rows == 3)
    past = PlaybackWork.equip(page, theme)
    yield Scene(session, page, past.playback, past.bar, past.frame)
    past.playback.close()
    table.close()


def test_it_is_there_only_in_the_past(qtbot: QtBot, scene: Scene) -> None:
    assert not scene.bar.isVisible()
    assert not scene.frame.isVisible()
    scene.playback.enter()
    assert scene.bar.isVisible()
    assert scene.frame.isVisible()
    assert scene.frame.geometry() == scene.page.rect()
    scene.page.resize(700, 300)
    assert scene.frame.geometry() == scene.page.rect()
    scene.bar.live.click()
    assert not scene.bar.isVisible()
    assert not scene.frame.isVisible()


def test_the_header_says_when_and_never_live(qtbot: QtBot, scene: Scene) -> None:
    badge = scene.page.bar.badge
    qtbot.waitUntil(lambda: badge.text() == "live")
    scene.playback.enter()
    scene.playback.go_to(scene.playback.begins)
    clock = time.strftime("%H:%M:%S", time.localtime(scene.playback.moment))
    assert badge.text().startswith(f"{clock}, ")
    assert any(text.startswith(f"{clock}.") for text in scene.texts())
    scene.session.say(WatchState.BACKOFF, error="lost")
    qtbot.waitUntil(lambda: scene.page.table.state is WatchState.BACKOFF)
    qtbot.wait(100)
    assert badge.text().startswith(f"{clock}, ")
    assert not any("econnecting" in text for text in scene.texts()), "the banner speaks of the present"
    scene.playback.leave()
    qtbot.waitUntil(lambda: "reconnecting" in badge.text())


def test_escape_closes_what_is_open_over_the_page_first(qtbot: QtBot, scene: Scene) -> None:
    scene.playback.enter()
    QTest.mouseClick(scene.page.bar.badge, Qt.MouseButton.LeftButton)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert scene.playback.active
    scene.page.view.setFocus()
    QTest.keyClick(scene.page.view, Qt.Key.Key_Escape)
    assert not scene.playback.active


def test_buttons_and_keys_step(qtbot: QtBot, scene: Scene) -> None:
    scene.playback.enter()
    scene.button("One change back").click()
    qtbot.waitUntil(lambda: scene.names() == ["web-1", "web-2"])
    assert "1 of 2 changes" in scene.texts()
    scene.page.view.setFocus()
    QTest.keyClick(scene.page.view, Qt.Key.Key_Comma)
    qtbot.waitUntil(lambda: scene.names() == ["web-1"])
    assert not scene.button("One change back").isEnabled()
    QTest.keyClick(scene.page.view, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: scene.names() == ["web-1", "web-2"])
    QTest.keyClick(scene.page.view, Qt.Key.Key_Escape)
    assert not scene.playback.active
    qtbot.waitUntil(lambda: scene.names() == ["web-1", "web-2", "web-3"])


@pytest.mark.parametrize("width", [420, 560, 900])
def test_the_slider_has_room(qtbot: QtBot, scene: Scene, width: int) -> None:
    scene.page.resize(width, 400)
    scene.playback.enter()
    qtbot.waitUntil(scene.bar.isVisible)
    assert scene.bar.slider.width() >= 100


def test_the_slider_is_the_moment(qtbot: QtBot, scene: Scene) -> None:
    scene.playback.enter()
    scene.bar.slider.setValue(0)
    qtbot.waitUntil(lambda: scene.names() == ["web-1"])
    assert scene.playback.moment == scene.playback.begins
    scene.bar.slider.setValue(scene.bar.slider.maximum())
    qtbot.waitUntil(lambda: scene.names() == ["web-1", "web-2", "web-3"])


def test_playing_ends_by_itself_and_when_nobody_looks(qtbot: QtBot, scene: Scene) -> None:
    scene.playback.enter()
    scene.bar.speed.setCurrentIndex(scene.bar.speed.count() - 1)
    scene.button("Play").click()
    assert scene.playback.speed == 100
    qtbot.waitUntil(lambda: not scene.playback.playing)
    assert scene.button("Play").isVisible()
    scene.bar.speed.setCurrentIndex(0)
    scene.playback.play(1)
    scene.page.hide()
    assert not scene.playback.playing


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "just now"), (61, "61 s ago"), (600, "10 min ago"), (9_000, "2 h ago")]
)
def test_how_long_ago(qtbot: QtBot, scene: Scene, seconds: float, words: str) -> None:
    scene.playback.enter()
    assert past_freshness(scene.playback, scene.playback.moment + seconds).word.endswith(f", {words}")
