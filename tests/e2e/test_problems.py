"""What needs attention, in the real program: the simulated clusters have crash loops and worse."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import Start
from tests.e2e.program import read_json


def test_the_problems_of_all_open_clusters_are_listed_in_words(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    picture, saved, watches = tmp_path / "problems.png", tmp_path / "problems.json", tmp_path / "now.json"
    names = ["demo-shop", "demo-edge"]
    program = start(
        *("--kubeconfig", str(clusters), "--context", names[0], "--context", names[1]),
        commands=(
            "problems.open",
            "problems.wait",
            f"problems.save {saved}",
            f"app.screenshot {picture}",
            "problems.open kind:pod crash",
            f"app.diagnostics {watches}",
            "view.close",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    assert program.err == ""
    found = read_json(saved)
    assert {one["cluster"] for one in found} == set(names)
    tones = [one["tone"] for one in found]
    assert tones == sorted(tones)  # bad before warn
    by_rule = {rule: one for one in found for rule in one["rules"]}
    assert {"deployment-down", "event-warning"} <= by_rule.keys()
    assert {"pod-crash-loop", "pod-failed", "pod-image"} & by_rule.keys()
    down = by_rule["deployment-down"]
    assert down["resource"] == "deployments.apps"
    assert any("No replica is ready" in words for words in down["problems"])
    for cluster in read_json(watches)["clusters"][:2]:
        watched = {watch["resource"] for watch in cluster["watches"] if watch["state"] == "LIVE"}
        assert {"pods", "nodes", "events", "deployments.apps", "jobs.batch"} <= watched
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "ERROR" not in program.log()


def test_without_the_page_nothing_is_watched_for_its_sake(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    before, after, saved = tmp_path / "before.json", tmp_path / "after.json", tmp_path / "problems.json"
    program = start(
        *("--kubeconfig", str(clusters), "--context", "demo-shop"),
        commands=(
            "view.open pods *",
            "view.wait-synced",
            "app.wait 1.5",
            f"app.diagnostics {before}",
            f"problems.save {saved}",
            "problems.watch",
            "problems.wait",
            f"app.diagnostics {after}",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    # What is known comes from the table that is open, for nothing.
    assert {one["resource"] for one in read_json(saved)} == {"pods"}
    assert "nodes" not in {watch["resource"] for watch in read_json(before)["clusters"][0]["watches"]}
    assert "nodes" in {watch["resource"] for watch in read_json(after)["clusters"][0]["watches"]}
    kept = next(program.home.rglob("settings.toml")).read_text()
    assert "watch_problems = true" in kept


def test_a_wrong_rule_of_ones_own_is_named_and_the_others_work(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    folder, saved = tmp_path / "config", tmp_path / "problems.json"
    rules = folder / "kdesk" / "rules" / "problems.toml"
    rules.parent.mkdir(parents=True)
    rules.write_text(
        '[mine]\ntone = "red"\n'
        '[running]\nresource = "pods"\ntitle = "running"\ntone = "warn"\nreason = "{STATUS} on {NODE}"\n'
        'when = [{ column = "STATUS", is = "Running" }]\n'
    )
    program = start(
        *("--kubeconfig", str(clusters), "--context", "demo-shop"),
        commands=("problems.open", "problems.wait", f"problems.save {saved}", "app.quit"),
        environ={"XDG_CONFIG_HOME": str(folder)},
    )
    assert program.wait() == 0, program.err
    assert program.err == ""  # the page is open at the end
    assert "ERROR" not in program.log()
    assert "the rule mine is wrong" in program.log()
    mine = [one for one in read_json(saved) if "running" in one["rules"]]
    assert len(mine) > 20
    assert any("Running on ip-" in words for one in mine for words in one["problems"])
