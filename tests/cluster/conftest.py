"""Fixtures that are real control planes, and the marker ``cluster`` on every test in this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .controlplane import ControlPlane

HERE = Path(__file__).parent
# API servers end a watch after once to twice this time: half an hour by default, a minute at most in tests.
_WATCHES_END_SOON = "--min-request-timeout=30"

# Control planes start, and wait for nodes that are lost: on a busy machine that takes minutes.
_LONGEST_S = 300


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "cluster: runs on a real control plane")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, before tests are deselected by marker."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.cluster)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(_LONGEST_S))


@pytest.fixture(scope="session")
def plane_a() -> Iterator[ControlPlane]:
    """A control plane with three nodes, shared: tests keep to namespaces of their own and do not break it."""
    with ControlPlane("plane-a", nodes=3, extra_apiserver_args=[_WATCHES_END_SOON]) as plane:
        yield plane


@pytest.fixture(scope="session")
def plane_b() -> Iterator[ControlPlane]:
    """A second control plane with two nodes, shared like the first."""
    with ControlPlane("plane-b", nodes=2, extra_apiserver_args=[_WATCHES_END_SOON]) as plane:
        yield plane


@pytest.fixture
def disposable_plane() -> Iterator[ControlPlane]:
    """A control plane of the test's own, to kill, pause, compact or lock out of. It has no nodes yet."""
    with ControlPlane("disposable", scheduler=False) as plane:
        yield plane


@pytest.fixture
def namespace(plane_a: ControlPlane, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace on `plane_a`, named after the test, deleted afterwards without waiting for its end."""
    name = request.node.name.split("[")[0].replace("_", "-")[:50].strip("-").lower()
    plane_a.kubectl("create", "namespace", name)
    yield name
    plane_a.kubectl("delete", "namespace", name, "--wait=false")
