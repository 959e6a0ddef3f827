"""The lines of live events: what stays in sight, keys, bookmarks, how they are painted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.ui.look.theme import ROW_HEIGHTS, load_theme
from kdesk.ui.parts.line_popup import LinePopup
from kdesk.viewmodel.events.lines import EventColumn
from tests.ui.events_stage import Scene, a_panel
from tests.viewmodel.stub_cluster import added, row


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    yield from a_panel(qtbot)


def test_keys_begin_with_a_line_on_the_screen(scene: Scene) -> None:
    scene.watch_pods(200)
    QTest.keyClick(scene.panel.table, Qt.Key.Key_Up)
    assert scene.panel.table.currentIndex().row() == scene.log.model.rowCount() - 1
    scene.panel.table.setCurrentIndex(QModelIndex())
    scene.panel.table.verticalScrollBar().setValue(50 * scene.panel.table.line_height)
    QTest.keyClick(scene.panel.table, Qt.Key.Key_Down)
    assert scene.panel.table.currentIndex().row() == 50


def test_it_follows_the_newest_line_until_the_person_scrolls_up(scene: Scene) -> None:
    scene.watch_pods(200)
    bar = scene.panel.table.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    bar.setValue(50 * scene.panel.table.line_height)
    top = scene.top_name()
    scene.tell(*(added(row(f"q{n}")) for n in range(7)))
    assert scene.top_name() == top
    [jump] = [b for b in scene.panel.findChildren(QPushButton) if b.text().startswith("Jump")]
    assert jump.isVisible()
    assert jump.text() == "Jump to newest (7 new)"
    jump.click()
    assert bar.value() == bar.maximum()
    assert not jump.isVisible()
    scene.tell(added(row("last")))
    assert bar.value() == bar.maximum()


def test_lines_dropped_above_do_not_move_what_is_looked_at(scene: Scene) -> None:
    scene.watch_pods(1_900)
    scene.panel.table.verticalScrollBar().setValue(1_000 * scene.panel.table.line_height)
    top = scene.top_name()
    scene.tell(*(added(row(f"q{n}")) for n in range(500)))
    assert scene.log.dropped > 0
    assert scene.top_name() == top


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast-dark"])
def test_it_paints_every_kind_of_line(scene: Scene, theme: str) -> None:
    scene.watch_pods(3)
    for state in WatchState:
        scene.session.leases[0].say(state, error="because")
    scene.settle()
    scene.panel._theme.use(load_theme(theme), reduced_motion=False)
    image = scene.panel.table.grab().toImage()
    colors = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    }
    assert scene.panel._theme.color("ok").name() in colors
    assert len(colors) > 10


def test_lines_are_as_high_as_rows_of_tables_and_stay_in_sight(scene: Scene) -> None:
    scene.watch_pods(200)
    table, bar = scene.panel.table, scene.panel.table.verticalScrollBar()
    theme = table._theme
    for height in ROW_HEIGHTS.values():
        theme.set_row_height(height)
        assert {table.rowHeight(row) for row in (0, 100, 199)} == {height} == {table.line_height}
        assert bar.value() == bar.maximum() > 0, "the newest is still in sight"
    bar.setValue(50 * table.line_height)
    top = scene.top_name()
    theme.set_row_height(ROW_HEIGHTS["compact"])
    assert scene.top_name() == top
    assert not table.following
    assert bar.value() == 50 * ROW_HEIGHTS["compact"]


def test_bookmarks_are_set_noted_and_found_by_keys(scene: Scene, expect_log: Callable[..., object]) -> None:
    expect_log("This plugin does not support", optional=True)  # raising a popup, offscreen
    scene.watch_pods(50)
    table = scene.panel.table
    table.setFocus()
    for place in (10, 30):
        table.selectRow(place)
        QTest.keyClick(table, Qt.Key.Key_B)
    QTest.keyClick(table, Qt.Key.Key_N)
    [popup] = scene.panel.findChildren(LinePopup)
    QTest.keyClicks(popup.edit, "the deploy")
    QTest.keyClick(popup.edit, Qt.Key.Key_Return)
    assert list(scene.log.marks.notes.values()) == ["", "the deploy"]
    assert scene.log.model.texts(30)[EventColumn.CHANGE] == "“the deploy”"
    QTest.keyClick(table, Qt.Key.Key_F2)
    assert table.currentIndex().row() == 10
    QTest.keyClick(table, Qt.Key.Key_F2, Qt.KeyboardModifier.ShiftModifier)
    assert table.currentIndex().row() == 30
    scene.log.set_filter("bookmark:deploy")
    scene.settle()
    assert scene.log.model.rowCount() == 1
    assert scene.panel.bookmarks.toggle()
    scene.settle()
    assert scene.log.model.rowCount() == 0
