"""The stop flag: wakes what is registered, once, and children of a parent that is set are set."""

from __future__ import annotations

import threading

import pytest

from kdesk.kube.errors import Stopped
from kdesk.kube.stop import Stop


def test_it_wakes_what_is_registered_and_nothing_else() -> None:
    stop, woken = Stop(), []
    with stop.waking(lambda: woken.append("gone")):
        pass
    with stop.waking(lambda: woken.append("here")):
        stop.set()
        stop.set()
    assert woken == ["here"]
    assert stop.is_set()


def test_a_waker_that_fails_keeps_nobody_asleep() -> None:
    def fail() -> None:
        raise OSError("the socket is gone")

    stop, woken = Stop(), []
    with stop.waking(fail), stop.waking(lambda: woken.append(1)):
        stop.set()
    assert woken == [1]


def test_nothing_begins_when_it_is_set() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped), stop.waking(lambda: None):
        pytest.fail("the body ran")
    with pytest.raises(Stopped):
        stop.check()
    assert stop.wait(10)


def test_children_follow_their_parent() -> None:
    parent = Stop()
    before = Stop(parent)
    parent.set()
    after = Stop(parent)
    assert before.is_set()
    assert after.is_set()
    after.release()


def test_a_child_that_ended_is_forgotten() -> None:
    parent = Stop()
    child = Stop(parent)
    child.release()
    parent.set()
    assert not child.is_set()


def test_a_child_ends_alone() -> None:
    parent = Stop()
    child = Stop(parent)
    child.set()
    assert child.is_set()
    assert not parent.is_set()


def test_it_ends_a_wait_in_another_thread() -> None:
    stop, ended = Stop(), []
    waiting = threading.Thread(target=lambda: ended.append(stop.wait(10)))
    waiting.start()
    stop.set()
    waiting.join(5)
    assert ended == [True]
