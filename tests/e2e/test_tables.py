"""Tables as a person arranges them, by command: several clusters in one, columns and filters that come back."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.e2e.conftest import PODS, Start
from tests.e2e.program import names, read_json


def test_two_clusters_in_one_table_and_one_of_them_closed(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    first, second, third = names(clusters)
    answers = [tmp_path / f"{number}.json" for number in range(4)]
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=(
            "view.open pods *",
            f"view.clusters {first} {second}",  # the second is opened for it
            "view.wait-synced",
            f"app.diagnostics {answers[0]}",
            f"view.filter cluster:{second}",
            "view.sort CLUSTER desc",
            "view.filter",
            f"view.merge {third}",
            "view.wait-synced",
            f"app.diagnostics {answers[1]}",
            f"context.close {second}",
            f"view.merge {third}",
            "view.wait-synced",
            f"app.diagnostics {answers[2]}",
            "view.clusters *",
            "view.wait-synced",
            f"context.switch {second}",
            "view.wait-synced",
            f"app.diagnostics {answers[3]}",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    found = [read_json(answer)["views"] for answer in answers]
    assert [[view["cluster"] for view in views] for views in found] == [
        [f"{first} + {second}"],
        [f"{first} + {second} + {third}"],
        [first],
        [second],
    ]
    rows = [views[0]["rows"] for views in found]
    assert rows[0] > 1.6 * PODS
    assert rows[1] > 2.4 * PODS
    assert rows[2] < 1.3 * PODS
    assert all(views[0]["state"] == "LIVE" for views in found)
    assert "ERROR" not in program.log()


def test_columns_and_filters_come_back_and_a_broken_value_costs_only_itself(
    start: Start, clusters: Path
) -> None:
    line = ("--kubeconfig", str(clusters))
    first = start(
        *line,
        commands=(
            "view.open pods *",
            "view.wait-synced",
            "view.wide",
            "view.sort RESTARTS desc",
            "view.filter status:run",
            "view.filter-save 'the running'",
            "app.quit",
        ),
    )
    assert first.wait() == 0, first.err
    [file] = first.home.rglob("settings.toml")
    tables = tomllib.loads(file.read_text())["tables"]
    assert tables["pods"]["filters"] == {"the running": "status:run"}
    assert tables["pods"]["sort"] == ["RESTARTS desc"]
    assert "NODE" in tables["pods"]["shown"]
    file.write_text(file.read_text().replace('"RESTARTS desc"', "7"))
    # The same folder: the second run finds what the first has left.
    settings = file.read_text()
    second = start(*line, environ={"XDG_CONFIG_HOME": str(file.parents[1])}, commands=(
        "view.open pods *",
        "view.wait-synced",
        "view.filter-use 'the running'",
        "view.filter-forget 'the running'",
        "view.filter-use 'the running'",
    ))  # fmt: skip
    assert second.wait() == 1
    assert "No filter of this kind is saved." in second.err
    left = tomllib.loads(file.read_text())["tables"]["pods"]
    assert "filters" not in left
    assert left["shown"] == tomllib.loads(settings)["tables"]["pods"]["shown"]


def test_what_cannot_be_merged_is_said(start: Start, clusters: Path) -> None:
    first = names(clusters)[0]
    for command, reason in (
        (f"view.merge {first}", "is the only cluster of the table"),
        ("view.clusters nowhere", "nowhere"),
        ("view.filter-use x", "No filter of this kind is saved."),
        ("view.filter-save x", "nothing is typed"),
    ):
        program = start("--kubeconfig", str(clusters), commands=("view.open pods *", command))
        assert program.wait() == 1
        assert reason in program.err
