"""A credential plugin for tests: a real program that hands out what it is told to, and counts its runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kdesk.kube.config.connection import AuthInfo, ExecConfig

_API_VERSION = "client.authentication.k8s.io/v1"
_SCRIPT = """
import json, pathlib, sys
runs, token, complaint = map(pathlib.Path, sys.argv[1:])
with runs.open("a") as file:
    file.write("run\\n")
if complaint.exists():
    sys.exit(complaint.read_text())
status = {"token": token.read_text()}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""


class Plugin:
    """Lives in a folder. Before the first ``hand_out`` it fails, too."""

    def __init__(self, folder: Path) -> None:
        script = folder / "plugin.py"
        script.write_text(_SCRIPT)
        self._runs, self._token, self._complaint = (
            folder / f"plugin-{name}" for name in ("runs", "token", "complaint")
        )
        self._args = [str(path) for path in (script, self._runs, self._token, self._complaint)]

    @property
    def auth(self) -> AuthInfo:
        """It as a connection's credential."""
        return AuthInfo(
            exec=ExecConfig(_API_VERSION, sys.executable, tuple(self._args), interactive_mode="Never")
        )

    @property
    def user(self) -> dict[str, Any]:
        """It as a user of a kubeconfig."""
        plugin = {"apiVersion": _API_VERSION, "command": sys.executable, "args": self._args}
        return {"exec": plugin | {"interactiveMode": "Never"}}

    def hand_out(self, token: str) -> None:
        """Answer with this token from now on."""
        self._token.write_text(token)
        self._complaint.unlink(missing_ok=True)

    def fail(self, complaint: str) -> None:
        """Say this on standard error, and exit with an error."""
        self._complaint.write_text(complaint)

    @property
    def runs(self) -> int:
        """How often it was run."""
        return len(self._runs.read_text().splitlines()) if self._runs.exists() else 0
