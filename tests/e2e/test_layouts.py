"""Groups, windows and layouts by command: what is saved comes back, and a switch reaches every window."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.e2e.conftest import Start
from tests.e2e.program import names, read_json


def test_a_layout_is_saved_as_toml_and_opens_what_is_still_there(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    first, second, _ = names(clusters)
    line = ("--kubeconfig", str(clusters))
    saving = start(
        *line,
        commands=(
            "view.open pods *",
            "view.wait-synced",
            "view.filter status:run",
            "view.open nodes",
            "view.split-right",
            f"context.open {second}",
            "view.open deployments *",
            "view.split-down",
            "problems.open",
            "view.tear-off",
            "layout.save 'at work'",
            "app.quit",
        ),
    )
    assert saving.wait() == 0, saving.err
    [file] = saving.home.rglob("settings.toml")
    layout = tomllib.loads(file.read_text())["layouts"]["at work"]
    main, torn = layout["windows"]
    assert torn["pane"]["tabs"] == [{"command": "problems.open"}]
    left, right = main["pane"]["panes"]
    assert left["tabs"] == [{"kind": "pods", "clusters": [first], "filter": "status:run"}]
    assert [pane["tabs"][0]["kind"] for pane in right["panes"]] == ["nodes", "deployments.apps"]

    file.write_text(file.read_text().replace('kind = "nodes"', 'kind = "gadgets.example.com"'))
    answer, picture = tmp_path / "answer.json", tmp_path / "picture.png"
    opening = start(
        *line,
        environ={"XDG_CONFIG_HOME": str(file.parents[1])},
        commands=(
            "view.open services *",
            "layout.open 'at work'",
            "view.wait-synced",
            "layout.save again",
            f"app.screenshot {picture}",
            f"app.diagnostics {answer}",
            "app.quit",
        ),
    )
    assert opening.wait() == 0, opening.err
    views = read_json(answer)["views"]
    assert sorted((view["resource"], view["cluster"]) for view in views) == [
        ("deployments.apps", second),
        ("pods", first),
    ]
    saved = tomllib.loads(file.read_text())["layouts"]
    assert [window["pane"] for window in saved["again"]["windows"]] == [
        window["pane"] for window in saved["at work"]["windows"]
    ]
    assert "ERROR" not in opening.log()


def test_a_switch_reaches_every_group_and_window_and_closing_ends_all(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    first, second, _ = names(clusters)
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=(
            "view.open pods *",
            "view.open nodes",
            "view.split-right",
            "view.open deployments *",
            "view.tear-off",
            "view.wait-synced",
            f"app.diagnostics {before}",
            f"context.switch {second}",
            "view.wait-synced",
            f"app.diagnostics {after}",
            "view.next-group",
            "view.next",
            "view.bring-back",
            "app.quit",
        ),
    )
    code = program.wait()
    assert [view["cluster"] for view in read_json(before)["views"]] == [first] * 3
    found = read_json(after)["views"]
    assert [(view["cluster"], view["state"]) for view in found] == [(second, "LIVE")] * 3
    assert code == 1  # the last page is in the main window
    assert "It is in the main window." in program.err
    assert "ERROR" not in program.log()
