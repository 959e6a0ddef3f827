"""The real kubectl at work on simulated clusters: every command that the demo promises."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kdesk.demo import launch
from tests.cluster import programs

pytestmark = pytest.mark.cluster

READY_S = 60.0
STEP_S = 20.0


class Kubectl:
    """kubectl with the demo's kubeconfig."""

    def __init__(self, program: Path, kubeconfig: Path, home: Path) -> None:
        self._command = [str(program), "--kubeconfig", str(kubeconfig)]
        self._environment = {"HOME": str(home), "PATH": os.environ["PATH"]}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self._command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        with self.start(*arguments) as process:
            out, complaint = process.communicate(timeout=STEP_S)
        return process.returncode, out, complaint

    def __call__(self, *arguments: str) -> str:
        """Standard output of a command that must succeed."""
        code, out, complaint = self.run(*arguments)
        assert code == 0, complaint
        return out

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "-o", "json"))

    def until(self, wanted: str, *arguments: str) -> str:
        """Repeats a command until its output holds `wanted`."""
        deadline = time.monotonic() + STEP_S
        while wanted not in (out := self(*arguments)):
            assert time.monotonic() < deadline, out
            time.sleep(0.1)
        return out


def program() -> Path:
    """kubectl of the tests: the one named by KDESK_KUBECTL, else that of the control plane's programs."""
    named = os.environ.get("KDESK_KUBECTL")
    return Path(named) if named else programs.locate("kubectl")["kubectl"]


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    demo = launch.start(2)
    try:
        assert demo.wait_ready(READY_S), demo.complaint()
        yield Kubectl(program(), demo.kubeconfig, tmp_path_factory.mktemp("home"))
        assert demo.complaint() == ""
    finally:
        demo.stop()


@pytest.fixture
def namespace(kubectl: Kubectl, request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.node.name.replace("_", "-")[:40].strip("-")
    assert kubectl("create", "namespace", name) == f"namespace/{name} created\n"
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def test_version_and_resources(kubectl: Kubectl) -> None:
    assert "Server Version: v1.37" in kubectl("version")
    named = {line.split()[0] for line in kubectl("api-resources", "--no-headers").splitlines()}
    assert {"pods", "deployments", "canaries", "customresourcedefinitions", "events"} <= named
    assert "demo.kdesk.dev/v1" in kubectl("api-versions").split()


def test_every_list_can_be_printed_in_every_way(kubectl: Kubectl) -> None:
    resources = kubectl("api-resources", "--verbs=list", "-o", "name").split()
    assert len(resources) > 30
    for resource in resources:
        shown = kubectl("get", resource, "-A")
        assert "NAME" in shown or shown == "", resource
    assert "NODE" in kubectl("get", "pods", "-A", "-o", "wide").splitlines()[0]
    assert yaml.safe_load(kubectl("get", "ns", "shop", "-o", "yaml"))["status"] == {"phase": "Active"}
    assert kubectl("get", "pods", "-n", "shop", "-o", "name").startswith("pod/")
    assert {item["kind"] for item in kubectl.json("get", "pods", "-A")["items"]} == {"Pod"}


def test_contexts_are_different_clusters(kubectl: Kubectl) -> None:
    assert "gateways" not in kubectl("get", "ns")
    assert "gateways" in kubectl("get", "ns", "--context", "demo-edge")


def test_selectors(kubectl: Kubectl) -> None:
    shown = kubectl("get", "pods", "-A", "-l", "app.kubernetes.io/name in (redis)", "--no-headers")
    assert {line.split()[1][:6] for line in shown.splitlines()} == {"redis-"}
    pods = kubectl.json("get", "pods", "-A", "--field-selector", "status.phase=Running")
    assert {item["status"]["phase"] for item in pods["items"]} == {"Running"}


def test_the_life_of_a_deployment(kubectl: Kubectl, namespace: str) -> None:
    own = ("-n", namespace)
    kubectl("create", "deployment", "web", "--image=nginx:1.29", "--replicas=2", *own)
    assert "successfully rolled out" in kubectl("rollout", "status", "deployment/web", *own)
    shown = kubectl("get", "deployments", *own).splitlines()
    assert shown[0].split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert shown[1].split()[:4] == ["web", "2/2", "2", "2"]
    kubectl("label", "deployment/web", "tier=front", *own)
    assert "web" in kubectl("get", "deploy", "-l", "tier=front", *own)
    kubectl("patch", "deployment/web", "--type=merge", "-p", '{"metadata":{"annotations":{"a":"b"}}}', *own)
    assert kubectl.json("get", "deploy", "web", *own)["metadata"]["annotations"]["a"] == "b"
    kubectl("scale", "deployment/web", "--replicas=4", *own)
    kubectl.until("4/4", "get", "deployments", *own)
    kubectl("set", "image", "deployment/web", "nginx=nginx:1.30", *own)
    assert "successfully rolled out" in kubectl("rollout", "status", "deployment/web", *own)
    images = {pod["spec"]["containers"][0]["image"] for pod in kubectl.json("get", "pods", *own)["items"]}
    assert "nginx:1.30" in images
    kubectl("delete", "deployment", "web", *own)
    deadline = time.monotonic() + STEP_S
    while kubectl("get", "pods", *own):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("command", "resource", "cells"),
    [
        (["configmap", "x", "--from-literal=a=b"], "configmap", ["x", "1"]),
        (["secret", "generic", "x", "--from-literal=a=b"], "secret", ["x", "Opaque", "1"]),
        (["job", "x", "--image=busybox"], "job", ["x", "Running", "0/1"]),
        (["cronjob", "x", "--image=busybox", "--schedule=5 4 * * *"], "cronjob", ["x", "5", "4", "*"]),
        (["serviceaccount", "x"], "serviceaccount", ["x"]),
        (["role", "x", "--verb=get", "--resource=pods"], "role", ["x"]),
        (["rolebinding", "x", "--role=x", "--user=me"], "rolebinding", ["x", "Role/x"]),
        (["service", "nodeport", "x", "--tcp=80:8080"], "service", ["x", "NodePort"]),
        (["ingress", "x", "--rule=a.example.com/*=x:80"], "ingress", ["x", "<none>", "a.example.com", "80"]),
        (["quota", "x", "--hard=pods=3"], "quota", ["x"]),
        (["poddisruptionbudget", "x", "--selector=a=b", "--min-available=1"], "pdb", ["x", "1", "N/A", "0"]),
        (["priorityclass", "x", "--value=7"], "priorityclass", ["x", "7", "false"]),
    ],
)
def test_create(kubectl: Kubectl, command: list[str], resource: str, cells: list[str]) -> None:
    own = ("-n", "default")
    kubectl("create", *command, *own)
    try:
        shown = kubectl("get", resource, "x", "--no-headers", *own).split()
        assert shown[: len(cells)] == cells
        code, _, complaint = kubectl.run("create", *command, *own)
        assert (code, "already exists" in complaint) == (1, True)
    finally:
        kubectl("delete", resource, "x", *own)


def test_manifests_are_validated_and_created(kubectl: Kubectl, namespace: str, tmp_path: Path) -> None:
    manifest = tmp_path / "config.yaml"
    manifest.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n")
    assert kubectl("create", "-f", str(manifest), "-n", namespace) == "configmap/x created\n"
    assert kubectl("create", "-f", str(manifest), "-n", namespace, "--dry-run=client", "--save-config")
    manifest.write_text(manifest.read_text().replace("a: b", "a: c"))
    kubectl("apply", "-f", str(manifest), "-n", namespace)
    assert kubectl.json("get", "configmap", "x", "-n", namespace)["data"] == {"a": "c"}


def test_a_custom_resource_from_its_definition_to_its_end(kubectl: Kubectl, tmp_path: Path) -> None:
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
    }
    names = {"plural": "widgets", "kind": "Widget", "shortNames": ["wi"]}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}
    (tmp_path / "crd.json").write_text(json.dumps(definition | {"metadata": {"name": "widgets.example.com"}}))
    widget = {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "one"},
        "spec": {"size": 3},
    }
    (tmp_path / "widget.json").write_text(json.dumps(widget))
    kubectl("create", "-f", str(tmp_path / "crd.json"))
    kubectl("wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=5s")
    kubectl("create", "-f", str(tmp_path / "widget.json"))
    assert [line.split() for line in kubectl("get", "wi").splitlines()] == [["NAME", "SIZE"], ["one", "3"]]
    kubectl("delete", "crd", "widgets.example.com")
    code, _, complaint = kubectl.run("get", "widgets")
    # kubectl may still have the old discovery in its cache; then the server says that it is gone.
    assert code == 1
    assert "doesn't have a resource type" in complaint or "could not find the requested resource" in complaint


def test_a_watched_namespace_comes_and_goes(kubectl: Kubectl) -> None:
    with kubectl.start("get", "ns", "--watch", "--output-watch-events", "--no-headers") as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline(), "it has listed them, and sees what comes after"
        kubectl("create", "namespace", "brief")
        kubectl("delete", "namespace", "brief", "--wait=false")
        # Namespaces of other tests may still be on their way out.
        told = (line.split()[:3] for line in watching.stdout)
        story = list(itertools.islice((words for words in told if words[1] == "brief"), 4))
        watching.terminate()
    phases = ["Active", "Terminating", "Terminating", "Terminating"]
    types = ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]
    assert story == [[kind, "brief", phase] for kind, phase in zip(types, phases, strict=True)]


def test_logs_end_or_follow(kubectl: Kubectl) -> None:
    assert len(kubectl("logs", "-n", "shop", "deployment/cart", "--tail=3").splitlines()) == 3
    pod = kubectl("get", "pods", "-n", "shop", "-l", "app.kubernetes.io/name=cart", "-o", "name").split()[0]
    with kubectl.start("logs", "-f", "-n", "shop", pod, "--tail=1") as following:
        assert following.stdout is not None
        assert following.stdout.readline()
        assert following.stdout.readline(), "a new line comes by itself"
        following.terminate()
    crashed = kubectl(
        "get", "pods", "-n", "shop", "-l", "app.kubernetes.io/name=recommendations", "-o", "name"
    )
    assert "FATAL" in kubectl("logs", "-n", "shop", crashed.split()[0], "--previous")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["get", "pods", "nope"], 'pods "nope" not found'),
        (["get", "nopes"], "the server doesn't have a resource type"),
        (
            ["create", "namespace", "Bad_Name"],
            'The Namespace "Bad_Name" is invalid: metadata.name: Invalid value',
        ),
        (["get", "pods", "--token=wrong"], "You must be logged in to the server"),
        (["scale", "deploy/nope", "--replicas=1"], 'deployments.apps "nope" not found'),
    ],
)
def test_mistakes_are_told_as_ever(kubectl: Kubectl, arguments: list[str], complaint: str) -> None:
    code, _, told = kubectl.run(*arguments)
    assert code == 1
    assert complaint in told


def test_rights_and_description(kubectl: Kubectl) -> None:
    assert kubectl("auth", "can-i", "delete", "pods") == "yes\n"
    assert "demo" in kubectl("auth", "whoami")
    assert "Replicas:" in kubectl("describe", "deployment", "cart", "-n", "shop")
