"""Clusters and tables over a fake fleet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QCoreApplication

from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine.fleet import FleetChange
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.tables.views import Views
from kdesk.viewmodel.tasks import Tasks
from tests.viewmodel.doubles import FakeFleet, FakeSession, FakeView, context


class Stage:
    """Clusters over a fake fleet, and everything that was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.prepare: Callable[[FakeSession], None] = lambda session: None
        self.tasks = Tasks(lambda title, text: self.failed.append((title, text)))
        self.fleet: FakeFleet
        self.listed: list[Context] = [
            context("a"),
            context("b"),
            context("c"),
            context("bad", problem="no CA"),
        ]
        self.clusters = Clusters(self.tasks, self._make)
        self.clusters.opened.connect(lambda session: self.told.append(f"opened {session.name}"))
        self.clusters.retired.connect(lambda session: self.told.append(f"retired {session.name}"))
        self.clusters.closed.connect(lambda name: self.told.append(f"closed {name}"))
        self.clusters.switched.connect(lambda: self.told.append("switched"))
        self.clusters.notice.connect(self.told.append)

    def _make(self, on_change: Callable[[FleetChange], None]) -> Any:
        self.fleet = FakeFleet(self.listed, on_change, self.prepare)
        return self.fleet

    def run(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        async def main() -> Any:
            await self.clusters.load()
            return await work()

        return asyncio.run(main())


class Tables(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.listed = [context("a"), context("b", namespace="team"), context("c")]
        self.views = Views(self.clusters, self._view)
        self.events: list[str] = []
        self.views.opened.connect(lambda view: self.events.append(f"+{view.resource.label}"))
        self.views.closed.connect(lambda view: self.events.append(f"-{view.resource.label}"))
        self.views.raised.connect(lambda view: self.events.append(f"^{view.resource.label}"))

    def _view(self, *args: Any) -> Any:
        return FakeView(*args)


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        QCoreApplication.processEvents()
        await asyncio.sleep(0.005)


async def nothing() -> None:
    return
