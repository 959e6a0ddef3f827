"""Tables as files: cells as shown, objects whole and masked, in the order of the rows, whole or not at all."""

from __future__ import annotations

import base64
import csv
import errno
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kdesk.kube.errors import ConnectionLost, Stopped
from kdesk.kube.saving import SaveError
from kdesk.kube.stop import Stop
from kdesk.viewmodel.rows.columns import table_columns
from kdesk.viewmodel.tables.export import ExportError, Format, format_of, write_cells, write_objects
from tests.viewmodel.pods import NOW, PODS, pod

VALUE = base64.b64encode(b"hunter2-the-value").decode()
COLUMNS = table_columns(PODS[:5], namespaces=True)


def nothing(done: int, total: int) -> None:
    """Nobody looks."""


def obj(name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "prod"}, **more}


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.csv", Format.CSV), ("a.JSON", Format.JSON), ("a.b.yaml", Format.YAML), ("a.yml", Format.YAML)],
)
def test_the_suffix_says_the_format(name: str, form: Format) -> None:
    assert format_of(Path(name)) is form


@pytest.mark.parametrize("name", ["pods", "pods.xlsx", ".csv", ""])
def test_another_suffix_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(ExportError, match=r"\.csv, \.json or \.yaml"):
        format_of(Path(name))


def test_csv_holds_the_cells_as_shown_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "pods.csv"
    rows = [pod("web-1", age=90), pod('odd "name", with', namespace="test", status="Crash\nLoop")]
    seen: list[tuple[int, int]] = []
    done = write_cells(path, COLUMNS, rows, NOW, Stop(), lambda *progress: seen.append(progress))
    assert done == 2
    assert seen == [(2, 2)]
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    assert lines == [
        ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"],
        ["prod", "web-1", "1/1", "Running", "0", "90s"],
        ["test", 'odd "name", with', "0/1", "Crash Loop", "0", "60s"],
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_objects_stand_in_the_order_of_the_rows_however_they_come(tmp_path: Path) -> None:
    keys = ["prod/c", "prod/a", "prod/gone", "prod/b"]
    pages = [{"prod/a": obj("a", spec={"text": "x\ny"}), "prod/b": obj("b")}, {"prod/c": obj("c")}]
    whole = tmp_path / "pods.json"
    assert write_objects(whole, Format.JSON, keys, pages, Stop(), nothing) == 3
    listed = json.loads(whole.read_text())
    assert (listed["apiVersion"], listed["kind"]) == ("v1", "List")
    assert [item["metadata"]["name"] for item in listed["items"]] == ["c", "a", "b"]
    assert listed["items"][1]["spec"] == {"text": "x\ny"}
    documents = tmp_path / "pods.yaml"
    assert write_objects(documents, Format.YAML, keys, pages, Stop(), nothing) == 3
    assert list(yaml.safe_load_all(documents.read_text())) == listed["items"]


@pytest.mark.parametrize("form", [Format.JSON, Format.YAML])
def test_one_object_is_written_as_itself(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"pod.{form}"
    write_objects(path, form, ["prod/a"], [{"prod/a": obj("a")}], Stop(), nothing)
    assert yaml.safe_load(path.read_text()) == obj("a")
    assert path.read_text().endswith("\n")


@pytest.mark.parametrize("form", [Format.JSON, Format.YAML])
def test_secret_values_stay_where_they_are(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"secrets.{form}"
    secret = {**obj("db"), "kind": "Secret", "data": {"password": VALUE}}
    write_objects(path, form, ["prod/db"], [{"prod/db": secret}], Stop(), nothing)
    assert VALUE not in path.read_text()
    assert "<masked, 17 bytes>" in path.read_text()


def failing(error: Exception) -> Iterator[dict[str, dict[str, Any]]]:
    yield {"prod/a": obj("a")}
    raise error


@pytest.mark.parametrize("error", [ConnectionLost("the connection broke"), Stopped("stopped")])
def test_what_ends_early_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "pods.json"
    path.write_text("before")
    with pytest.raises(type(error)):
        write_objects(path, Format.JSON, ["prod/a", "prod/b"], failing(error), Stop(), nothing)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["pods.json"]


def test_cancelled_cells_leave_nothing(tmp_path: Path) -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        write_cells(tmp_path / "pods.csv", COLUMNS, [pod("web")], NOW, stop, nothing)
    assert os.listdir(tmp_path) == []


def test_objects_that_are_all_gone_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="gone from the cluster"):
        write_objects(tmp_path / "pods.json", Format.JSON, ["prod/a"], [], Stop(), nothing)
    assert os.listdir(tmp_path) == []


def test_a_full_disk_and_a_missing_folder_are_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SaveError, match="there is no folder"):
        write_cells(tmp_path / "missing" / "pods.csv", COLUMNS, [pod("web")], NOW, Stop(), nothing)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveError, match="the disk is full"):
        write_objects(tmp_path / "a.yaml", Format.YAML, ["prod/a"], [{"prod/a": obj("a")}], Stop(), nothing)
    assert os.listdir(tmp_path) == []
