"""The live-event panel, driven as a person drives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.ui.objects.diff_text import DiffText
from kdesk.viewmodel.events.lines import EventLine
from tests.ui.events_stage import Scene, a_panel
from tests.viewmodel.stub_cluster import SECRETS, added, modified, row, watch


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    yield from a_panel(qtbot)


def test_without_a_choice_it_offers_one(scene: Scene) -> None:
    assert "Open a cluster to see what happens in it." in scene.texts()
    scene.log.feed.rebind([scene.session.real])
    assert "Choose what to watch." in scene.texts()
    buttons = [b.text() for b in scene.panel.findChildren(QPushButton) if b.isVisible()]
    assert buttons.count("Watch…") == buttons.count("Choose kinds…") == 1


def test_a_selected_line_shows_its_object_and_stays_selected(scene: Scene) -> None:
    scene.watch_pods(30)
    scene.tell(added(row("chosen", spec={"n": 7})))
    scene.panel.table.selectRow(scene.log.model.rowCount() - 1)
    view = scene.panel._object.yaml.view
    scene.qtbot.waitUntil(lambda: "n: 7" in view.toPlainText())
    assert view.isVisible()
    scene.tell(*(added(row(f"q{n}")) for n in range(20)))
    scene.log.set_filter("name:chosen")
    scene.settle()
    selected = scene.panel.table.selected_line()
    assert selected is not None
    assert selected.row is not None
    assert selected.row.name == "chosen"
    scene.panel.table.setFocus()
    QTest.keyClick(scene.panel.table, Qt.Key.Key_Escape)
    assert not view.isVisible()


def test_a_line_shows_what_changed_and_the_event_itself(scene: Scene) -> None:
    watch(scene.log, scene.session, SECRETS)
    old = row("db", data={"password": "aHVudGVyMg=="}, type="Opaque")
    new = row("db", version="2", data={"password": "c2VjcmV0LTI="}, type="Other")
    scene.tell(added(old), modified(new, old))
    scene.panel.table.selectRow(scene.log.model.rowCount() - 1)
    pane = scene.panel._object
    scene.qtbot.waitUntil(lambda: "type: Other" in pane.yaml.view.toPlainText())
    pane.tabs.setCurrentIndex(1)
    (text,) = (each for each in pane.diff.findChildren(DiffText) if each.isVisible())
    shown = text.toPlainText()
    assert "type: Opaque" in shown
    assert "type: Other" in shown
    pane.tabs.setCurrentIndex(2)
    scene.qtbot.waitUntil(lambda: '"type": "MODIFIED"' in pane.wire.view.toPlainText())
    assert '"object": {' in pane.wire.view.toPlainText()
    for everything in (shown, pane.wire.view.toPlainText()):
        assert "masked" in everything
        assert "aHVudGVyMg" not in everything
        assert "c2VjcmV0LTI" not in everything
    scene.panel.table.selectRow(scene.log.model.rowCount() - 2)
    scene.qtbot.waitUntil(lambda: '"type": "ADDED"' in pane.wire.view.toPlainText())
    pane.tabs.setCurrentIndex(1)
    scene.qtbot.waitUntil(
        lambda: "type: Opaque" in text.toPlainText() and "type: Other" not in text.toPlainText()
    )


def test_the_object_being_read_stays_when_its_line_is_dropped(scene: Scene) -> None:
    scene.watch_pods(1_900)
    scene.panel.table.selectRow(3)
    view = scene.panel._object.yaml.view
    scene.qtbot.waitUntil(lambda: "name: p00002" in view.toPlainText())
    scene.tell(*(added(row(f"q{n}")) for n in range(500)))
    assert scene.log.dropped > 100
    assert scene.panel.table.selected_line() is None
    assert "name: p00002" in view.toPlainText()


def test_secrets_in_events_are_masked(scene: Scene) -> None:
    watch(scene.log, scene.session, SECRETS)
    scene.tell(added(row("db", data={"password": "aHVudGVyMg=="})))
    scene.panel.table.selectRow(scene.log.model.rowCount() - 1)
    view = scene.panel._object.yaml.view
    scene.qtbot.waitUntil(lambda: "<masked, 7 bytes>" in view.toPlainText())
    assert "aHVudGVyMg" not in view.toPlainText()


def test_space_pauses_and_says_what_waits(scene: Scene) -> None:
    scene.watch_pods(3)
    scene.panel.table.setFocus()
    QTest.keyClick(scene.panel.table, Qt.Key.Key_Space)
    assert scene.paused()
    scene.tell(*(added(row(f"q{n}")) for n in range(128)))
    assert any("+128 while paused" in text for text in scene.texts())
    QTest.keyClick(scene.panel.table, Qt.Key.Key_Space)
    assert not scene.paused()
    scene.settle()
    assert any(text.startswith("132 lines") for text in scene.texts())


def test_slash_filters_and_escape_ends_it(scene: Scene) -> None:
    scene.watch_pods(20)
    scene.panel.table.setFocus()
    QTest.keyClick(scene.panel.table, Qt.Key.Key_Slash)
    line = scene.panel.bar._filter
    assert line.hasFocus()
    QTest.keyClicks(line, "p00007")
    scene.settle()
    assert scene.log.model.rowCount() == 1
    assert any("1 of 21" in text for text in scene.texts())
    QTest.keyClicks(line, " zzz")
    scene.settle()
    assert "No line matches the filter." in scene.texts()
    QTest.keyClick(line, Qt.Key.Key_Escape)
    scene.settle()
    assert scene.log.model.rowCount() == 21
    assert line.hasFocus()
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert scene.panel.table.hasFocus(), "the second one leads back to the lines"


def test_a_filter_that_a_command_sets_is_shown(scene: Scene) -> None:
    scene.watch_pods(3)
    scene.log.set_filter("type:DELETED")
    assert scene.panel.bar._filter.text() == "type:DELETED"
    assert scene.log.filter_text == "type:DELETED"


def test_ctrl_l_clears(scene: Scene) -> None:
    scene.watch_pods(5)
    scene.panel.table.setFocus()
    QTest.keyClick(scene.panel.table, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert scene.log.model.rowCount() == 0
    assert "Nothing has happened yet." in scene.texts()


def test_kinds_are_ticked_and_become_chips_that_end_the_watch(
    scene: Scene, expect_log: Callable[..., object]
) -> None:
    expect_log("This plugin does not support", optional=True)  # raising a popup, offscreen
    scene.log.feed.rebind([scene.session.real])
    scene.panel.choose_kinds()
    editor = scene.panel.editor
    [tree] = editor.findChildren(QTreeWidget)
    items = [item for n in range(tree.topLevelItemCount()) if (item := tree.topLevelItem(n)) is not None]
    assert [item.text(0) for item in items if item.text(1).startswith("noisy")] == ["Lease"]
    QTest.keyClicks(editor.kinds.search, "po")
    QTest.keyClick(editor.kinds.search, Qt.Key.Key_Return)
    assert not scene.session.leases  # nothing is watched before it is started
    assert "1 watch" in [label.text() for label in editor.findChildren(QLabel)]
    editor.start.click()
    assert not editor.isVisible()
    assert scene.log.feed.plan.kinds == ("pods",)
    scene.qtbot.waitUntil(lambda: "pods" in scene.texts())
    scene.session.leases[0].say(WatchState.FORBIDDEN, error="no")
    scene.settle()
    assert any(line.type == "FORBIDDEN" for line in scene.log.model.lines())
    scene.button("Stop watching pods").click()
    assert not scene.log.feed.sources()
    assert scene.session.leases[0].released


def test_saving_says_how_it_went(scene: Scene, tmp_path: Path) -> None:
    scene.watch_pods(2)
    asyncio.run(scene.panel.save(tmp_path / "events.jsonl"))
    assert "Saved 3 lines to events.jsonl" in scene.texts()
    asyncio.run(scene.panel.save(tmp_path / "missing" / "events.jsonl"))
    assert any("there is no folder" in text for text in scene.texts())


def test_existing_objects_come_on_demand(scene: Scene) -> None:
    scene.session.existing["pods"] = [row("old")]
    scene.watch_pods(1)
    before = scene.log.model.rowCount()
    scene.button("Show existing objects").click()
    scene.settle()
    assert scene.log.model.rowCount() == before + 1


def test_a_plan_is_kept_under_a_name_loaded_renamed_and_deleted(
    scene: Scene, expect_log: Callable[..., object]
) -> None:
    expect_log("This plugin does not support", optional=True)  # raising a popup, offscreen
    scene.log.feed.rebind([scene.session.real])
    scene.panel.choose_kinds()
    editor = scene.panel.editor
    editor.kinds.toggled.emit("pods", True)
    QTest.keyClicks(editor.labels, "app=web, tier!=db")
    editor.names.setEditText("mine")
    save, rename, delete = (
        next(button for button in editor.findChildren(QPushButton) if button.text() == text)
        for text in ("Save", "Rename", "Delete")
    )
    save.click()
    kept = scene.lists.plan("mine")
    assert kept is not None
    assert (kept.kinds, kept.labels) == (("pods",), "app=web,tier!=db")
    assert not save.isEnabled()
    editor.names.setEditText("ours")
    rename.click()
    assert list(scene.lists.names) == ["ours"]
    editor.kinds.toggled.emit("", True)  # everything
    assert editor.plan.everything
    editor.names.textActivated.emit("ours")
    assert editor.plan == kept
    QTest.keyClick(editor.labels, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert (scene.log.feed.name, scene.log.feed.running) == ("ours", True)
    assert scene.session.leases[0].spec.label_selector == "app=web,tier!=db"
    scene.panel.choose_kinds()
    delete.click()
    assert scene.lists.plan("ours") is None
    editor.close()


def test_it_is_stopped_and_started_by_its_button(scene: Scene) -> None:
    scene.watch_pods(2)
    scene.panel.bar.run.click()
    assert scene.session.leases[0].released
    assert scene.panel.bar.run.text().strip() == "Start"
    scene.panel.bar.run.click()
    assert len(scene.session.leases) == 2


def test_what_is_no_filter_is_said_and_leaves_the_last_one(scene: Scene) -> None:
    scene.watch_pods(5)
    scene.log.set_filter("p00003")
    scene.settle()
    scene.panel.bar._filter.setText("time:25:00")
    scene.settle()
    assert "'25:00' is no time of a day." in scene.texts()
    assert scene.log.model.rowCount() == 1
    scene.panel.bar._filter.setText("")
    scene.settle()
    assert "'25:00' is no time of a day." not in scene.texts()
    assert scene.log.model.rowCount() == 6


def test_dragging_over_the_rates_shows_a_span_and_its_chip_shows_all_again(scene: Scene) -> None:
    scene.watch_pods()
    for second, count in ((100.0, 3), (101.0, 5), (102.0, 2)):
        origin = scene.log.feed.sources()[0].origin
        scene.log._keep([EventLine(0, second + 0.5, "ADDED", origin, row(f"p{n}")) for n in range(count)])
    scene.log.feed.stop()
    scene.settle()
    scene.panel.show_rates(True)
    strip = scene.panel.strip
    scene.qtbot.waitUntil(strip.isVisible)
    scene.settle()
    view, box = strip.plot, strip._box

    def at(second: float) -> QPoint:
        found: QPoint = view.mapFromScene(box.mapViewToScene(QPointF(second, 1.0)))
        return found

    scene.qtbot.waitUntil(lambda: at(101.0).x() < at(102.0).x())
    port = view.viewport()
    for kind, place, buttons in (
        (QEvent.Type.MouseButtonPress, at(101.0), Qt.MouseButton.LeftButton),
        (QEvent.Type.MouseMove, at(101.5), Qt.MouseButton.LeftButton),
        (QEvent.Type.MouseMove, at(102.0), Qt.MouseButton.LeftButton),
        (QEvent.Type.MouseButtonRelease, at(102.0), Qt.MouseButton.NoButton),
    ):
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        spot = QPointF(place)
        event = QMouseEvent(
            kind, spot, QPointF(port.mapToGlobal(place)), button, buttons, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(port, event)
    span = scene.log.span
    assert span is not None
    assert abs(span[0] - 101.0) < 0.2
    assert abs(span[1] - 102.0) < 0.2
    scene.settle()
    assert scene.log.model.rowCount() == 5
    scene.qtbot.waitUntil(lambda: bool(scene.buttons("Show all times")))
    scene.buttons("Show all times")[0].click()
    scene.settle()
    assert scene.log.span is None
    assert scene.log.model.rowCount() >= 10


def test_losses_are_said_with_where_they_came_from(scene: Scene) -> None:
    scene.watch_pods(2_500)
    assert scene.log.dropped > 0
    tip = scene.panel.bar._counts.toolTip()
    assert f"{scene.log.dropped:,} of pods of prod-eu" in tip
