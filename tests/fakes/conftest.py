"""A scripted server of each test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.server import ApiServer


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running
