"""Rows selected, copied and exported by commands, on simulated clusters."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import Start


def test_what_a_table_shows_is_exported_in_three_formats(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    cells, objects, documents = (tmp_path / f"pods.{ending}" for ending in ("csv", "json", "yaml"))
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=(
            "view.open deployments *",
            "view.wait-synced",
            "view.sort NAME desc",
            f"view.export {cells}",
            f"view.export {objects}",
            "view.filter namespace:kube-system",
            "view.select *",
            f"object.export {documents}",
            "object.copy-name",
            "object.copy-kubectl",
            "object.copy-yaml",
            "view.copy-markdown",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    with cells.open(newline="") as file:
        header, *lines = list(csv.reader(file))
    assert header[:2] == ["NAMESPACE", "NAME"]
    names = [line[1] for line in lines]
    assert len(names) > 3
    items = json.loads(objects.read_text())["items"]
    assert [item["metadata"]["name"] for item in items] == names
    assert {(item["apiVersion"], item["kind"]) for item in items} == {("apps/v1", "Deployment")}
    assert all("managedFields" not in item["metadata"] for item in items)
    found = list(yaml.safe_load_all(documents.read_text()))
    assert {one["metadata"]["namespace"] for one in found} == {"kube-system"}
    assert [one["metadata"]["name"] for one in found] == [
        name for space, name, *_ in lines if space == "kube-system"
    ]
    assert "ERROR" not in program.log()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("view.export /nowhere/at/all.csv", "there is no folder /nowhere/at"),
        ("view.export pods.xlsx", ".csv, .json or .yaml"),
        ("view.select nobody", "has no row named 'nobody'"),
        ("object.copy-yaml", "No row is selected"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(start: Start, clusters: Path, command: str, reason: str) -> None:
    program = start(
        "--kubeconfig", str(clusters), commands=("view.open pods *", "view.wait-synced", command, "app.quit")
    )
    assert program.wait() == 1
    assert reason in program.err


def test_secrets_are_exported_masked(start: Start, clusters: Path, tmp_path: Path) -> None:
    file = tmp_path / "secrets.yaml"
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=("view.open secrets *", "view.wait-synced", f"view.export {file}", "app.quit"),
    )
    assert program.wait() == 0, program.err
    values = [value for one in yaml.safe_load_all(file.read_text()) for value in one.get("data", {}).values()]
    assert values
    assert all(value.startswith("<masked, ") for value in values)


def test_own_columns_are_shown_exported_and_remembered(start: Start, clusters: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "pods.csv", tmp_path / "again.csv"
    first = (
        "view.open pods *",
        "view.wait-synced",
        "view.add-column Where .spec.nodeName",
        "view.add-column Image '{.spec.containers[0].image}'",
        "view.add-column Gone .spec.nothing",
        "view.remove-column gone",
        "view.sort WHERE",
        f"view.export {file}",
        "app.quit",
    )
    program = start("--kubeconfig", str(clusters), commands=first)
    assert program.wait() == 0, program.err
    with file.open(newline="") as lines:
        header, *rows = list(csv.reader(lines))
    assert header[-2:] == ["WHERE", "IMAGE"]
    # A pod that comes just now has a row a moment before it has a value: there are two watches.
    age = header.index("AGE")
    settled = [row for row in rows if not re.fullmatch(r"\ds", row[age])]
    assert len(settled) > len(rows) // 2
    assert [row for row in settled if ":" not in row[-1]] == []
    assert len({row[-2] for row in rows}) > 1
    settings = next(program.home.rglob("settings.toml"))
    assert '[columns.pods.Where]\npath = ".spec.nodeName"' in settings.read_text()
    second = start(
        "--kubeconfig",
        str(clusters),
        environ={"XDG_CONFIG_HOME": str(program.home / "config")},
        commands=("view.open pods *", "view.wait-synced", f"view.export {again}", "app.quit"),
    )
    assert second.wait() == 0, second.err
    assert again.read_text().splitlines()[0].endswith("WHERE,IMAGE")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("view.add-column Where .spec[", "(character 7)"),
        ("view.add-column Where .spec.nodeName date", "'date' is no type"),
        ("view.add-column Status .spec.nodeName", "has a column STATUS of its own"),
        ("view.remove-column Where", "pods has no column of your own"),
    ],
)
def test_columns_that_cannot_be_are_sentences(
    start: Start, clusters: Path, command: str, reason: str
) -> None:
    program = start(
        "--kubeconfig", str(clusters), commands=("view.open pods *", "view.wait-synced", command, "app.quit")
    )
    assert program.wait() == 1
    assert reason in program.err
