"""Plugin: a test that tries to reach another machine fails, even where the refusal was swallowed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.isolation import NetworkGuard

_guard = pytest.StashKey[NetworkGuard]()


def pytest_configure(config: pytest.Config) -> None:
    guard = NetworkGuard()
    guard.install()
    config.stash[_guard] = guard


@pytest.fixture(autouse=True)
def only_this_machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Loopback only."""
    guard = request.config.stash[_guard]
    guard.take()
    yield
    attempts = guard.take()
    if attempts:
        pytest.fail("\n".join(attempts), pytrace=False)
