"""The contract of ``--command``: order, waiting, failures, and the shape of the diagnostics."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import PODS, Start
from tests.e2e.program import alive, children, names, read_json


def test_the_main_job(start: Start, clusters: Path, tmp_path: Path) -> None:
    picture, before, after = tmp_path / "new" / "pods.png", tmp_path / "before.json", tmp_path / "after.json"
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=(
            f"app.diagnostics {before}",
            "view.open pods *",
            "view.wait-synced",
            f"app.screenshot {picture}",
            "app.wait 0.2",
            f"app.diagnostics '{after}'",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    assert program.err == ""
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert read_json(before)["views"] == []
    answer = read_json(after)
    first, *others = answer["clusters"]
    assert [cluster["name"] for cluster in answer["clusters"]] == names(clusters)
    assert (first["state"], first["session"]) == ("LIVE", "OPEN")
    assert [(other["state"], other["watches"]) for other in others] == [("STOPPED", []), ("STOPPED", [])]
    [view] = answer["views"]
    assert (view["resource"], view["state"]) == ("pods", "LIVE")
    assert view["rows"] >= PODS * 0.8
    assert 0 < view["first_row_ms"] <= view["synced_ms"]
    watch = next(watch for watch in first["watches"] if watch["resource"] == "pods")
    assert watch["state"] == "LIVE"
    assert watch["lists"] == 1
    assert int(watch["resourceVersion"]) > 0
    assert answer["process"]["rss_bytes"] > 0
    assert answer["gui"]["lateness_ms"]["max"] >= answer["gui"]["lateness_ms"]["p50"] >= 0
    assert "ERROR" not in program.log()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("no.such-command", "there is no command 'no.such-command'"),
        ("context.open nowhere", "nowhere"),
        ("context.open", "it takes NAME"),
        ("view.open gadgets", "gadgets"),
        ("view.open 'pods", "quotes"),
        ("app.wait soon", "seconds"),
        ("app.screenshot /proc/nowhere/x.png", "/proc/nowhere"),
        ("view.sort AGE", "No table is open"),
        ("kubeconfig.add nowhere.yaml", "nowhere.yaml is not a file"),
    ],
)
def test_a_failed_or_unknown_command_is_named_and_ends_the_program(
    start: Start, clusters: Path, tmp_path: Path, command: str, reason: str
) -> None:
    never = tmp_path / "never.json"
    program = start("--kubeconfig", str(clusters), commands=(command, f"app.diagnostics {never}"))
    assert program.wait() == 1
    assert len(program.err.splitlines()) == 1
    assert repr(command) in program.err
    assert reason in program.err
    assert not never.exists()
    assert "Traceback" not in program.err


def test_several_clusters_at_once_and_a_dead_one_holds_up_nobody(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    dead = tmp_path / "dead.yaml"
    dead.write_text(
        "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}]\n"
        "contexts: [{name: dead, context: {cluster: c}}, {name: lost, context: {cluster: none}}]\n"
    )
    answer = tmp_path / "answer.json"
    first, second, _ = names(clusters)
    program = start(
        "--kubeconfig",
        str(clusters),
        "--kubeconfig",
        str(dead),
        "--context",
        second,
        "--context",
        "dead",
        commands=(
            "view.open nodes",
            f"context.open {first}",
            "view.open pods *",
            "view.open deploy kube-system",
            "view.open pods",
            "view.wait-synced",
            f"app.diagnostics {answer}",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    assert "dead could not be opened" in program.err
    found = read_json(answer)
    states = {cluster["name"]: cluster["session"] for cluster in found["clusters"]}
    assert states == {
        first: "OPEN",
        second: "OPEN",
        names(clusters)[2]: "IDLE",
        "dead": "FAILED",
        "lost": "UNUSABLE",
    }
    assert [(view["cluster"], view["resource"]) for view in found["views"]] == [
        (second, "nodes"),
        (first, "pods"),
        (first, "deployments.apps"),
    ]


def test_a_switch_retires_the_others_and_the_views_come_back(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    answer, third = tmp_path / "answer.json", names(clusters)[2]
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=(
            "view.open pods *",
            "view.open configmaps *",
            "view.wait-synced",
            f"context.switch {third}",
            "view.wait-synced",
            f"app.diagnostics {answer}",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    found = read_json(answer)
    assert found["epoch"] == 1
    assert [cluster["state"] for cluster in found["clusters"]] == ["STOPPED", "STOPPED", "LIVE"]
    assert [(view["cluster"], view["resource"], view["state"]) for view in found["views"]] == [
        (third, "pods", "LIVE"),
        (third, "configmaps", "LIVE"),
    ]


def test_closing_a_context_leaves_nothing_of_it(start: Start, clusters: Path, tmp_path: Path) -> None:
    answer, first = tmp_path / "answer.json", names(clusters)[0]
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=(
            "view.open pods *",
            "view.wait-synced",
            f"context.close {first}",
            f"app.diagnostics {answer}",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    found = read_json(answer)
    assert found["views"] == []
    assert {cluster["state"] for cluster in found["clusters"]} == {"STOPPED"}


def test_sorting_filtering_namespaces_detail_and_events_by_command(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "events.jsonl"
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=(
            "view.open pods *",
            "view.wait-synced",
            "view.sort status Restarts desc",
            "view.filter status=Running !kube",
            "view.filter",
            "view.namespace kube-system",
            "view.wait-synced",
            "view.namespace *",
            "view.open nodes",
            "view.wait-synced",
            "view.open namespaces",
            "view.wait-synced",
            "detail.open default",
            "app.wait 0.5",
            "detail.close",
            "events.open pods deployments.apps",
            "app.wait 2",
            "events.pause",
            f"events.save {saved}",
            "events.clear",
            "theme.light",
            "theme.dark",
            "palette.open pods",
            "palette.close",
            "help.keys",
            "diagnostics.open",
            "view.close",
            "app.quit",
        ),
    )
    assert program.wait() == 0, program.err
    assert saved.read_text().count("\n") > 0
    assert "ERROR" not in program.log()


def test_a_kubeconfig_that_changes_on_disk_restarts_only_what_changed(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    config, answer = tmp_path / "config", tmp_path / "answer.json"
    shutil.copy(clusters, config)
    first, second, third = names(clusters)
    program = start(
        "--kubeconfig",
        str(config),
        "--context",
        first,
        "--context",
        second,
        commands=(
            f"context.open {second}",
            "view.open nodes",
            f"context.open {first}",
            "view.open pods *",
            "view.wait-synced",
            f"app.diagnostics {tmp_path / 'before.json'}",
            "app.wait 5",
            "view.wait-synced",
            f"app.diagnostics {answer}",
            "app.quit",
        ),
    )
    program.until((tmp_path / "before.json").exists)
    # The first context now means the third cluster; the second is as it was.
    document = yaml.safe_load(config.read_text())
    context = {entry["name"]: entry["context"] for entry in document["contexts"]}
    context[first].update(context[third])
    replaced = tmp_path / "config.new"
    replaced.write_text(yaml.safe_dump(document))
    replaced.replace(config)
    assert program.wait() == 0, program.err
    after = read_json(answer)
    assert after["epoch"] == 0
    watches = {(c["name"], w["resource"]): w for c in after["clusters"] for w in c["watches"]}
    assert watches[first, "pods"]["lists"] == watches[second, "nodes"]["lists"] == 1
    assert [(view["cluster"], view["resource"], view["state"]) for view in after["views"]] == [
        (second, "nodes", "LIVE"),
        (first, "pods", "LIVE"),
    ]
    restarted = [line for line in program.log().splitlines() if "connecting again" in line]
    assert len(restarted) == 1
    assert f"{first} changed on disk" in restarted[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_cleanly_with_nothing_left(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    shown = tmp_path / "shown.json"
    program = start("--demo", commands=("view.open pods *", "view.wait-synced", f"app.diagnostics {shown}"))
    program.until(shown.exists)
    demo = children(program.process.pid)
    assert demo
    began = time.monotonic()
    assert program.end(number) == 0
    assert time.monotonic() - began < 20
    assert not any(alive(pid) for pid in demo)
    assert program.err == ""
    assert [view["state"] for view in read_json(shown)["views"]] == ["LIVE"]


def test_nothing_runs_after_quit(start: Start, clusters: Path, tmp_path: Path) -> None:
    never = tmp_path / "never.json"
    program = start("--kubeconfig", str(clusters), commands=("app.quit", f"app.diagnostics {never}"))
    assert program.wait() == 0, program.err
    assert not never.exists()


def test_quitting_while_the_demo_starts_leaves_no_child(start: Start) -> None:
    program = start("--demo")
    program.until(lambda: children(program.process.pid))
    demo = children(program.process.pid)
    assert program.end(signal.SIGTERM) == 0
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in demo):
        assert time.monotonic() < deadline
        time.sleep(0.05)
