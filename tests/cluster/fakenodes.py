"""kwok, which plays the kubelets of any number of nodes: pods become Running, and have logs and a shell."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


class Kubelet:
    """The configuration of one kwok process, and the log that every container of its pods shows."""

    def __init__(self, folder: Path, port: int) -> None:
        self._port = port
        self._config = folder / "kwok.yaml"
        self._log = folder / "pod.log"

    def command(self, program: Path, kubeconfig: Path, serving: tuple[Path, Path]) -> list[str]:
        """Write the configuration, and return the command that starts kwok with it."""
        self.write_log("started")
        rules = [
            _rule("ClusterLogs", {"logs": [{"logsFile": str(self._log), "follow": True}]}),
            _rule("ClusterExec", {"execs": [{"local": {}}]}),
            _rule("ClusterPortForward", {"forwards": [{"command": ["cat"]}]}),
        ]
        stages = (HERE / "kwok" / "stages.yaml").read_text()
        self._config.write_text(f"{stages}---\n{yaml.safe_dump_all(rules)}")
        certificate, key = serving
        return [
            str(program),
            f"--kubeconfig={kubeconfig}",
            f"--config={self._config}",
            "--manage-all-nodes",
            "--cidr=10.64.0.0/10",
            "--node-ip=127.0.0.1",
            f"--node-port={self._port}",
            f"--server-address=127.0.0.1:{self._port}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
        ]

    def write_log(self, message: str) -> None:
        """Append a line to the log of every container; whoever follows one sees it."""
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        with self._log.open("a") as log:
            log.write(f"{now} stdout F {message}\n")


def node(name: str) -> dict[str, Any]:
    """Return the manifest of a node that kwok takes on."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "node-role.kubernetes.io/worker": "",
            },
        },
    }


def ready(nodes: dict[str, Any]) -> set[str]:
    """Return the names of those nodes, in a list as the API server gives it, whose Ready condition is True."""
    return {
        node["metadata"]["name"]
        for node in nodes["items"]
        for condition in node.get("status", {}).get("conditions", [])
        if condition["type"] == "Ready" and condition["status"] == "True"
    }


def stumbled(log: str) -> bool:
    """Tell whether kwok ended because its workers prepared their first stages at the same moment (0.8.0).

    Rare; the next start is another try.
    """
    return "concurrent map writes" in log


def _rule(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": "every-pod"},
        "spec": spec,
    }
