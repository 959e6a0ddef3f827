"""``kdesk watch --diff``: what changed and who did it, on the real program and a scripted server."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_cli import EVENT_KEYS, kubeconfig
from tests.fakes.kinds import KINDS, ServedKind
from tests.fakes.server import ApiServer
from tests.support.commands import DEADLINE_S, Command, until

VALUE = base64.b64encode(b"hunter2-the-value").decode()
OTHER = base64.b64encode(b"hunter3-the-value").decode()


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer(kinds=(*KINDS, ServedKind("", "v1", "secrets", "Secret"))) as running:
        yield running


@pytest.fixture
def config(server: ApiServer, tmp_path: Path) -> str:
    return str(kubeconfig(tmp_path / "config", server=server.url))


def managed(*managers: str) -> dict[str, Any]:
    return {
        "managedFields": [
            {"manager": name, "operation": "Update", "time": f"2026-01-02T03:04:{second:02}Z", "fieldsV1": {}}
            for second, name in enumerate(managers)
        ]
    }


def test_an_event_tells_its_changes_and_who_made_them(server: ApiServer, config: str) -> None:
    before: dict[str, Any] = {"spec": {"nodeName": "n1", "note": None}, "status": {"phase": "Pending"}}
    server.cluster.create("pods", "web", metadata=managed("kubectl"), **before)
    with Command("watch", "pods", "--kubeconfig", config, "--diff") as command:
        until(lambda: "LIVE" in command.states(), "LIVE")
        after: dict[str, Any] = {"spec": {"nodeName": "n1"}, "status": {"phase": "Running", "ready": None}}
        server.cluster.update("pods", "web", metadata=managed("kubectl", "kubelet"), **after)
        server.cluster.delete("pods", "web")
        until(lambda: len(command.events("web")) == 3, "three events")
        added, modified, deleted = command.events("web")
    assert set(modified) == EVENT_KEYS | {"changes", "who"}
    assert modified["changes"] == [
        {"path": "spec.note", "before": None},
        {"path": "status.phase", "before": "Pending", "after": "Running"},
        {"path": "status.ready", "after": None},
    ]
    assert [event["who"] for event in (added, modified, deleted)] == ["kubectl", "kubelet", None]
    assert added["changes"] == deleted["changes"] == []


def test_in_words(server: ApiServer, config: str) -> None:
    server.cluster.create("pods", "web", spec={"containers": [{"name": "web", "image": "nginx:1.26"}]})
    arguments = [sys.executable, "-m", "kdesk", "watch", "pods", "--kubeconfig", config, "--diff"]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as program:
        assert program.stdout is not None
        server.wait_for(lambda: server.asked("watch pods"), "the watch")
        spec = {"containers": [{"name": "web", "image": "nginx:1.27"}]}
        server.cluster.update("pods", "web", spec=spec, metadata=managed("kubectl-set"))
        server.cluster.update("pods", "web")
        lines: list[str] = []
        while sum("MODIFIED" in line for line in lines) < 2 or "changed" not in lines[-1]:
            lines.append(program.stdout.readline().rstrip("\n"))
            assert lines[-1], "the program ended"
        program.terminate()
        program.stdout.read()
        program.wait(DEADLINE_S)
    told = [line.split(" ", 2)[2] for line in lines]
    modified = told[told.index("MODIFIED") :]
    assert modified[6:8] == ["changed: image nginx:1.26 → 1.27", "who: kubectl-set"]
    assert not any(line.startswith(("changed", "who")) for line in told[: told.index("MODIFIED")])
    assert told[-1] == "changed: only metadata"


def test_values_of_secrets_are_not_told(server: ApiServer, config: str) -> None:
    server.cluster.create("secrets", "db", data={"password": VALUE})
    with Command("watch", "secrets", "--kubeconfig", config, "--diff") as command:
        until(lambda: "LIVE" in command.states(), "LIVE")
        server.cluster.update("secrets", "db", data={"password": OTHER})
        until(lambda: len(command.events("db")) == 2, "two events")
        [change] = command.events("db")[1]["changes"]
    assert change["path"] == "data.password"
    assert change["before"] != change["after"]
    assert not {VALUE, OTHER} & {change["before"], change["after"]}
    assert change["before"].startswith("<masked, 17 bytes, digest ")
