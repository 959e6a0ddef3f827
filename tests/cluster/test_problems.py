"""What needs attention, against what a real API server prints and real controllers and a real scheduler say."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from kdesk.kube.engine.informer import Informer
from kdesk.viewmodel.problems.check import Checker
from tests.support.commands import DEADLINE_S, run, until
from tests.viewmodel.problem_rows import built_in

from .controlplane import ControlPlane
from .watching import Watching, session_on

# What takes minutes to become a problem, in seconds.
_SOON = "".join(f'[{rule}]\nafter = "1s"\n' for rule in ("pod-pending", "deployment-down", "claim-unbound"))


def test_every_rule_finds_its_columns_in_the_real_tables(plane_a: ControlPlane) -> None:
    rules = built_in()
    with session_on(plane_a.kubeconfig()) as session:
        for label in rules.named:
            informer = Watching(session, label).lease.informer
            until(functools.partial(_listed, informer), f"{label} is listed")
            own = [rule for rule in rules.of(label, custom=False) if label in rule.resources]
            checker = Checker(own, informer.columns)
            taking_part = {rule.id for rule in checker.rules(-1)}
            assert taking_part == {rule.id for rule in own}, label


def test_what_does_not_come_up_is_listed_with_the_schedulers_words(
    plane_a: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    for wanted in (_deployment(namespace), _claim(namespace)):
        plane_a.apply(wanted)
    until(
        lambda: "FailedScheduling" in plane_a.kubectl("get", "events", "-n", namespace),
        "the scheduler says that it does not find a node",
    )
    found = {one["kind"]: one for one in _problems(plane_a, tmp_path) if one["namespace"] == namespace}
    assert found.keys() >= {"Deployment", "Pod", "PersistentVolumeClaim", "Event"}
    assert found["Deployment"]["problems"] == ["No replica is ready, of 1 that are wanted"]
    assert found["Pod"]["problems"][0].startswith("Pending for ")
    assert "nowhere" in found["PersistentVolumeClaim"]["problems"][0]
    assert found["Event"]["problems"][0].startswith(("FailedScheduling: ", "ProvisioningFailed: "))


def _listed(informer: Informer) -> bool:
    return informer.status.synced


def _problems(plane: ControlPlane, tmp_path: Path) -> list[dict[str, Any]]:
    rules, saved = tmp_path / "kdesk" / "rules" / "problems.toml", tmp_path / "problems.json"
    rules.parent.mkdir(parents=True)
    rules.write_text(_SOON)
    commands = ["problems.open", "problems.wait", "app.wait 2.5", f"problems.save {saved}", "app.quit"]
    words = [word for command in commands for word in ("--command", command)]
    env = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)}
    done = run("--kubeconfig", str(plane.kubeconfig()), *words, env=env)
    assert (done.returncode, done.stderr) == (0, ""), f"within {DEADLINE_S} s"
    value: list[dict[str, Any]] = json.loads(saved.read_text())
    return value


def _deployment(namespace: str) -> dict[str, Any]:
    labels = {"app": "homeless"}
    pod = {"nodeSelector": {"is": "nowhere"}, "containers": [{"name": "a", "image": "a:1"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "homeless", "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _claim(namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": namespace},
        "spec": {
            "storageClassName": "nowhere",
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
