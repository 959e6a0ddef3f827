"""A panel of live events on a stub cluster, for tests that drive it as a person does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from kdesk.kube.table.rows import Change
from kdesk.ui.events.panel import EventsPanel
from kdesk.ui.events.rate_strip import RateStrip
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.events.watch_lists import WatchLists
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from tests.viewmodel.stub_cluster import PODS, StubSession, added, row, watch


@dataclass
class Scene:
    qtbot: QtBot
    clock: FrameClock
    log: EventLog
    panel: EventsPanel
    lists: WatchLists
    session: StubSession = field(default_factory=lambda: StubSession("prod-eu"))

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: self.clock.idle)

    def watch_pods(self, count: int = 0) -> None:
        watch(self.log, self.session, PODS)
        self.tell(*(added(row(f"p{n:05d}")) for n in range(count)))

    def tell(self, *changes: Change) -> None:
        self.session.leases[0].tell(*changes)
        self.settle()

    def texts(self) -> list[str]:
        return [label.text() for label in self.panel.findChildren(QLabel) if label.isVisible()]

    def button(self, name: str) -> QToolButton:
        [found] = [b for b in self.panel.findChildren(QToolButton) if b.accessibleName() == name]
        return found

    def buttons(self, name: str) -> list[QToolButton]:
        return [
            b for b in self.panel.findChildren(QToolButton) if b.accessibleName() == name and b.isVisible()
        ]

    def paused(self) -> bool:
        return self.log.paused

    def top_name(self) -> str:
        line = self.log.model.line(self.panel.table.rowAt(0))
        return line.row.name if line.row is not None else ""


def a_panel(qtbot: QtBot) -> Iterator[Scene]:
    clock = FrameClock(interval=0.002)
    log = EventLog(clock, capacity=2_000)

    def run(work: Coroutine[Any, Any, Any], title: str) -> None:
        asyncio.run(work)

    theme = Theme(load_theme("dark"))
    lists = WatchLists({}, lambda: None)

    async def make_strip(log: EventLog) -> QWidget:
        return RateStrip(log, theme)

    panel = EventsPanel(log, lists, theme, DiffColumns(), run, make_strip, lambda: ["shop", "web"])
    qtbot.addWidget(panel)
    panel.resize(1100, 500)
    panel.show()
    panel.activateWindow()
    yield Scene(qtbot, clock, log, panel, lists)
    log.close()
