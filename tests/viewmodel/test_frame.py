"""The frame clock: wake-ups merge, work is cut into slices, nothing runs when nothing is to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from kdesk.viewmodel.frame import FrameClock


def test_wakes_of_many_threads_become_one_frame_on_the_owners_thread(qtbot: QtBot) -> None:
    clock = FrameClock()
    seen: list[threading.Thread] = []

    def consumer(deadline: float) -> bool:
        seen.append(threading.current_thread())
        return False

    def wake_often() -> None:
        for _ in range(1000):
            clock.wake()

    clock.add(consumer)
    qtbot.waitUntil(lambda: clock.idle)
    seen.clear()
    threads = [threading.Thread(target=wake_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: clock.idle)
    assert seen == [threading.current_thread()]


def test_what_a_person_waits_for_does_not_wait_for_the_next_frame(qtbot: QtBot) -> None:
    clock = FrameClock(interval=60.0)
    turns: list[float] = []

    def consumer(deadline: float) -> bool:
        turns.append(deadline)
        return False

    clock.add(consumer)
    qtbot.waitUntil(lambda: len(turns) == 1)
    clock.wake()
    QCoreApplication.processEvents()
    assert (len(turns), clock.idle) == (1, False)
    clock.wake(at_once=True)
    qtbot.waitUntil(lambda: len(turns) == 2)
    assert clock.idle


def test_a_backlog_is_worked_off_in_slices_with_events_between(qtbot: QtBot) -> None:
    clock = FrameClock(budget=0.002)
    turns: list[float] = []

    def consumer(deadline: float) -> bool:
        turns.append(deadline - time.monotonic())
        return len(turns) < 5

    clock.add(consumer)
    qtbot.waitUntil(lambda: len(turns) == 5)
    qtbot.waitUntil(lambda: clock.idle)
    assert max(turns) <= 0.002


def test_who_was_left_out_comes_first_in_the_next_frame(qtbot: QtBot) -> None:
    clock = FrameClock(budget=0.001)
    order: list[str] = []

    def greedy(deadline: float) -> bool:
        order.append("greedy")
        while time.monotonic() < deadline:
            pass
        return order.count("greedy") < 3

    def small(deadline: float) -> bool:
        order.append("small")
        return False

    clock.add(greedy)
    clock.add(small)
    qtbot.waitUntil(lambda: clock.idle)
    assert order[:3] == ["greedy", "small", "greedy"]


def test_a_removed_consumer_has_no_more_turns(qtbot: QtBot) -> None:
    clock = FrameClock()
    turns: list[str] = []

    def second(deadline: float) -> bool:
        turns.append("second")
        return False

    def first(deadline: float) -> bool:
        turns.append("first")
        clock.remove(second)
        return False

    clock.add(first)
    clock.add(second)
    qtbot.waitUntil(lambda: clock.idle)
    clock.remove(second)
    assert turns == ["first"]


def test_one_that_fails_is_reported_and_stops_nobody(
    qtbot: QtBot, expect_log: Callable[[str], object]
) -> None:
    clock = FrameClock()
    turns: list[str] = []
    expect_log("a frame consumer failed")

    def broken(deadline: float) -> bool:
        raise RuntimeError("boom")

    def sound(deadline: float) -> bool:
        turns.append("sound")
        return False

    clock.add(broken)
    clock.add(sound)
    qtbot.waitUntil(lambda: clock.idle)
    assert turns == ["sound"]
