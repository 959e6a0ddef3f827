"""Live events in the window: below the tabs, or in one tab."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from kdesk.app.events import LiveEvents
from kdesk.app.panels import Panels
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.program.settings import Settings
from tests.ui.shell import Shell


class Wired(Shell):
    def __init__(self) -> None:
        super().__init__()
        panels: Any = SimpleNamespace(columns=DiffColumns(), namespaces=lambda *names: ())
        self.frames = FrameClock()
        self.live = LiveEvents(
            self.clusters,
            self.window,
            cast(Panels, panels),
            self.frames,
            self.theme,
            self.tasks,
            Settings(),
            save=lambda: None,
        )

    def end(self) -> None:
        self.live.close()
        super().end()


@pytest.fixture
def wired(qtbot: QtBot) -> Iterator[Wired]:
    one = Wired()
    qtbot.addWidget(one.window)
    one.window.show()
    yield one
    one.end()


def test_one_tab_that_takes_the_place_of_the_panel_below(wired: Wired) -> None:
    async def work() -> None:
        await wired.clusters.open("a")
        await wired.live.open(())
        assert wired.window.activity is not None
        assert not wired.window.activity.isHidden()
        await wired.live.open_tab()
        assert wired.window.activity.isHidden(), "the same lines twice"
        [tab] = wired.window.places.pages
        await wired.live.open_tab()
        assert wired.window.places.pages == [tab]
        wired.window.close_page(tab)
        await wired.live.open_tab()
        assert len(wired.window.places.pages) == 1

    wired.run(work)
