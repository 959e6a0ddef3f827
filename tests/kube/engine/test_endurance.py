"""Switching to and fro between two simulated clusters that both change: everything is back where it was."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from kdesk.demo import launch
from kdesk.kube.config.kubeconfig import Sources
from kdesk.kube.engine.fleet import Fleet
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.subscription import Stream, WatchState

PODS = int(os.environ.get("KDESK_TEST_ENDURANCE_PODS", "2000"))
SWITCHES = int(os.environ.get("KDESK_TEST_ENDURANCE_SWITCHES", "8"))
NEWS = 20


@pytest.fixture(scope="module")
def sources() -> Iterator[Sources]:
    clusters = launch.start(2, PODS, 100.0)
    try:
        assert clusters.wait_ready(30), clusters.complaint()
        yield Sources((clusters.kubeconfig,), merged=True)
    finally:
        clusters.stop()


@pytest.fixture
def fleet(sources: Sources) -> Iterator[Fleet]:
    fleet = Fleet(sources)
    fleet.load()
    yield fleet
    fleet.close()
    assert fleet.wait_closed(10)


def test_switching_leaves_everything_where_it_was(fleet: Fleet) -> None:
    names = [context.name for context in fleet.contexts]
    past: list[tuple[Stream, set[str]]] = []
    settled: tuple[int, list[str]] = (0, [])
    for turn in range(SWITCHES):
        session = fleet.switch(names[turn % 2])
        for stream, _ in past:
            stream.take()  # from here on, whatever an old watch tells is of an old epoch
        stream = Stream(capacity=10 * PODS)
        informer = session.watch(WatchSpec(session.open().resolve("pods")), stream).informer
        _until(lambda: informer.status.state is WatchState.LIVE and informer.report().events >= NEWS)  # noqa: B023
        assert [old.take() for old, _ in past] == [[]] * len(past)
        rows = informer.store.snapshot()
        assert abs(len(rows) - PODS) < PODS / 10
        uids = {row.uid for row in rows}
        assert not any(uids & old for _, old in past[-1:]), "the other cluster has other pods"
        past.append((stream, uids))
        # The old session's threads and sockets end by themselves, within moments.
        _until(lambda: len(_informers()) == 1)
        if turn == 1:  # the thread that cleans up starts with the second switch
            settled = _sockets(), sorted(thread.name for thread in threading.enumerate())
        elif turn:
            _until(lambda: (_sockets(), sorted(t.name for t in threading.enumerate())) == settled)  # noqa: B023
    fleet.stop(names[(SWITCHES - 1) % 2])
    _until(lambda: not _informers())
    _until(lambda: len(informer.store) == 0)


def _until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.01)


def _informers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("informer")]


def _sockets() -> int:
    """Open sockets of this process."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
        except FileNotFoundError:
            continue  # the one that listed the folder
    return count
