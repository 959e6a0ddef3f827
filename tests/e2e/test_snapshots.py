"""A snapshot in the real program, by command: saved beside a cluster, opened without one."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest

from tests.e2e.conftest import Start
from tests.e2e.program import read_json


def test_saved_beside_a_cluster_and_opened_without_one(start: Start, clusters: Path, tmp_path: Path) -> None:
    file, cells, seen = (tmp_path / name for name in ("shop.kdesk", "cells.csv", "seen.csv"))
    saving = start(
        "--kubeconfig",
        str(clusters),
        commands=(
            "view.open nodes",
            "view.open deployments *",
            "view.wait-synced",
            "view.select *",
            "detail.open",
            "app.wait 1",
            "detail.close",
            f"view.export {cells}",
            f"snapshot.save {file}",
            "app.quit",
        ),
    )
    assert saving.wait() == 0, saving.err
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert any(name.startswith("objects/") for name in archive.namelist())
    opening = start(
        *("--kubeconfig", str(clusters), "--snapshot", str(file)),
        commands=(
            f"app.diagnostics {tmp_path / 'state.json'}",
            "view.next",
            "view.wait-synced",
            "view.select *",
            "detail.open",
            "detail.history",
            f"view.export {seen}",
            f"app.screenshot {tmp_path / 'picture.png'}",
            "app.quit",
        ),
    )
    assert opening.wait() == 0, opening.err
    assert (tmp_path / "picture.png").exists()
    assert "ERROR" not in opening.log()
    assert {one["state"] for one in read_json(tmp_path / "state.json")["clusters"]} == {"STOPPED"}
    with cells.open() as first, seen.open() as second:
        before, after = list(csv.DictReader(first)), list(csv.DictReader(second))
    assert before
    assert [(line["NAMESPACE"], line["NAME"]) for line in after] == [
        (line["NAMESPACE"], line["NAME"]) for line in before
    ]


def index(path: Path, said: dict[str, object]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("snapshot.json", json.dumps(said))


@pytest.mark.parametrize("asked", ["by the command line", "in the window"])
def test_what_is_no_snapshot_is_one_sentence(start: Start, tmp_path: Path, asked: str) -> None:
    odd, newer = tmp_path / "odd.kdesk", tmp_path / "newer.kdesk"
    odd.write_text("nothing")
    index(newer, {"format": "kdesk snapshot", "version": 99, "tables": "in another form"})
    for file, words in (
        (odd, "is no snapshot of kdesk, or a damaged one"),
        (newer, "was saved by a newer kdesk: this one cannot read it"),
    ):
        program = (
            start("--snapshot", str(file))
            if asked == "by the command line"
            else start(commands=(f"snapshot.open {file}", "app.quit"))
        )
        assert program.wait() == 1
        said = [line for line in program.err.splitlines() if "offscreen" not in line]
        before = "" if asked == "by the command line" else f"the command 'snapshot.open {file}' failed: "
        assert said == [f"kdesk: {before}{file} {words}"]


def test_what_was_recorded_is_found_by_the_next_run(start: Start, clusters: Path, tmp_path: Path) -> None:
    here = {"XDG_DATA_HOME": str(tmp_path / "data")}
    first = start(
        "--kubeconfig", str(clusters), environ=here, commands=("context.record", "app.wait 3", "app.quit")
    )
    assert first.wait() == 0, first.err
    assert list((tmp_path / "data").rglob("*.sqlite"))
    second = start(
        "--kubeconfig",
        str(clusters),
        environ=here,
        commands=(
            "history.find coredns",
            "app.wait 0.5",
            f"app.screenshot {tmp_path / 'found.png'}",
            "app.quit",
        ),
    )
    assert second.wait() == 0, second.err
    assert (tmp_path / "found.png").exists()
    assert "ERROR" not in second.log()
    third = start(
        "--kubeconfig", str(clusters), environ=here, commands=("history.find no-such-thing", "app.quit")
    )
    assert third.wait() == 1
    assert "nothing is kept of any object of" in third.err
