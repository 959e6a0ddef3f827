"""A snapshot in the real program, by command: saved beside a cluster, opened without one."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

from tests.e2e.conftest import Start


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
        environ={"KUBECONFIG": str(tmp_path / "none")},
        commands=(
            f"snapshot.open {file}",
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
    with cells.open() as first, seen.open() as second:
        before, after = list(csv.DictReader(first)), list(csv.DictReader(second))
    assert before
    assert [(line["NAMESPACE"], line["NAME"]) for line in after] == [
        (line["NAMESPACE"], line["NAME"]) for line in before
    ]


def test_what_is_no_snapshot_is_said(start: Start, tmp_path: Path) -> None:
    odd = tmp_path / "odd.kdesk"
    odd.write_text("nothing")
    program = start(commands=(f"snapshot.open {odd}", "app.quit"))
    assert program.wait() == 1
    assert "odd.kdesk is no snapshot of kdesk" in program.err


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
