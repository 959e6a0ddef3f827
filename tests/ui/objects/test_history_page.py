"""The history tab: the list, what is selected in it, and the comparison below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from kdesk.kube.history.book import Feed, RevisionBook
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.objects.diff_text import DiffText
from kdesk.ui.objects.history_page import HistoryPage
from kdesk.ui.parts.state_page import StatePage
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.objects.history import History
from tests.viewmodel.stub_cluster import PODS, added, modified, row


@dataclass
class Scene:
    page: HistoryPage
    history: History
    book: RevisionBook
    feed: Feed

    def put(self, *versions: int) -> None:
        for version in versions:
            state = row("web", version=str(version), manager="kubectl-edit", spec={"replicas": version})
            self.feed.put([added(state) if version == 1 else modified(state)])
        assert self.book.wait_idle(5)

    def changes(self) -> list[str]:
        model = self.page.list.model()
        return [str(model.index(n, 2).data() or "") for n in range(model.rowCount())]

    def text(self) -> str:
        return "\n".join(
            each.toPlainText() for each in self.page.diff.findChildren(DiffText) if each.isVisible()
        )


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    history, book = History(FrameClock(interval=0.002)), RevisionBook("prod")
    page = HistoryPage(history, Theme(load_theme("dark")), DiffColumns())
    qtbot.addWidget(page)
    page.resize(500, 600)
    page.show()
    history.follow(book, PODS, "uid-web")
    yield Scene(page, history, book, book.feed(PODS))
    history.close()
    book.stop()
    assert book.join(5)


def test_nothing_seen_yet_says_so(scene: Scene) -> None:
    page = scene.page.findChild(StatePage)
    assert page is not None
    assert page.isVisible()
    assert "Nothing has been seen of it yet" in page.sentence


def test_the_newest_is_selected_and_compared(qtbot: QtBot, scene: Scene) -> None:
    scene.put(1, 2)
    qtbot.waitUntil(lambda: scene.changes() == ["spec.replicas 1 → 2", "created"])
    qtbot.waitUntil(lambda: "replicas: 2" in scene.text())
    assert "replicas: 1" in scene.text()
    scene.page.copy()
    assert "replicas: 2" in QGuiApplication.clipboard().text()
    assert "replicas: 1" not in QGuiApplication.clipboard().text()


def test_a_selection_stays_when_newer_ones_come(qtbot: QtBot, scene: Scene) -> None:
    scene.put(1, 2)
    qtbot.waitUntil(lambda: len(scene.changes()) == 2 and "replicas: 2" in scene.text())
    scene.put(3)
    qtbot.waitUntil(lambda: len(scene.changes()) == 3)
    [selected] = scene.page.list.selectionModel().selectedRows()
    assert selected.row() == 1
    assert "replicas: 3" not in scene.text()


def test_two_selected_ones_are_compared_with_each_other(qtbot: QtBot, scene: Scene) -> None:
    scene.put(1, 2, 3)
    qtbot.waitUntil(lambda: len(scene.changes()) == 3)
    model, flags = scene.page.list.model(), QItemSelectionModel.SelectionFlag
    scene.page.list.selectionModel().select(model.index(0, 0), flags.ClearAndSelect | flags.Rows)
    scene.page.list.selectionModel().select(model.index(2, 0), flags.Select | flags.Rows)
    qtbot.waitUntil(lambda: "replicas: 1" in scene.text() and "replicas: 3" in scene.text())
    assert "replicas: 2" not in scene.text()


def test_the_oldest_is_shown_whole(qtbot: QtBot, scene: Scene) -> None:
    scene.put(1)
    qtbot.waitUntil(lambda: "replicas: 1" in scene.text())
    assert "kind: Pod" in scene.text()


def test_a_screen_reader_is_told_what_happened(qtbot: QtBot, scene: Scene) -> None:
    scene.put(1, 2)
    qtbot.waitUntil(lambda: len(scene.changes()) == 2)
    told = scene.page.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert str(told).endswith("MODIFIED")
