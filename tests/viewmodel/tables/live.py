"""What tests of live tables have in common."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from kdesk.kube.engine.session import ClusterSession
from kdesk.viewmodel.tables.controller import TableController
from tests.fakes.server import ApiServer

#: Opens a session with a scripted server.
Connect = Callable[[ApiServer], ClusterSession]
#: Opens a table: the session, the kind's label, namespaces.
Open = Callable[..., TableController]


def until(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=10_000)
