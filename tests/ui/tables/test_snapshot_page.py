"""A table out of a snapshot on its page: plainly marked, and nothing of it says that it is live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kdesk.app import core
from kdesk.kube.history.snapshot import SnapshotTable
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.objects.detail_pane import DetailPane
from kdesk.ui.tables.page import TablePage
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.detail import Detail, Subject
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.rows.memory import TableMemory
from kdesk.viewmodel.tables.snapshot_file import KeptObjects, Snapshot
from kdesk.viewmodel.tables.snapshot_table import SnapshotController
from tests.ui.stub_tables import POD
from tests.viewmodel.pods import NOW, PODS, pod


def snapshot(*names: str) -> Snapshot:
    table = SnapshotTable("prod", POD, (), NOW, PODS, tuple(pod(name) for name in names))
    path = Path("shop.kdesk")
    return Snapshot(path, NOW, "kdesk", (table,), KeptObjects(path))


def texts(page: TablePage | DetailPane) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel) if label.isVisible()]


class Scene:
    def __init__(self, qtbot: QtBot, *names: str) -> None:
        self.kept, self.remembered, theme = (
            snapshot(*names),
            TableMemory({}, lambda: None),
            Theme(load_theme("dark")),
        )
        clock = FrameClock(interval=0.002)
        self.view = SnapshotController(self.kept, self.kept.tables[0], clock)
        self.page = core.make_page(self.view, theme, lambda: ["live"], lambda: ["prod"], self.remembered)
        self.detail = Detail(clock)
        self.pane = DetailPane(self.detail, theme, DiffColumns())
        for widget in (self.page, self.pane):
            qtbot.addWidget(widget)
            widget.resize(900, 400)
            widget.show()
        self.view.set_visible(True)
        qtbot.waitUntil(lambda: self.view.synced)

    def close(self) -> None:
        self.detail.dispose()
        self.view.close()


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    one = Scene(qtbot, "web", "db")
    yield one
    one.close()


def test_the_header_says_the_moment_and_the_file(scene: Scene) -> None:
    said = texts(scene.page)
    scene.view._tick.timeout.emit()
    badge = scene.page.bar.badge
    assert badge.text().startswith("Nov 14 2023 ")
    assert badge.text().endswith("shop.kdesk")
    assert not any("live" in text for text in [*said, badge.text(), badge.toolTip()])
    assert "2" in said


def test_sorting_it_does_not_change_how_live_tables_are_sorted(scene: Scene) -> None:
    scene.page.view.model().sort(1)
    assert not scene.remembered.layout(POD.label).sort


def test_the_pane_says_the_past_and_promises_nothing(qtbot: QtBot, scene: Scene) -> None:
    subject = Subject("prod", POD, "prod", "web")
    scene.detail.show_kept(subject, "uid-of-prod-web", scene.kept.kept, scene.kept.said)
    assert "past" in texts(scene.pane)
    assert any(text.startswith("Only its row is in shop.kdesk, saved ") for text in texts(scene.pane))
    scene.pane.show_timeline(True)
    assert scene.pane.history_shown
    assert any("before the file was saved" in text for text in texts(scene.pane))
    assert not any("from now on" in text for text in texts(scene.pane))


def test_one_without_rows_is_no_lost_cluster(qtbot: QtBot) -> None:
    empty = Scene(qtbot)
    assert any("There were no pods in it" in text for text in texts(empty.page))
    empty.close()
