"""The login shell's environment: had once, within a limit, and never worse than one's own."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from kdesk.kube.login.loginenv import LoginEnvironment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="login shells are POSIX")


def shell(folder: Path, script: str) -> dict[str, str]:
    """An environment whose login shell is this script; ``$4`` is what kdesk wants run (after -l -i -c)."""
    path = folder / "shell"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o700)
    return {"SHELL": str(path), "PATH": os.environ["PATH"], "SESSION": "mine"}


def asked(environ: dict[str, str], time_limit: float = 20.0) -> LoginEnvironment:
    environment = LoginEnvironment(ask_shell=True, environ=environ, time_limit=time_limit)
    environment.start()
    return environment


def test_the_profile_counts_and_its_chatter_does_not(tmp_path: Path) -> None:
    profile = 'echo "Welcome back"; PATH=/opt/tools:$PATH; MULTI="a\nb=c"; export PATH MULTI; PWD=/x'
    own = shell(tmp_path, f'{profile}\n[ "$1 $2 $3" = "-l -i -c" ] || exit 9\neval "$4"; echo Bye')
    environment = asked(own)
    found = environment()
    assert environment.failure is None
    assert found["PATH"] == f"/opt/tools:{own['PATH']}"
    assert found["MULTI"] == "a\nb=c"
    assert found["SESSION"] == "mine"
    assert "PWD" not in found
    found["PATH"] = "changed"
    assert environment()["PATH"] != "changed", "each caller has a copy of its own"


def test_a_real_shell_answers(tmp_path: Path) -> None:
    (tmp_path / ".profile").write_text("export FROM_PROFILE=yes\n", "utf-8")
    environment = asked({"SHELL": "/bin/sh", "PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    assert environment()["FROM_PROFILE"] == "yes"


@pytest.mark.parametrize(
    ("script", "failure"),
    [("exit 3", "ValueError"), ("echo nothing", "ValueError"), ("sleep 600", "TimeoutExpired")],
)
def test_a_shell_that_does_not_answer_leaves_ones_own(tmp_path: Path, script: str, failure: str) -> None:
    own = shell(tmp_path, script)
    environment = asked(own, time_limit=20.0 if "sleep" not in script else 0.3)
    assert environment() == own
    assert environment.failure == f"the login shell did not tell its environment: {failure}"


def test_no_shell_at_all(tmp_path: Path) -> None:
    own = {"SHELL": str(tmp_path / "gone")}
    environment = asked(own)
    assert environment() == own
    assert environment.failure is not None


def test_without_asking_it_is_ones_own_and_no_thread_starts() -> None:
    before = threading.active_count()
    environment = LoginEnvironment(ask_shell=False, environ={"A": "b"})
    environment.start()
    assert environment() == {"A": "b"}
    assert threading.active_count() == before
