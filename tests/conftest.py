"""The rules of every test: own home, offscreen, this machine only, no warnings, nothing left behind."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support.isolation import isolate_environment

pytest_plugins = [
    # In this order: the leak check is set up first, so that it looks last.
    "tests.support.leaks",
    "tests.support.network",
    "tests.support.logs",
]

# At import, not in a fixture: modules under test may look at the environment when they are imported.
_home = Path(tempfile.mkdtemp(prefix="kdesk-tests-home-"))
isolate_environment(_home)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_home, ignore_errors=True)
