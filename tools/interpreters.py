"""The Pythons of this machine that kdesk supports.

Supported are the versions that pyproject.toml's classifiers list. Looked for are: the Python that runs this,
those on PATH, and those that pyenv holds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PREFIX = "Programming Language :: Python :: "
_ASK = (
    "import importlib.util as u, sys, sysconfig;"
    "print(*sys.version_info[:3], int(u.find_spec('ensurepip') is not None),"
    " int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))), sys._base_executable)"
)


@dataclass(frozen=True)
class Interpreter:
    """A Python outside any environment; ``has_venv`` tells whether it can make one with pip inside."""

    path: Path
    version: tuple[int, int, int]
    has_venv: bool

    @property
    def minor(self) -> str:
        """Such as ``3.11``."""
        return f"{self.version[0]}.{self.version[1]}"


def supported() -> list[tuple[int, int]]:
    """The versions that pyproject.toml names, oldest first."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        classifiers = tomllib.load(file)["project"]["classifiers"]
    versions = [line.removeprefix(_PREFIX).split(".") for line in classifiers if line.startswith(_PREFIX)]
    return sorted((int(version[0]), int(version[1])) for version in versions)


def examine(command: str | Path) -> Interpreter | None:
    """Ask a Python for its version; None when it does not run (a pyenv shim without a version, for one)."""
    try:
        done = subprocess.run(
            [str(command), "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        major, minor, micro, venv, free_threaded, path = done.stdout.strip().split(" ", 5)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    if free_threaded == "1":
        return None  # another ABI, for which PySide6 has no wheels
    return Interpreter(Path(path), (int(major), int(minor), int(micro)), venv == "1")


def current() -> Interpreter:
    """The Python that runs this, without the environment around it. Raises ``RuntimeError``."""
    interpreter = examine(sys.executable)
    if interpreter is None:
        raise RuntimeError(f"{sys.executable} cannot be used to make an environment.")
    return interpreter


def find() -> list[Interpreter]:
    """One Python for each supported version that is here, oldest first."""
    wanted = supported()
    best: dict[tuple[int, int], Interpreter] = {}
    for command in _candidates(wanted):
        interpreter = examine(command)
        if interpreter is None or interpreter.version[:2] not in wanted:
            continue
        known = best.get(interpreter.version[:2])
        if known is None or (interpreter.has_venv and not known.has_venv):
            best[interpreter.version[:2]] = interpreter
    return [best[version] for version in sorted(best)]


def _candidates(wanted: list[tuple[int, int]]) -> Iterator[str]:
    names = ["python3", *(f"python{major}.{minor}" for major, minor in wanted)]
    found = [sys.executable, *filter(None, map(shutil.which, names)), *_of_pyenv(wanted)]
    yield from dict.fromkeys(found)


def _of_pyenv(wanted: list[tuple[int, int]]) -> list[str]:
    """Newest patch first. A folder name such as 3.13.0 is enough to pass the others by."""
    root = os.environ.get("PYENV_ROOT") or _ask_pyenv()
    if not root:
        return []
    found = []
    for major, minor in wanted:
        folders = Path(root, "versions").glob(f"{major}.{minor}.*/bin/python{major}.{minor}")
        found += sorted(map(str, folders), key=_patch, reverse=True)
    return found


def _patch(path: str) -> int:
    patch = Path(path).parents[1].name.split(".")[2]
    return int(patch) if patch.isdigit() else -1


def _ask_pyenv() -> str:
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return ""
    return subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip()
