"""Simulated clusters for the whole folder, and a way to start the program that never leaves it behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kdesk.demo import launch
from tests.e2e.program import Program

PODS = 120
Start = Callable[..., Program]


@pytest.fixture(scope="session")
def clusters() -> Iterator[Path]:
    """The kubeconfig of three clusters of 120 pods each, with some life in them."""
    demo = launch.start(3, PODS, 20.0)
    try:
        assert demo.wait_ready(60), demo.complaint()
        yield demo.kubeconfig
    finally:
        demo.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """``start(*args, commands=(...))`` gives a Program."""
    started: list[Program] = []

    def begin(*args: str, **more: Any) -> Program:
        folder = tmp_path / f"run{len(started)}"
        folder.mkdir(exist_ok=True)
        started.append(Program(folder, *args, **more))
        return started[-1]

    yield begin
    for program in started:
        program.kill()
