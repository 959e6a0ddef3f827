"""Live events in the real program, by command: watch lists, bookmarks, files, the strip."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from tests.e2e.conftest import Start


def test_a_watch_list_is_saved_started_and_its_lines_opened_from_a_file(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    saved, again, picture = tmp_path / "events.jsonl", tmp_path / "again.jsonl", tmp_path / "file.png"
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=(
            "view.open pods *",
            "view.wait-synced",
            "events.open pods deployments.apps",
            "events.list-save rollout",
            "events.stop",
            "events.clear",
            "events.watch rollout",
            "events.rates",
            "app.wait 3",
            "events.filter type:MODIFIED",
            "app.wait 0.5",
            f"events.save {saved}",
            "events.stop",
            f"events.open-file {saved}",
            "app.wait 0.5",
            "events.filter kind=Pod",
            "app.wait 0.5",
            f"events.save {again}",
            f"app.screenshot {picture}",
            "view.close",
            "events.tab",
            "view.close",
            "events.list-rename rollout 'the rollout'",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    first, second = ([json.loads(line) for line in path.read_text().splitlines()] for path in (saved, again))
    assert {line["type"] for line in first} == {"MODIFIED"}
    assert second == [line for line in first if line["kind"] == "Pod"]
    assert all(line["words"] for line in second)
    settings = tomllib.loads(next(tmp_path.rglob("settings.toml")).read_text())
    assert settings["watch_lists"] == {"the rollout": {"kinds": ["pods", "deployments.apps"]}}
    assert picture.exists()
    assert "ERROR" not in program.log()


def test_what_is_no_file_of_events_is_said(start: Start, clusters: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.jsonl"
    odd.write_text('{"kind": "Pod"}\n')
    program = start("--kubeconfig", str(clusters), commands=(f"events.open-file {odd}", "app.quit"))
    assert program.wait() == 1
    assert "odd.jsonl, line 1: it is no live event that was saved" in program.err
