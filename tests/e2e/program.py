"""The real program as a child process, driven by ``--command`` as other programs drive it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

PATIENCE_S = 50.0


class Program:
    """One run of ``python -m kdesk`` with a home folder of its own. ``display``: False leaves Qt's platform unnamed."""

    def __init__(
        self,
        folder: Path,
        *args: str,
        commands: tuple[str, ...] = (),
        environ: Mapping[str, str] | None = None,
        display: bool = True,
    ) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        env = {
            **os.environ,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_DATA_HOME": str(self.home / "data"),
            **(environ or {}),
        }
        if not display:
            env.pop("QT_QPA_PLATFORM", None)
        line = [sys.executable, "-m", "kdesk", *args]
        for command in commands:
            line += ["--command", command]
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(line, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=env)

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def log(self) -> str:
        """What the program logged."""
        return "".join(path.read_text() for path in self.home.rglob("kdesk.log"))

    def wait(self) -> int:
        """The exit status, once it has ended by itself."""
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the program does not end\n{self.err}\n{self.log()}") from None

    def end(self, number: int = signal.SIGINT) -> int:
        """Interrupt it, as Ctrl+C does."""
        self.process.send_signal(number)
        return self.wait()

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until it is so, while the program runs."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.kill()
                raise AssertionError(f"it never came to that\n{self.out}\n{self.err}\n{self.log()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """For the end of a test that went wrong."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def alive(pid: int) -> bool:
    """Whether a process runs (one that only waits to be collected does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def names(kubeconfig: Path) -> list[str]:
    """Names of the contexts in a file."""
    return [context["name"] for context in yaml.safe_load(kubeconfig.read_text())["contexts"]]
