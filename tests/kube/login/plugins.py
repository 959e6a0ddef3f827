"""Credential plugins for tests: real programs, made of a few lines of Python."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kdesk.kube.config.connection import AuthInfo, ConnectionInfo, ExecConfig
from tests.kube.kubeconfigs import certificate

V1 = "client.authentication.k8s.io/v1"
DEADLINE = 20.0
CERT, KEY = (pem.decode() for pem in certificate())

MakePlugin = Callable[..., ExecConfig]


def make_plugin(folder: Path, script: str, **fields: Any) -> ExecConfig:
    """A plugin of some Python: ``answer(token=...)`` prints a good answer, ``here`` is ``folder``; see ``runs``."""
    api_version = fields.get("api_version", V1)
    prelude = f"""
        import json, os, sys, time
        here = {str(folder)!r}
        with open(here + "/runs", "a") as runs:
            runs.write("run\\n")
        def answer(**status):
            print(json.dumps({{"kind": "ExecCredential", "apiVersion": {api_version!r}, "status": status}}))
    """
    path = folder / "plugin"
    path.write_text(f"#!{sys.executable}\n" + textwrap.dedent(prelude) + textwrap.dedent(script), "utf-8")
    path.chmod(0o700)
    return ExecConfig(**({"api_version": V1, "command": str(path), "interactive_mode": "Never"} | fields))


def runs(folder: Path) -> int:
    path = folder / "runs"
    return len(path.read_text().splitlines()) if path.exists() else 0


def info_for(plugin: ExecConfig, **fields: Any) -> ConnectionInfo:
    merged: dict[str, Any] = {"server": "https://c.test", "auth": AuthInfo(exec=plugin)} | fields
    return ConnectionInfo(**merged)


def wait_for(path: Path) -> str:
    """Content of a file that a plugin writes whole."""
    deadline = time.monotonic() + DEADLINE
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.01)
    return path.read_text()


def has_ended(pid: int) -> bool:
    """No such process, or only its entry, which whoever adopted it has not collected."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return not Path(f"/proc/{pid}").exists()


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while not has_ended(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.01)
