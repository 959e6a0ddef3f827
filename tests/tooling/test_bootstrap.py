"""Set-up: one clear sentence for each way it fails, and nothing done or asked where it is complete."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap, interpreters, run_tests, system_libraries
from tools.interpreters import Interpreter
from tools.system_libraries import Need

ABSENT = Need("libnot-here.so.7", "libnot-here7", "not-here", "nothere")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the files that set-up reads, and no environment."""
    shutil.copy(interpreters.ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(interpreters.ROOT / "requirements", tmp_path / "requirements")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    return tmp_path


def pretend_environment(folder: Path, minor: str = "3.11") -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text(f"version = {minor}.7\n")
    (folder / "kdesk-stamp").write_text(bootstrap.key(folder))


@pytest.mark.parametrize(
    ("output", "clause"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        (
            "WARNING: Retrying (...) NewConnectionError(...)\nERROR: No matching distribution found",
            "cannot be reached",
        ),
        ("WARNING: Retrying after connection broken by 'NameResolutionError(...)'", "cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash differs"),
        (
            "Collecting a\nERROR: No matching distribution found for a==1",
            "^No matching distribution found for a==1$",
        ),
        (
            "ERROR: Could not find a version of a==1 (from versions: none)\nERROR: No match",
            "was not reached, or",
        ),
        ("Segmentation fault", "^Segmentation fault$"),
        ("", "no reason was given"),
    ],
)
def test_meaning_of_what_pip_says(output: str, clause: str) -> None:
    assert re.search(clause, bootstrap.meaning(output))


def test_a_complete_environment_is_left_alone(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_environment(checkout / ".venv")

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert bootstrap.ensure() == bootstrap.python_of(checkout / ".venv")


@pytest.mark.parametrize("changed", ["requirements/dev.txt", "pyproject.toml"])
def test_a_changed_file_makes_it_incomplete(checkout: Path, changed: str) -> None:
    folder = checkout / ".venv"
    pretend_environment(folder)
    before = bootstrap.key(folder)
    text = (checkout / changed).read_text()
    (checkout / changed).write_text(text.replace('version = "', 'version = "9') + "\n# more\n")
    assert bootstrap.key(folder) != before


def test_settings_of_the_checks_do_not_count(checkout: Path) -> None:
    before = bootstrap.key(checkout / ".venv")
    text = (checkout / "pyproject.toml").read_text()
    (checkout / "pyproject.toml").write_text(text.replace("line-length = 110", "line-length = 100"))
    assert bootstrap.key(checkout / ".venv") == before


def test_another_python_gets_another_folder(checkout: Path) -> None:
    pretend_environment(checkout / ".venv", "3.11")
    assert bootstrap.folder_for(None).name == ".venv"
    assert bootstrap.folder_for(Interpreter(Path("p"), (3, 11, 2), True)).name == ".venv"
    assert bootstrap.folder_for(Interpreter(Path("p"), (3, 13, 0), True)).name == ".venv-3.13"


def test_a_python_without_venv_names_the_package(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries, "can_install", lambda: False)
    with pytest.raises(bootstrap.SetupFailed, match=r"sudo apt-get install python3\.11-venv"):
        bootstrap.ensure(Interpreter(Path("p"), (3, 11, 2), False))


def test_no_network_is_one_sentence(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(bootstrap.SetupFailed) as caught:
        bootstrap.ensure(interpreters.current())
    sentence = str(caught.value)
    assert "the package index cannot be reached" in sentence
    assert "\n" not in sentence
    assert not (checkout / ".venv/kdesk-stamp").exists()


def test_libraries_that_are_there() -> None:
    system_libraries.ensure(system_libraries.OFFSCREEN)  # this very test run needs them


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks libraries")
@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "sudo apt-get install libnot-here7"),
        ("dnf", "sudo dnf install not-here"),
        ("pacman", "sudo pacman -S nothere"),
    ],
)
def test_missing_libraries_without_the_right_to_install(
    manager: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_libraries, "_privilege", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: name if name == manager else None)
    with pytest.raises(system_libraries.LibrariesMissing) as caught:
        system_libraries.ensure([ABSENT])
    assert str(caught.value) == f"Qt needs libnot-here.so.7, which this system lacks. Install with: {command}"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks libraries")
def test_missing_libraries_that_do_not_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    manager = tmp_path / "apt-get"
    manager.write_text("#!/bin/sh\necho 'E: Unable to locate package libnot-here7' >&2\nexit 100\n")
    manager.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(system_libraries, "_privilege", list)
    with pytest.raises(system_libraries.LibrariesMissing) as caught:
        system_libraries.ensure([ABSENT])
    assert "installing failed (E: Unable to locate package libnot-here7)" in str(caught.value)
    assert str(caught.value).endswith("sudo apt-get install libnot-here7")


def test_the_oldest_and_the_newest_are_tested() -> None:
    pythons = [Interpreter(Path(f"p{minor}"), (3, minor, 0), True) for minor in (11, 12, 13)]
    assert run_tests.choose(pythons) == [pythons[0], pythons[2]]
    assert run_tests.choose(pythons[:1]) == pythons[:1]
    with pytest.raises(bootstrap.SetupFailed, match=r"supported version \(3\.11, "):
        run_tests.choose([])


def test_the_python_that_runs_this_is_found() -> None:
    assert sys.version_info[:2] in [interpreter.version[:2] for interpreter in interpreters.find()]
