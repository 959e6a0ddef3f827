"""Garbage is collected by the GUI thread alone, the old generation only while the window is idle."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from kdesk.app import collector as collector_module
from kdesk.app.collector import Collector
from kdesk.viewmodel.frame import FrameClock


class _Knot:
    """Garbage that only the cyclic collector finds."""

    ended_on: str = ""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        _Knot.ended_on = threading.current_thread().name


@pytest.fixture
def idle() -> list[bool]:
    return [False]


@pytest.fixture
def collector(qapp: QCoreApplication, idle: list[bool]) -> Iterator[Collector]:
    one = Collector(lambda: idle[0])
    one.start()
    yield one
    one.stop()
    assert gc.isenabled()


def test_no_other_thread_ends_what_the_window_left(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Knot.ended_on = ""
    _Knot()
    other = threading.Thread(target=lambda: [[] for _ in range(200_000)], name="other")
    other.start()
    other.join()
    assert _Knot.ended_on == ""
    monkeypatch.setattr(gc, "get_count", lambda: (50_000, 0, 0))
    collector.look()
    assert _Knot.ended_on == threading.current_thread().name


def test_a_full_collection_waits_for_quiet(
    collector: Collector, idle: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[int] = []
    monkeypatch.setattr(collector_module, "_FULL_S", 0.0)
    monkeypatch.setattr(gc, "collect", lambda generation=2: collected.append(generation))
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 50))
    collector.look()
    assert collected == []
    idle[0] = True
    collector.look()
    assert collected == [2]
    monkeypatch.setattr(gc, "get_count", lambda: (0, 50, 0))
    collector.look()
    monkeypatch.setattr(gc, "get_count", lambda: (50_000, 0, 0))
    collector.look()
    assert collected == [2, 1, 0]


def test_what_a_frame_made_is_looked_at_after_it(collector: Collector, qtbot: QtBot) -> None:
    clock = FrameClock()
    clock.worked.connect(collector.look_at_young)
    _Knot.ended_on = ""

    def work(deadline: float) -> bool:
        _Knot()
        kept.extend([each] for each in range(50_000))
        return False

    kept: list[list[int]] = []
    gc.collect()
    clock.add(work)
    with qtbot.waitSignal(clock.worked):
        pass
    assert _Knot.ended_on == threading.current_thread().name
    assert gc.get_count()[0] < 50_000


def test_what_was_there_before_is_left_alone(qapp: QCoreApplication) -> None:
    before = gc.get_freeze_count()
    one = Collector(lambda: True)
    one.start()
    assert gc.get_freeze_count() > before
    one.stop()
    assert gc.get_freeze_count() == 0


def test_what_was_closed_is_collected_at_the_next_quiet_moment(
    collector: Collector, idle: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: collected.append(generation))
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 0))
    collector.soon()
    collector.look()
    assert collected == []
    idle[0] = True
    collector.look()
    collector.look()
    assert collected == [2]
