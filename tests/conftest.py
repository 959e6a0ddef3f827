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

_WINDOW_S = 120
# At import, not in a fixture: modules under test may look at the environment when they are imported.
_home = Path(tempfile.mkdtemp(prefix="kdesk-tests-home-"))
isolate_environment(_home)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_home, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End a test with a window that takes too long together with the run.

    An exception of the alarm's, raised in a slot, would be lost with what the event loop waited for: it never ended.
    """
    for item in items:
        if "qtbot" in getattr(item, "fixturenames", ()):
            marker = item.get_closest_marker("timeout")
            seconds = marker.args[0] if marker is not None else _WINDOW_S
            item.add_marker(pytest.mark.timeout(seconds, method="thread"), append=False)
