"""The comparison of two states on the screen: columns, folds, the way from change to change, what is copied."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kdesk.kube.gvk import GVK
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.objects.diff_text import DiffText
from kdesk.ui.objects.diff_view import DiffView
from kdesk.ui.parts.state_page import StatePage
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.objects.yaml_text import Document, make_document

CONFIG = GVK("", "v1", "ConfigMap")


def document(old: dict[str, Any], new: dict[str, Any]) -> Document:
    before, after = ({"metadata": {"name": "web"}, "data": data} for data in (old, new))
    return make_document(json.dumps(after).encode(), CONFIG, before=json.dumps(before).encode())


def many(**changed: str) -> dict[str, str]:
    return {f"k{number:02}": "0" for number in range(40)} | changed


@pytest.fixture
def choice() -> DiffColumns:
    return DiffColumns()


@pytest.fixture
def view(qtbot: QtBot, choice: DiffColumns) -> DiffView:
    return a_view(qtbot, choice)


def a_view(qtbot: QtBot, choice: DiffColumns) -> DiffView:
    one = DiffView(Theme(load_theme("dark")), choice)
    qtbot.addWidget(one)
    one.resize(900, 300)
    one.show()
    return one


def columns(view: DiffView) -> list[DiffText]:
    """The visible ones, the state before first."""
    texts = [text for text in view.findChildren(DiffText) if text.isVisible()]
    return sorted(texts, key=lambda text: text.accessibleName() == "After")


def shown(view: DiffView) -> list[str]:
    return [text.toPlainText() for text in columns(view)]


def test_one_column_then_two(view: DiffView) -> None:
    view.show_document(document({"a": "1"}, {"a": "2"}))
    (one,) = shown(view)
    assert "a: '1'" in one
    assert "a: '2'" in one
    view.sides.click()
    left, right = shown(view)
    assert "a: '1'" in left
    assert "a: '2'" not in left
    assert "a: '2'" in right
    assert "a: '1'" not in right


def test_the_choice_is_one_for_all_and_remembered(qtbot: QtBot) -> None:
    told: list[bool] = []
    choice = DiffColumns(True, told.append)
    one, other = a_view(qtbot, choice), a_view(qtbot, choice)
    for view in (one, other):
        view.show_document(document({"a": "1"}, {"a": "2"}))
    assert [len(shown(view)) for view in (one, other)] == [2, 2]
    other.sides.click()
    assert [len(shown(view)) for view in (one, other)] == [1, 1]
    one.sides.click()
    assert other.sides.isChecked()
    assert told == [False, True], "each choice once"


def test_two_columns_wait_for_room(view: DiffView) -> None:
    view.show_document(document(many(), many(k05="1", k35="1")))
    view.sides.click()
    view.folds.click()
    view.go(1)
    view.go(1)
    assert len(shown(view)) == 2
    view.resize(300, 300)
    assert len(shown(view)) == 1
    assert view.sides.isChecked()
    assert "room" in view.sides.toolTip()
    assert columns(view)[0].textCursor().block().text().strip() == "k35: '0'", "the change that was looked at"
    view.resize(900, 300)
    assert len(shown(view)) == 2
    assert "room" not in view.sides.toolTip()


def test_a_first_state_stays_when_the_view_gets_narrow(view: DiffView) -> None:
    view.sides.click()
    view.show_whole(document({"a": "1"}, {"a": "2"}))
    (before,) = shown(view)
    view.resize(300, 300)
    assert shown(view) == [before]


def test_unchanged_lines_fold_and_unfold(view: DiffView) -> None:
    view.show_document(document(many(), many(k20="1")))
    assert "k05" not in shown(view)[0]
    view.folds.click()
    assert "k05" in shown(view)[0]
    assert "unchanged lines" not in shown(view)[0]


def test_keys_go_from_change_to_change_round_and_round(view: DiffView) -> None:
    view.show_document(document(many(), many(k05="1", k35="1")))
    view.folds.click()
    (text,) = columns(view)
    text.setFocus()
    lines = []
    for _ in range(3):
        QTest.keyClick(text, Qt.Key.Key_F7)
        lines.append(text.textCursor().block().text().strip())
    assert lines == ["k05: '0'", "k35: '0'", "k05: '0'"]
    QTest.keyClick(text, Qt.Key.Key_F7, Qt.KeyboardModifier.ShiftModifier)
    assert text.textCursor().block().text().strip() == "k35: '0'"


def test_both_columns_scroll_together(view: DiffView) -> None:
    view.sides.click()
    view.show_document(document(many(), many(k05="1", k35="1")))
    view.folds.click()
    left, right = columns(view)
    left.verticalScrollBar().setValue(7)
    assert right.verticalScrollBar().value() == 7
    right.verticalScrollBar().setValue(3)
    assert left.verticalScrollBar().value() == 3


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (document({"a": "1"}, {"a": "1"}), "The two states say the same."),
        (make_document(b"[", CONFIG, before=b"{}"), "the ConfigMap came without a readable object"),
    ],
)
def test_nothing_to_compare_says_so(view: DiffView, made: Document, sentence: str) -> None:
    view.show_document(document({"a": "1"}, {"a": "2"}))
    view.show_document(made)
    assert shown(view) == []
    page = view.findChild(StatePage)
    assert page is not None
    assert page.isVisible()
    assert sentence.lower() in page.sentence.lower()
    assert not view.sides.isEnabled()


def test_a_copy_names_the_states_and_masks_secrets(view: DiffView) -> None:
    old, new = (
        {"metadata": {"name": "s"}, "data": {"p": value}}
        for value in ("cGxhbnRlZC1vbmU=", "cGxhbnRlZC10d28=")
    )
    made = make_document(json.dumps(new).encode(), GVK("", "v1", "Secret"), before=json.dumps(old).encode())
    view.show_document(made, "web at 14:02:11", "web at 14:02:13")
    view.copy()
    text = QGuiApplication.clipboard().text()
    assert text.startswith("--- web at 14:02:11\n+++ web at 14:02:13\n@@")
    assert "masked" in text
    assert "cGxhbnR" not in text
