"""The window on real control planes, driven by its commands, judged by its diagnostics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.commands import run

from .controlplane import ControlPlane

NAME = "ConfigMap"


def _map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": NAME, "metadata": {"name": name, "namespace": "default"}}


def _window(*arguments: str, commands: list[str]) -> None:
    words = [word for command in commands for word in ("--command", command)]
    done = run(*arguments, *words, env={"QT_QPA_PLATFORM": "offscreen"})
    assert (done.returncode, done.stderr) == (0, "")


def _read(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text())
    return value


def test_a_switch_brings_the_views_back_on_the_other_cluster(
    plane_a: ControlPlane, plane_b: ControlPlane, tmp_path: Path
) -> None:
    plane_a.apply(_map("only-in-a"))
    for name in ("first-in-b", "second-in-b"):
        plane_b.apply(_map(name))
    counts = [_count(plane) for plane in (plane_a, plane_b)]
    assert counts[0] != counts[1]
    before, after, back = (tmp_path / name for name in ("before.json", "after.json", "back.json"))
    a, b = plane_a.kubeconfig(), plane_b.kubeconfig()
    _window(
        *("--kubeconfig", str(a), "--kubeconfig", str(b), "--context", "plane-a"),
        commands=[
            "view.open configmaps default",
            "view.open nodes",
            "view.wait-synced",
            f"app.diagnostics {before}",
            "context.switch plane-b",
            "view.wait-synced",
            f"app.diagnostics {after}",
            "context.switch plane-a",
            "view.wait-synced",
            f"app.diagnostics {back}",
            "app.quit",
        ],
    )
    epochs = []
    for path, count, nodes, live in (
        (before, counts[0], 3, 0),
        (after, counts[1], 2, 1),
        (back, counts[0], 3, 0),
    ):
        told = _read(path)
        epochs.append(told["epoch"])
        views = {view["resource"]: view for view in told["views"]}
        assert {name: (view["rows"], view["state"]) for name, view in views.items()} == {
            "configmaps": (count, "LIVE"),
            "nodes": (nodes, "LIVE"),
        }
        clusters = {cluster["name"]: cluster for cluster in told["clusters"]}
        names = ["plane-a", "plane-b"]
        watched = {watch["resource"] for watch in clusters[names[live]]["watches"]}
        assert {"configmaps", "nodes"} <= watched
        assert clusters[names[1 - live]]["watches"] == []
    assert epochs == sorted(set(epochs))


def test_every_kind_can_be_shown(plane_a: ControlPlane, tmp_path: Path) -> None:
    kinds = plane_a.kubectl("api-resources", "--verbs=list,watch", "-o", "name").split()
    diagnostics = tmp_path / "diagnostics.json"
    commands = [f"view.open {kind} *" for kind in kinds]
    _window(
        *("--kubeconfig", str(plane_a.kubeconfig())),
        commands=[*commands, "view.wait-synced", f"app.diagnostics {diagnostics}", "app.quit"],
    )
    views = _read(diagnostics)["views"]
    assert sorted(view["resource"] for view in views) == sorted(kinds)
    assert {view["state"] for view in views} == {"LIVE"}


def _count(plane: ControlPlane) -> int:
    return len(plane.kubectl("get", "configmaps", "-n", "default", "--no-headers").splitlines())
