"""The timeline tab: the list and the picture say the same, and what a line stands for is shown below."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.gvk import Resource
from kdesk.kube.history.archive import Archive, Limits, Observed
from kdesk.kube.history.book import Feed, RevisionBook
from kdesk.kube.table.rows import Change
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.objects.diff_text import DiffText
from kdesk.ui.objects.timeline_axis import Axis
from kdesk.ui.objects.timeline_page import TimelinePage
from kdesk.ui.objects.timeline_painter import AXIS_HEIGHT, LANE_HEIGHT
from kdesk.ui.parts.state_page import StatePage
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.objects.timeline import Timeline
from tests.viewmodel.stub_cluster import StubSession, added, modified
from tests.viewmodel.timeline_objects import (
    DEPLOYMENTS,
    EVENTS,
    KINDS,
    PODS,
    REPLICA_SETS,
    T0,
    crashing,
    event,
    owned,
    running,
)

WEB = owned("web", spec={"replicas": 1}, status={"replicas": 1, "readyReplicas": 1})


@dataclass
class Scene:
    page: TimelinePage
    timeline: Timeline
    session: StubSession
    book: RevisionBook
    feeds: dict[str, Feed]
    theme: Theme
    recordings: list[Path]

    def put(self, kind: Resource, *changes: Change) -> None:
        if kind.label not in self.feeds:
            self.feeds[kind.label] = self.book.feed(kind)
        self.feeds[kind.label].put(changes)
        assert self.book.wait_idle(5)
        for lease in self.session.leases:
            if lease.spec.resource == kind and not lease.released:
                lease.tell(*changes)

    def lines(self) -> list[tuple[str, str]]:
        """Oldest first: object and words."""
        model = self.page.list.model()
        texts = [
            (str(model.index(n, 1).data()), str(model.index(n, 2).data())) for n in range(model.rowCount())
        ]
        return texts[::-1]

    def select(self, words: str) -> None:
        model = self.page.list.model()
        row = next(n for n in range(model.rowCount()) if words in str(model.index(n, 2).data()))
        self.page.list.setCurrentIndex(model.index(row, 0))

    def diff(self) -> str:
        texts = self.page.diff.findChildren(DiffText)
        return "\n".join(each.toPlainText() for each in texts if each.isVisible())

    def point(self, lane: int, at: float) -> QPoint:
        y = AXIS_HEIGHT + LANE_HEIGHT * lane + LANE_HEIGHT // 2
        return QPoint(round(self.page.picture.axis.x(at)), y)

    def picture(self) -> QImage:
        return self.page.picture.viewport().grab().toImage()


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    recordings: list[Path] = []
    timeline = Timeline(FrameClock(interval=0.002), recording_of=lambda session: next(iter(recordings), None))
    book = RevisionBook("prod")
    session, theme = StubSession("prod", KINDS), Theme(load_theme("dark"))
    session.book = book
    page = TimelinePage(timeline, theme, DiffColumns())
    qtbot.addWidget(page)
    page.resize(620, 800)
    page.show()
    yield Scene(page, timeline, session, book, {}, theme, recordings)
    timeline.close()
    book.stop()
    assert book.join(5)


def crash_loop(scene: Scene, qtbot: QtBot) -> None:
    scene.put(DEPLOYMENTS, added(WEB, initial=True))
    scene.timeline.follow(scene.session.real, DEPLOYMENTS, WEB)
    scene.put(REPLICA_SETS, added(owned("web-1", "web"), initial=True))
    scene.put(PODS, added(owned("web-1-a", "web-1", status=crashing()), initial=True))
    again = event("e", "web-1-a", "BackOff", "restarting web", type="Warning", count=7)
    scene.put(EVENTS, added(again, initial=True))
    qtbot.waitUntil(lambda: len(scene.lines()) == 9)
    # The page lays itself out anew for its first story: only then is every lane in sight.
    viewport = scene.page.picture.viewport()
    qtbot.waitUntil(lambda: viewport.isVisible() and viewport.height() >= AXIS_HEIGHT + 3 * LANE_HEIGHT)


def test_nothing_known_yet_says_so(scene: Scene) -> None:
    page = scene.page.findChild(StatePage)
    assert page is not None
    assert page.isVisible()


def test_it_watches_only_while_it_is_on_the_screen(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    texts = [label.text() for label in scene.page.findChildren(QLabel) if label.isVisible()]
    assert any(text.startswith("3 watches in shop: replicasets.apps, pods, events") for text in texts)
    scene.page.hide()
    assert all(lease.released for lease in scene.session.leases)
    assert len(scene.lines()) == 9


def test_a_crash_loop_is_listed_and_said_to_a_screen_reader(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    assert scene.lines()[-4:] == [
        ("…-a", "web exited with 1 (Error), then CrashLoopBackOff"),
        ("…-a", "condition Ready False (ContainersNotReady)"),
        ("…-a", "BackOff: restarting web"),
        ("…-a", "BackOff: restarting web  ×7"),
    ]
    model, role = scene.page.list.model(), Qt.ItemDataRole
    assert str(model.index(0, 0).data(role.AccessibleTextRole)).endswith(", said of the time before")
    assert model.index(0, 1).data(role.AccessibleTextRole) == "Pod web-1-a"
    assert model.index(0, 2).data(role.ForegroundRole) == scene.theme.color("warn")
    assert model.index(3, 2).data(role.ForegroundRole) == scene.theme.color("bad")


def test_a_line_shows_its_change_or_its_event(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    scene.put(PODS, modified(owned("web-1-a", "web-1", "2", status=running(5, started=60))))
    qtbot.waitUntil(lambda: "restarts 4 → 5" in scene.lines()[-1][1])
    scene.select("restarts 4 → 5")
    qtbot.waitUntil(lambda: "restartCount: 5" in scene.diff())
    assert "restartCount: 4" in scene.diff()
    scene.select("×7")
    texts = scene.page.findChildren(QPlainTextEdit)
    [text] = [each for each in texts if each.accessibleName() == "The event"]
    qtbot.waitUntil(text.isVisible)
    assert text.toPlainText().startswith("restarting web\n\n7 times, ")
    assert text.toPlainText().endswith("reported by kubelet")
    scene.page.list.clearSelection()
    assert not text.isVisible()


def test_a_selection_stays_when_newer_lines_come(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    scene.select("web exited with 1")
    scene.put(PODS, modified(owned("web-1-a", "web-1", "2", status=running(5, started=60))))
    qtbot.waitUntil(lambda: "restarts 4 → 5" in scene.lines()[-1][1])
    [selected] = scene.page.list.selectionModel().selectedRows(2)
    assert str(selected.data()).startswith("web exited with 1")


def test_a_click_on_a_mark_selects_its_line(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    scene.page.picture.fit()
    ended = next(line for line in scene.timeline.story.lines if "exited" in line.words)
    scene.page.picture.axis.show(ended.at - 15, ended.at + 15)
    viewport = scene.page.picture.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=scene.point(2, ended.at))
    [selected] = scene.page.list.selectionModel().selectedRows(2)
    assert "exited" in str(selected.data()), "of several at one moment, the worst"
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=scene.point(2, ended.at + 5))
    assert scene.page.list.selectionModel().selectedRows(2) == [selected], "there is nothing"


def test_a_selected_line_comes_into_the_picture(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    scene.page.picture.fit()  # it no longer follows what happens
    axis = scene.page.picture.axis
    axis.show(axis.end + 10_000, axis.end + 20_000)
    scene.select("BackOff: restarting web")
    line = scene.timeline.story.lines[0]
    assert axis.begin <= line.at <= axis.end


def test_bars_have_the_colour_of_the_state(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    picture = scene.page.picture
    ended = next(line for line in scene.timeline.story.lines if "exited" in line.words)
    picture.fit()  # it no longer follows what happens
    picture.axis.show(ended.at - 8, ended.at + 6)
    picture.viewport().update()
    image = scene.picture()

    def colour(at: float) -> QColor:
        return image.pixelColor(scene.point(2, at) + QPoint(0, 5))

    ran, waits = colour(ended.at - 5), colour(ended.at + 5)
    assert ran.green() > ran.red(), "it ran"
    assert waits.red() > waits.green(), "it waits in its crash loop"


def test_keys_and_the_wheel_move_and_zoom(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    picture, axis = scene.page.picture, scene.page.picture.axis
    picture.fit()
    assert axis.begin <= scene.timeline.story.lines[-1].at
    whole = axis.seconds
    QTest.keyClick(picture, Qt.Key.Key_Plus)
    assert axis.seconds == pytest.approx(whole / 1.25)
    begin = axis.begin
    QTest.keyClick(picture, Qt.Key.Key_Left)
    assert axis.begin < begin
    around = axis.at(400)
    control = Qt.KeyboardModifier.ControlModifier
    _wheel(picture.viewport(), QPointF(400, 50), QPoint(0, 240), control)
    assert axis.seconds == pytest.approx(whole / 1.25**3)
    assert axis.at(400) == pytest.approx(around)
    QTest.keyClick(picture, Qt.Key.Key_Minus)
    assert axis.seconds == pytest.approx(whole / 1.25**2)
    QTest.keyClick(picture, Qt.Key.Key_Home)
    assert axis.seconds == pytest.approx(whole, rel=0.01)


def test_the_picture_says_what_is_under_the_mouse(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    picture = scene.page.picture
    ended = next(line for line in scene.timeline.story.lines if "exited" in line.words)
    picture.fit()  # it no longer follows what happens
    picture.axis.show(ended.at - 15, ended.at + 15)
    for point, words in (
        (scene.point(2, ended.at), "web exited with 1"),
        (scene.point(2, ended.at + 5), "CrashLoopBackOff since "),
        (QPoint(20, scene.point(2, ended.at).y()), "Pod web-1-a"),
    ):
        QToolTip.hideText()
        tip = QHelpEvent(QHelpEvent.Type.ToolTip, point, picture.viewport().mapToGlobal(point))
        QApplication.sendEvent(picture.viewport(), tip)
        assert words in QToolTip.text()
    QToolTip.hideText()


def test_what_was_recorded_before_is_marked(qtbot: QtBot, scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "prod.sqlite"
    first, second = (owned("web", version=str(n), spec={"replicas": n}) for n in (1, 2))
    with closing(Archive(path, b"k" * 32, Limits())) as archive:
        archive.write(
            [
                Observed(T0 + 60.0 * n, DEPLOYMENTS, [one])
                for n, one in enumerate((added(first), modified(second)))
            ]
        )
    scene.recordings.append(path)
    keys = [label for label in scene.page.findChildren(QLabel) if label.text() == "recorded before"]
    scene.put(DEPLOYMENTS, added(owned("web", version="3", spec={"replicas": 3}), initial=True))
    scene.timeline.follow(scene.session.real, DEPLOYMENTS, WEB)
    qtbot.waitUntil(lambda: len(scene.lines()) == 3)
    assert [words for _, words in scene.lines()] == [
        "created",
        "spec.replicas 1 → 2",
        "while nobody watched: spec.replicas 2 → 3",
    ]
    model, role = scene.page.list.model(), Qt.ItemDataRole
    told = [str(model.index(n, 0).data(role.AccessibleTextRole)).partition(", ")[2] for n in range(3)]
    assert told == ["said of the time before", "recorded before", "recorded before"]
    assert [key.isVisible() for key in keys] == [True]
    scene.select("spec.replicas 1")
    qtbot.waitUntil(lambda: "replicas: 1" in scene.diff())
    assert "replicas: 2" in scene.diff()


def test_what_cannot_be_watched_is_said(qtbot: QtBot, scene: Scene) -> None:
    crash_loop(scene, qtbot)
    pods = next(lease for lease in scene.session.leases if lease.spec.resource == PODS)
    pods.say(WatchState.FORBIDDEN, error="alice may not list pods")
    qtbot.waitUntil(
        lambda: "pods: alice may not list pods" in [label.text() for label in scene.page.findChildren(QLabel)]
    )


def test_the_axis_shows_the_newest_and_writes_round_moments() -> None:
    axis = Axis()
    axis.left, axis.width = 100, 500
    now = 1_790_000_000.0
    axis.show_story([now - 90 * 86_400, now - 50, now - 40, now - 30, now - 1], now)
    assert (axis.seconds, axis.end) == (120, now)
    moments = [at for at, _ in axis.ticks(80)]
    assert all(at % 30 == 0 for at in moments)
    assert all(later - at == 30 for at, later in itertools.pairwise(moments))
    assert axis.at(axis.x(now - 33)) == pytest.approx(now - 33)


def _wheel(target: QWidget, at: QPointF, step: QPoint, modifiers: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        at, at, QPoint(), step, Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(target, event)
