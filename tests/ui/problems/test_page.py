"""The page of problems: what it lists, what it says when there is nothing, and what a person can do on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.ui.look.theme import ROW_HEIGHTS, Theme, load_theme
from kdesk.ui.problems.page import ProblemsPage
from kdesk.viewmodel.problems.list import Item, ProblemColumn
from kdesk.viewmodel.problems.rules import load_rules
from kdesk.viewmodel.problems.watch import ProblemId
from tests.viewmodel.problem_doubles import EVENTS, PODS, Session, Ward, go_live
from tests.viewmodel.problem_rows import BUILT_IN, pod

CRASH = pod("web-1", "CrashLoopBackOff", RESTARTS="3 (5s ago)")


class Stage(Ward):
    """A page in front over one cluster (``prod``); ``opened``, ``tables``: what it asked for."""

    def __init__(self, qtbot: QtBot, *more: Session, own: Path | None = None) -> None:
        self.prod = Session()
        super().__init__(self.prod, *more, rules=load_rules(BUILT_IN, own))
        self.watch.keep(True)
        self.theme = Theme(load_theme("dark"))
        self.page = ProblemsPage(self.watch, self.theme, lambda: len(self.clusters.sessions))
        qtbot.addWidget(self.page)
        self.opened: list[Item] = []
        self.tables: list[Item] = []
        self.selected: list[str] = []
        self.page.opened.connect(self.opened.append)
        self.page.table_wanted.connect(self.tables.append)
        self.page.selected.connect(lambda item: self.selected.append(item.id.key))
        self.page.resize(1000, 500)
        self.page.show()
        qtbot.waitExposed(self.page)

    def settle(self) -> None:
        super().settle()
        self.page.model.catch_up()  # on a slow machine it would take a rest first

    @property
    def sentence(self) -> str:
        return self.page.state.sentence if self.page.state.isVisible() else ""

    def names(self) -> list[str]:
        model = self.page.model
        return [model.item(row).id.key for row in range(model.rowCount())]


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot)
    yield made
    made.page.hide()
    made.watch.close()


def filled(stage: Stage) -> Stage:
    go_live(stage.prod)
    stage.prod.informer(PODS).put(CRASH, pod("api-1", "Error"), pod("slow", "Pending"), pod("ok"))
    stage.settle()
    return stage


def test_it_says_that_it_looks_and_then_that_all_is_well(stage: Stage) -> None:
    stage.settle()
    looking = stage.sentence
    stage.prod.informer(PODS).put(pod("ok"), pod("fine"))
    go_live(stage.prod)
    stage.settle()
    assert (looking, stage.sentence) == ("Looking for problems on the cluster.", "All is well.")
    assert stage.page.gaps_text == ""


def test_problems_replace_the_sentence_and_are_counted(stage: Stage) -> None:
    filled(stage)
    assert stage.sentence == ""
    assert stage.names() == ["shop/web-1", "shop/api-1", "shop/slow"]
    shown = {label.text() for pair in stage.page._figures.values() for label in pair if label.isVisible()}
    assert {"2 critical", "1 warning"} <= shown
    stage.prod.informer(PODS).put(pod("web-1"), pod("api-1"), pod("slow"))
    stage.settle()
    assert stage.sentence == "All is well."


def test_what_cannot_be_known_is_named_and_nothing_is_promised(stage: Stage) -> None:
    go_live(stage.prod)
    stage.prod.informer(EVENTS).say(WatchState.FORBIDDEN, "me may not list events")
    stage.settle()
    assert stage.page.gaps_text == "events: forbidden on prod"
    assert "me may not list events" in stage.page._gap_text.toolTip()
    assert stage.sentence == "No problem is known."
    stage.prod.informer(EVENTS).say(WatchState.LIVE)
    stage.settle()
    assert (stage.page.gaps_text, stage.sentence) == ("", "All is well.")


def test_with_no_cluster_it_says_so(stage: Stage) -> None:
    filled(stage)
    stage.retire(stage.prod)
    stage.page.refresh()
    assert stage.sentence == "No cluster is open."


def test_a_wrong_rule_is_said_on_the_page(qtbot: QtBot, tmp_path: Path) -> None:
    own = tmp_path / "problems.toml"
    own.write_text('[mine]\ntone = "red"\n')
    stage = Stage(qtbot, own=own)
    go_live(stage.prod)
    stage.settle()
    assert "the rule mine is wrong" in stage.page.gaps_text
    stage.page.hide()
    stage.watch.close()
    shutil.rmtree(tmp_path)


def test_the_filter_narrows_tells_how_many_and_complains(stage: Stage) -> None:
    filled(stage)
    stage.page.focus_filter()
    QTest.keyClicks(stage.page.filter, "web")
    assert stage.names() == ["shop/web-1"]
    assert stage.page._watching.text().startswith("1 of 3 · ")
    stage.page.set_filter("colour:red")
    assert "colour" in stage.page.filter_error
    assert stage.names() == ["shop/web-1"]
    stage.page.set_filter("nothing-like-it")
    assert stage.sentence == "None of 3 problems fits the filter."
    stage.page.state.activated.emit()
    assert (stage.page.filter.text(), len(stage.names()), stage.page.filter_error) == ("", 3, "")


def test_keys_open_objects_and_find_the_filter(stage: Stage) -> None:
    filled(stage)
    table = stage.page.table
    table.setFocus()
    table.selectRow(0)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        QTest.keyClick(table, key)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert [item.id.key for item in stage.opened] == ["shop/web-1", "shop/web-1", "shop/api-1"]
    assert stage.selected == ["shop/web-1", "shop/api-1"]
    QTest.keyClicks(table, "/")
    assert stage.page.filter.hasFocus()


def test_the_menu_of_a_line(stage: Stage) -> None:
    filled(stage)
    menu = stage.page.table.menu_for(stage.page.model.item(0))
    actions = {action.text(): action for action in menu.actions() if action.text()}
    actions["Show in Detail"].trigger()
    actions["Open table of pods"].trigger()
    actions["Copy problem"].trigger()
    assert (len(stage.opened), stage.tables[0].id.label) == (1, "pods")
    assert "CrashLoopBackOff after 3 restarts" in QGuiApplication.clipboard().text()
    actions["Copy name"].trigger()
    assert QGuiApplication.clipboard().text() == "web-1"


def test_the_line_being_read_stays_where_it_is(stage: Stage) -> None:
    go_live(stage.prod)
    pods = stage.prod.informer(PODS)
    pods.put(*(pod(f"web-{n}", "Error") for n in range(100)))
    stage.settle()
    table = stage.page.table
    table.verticalScrollBar().setValue(520)
    table.selectRow(25)
    reading = stage.page.model.item(table.rowAt(0)).id
    at = table.rowViewportPosition(stage.page.model.row_of(reading))
    pods.put(pod("aaa", "Error"), CRASH)
    stage.settle()
    row = stage.page.model.row_of(reading)
    assert row == 21  # one more before it: the other was there already
    assert table.rowViewportPosition(row) == at
    item = stage.page.current_item()
    assert item is not None
    assert item.id == ProblemId("prod", "pods", "shop/web-25")


def test_rows_are_as_high_as_in_other_tables(stage: Stage) -> None:
    filled(stage)
    table = stage.page.table
    stage.page._theme.set_row_height(ROW_HEIGHTS["roomy"])
    assert table.rowHeight(0) == ROW_HEIGHTS["roomy"]
    assert table.rowViewportPosition(1) == ROW_HEIGHTS["roomy"]


def test_a_column_grows_with_what_comes_later_and_does_not_jump_back(stage: Stage) -> None:
    filled(stage)
    table, model = stage.page.table, stage.page.model
    narrow = table.columnWidth(ProblemColumn.NAME)
    wide = pod("recommendations-of-the-whole-shop", "Error")
    stage.prod.informer(PODS).put(wide)
    stage.settle()
    stage.page._tick()
    grown = table.columnWidth(ProblemColumn.NAME)
    assert grown > narrow
    stage.page.set_filter("!whole-shop")
    stage.settle()
    stage.page._tick()
    assert model.rowCount()
    assert table.columnWidth(ProblemColumn.NAME) == grown


def test_the_cluster_is_a_column_where_there_are_several(stage: Stage) -> None:
    filled(stage)
    assert stage.page.table.isColumnHidden(ProblemColumn.CLUSTER)
    edge = Session("edge")
    stage.clusters.sessions["edge"] = edge
    stage.clusters.opened.emit(edge)
    edge.informer(PODS).put(pod("far", "Error"))
    stage.settle()
    assert not stage.page.table.isColumnHidden(ProblemColumn.CLUSTER)
    assert {item.id.cluster for item in stage.page.model.items()} == {"prod", "edge"}


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast-dark", "high-contrast-light"])
def test_it_is_painted_in_every_theme_and_stale_lines_are_quieter(stage: Stage, theme: str) -> None:
    filled(stage)
    stage.theme.use(load_theme(theme), reduced_motion=True)
    before = stage.page.table.viewport().grab().toImage()
    stage.prod.informer(PODS).say(WatchState.BACKOFF, "connection refused")
    stage.settle()
    after = stage.page.table.viewport().grab().toImage()
    assert before != after
    assert "pods: reconnecting on prod" in stage.page.gaps_text
    surface = stage.theme.color("surface")
    assert before.pixelColor(before.width() - 3, before.height() - 3) == surface


def test_nothing_runs_behind_a_hidden_page(stage: Stage) -> None:
    filled(stage)
    stage.page.hide()
    stage.prod.informer(PODS).put(pod("web-2", "Error"))
    stage.settle()
    assert len(stage.names()) == 3
    assert not stage.page._timer.isActive()
    stage.page.show()
    assert len(stage.names()) == 4
