"""Make the environment that everything else runs in: ``python -m tools.bootstrap``.

The environment holds the pinned dependencies, each checked against its hash, and the project itself,
editable. A stamp in it names what it was made from: when that is unchanged there is nothing to do and nothing
is asked of the network. Errors are one sentence.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools import interpreters, system_libraries
from tools.interpreters import ROOT, Interpreter

if sys.platform != "win32":
    import fcntl

REQUIREMENTS = "requirements/dev.txt"
_STAMP = "kdesk-stamp"
_LOG = "kdesk-setup.log"
# What pip says, and what it means for the person: the first that is found counts.
_MEANINGS = (
    (r"No space left on device|Errno 28\b|not enough space", "the disk is full"),
    (r"DO NOT MATCH THE HASHES", "a downloaded package is not the one that was pinned (its hash differs)"),
    (
        r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|Max retries exceeded"
        r"|Read timed out|ConnectTimeout|Network is unreachable|Connection refused|ProxyError|SSLError",
        "the package index cannot be reached; check network, proxy or pip's settings, and run this again",
    ),
    (
        r"\(from versions: none\)",
        "the package index was not reached, or has no file of a pinned package for this Python and system",
    ),
)


class SetupFailed(RuntimeError):
    """The environment could not be made; the message is one sentence for a person."""


def ensure(interpreter: Interpreter | None = None) -> Path:
    """The Python of a complete environment, made or brought up to date when it is not.

    ``.venv`` is made with the Python that runs this; another version gets ``.venv-3.13`` and the like. Raises
    ``SetupFailed``.
    """
    folder = folder_for(interpreter)
    python = python_of(folder)
    if _stamp(folder) == key(folder) and python.exists():
        return python
    with _alone(folder):
        if _stamp(folder) != key(folder) or not python.exists():
            _make(folder, interpreter or interpreters.current())
    return python


def folder_for(interpreter: Interpreter | None) -> Path:
    """Where the environment of a Python lies: ``.venv`` when it is, or will be, of the same version."""
    main = ROOT / ".venv"
    if interpreter is None:
        return main
    made_with = _version_of(main) or f"{sys.version_info[0]}.{sys.version_info[1]}"
    return main if made_with == interpreter.minor else ROOT / f".venv-{interpreter.minor}"


def python_of(folder: Path) -> Path:
    """The Python inside an environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def key(folder: Path) -> str:
    """A hash of what an environment is made from: place, Python, pins, and the project's own metadata."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)
    metadata = [settings["project"], settings["build-system"], settings["tool"]["hatch"]]
    digest = hashlib.sha256()
    digest.update(json.dumps([str(ROOT), _version_of(folder), metadata], sort_keys=True).encode())
    digest.update((ROOT / REQUIREMENTS).read_bytes())
    return digest.hexdigest()


def meaning(output: str) -> str:
    """One clause for what pip printed when it failed."""
    for pattern, clause in _MEANINGS:
        if re.search(pattern, output):
            return clause
    errors = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.startswith("ERROR: ")]
    return (errors or output.splitlines() or ["no reason was given"])[-1].rstrip(".")


def _make(folder: Path, interpreter: Interpreter) -> None:
    if _version_of(folder) != interpreter.minor or not _runs(python_of(folder)):
        _say(f"making {folder.name} with Python {interpreter.minor} ({interpreter.path})")
        _make_empty(folder, interpreter)
        _say(f"installing the pinned packages into {folder.name} (once; they are about 150 MB)")
    else:
        _say(f"bringing {folder.name} up to date")
    pip = [str(python_of(folder)), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    log = folder / _LOG
    _run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / REQUIREMENTS)], log)
    _run([*pip, "--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT)], log)
    (folder / _STAMP).write_text(key(folder))


def _make_empty(folder: Path, interpreter: Interpreter) -> None:
    if not interpreter.has_venv:
        _get_venv_module(interpreter)
    if folder.exists():
        shutil.rmtree(folder)
    done = subprocess.run(
        [str(interpreter.path), "-m", "venv", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetupFailed(f"{folder.name} could not be made: {meaning(done.stdout + done.stderr)}.")


def _get_venv_module(interpreter: Interpreter) -> None:
    """Debian and its kin keep this part of Python in a package of its own."""
    package = f"python{interpreter.minor}-venv"
    if system_libraries.can_install() and not system_libraries.apt_install([package]):
        return
    raise SetupFailed(
        f"{interpreter.path} cannot make environments: its venv module is not installed."
        f" Install it with: sudo apt-get install {package}"
    )


def _run(command: list[str], log: Path) -> None:
    """Run pip with its output in a file, for it is long and rarely wanted."""
    environment = {"PIP_RETRIES": "2"} | {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    }
    with log.open("a+", errors="replace") as file:
        start = file.seek(0, os.SEEK_END)
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            check=False,
        )
        file.seek(start)
        output = file.read()
    if done.returncode:
        raise SetupFailed(
            f"The packages could not be installed: {meaning(output)}. Details: {log.relative_to(ROOT)}"
        )


def _stamp(folder: Path) -> str:
    try:
        return (folder / _STAMP).read_text()
    except FileNotFoundError:
        return ""


def _version_of(folder: Path) -> str | None:
    """The version of an environment's Python, such as ``3.11``; None when there is no environment."""
    try:
        text = (folder / "pyvenv.cfg").read_text()
    except FileNotFoundError:
        return None
    found = re.search(r"^version(?:_info)? *= *(\d+\.\d+)", text, re.MULTILINE)
    return found[1] if found else None


def _runs(python: Path) -> bool:
    """False for one whose base Python was removed, or that has no pip."""
    try:
        done = subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One set-up at a time: ``make test`` beside ``make run`` waits instead of breaking it."""
    if sys.platform == "win32":
        yield
        return
    with (ROOT / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another set-up of this environment")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(f"kdesk: {text}", file=sys.stderr, flush=True)


def _needs(arguments: argparse.Namespace) -> list[system_libraries.Need]:
    needs = list(system_libraries.OFFSCREEN)
    if arguments.xvfb or (arguments.display and os.environ.get("DISPLAY")):
        needs += system_libraries.DISPLAY
    if arguments.xvfb:
        needs += system_libraries.XVFB
    return needs


def main() -> int:
    """Set up; 0 when complete, 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bootstrap", description="Make kdesk's environment."
    )
    parser.add_argument(
        "--display", action="store_true", help="also what a window needs, where there is a display"
    )
    parser.add_argument(
        "--xvfb", action="store_true", help="also a display in memory, and what a window needs on it"
    )
    arguments = parser.parse_args()
    try:
        system_libraries.ensure(_needs(arguments))
        ensure()
    except (SetupFailed, system_libraries.LibrariesMissing, RuntimeError) as error:
        _say(str(error))
        return 1
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else f"{error.filename}: {error.strerror}"
        _say(f"The environment could not be made: {reason}.")
        return 1
    except KeyboardInterrupt:
        _say("interrupted; run it again to go on")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
