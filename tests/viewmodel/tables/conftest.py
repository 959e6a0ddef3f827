"""Tables on scripted servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.config.connection import AuthInfo, ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.tables.controller import TableController
from tests.fakes.server import ApiServer
from tests.viewmodel.tables.live import Connect, Open


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


@pytest.fixture
def other_server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


@pytest.fixture
def connect() -> Iterator[Connect]:
    reaper, made = Reaper(), list[ClusterSession]()

    def connecting(server: ApiServer) -> ClusterSession:
        name = f"context-{len(made)}"
        info = ConnectionInfo(server.url, auth=AuthInfo())
        context = Context(name, name, "config", "cluster", server.url, "user", "default", False, None, info)
        made.append(ClusterSession(context, len(made), reaper))
        made[-1].open()
        return made[-1]

    yield connecting
    for session in made:
        session.retire()
    reaper.close()
    assert reaper.join(10)


@pytest.fixture
def clock(qtbot: QtBot) -> FrameClock:
    return FrameClock()


@pytest.fixture
def table(clock: FrameClock) -> Iterator[Open]:
    made: list[TableController] = []

    def opening(session: ClusterSession, label: str = "pods", *namespaces: str) -> TableController:
        assert session.catalogue is not None
        made.append(TableController(session, session.catalogue.resolve(label), namespaces, clock))
        made[-1].set_visible(True)
        return made[-1]

    yield opening
    for controller in made:
        controller.close()
