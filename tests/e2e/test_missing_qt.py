"""A system without Qt's libraries is told which to install; any other fault is not blamed on Qt."""

from __future__ import annotations

import subprocess
import sys

import pytest


def start(missing: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.modules[{missing!r}] = None; from kdesk.app.main import main; sys.exit(main([]))"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False
    )


def test_missing_libraries_are_named_in_one_sentence() -> None:
    done = start("PySide6.QtWidgets")
    assert done.returncode == 1
    assert done.stderr.startswith("kdesk: Qt cannot be loaded (")
    assert "apt install" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", ["qasync", "kdesk.viewmodel.frame"])
def test_what_else_is_missing_is_not_blamed_on_qt(module: str) -> None:
    done = start(module)
    assert "Qt cannot be loaded" not in done.stderr
    assert module in done.stderr
