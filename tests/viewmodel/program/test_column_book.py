"""Columns of a person's own in the settings: readable, checked, and not lost when they make no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.table.extraction import ValueType
from kdesk.kube.table.jsonpath import PathError
from kdesk.kube.table.rows import ColumnKind
from kdesk.viewmodel.program.settings import Settings, TomlFile
from kdesk.viewmodel.tables.column_book import ColumnBook, ColumnError, OwnColumn, make_column


class Saves:
    """``count``: how often it was asked to save."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.mark.parametrize(
    ("path", "stored", "label"),
    [
        (".spec.nodeName", ".spec.nodeName", ""),
        ("label:app", ".metadata.labels['app']", "app"),
        (
            "label:app.kubernetes.io/name",
            ".metadata.labels['app.kubernetes.io/name']",
            "app.kubernetes.io/name",
        ),
        ("annotation:it's", r".metadata.annotations['it\'s']", ""),
        (" {.metadata.labels.app} ", "{.metadata.labels.app}", "app"),
    ],
)
def test_labels_and_annotations_are_short_for_paths(path: str, stored: str, label: str) -> None:
    column = make_column(" Own ", path)
    assert (column.name, column.path, column.label) == ("Own", stored, label)


def test_a_label_that_is_no_text_is_read_from_the_object() -> None:
    column = make_column("Shard", "label:shard", "number")
    assert column.label == ""
    assert column.column.kind is ColumnKind.NUMBER


@pytest.mark.parametrize(
    ("name", "path", "kind", "error", "words"),
    [
        ("", ".a", "text", ColumnError, "needs a name"),
        ("n" * 41, ".a", "text", ColumnError, "too long"),
        ("A", ".a", "date", ColumnError, "text, number, quantity, age"),
        ("A", ".a[", "text", PathError, "character 4"),
        ("A", "", "text", PathError, "a path is missing"),
    ],
)
def test_what_is_no_column_is_a_sentence(
    name: str, path: str, kind: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        make_column(name, path, kind)


def test_columns_are_kept_as_readable_toml(qtbot: QtBot, tmp_path: Path) -> None:
    file = TomlFile(tmp_path / "settings.toml", Settings)
    settings = Settings()
    book = ColumnBook(settings.columns, lambda: file.save(settings))
    told: list[str] = []
    book.changed.connect(told.append)
    book.add("pods", make_column("Zone", "label:zone"))
    book.add("deployments.apps", make_column("Rolled", ".metadata.annotations['at']", "age"))
    assert told == ["pods", "deployments.apps"]
    text = file.path.read_text()
    assert "[columns.pods.Zone]\npath = \".metadata.labels['zone']\"" in text
    assert '[columns."deployments.apps".Rolled]' in text
    again = ColumnBook(file.load().columns, Saves())
    assert again.problems == []
    assert again.of("pods") == [OwnColumn("Zone", ".metadata.labels['zone']", ValueType.TEXT, "zone")]
    assert again.of("deployments.apps")[0].type is ValueType.AGE


def test_a_name_is_one_column_and_not_one_of_the_servers(qtbot: QtBot) -> None:
    columns: dict[str, Any] = {}
    book = ColumnBook(columns, Saves())
    book.add("pods", make_column("Zone", ".a"))
    book.add("pods", make_column("zone", ".b"))
    assert [(one.name, one.path) for one in book.of("pods")] == [("zone", ".b")]
    with pytest.raises(ColumnError, match="has a column STATUS of its own"):
        book.add("pods", make_column("status", ".a"), ["Name", "Status"])


def test_columns_are_removed_by_name(qtbot: QtBot) -> None:
    columns: dict[str, Any] = {"pods": {"Zone": {"path": ".a"}}}
    saves = Saves()
    book = ColumnBook(columns, saves)
    with pytest.raises(ColumnError, match="no column 'Rack' of your own; there are Zone"):
        book.remove("pods", "Rack")
    with pytest.raises(ColumnError, match="nodes has no column"):
        book.remove("nodes", "Zone")
    assert saves.count == 0
    book.remove("pods", "ZONE")
    assert columns == {}
    assert saves.count == 1


def test_what_makes_no_sense_is_told_passed_over_and_kept(qtbot: QtBot) -> None:
    columns: dict[str, Any] = {
        "pods": {
            "Bad": {"path": ".a["},
            "Odd": 5,
            "Typed": {"path": ".a", "type": "date"},
            "Good": {"path": ".a"},
        },
        "nodes": "no",
    }
    book = ColumnBook(columns, Saves())
    assert [one.name for one in book.of("pods")] == ["Good"]
    assert book.of("nodes") == []
    assert [problem.split(" is ")[0] for problem in book.problems] == [
        "The column columns.pods.Bad",
        "The column columns.pods.Odd",
        "The column columns.pods.Typed",
    ]
    book.add("pods", make_column("More", ".b"))
    assert list(columns["pods"]) == ["Bad", "Odd", "Typed", "Good", "More"]
