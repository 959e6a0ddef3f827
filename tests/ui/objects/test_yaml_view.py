"""The YAML viewer: updates in place, marks, search, colours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kdesk.kube.gvk import GVK
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.objects.yaml_highlight import Role, spans
from kdesk.ui.objects.yaml_panel import YamlPanel
from kdesk.ui.objects.yaml_view import YamlView
from kdesk.viewmodel.objects.yaml_text import Document, Hunk, difference, make_document

CONFIG = GVK("", "v1", "ConfigMap")


def document(data: dict[str, Any], previous: Document | None = None) -> Document:
    obj = {"metadata": {"name": "web"}, "data": data}
    return make_document(json.dumps(obj).encode(), CONFIG, previous)


def plain(lines: list[str], previous: Document | None = None) -> Document:
    changes = tuple(difference(previous.lines, lines)) if previous is not None else None
    return Document("\n".join(lines), tuple(lines), bytes(len(lines)), changes)


@pytest.fixture
def view(qtbot: QtBot) -> YamlView:
    one = YamlView(Theme(load_theme("dark")))
    qtbot.addWidget(one)
    one.resize(400, 300)
    one.show()
    return one


_LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=8)


@given(states=st.lists(_LINES, min_size=2, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_updates_in_place_end_in_the_same_text_as_showing_it_anew(
    view: YamlView, states: list[list[str]]
) -> None:
    view.show_document(None)
    before: Document | None = None
    for lines in states:
        before = plain(lines, before)
        view.show_document(before)
        assert view.toPlainText() == "\n".join(lines)


def test_selection_and_scroll_stay_where_they_are_when_lines_change_above(view: YamlView) -> None:
    before = document({f"key-{n:03d}": "v" for n in range(200)})
    view.show_document(before)
    cursor = view.document().find("key-150")
    view.setTextCursor(cursor)
    view.verticalScrollBar().setValue(140)
    top = view.firstVisibleBlock().text()
    after = document({"aaa": "1", "bbb": "2"} | {f"key-{n:03d}": "v" for n in range(3, 200)}, before)
    view.show_document(after)
    assert view.textCursor().selectedText() == "key-150"
    assert view.firstVisibleBlock().text() == top
    assert view.toPlainText() == "\n".join(after.lines)


def test_the_first_change_stays_in_sight_in_a_view_that_becomes_small(view: YamlView) -> None:
    lines = [f"line-{n}" for n in range(200)]
    changed = Document("", tuple(lines), bytes(200), None, (Hunk(90, 91, 90, 91),))
    view.resize(400, 600)
    view.show_document(changed)
    assert "line-90" in [block.text() for block, _ in view.visible_blocks()]
    view.resize(400, 60)
    assert "line-90" in [block.text() for block, _ in view.visible_blocks()]
    view.verticalScrollBar().setValue(10)
    view.resize(400, 80)
    assert view.verticalScrollBar().value() == 10
    first = plain(lines)
    view.show_document(first)
    view.show_document(plain([*lines[:150], "other", *lines[151:]], first))
    view.resize(400, 60)
    assert view.verticalScrollBar().value() == 0, "what changes while one looks does not pull"


def test_changed_lines_are_marked_until_the_next_change(view: YamlView) -> None:
    first = document({"a": "1", "b": "2"})
    view.show_document(first)
    assert not any(view.mark_of(n) for n in range(view.blockCount()))
    second = document({"a": "1", "b": "3"}, first)
    view.show_document(second)
    assert [
        view.document().findBlockByNumber(n).text() for n in range(view.blockCount()) if view.mark_of(n)
    ] == ["  b: '3'"]
    view.show_document(document({"a": "1", "b": "3"}, second))  # nothing changed: the marks stay
    assert any(view.mark_of(n) for n in range(view.blockCount()))


def test_the_glow_ends_and_is_not_shown_where_motion_is_unwanted(qtbot: QtBot, view: YamlView) -> None:
    first = document({"a": "1"})
    view.show_document(first)
    view.show_document(document({"a": "2"}, first))
    assert view.extraSelections()
    qtbot.waitUntil(lambda: not view.extraSelections(), timeout=5_000)
    theme = Theme(load_theme("dark"))
    theme.reduced_motion = True
    still = YamlView(theme)
    qtbot.addWidget(still)
    still.show()
    still.show_document(first)
    still.show_document(document({"a": "2"}, first))
    assert not still.extraSelections()


def formats(view: YamlView, number: int) -> int:
    return len(view.document().findBlockByNumber(number).layout().formats())


def test_only_lines_on_the_screen_are_coloured(qtbot: QtBot, view: YamlView) -> None:
    view.show_document(document({f"key-{n:05d}": "v" for n in range(20_000)}))
    assert formats(view, 0) > 0
    assert formats(view, 15_000) == 0
    view.verticalScrollBar().setValue(15_000)
    qtbot.waitUntil(lambda: formats(view, 15_000) > 0)


def test_the_first_line_is_coloured_in_every_document(view: YamlView) -> None:
    for data in ({"a": "1"}, {"b": "2"}):
        view.show_document(document(data))
        assert formats(view, 0) > 0


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("kind: Pod", [("kind", Role.KEY), (":", Role.MARK)]),
        ("  - name: web", [("- ", Role.MARK), ("name", Role.KEY), (":", Role.MARK)]),
        ("  app.kubernetes.io/name: x", [("app.kubernetes.io/name", Role.KEY), (":", Role.MARK)]),
        ("  'no': 1", [("'no'", Role.KEY), (":", Role.MARK)]),
        ("  a: null", [("a", Role.KEY), (":", Role.MARK), ("null", Role.MARK)]),
        ("  run: |-", [("run", Role.KEY), (":", Role.MARK), ("|-", Role.MARK)]),
        ("  p: <masked, 7 bytes>", [("p", Role.KEY), (":", Role.MARK), ("<masked, 7 bytes>", Role.MASKED)]),
        ("  - http://web:80/", [("- ", Role.MARK)]),
        ("", []),
    ],
)
def test_parts_of_a_line(line: str, found: list[tuple[str, Role]]) -> None:
    assert [
        (line[start : start + length], role) for start, length, role in spans(line, verbatim=False)
    ] == found
    assert spans(line, verbatim=True) == []


def key_color(view: YamlView) -> QColor:
    [key, *_] = view.document().firstBlock().layout().formats()
    shape = key.format
    return shape.foreground().color()


def test_a_theme_change_colours_anew(view: YamlView) -> None:
    theme = view._theme
    view.show_document(document({"a": "1"}))
    before = key_color(view)
    theme.use(load_theme("light"), reduced_motion=False)
    assert before != key_color(view) == theme.color("accent")


@pytest.fixture
def panel(qtbot: QtBot) -> YamlPanel:
    one = YamlPanel(Theme(load_theme("light")))
    qtbot.addWidget(one)
    one.resize(400, 300)
    one.show()
    return one


def test_search_counts_wraps_round_and_follows_updates(qtbot: QtBot, panel: YamlPanel) -> None:
    first = document({"node-a": "x", "b": "node", "c": "y"})
    panel.show_document(first)
    panel.find_bar.begin()
    QTest.keyClicks(panel.find_bar._text, "NODE")
    assert panel.find_bar.matches == 2
    assert panel.view.textCursor().selectedText() == "node"
    start = panel.view.textCursor().position()
    panel.find_bar.step(1)
    assert panel.view.textCursor().position() != start
    panel.find_bar.step(1)
    assert panel.view.textCursor().position() == start
    panel.show_document(document({"b": "x"}, first))
    assert panel.find_bar.matches == 0
    panel.find_bar.end()
    assert not panel.find_bar.isVisible()


def test_copy_takes_the_whole_text_and_the_path_of_the_line(panel: YamlPanel) -> None:
    long = "word" * 3_000
    panel.show_document(document({"a": long}))
    panel.copy_all()
    assert long in QGuiApplication.clipboard().text()
    assert long not in panel.view.toPlainText()
    cursor = panel.view.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.End)
    panel.view.setTextCursor(cursor)
    panel.copy_path()
    assert QGuiApplication.clipboard().text() == ".data.a"
