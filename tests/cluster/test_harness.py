"""The harness keeps its promises: each is something that other tests in this folder rely on."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml

from . import load, programs
from .controlplane import ControlPlane, KubectlFailed
from .processes import Child, StartFailed, wait_until

DEADLINE_S = 30.0


def _pods(plane: ControlPlane, namespace: str) -> list[dict[str, Any]]:
    status, pods = plane.request("GET", f"/api/v1/namespaces/{namespace}/pods")
    assert status == 200
    items: list[dict[str, Any]] = pods["items"]
    return items


def _running(plane: ControlPlane, namespace: str) -> int:
    return sum(pod["status"]["phase"] == "Running" for pod in _pods(plane, namespace))


def _processes_of(plane: ControlPlane) -> list[Path]:
    """Return the /proc folders of processes that have the plane's folder in their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(plane.folder).encode() in (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:
            continue  # it ended between the two calls
    return found


def test_nodes_are_ready(plane_a: ControlPlane, plane_b: ControlPlane) -> None:
    for plane, count in ((plane_a, 3), (plane_b, 2)):
        lines = plane.kubectl("get", "nodes", "--no-headers").splitlines()
        assert [line.split()[1] for line in lines] == ["Ready"] * count


def test_deployment_rolls_out_to_running_pods(plane_a: ControlPlane, namespace: str) -> None:
    plane_a.kubectl(
        "create", "deployment", "web", "--image=web:1", "--replicas=3", f"--namespace={namespace}"
    )
    plane_a.kubectl("rollout", "status", "deployment/web", f"--namespace={namespace}", "--timeout=30s")
    assert _running(plane_a, namespace) == 3


def test_jobs_complete(plane_a: ControlPlane, namespace: str) -> None:
    plane_a.kubectl("create", "job", "sum", "--image=sum:1", f"--namespace={namespace}")
    plane_a.kubectl(
        "wait", "job/sum", "--for=condition=complete", f"--namespace={namespace}", "--timeout=30s"
    )


def test_pods_have_logs_and_a_shell(plane_a: ControlPlane, namespace: str) -> None:
    plane_a.kubectl("run", "one", "--image=one:1", f"--namespace={namespace}")
    plane_a.kubectl("wait", "pod/one", "--for=condition=Ready", f"--namespace={namespace}", "--timeout=30s")
    plane_a.write_log("a line of test_pods_have_logs")
    assert "a line of test_pods_have_logs" in plane_a.kubectl("logs", "one", f"--namespace={namespace}")
    assert plane_a.kubectl("exec", "one", f"--namespace={namespace}", "--", "echo", "hello") == "hello\n"


def test_namespace_goes_through_its_four_versions(plane_a: ControlPlane) -> None:
    """ADDED, MODIFIED (to be deleted), MODIFIED (finalized, by the controller manager), DELETED."""
    _, namespaces = plane_a.request("GET", "/api/v1/namespaces?limit=1")
    version = namespaces["metadata"]["resourceVersion"]
    plane_a.kubectl("create", "namespace", "four-versions")
    plane_a.kubectl("delete", "namespace", "four-versions")
    path = (
        f"/api/v1/namespaces?watch=true&resourceVersion={version}"
        "&fieldSelector=metadata.name%3Dfour-versions&timeoutSeconds=2"
    )
    _, lines = plane_a.request("GET", path)
    events = [yaml.safe_load(line) for line in lines.splitlines()]
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert versions == sorted(set(versions))


def test_alice_may_nothing_until_a_role_is_bound(plane_a: ControlPlane, namespace: str) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    assert plane_a.request("GET", pods, user="alice")[0] == 403
    with pytest.raises(KubectlFailed, match='pods is forbidden: User "alice" cannot list'):
        plane_a.kubectl("get", "pods", f"--namespace={namespace}", user="alice")
    plane_a.kubectl(
        "create", "rolebinding", "view", "--clusterrole=view", "--user=alice", f"--namespace={namespace}"
    )
    wait_until(
        "alice may list pods", lambda: plane_a.request("GET", pods, user="alice")[0] == 200, DEADLINE_S
    )
    assert plane_a.request("GET", "/api/v1/namespaces/default/pods", user="alice")[0] == 403
    assert plane_a.request("GET", pods, user="bob")[0] == 403


def test_apply_takes_yaml_and_objects(plane_a: ControlPlane, namespace: str) -> None:
    first = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": namespace}}
    second = first | {"metadata": {"name": "two", "namespace": namespace}}
    plane_a.apply(first)
    plane_a.apply(yaml.safe_dump_all([first, second]))
    names = plane_a.kubectl("get", "configmaps", "one", "two", "-oname", f"--namespace={namespace}")
    assert names.split() == ["configmap/one", "configmap/two"]


def test_kubeconfig_is_private_and_whole(plane_a: ControlPlane, tmp_path: Path) -> None:
    path = plane_a.kubeconfig(tmp_path / "config", user="bob", context="as-bob")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    config = yaml.safe_load(path.read_text())
    assert config["current-context"] == "as-bob"
    assert config["clusters"][0]["cluster"]["server"] == plane_a.server
    assert config["users"][0]["user"] == {"token": plane_a.token("bob")}


@pytest.mark.parametrize("nodes", [["node-0", "node-1"], []], ids=["running", "pending"])
def test_load_makes_pods_of_the_size_asked_for(plane_a: ControlPlane, nodes: list[str]) -> None:
    prefix = "running" if nodes else "pending"
    server, authority, token = plane_a.server, plane_a.authority, plane_a.token()
    load.create_pods(server, authority, token, load.Load(20, namespaces=2, nodes=nodes, prefix=prefix))
    try:
        wait_until(
            "the pods run", lambda: _running(plane_a, f"{prefix}-0") == (10 if nodes else 0), DEADLINE_S
        )
        pods = _pods(plane_a, f"{prefix}-0")
        assert len(pods) == 10
        sizes = [len(json.dumps(pod, separators=(",", ":"))) for pod in pods]
        assert {pod["spec"].get("nodeName", "") for pod in pods} == set(nodes or [""])
        assert all(4000 < size < 4400 for size in sizes), sizes
    finally:
        plane_a.kubectl("delete", "namespace", f"{prefix}-0", f"{prefix}-1", "--wait=false")


def test_fill_with_few_pods_copies_none(plane_a: ControlPlane) -> None:
    plane_a.fill(load.Load(3, namespaces=1, prefix="few"))
    assert [pod["status"]["phase"] for pod in _pods(plane_a, "few-0")] == ["Pending"] * 3
    plane_a.kubectl("delete", "namespace", "few-0", "--wait=false")


def test_fill_copies_pods_that_are_whole(plane_a: ControlPlane) -> None:
    plane_a.fill(load.Load(250, namespaces=2, nodes=["node-0", "node-1"], prefix="filled"))
    pods = _pods(plane_a, "filled-0") + _pods(plane_a, "filled-1")
    assert len({pod["metadata"]["name"] for pod in pods}) == 250
    assert len({pod["metadata"]["uid"] for pod in pods}) == 250
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    assert {pod["metadata"]["namespace"] for pod in pods} == {"filled-0", "filled-1"}
    # A write is validated whole, so the server takes a copy for what it says it is.
    plane_a.kubectl("label", "pod", "worker-000219", "--namespace=filled-1", "touched=yes")
    plane_a.kubectl("delete", "namespace", "filled-0", "filled-1", "--wait=false")


def test_apiserver_comes_back_on_its_port_with_its_data(disposable_plane: ControlPlane) -> None:
    disposable_plane.kubectl("create", "configmap", "kept")
    server = disposable_plane.server
    disposable_plane.kill_apiserver()
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        disposable_plane.request("GET", "/version")
    disposable_plane.start_apiserver()
    assert disposable_plane.server == server
    assert disposable_plane.kubectl("get", "configmap", "kept", "-oname") == "configmap/kept\n"
    # The controllers found their way back to it.
    disposable_plane.kubectl("create", "namespace", "afterwards")
    account = "/api/v1/namespaces/afterwards/serviceaccounts/default"
    wait_until("controllers work", lambda: disposable_plane.request("GET", account)[0] == 200, DEADLINE_S)


def test_paused_apiserver_answers_only_when_resumed(disposable_plane: ControlPlane) -> None:
    disposable_plane.pause_apiserver()
    with pytest.raises(urllib3.exceptions.TimeoutError):
        disposable_plane.api.request("GET", "/version", timeout_s=0.5)
    disposable_plane.resume_apiserver()
    assert disposable_plane.request("GET", "/version")[0] == 200


def test_watch_from_before_a_compaction_answers_410(disposable_plane: ControlPlane) -> None:
    _, before = disposable_plane.request("GET", "/api/v1/configmaps")
    version = before["metadata"]["resourceVersion"]
    disposable_plane.kubectl("create", "configmap", "newer")
    watch = f"/api/v1/configmaps?watch=true&resourceVersion={version}&timeoutSeconds=1"
    status, events = disposable_plane.request("GET", watch)
    assert status == 200
    revision = disposable_plane.expire_watches()
    assert revision > int(version)
    status, event = disposable_plane.request("GET", watch)
    assert (status, event["type"], event["object"]["code"]) == (200, "ERROR", 410), events
    old_list = f"/api/v1/configmaps?resourceVersion={version}&resourceVersionMatch=Exact"
    assert disposable_plane.request("GET", old_list)[0] == 410


def test_tokens_are_revoked_and_rotated(disposable_plane: ControlPlane) -> None:
    old = disposable_plane.token("alice")
    disposable_plane.revoke_token("alice")
    assert disposable_plane.request("GET", "/api/v1/pods", user="alice")[0] == 401
    assert disposable_plane.request("GET", "/api/v1/pods", user="bob")[0] == 403
    assert disposable_plane.rotate_token("alice") != old
    assert disposable_plane.request("GET", "/api/v1/pods", user="alice")[0] == 403
    assert disposable_plane.api.request("GET", "/api/v1/pods", token=old)[0] == 401


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_stop_leaves_no_process_and_no_folder() -> None:
    with ControlPlane("short-lived", controllers=False, scheduler=False) as plane:
        assert _processes_of(plane)
    assert not _processes_of(plane)
    assert not plane.folder.exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_killed_test_run_leaves_no_process_and_no_folder() -> None:
    command = [sys.executable, "-m", "tests.cluster.controlplane", "--name=orphan", "--no-controllers"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        plane = ControlPlane(controllers=False, scheduler=False)
        plane.folder = Path(run.stdout.readline().strip()).parent
        assert _processes_of(plane)
        run.kill()
    wait_until("everything has ended", lambda: not _processes_of(plane), DEADLINE_S)
    wait_until("the folder is gone", lambda: not plane.folder.exists(), DEADLINE_S)


def test_failure_to_start_shows_the_log() -> None:
    plane = ControlPlane(controllers=False, scheduler=False, extra_apiserver_args=["--no-such-flag"])
    with pytest.raises(StartFailed, match="unknown flag: --no-such-flag"):
        plane.start()
    assert not plane.folder.exists()


def test_silent_program_is_given_up(tmp_path: Path) -> None:
    child = Child("sleep", ["sleep", "60"], tmp_path / "sleep.log")
    try:
        with pytest.raises(StartFailed, match=r"sleep is ready[^\n]*\n.empty."):
            child.wait_ready(lambda: False, 0.1)
    finally:
        child.send(signal.SIGTERM)
        child.kill()


def test_programs_come_from_kubebuilder_assets_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etcd").write_text("#!/bin/sh\n")
    (tmp_path / "etcd").chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert programs.locate("etcd") == {"etcd": tmp_path / "etcd"}


def test_program_that_cannot_be_had_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(programs, "cache_folder", lambda: tmp_path / "cache")
    with pytest.raises(
        programs.ProgramsMissing, match=r"kwok is neither in KUBEBUILDER_ASSETS .* Go 1\.\d+.* PATH"
    ):
        programs.locate("kwok")
    assert os.listdir(tmp_path / "cache") == [".lock"]
