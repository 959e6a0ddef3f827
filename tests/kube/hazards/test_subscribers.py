"""Whoever listens late, slowly, wrongly or not at all hurts nobody else, and each gets every object once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from kdesk.kube.engine.subscription import Happening, Latest, Stream, WatchState
from kdesk.kube.table.rows import Row
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


def test_a_late_one_gets_every_object_once(server: ApiServer, watch: Watching) -> None:
    """Subscribed again and again while the cluster churns: what each was told adds up to the store."""
    pods = watch()
    pods.until_live()
    done = threading.Event()

    def churn() -> None:
        number = 0
        while not done.wait(0.0005):
            number += 1
            server.cluster.create("pods", f"p{number}")
            if number > 5:
                server.cluster.delete("pods", f"p{number - 5}")

    churning = threading.Thread(target=churn)
    churning.start()
    try:
        streams = []
        for _ in range(50):
            stream = Stream()
            pods.lease.subscribe(stream)
            streams.append(stream)
    finally:
        done.set()
        churning.join()
    pods.fence()
    for stream in streams:
        assert _replayed(stream.take()) == {row.key: row for row in pods.rows.values()}


def test_a_late_one_is_told_the_state_and_the_columns(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    latest = Latest()
    pods.lease.subscribe(latest)
    batch = latest.take()
    assert batch is not None
    assert batch.reset
    assert set(batch.rows) == {"default/a"}
    assert batch.columns == pods.informer.columns
    assert batch.status is not None
    assert batch.status.state is WatchState.LIVE
    assert latest.take() is None


@pytest.mark.parametrize("make", [Stream, Latest])
def test_one_whose_wake_raises(
    server: ApiServer,
    watch: Watching,
    expect_log: Callable[..., object],
    make: Callable[..., Stream | Latest],
) -> None:
    expect_log("a subscriber of .* failed")

    def wake() -> None:
        if told:
            raise RuntimeError("broken view")
        told.append(True)

    told: list[bool] = []
    pods = watch()
    pods.until_live()
    broken = make(wake)
    pods.lease.subscribe(broken)
    broken.take()
    server.cluster.create("pods", "a")
    pods.until_names("a")
    broken.take()
    server.cluster.create("pods", "b")
    pods.until_names("a", "b")
    pods.fence()
    assert ("ADDED", "b") in pods.told
    assert pods.requests == ["list", "watch"], "the watch was not disturbed"
    assert broken.take(), "and the broken one has its entry all the same"


def test_one_that_never_takes(server: ApiServer, watch: Watching) -> None:
    """Its queue is bounded and says how much it dropped; a table's is bounded by the number of objects."""
    pods = watch()
    pods.until_live()
    stream, latest = Stream(capacity=100), Latest()
    woken: list[int] = []
    counting = Latest(lambda: woken.append(1))
    for subscription in (stream, latest, counting):
        pods.lease.subscribe(subscription)
    for number in range(500):
        server.cluster.create("pods", f"p{number}")
        server.cluster.delete("pods", f"p{number}")
    pods.fence()
    happenings = stream.take()
    assert len(happenings) == 100
    assert stream.dropped == 1 + 1_001 - 100, "the state it began with, and the oldest changes"
    newest = happenings[-1].change
    assert newest is not None
    assert newest.row.name == "fence"
    batch = latest.take()
    assert batch is not None
    assert [row for row in batch.rows.values() if row is not None] == [pods.rows["fence"]]
    assert woken == [1], "one wake-up for all that was not taken"


def test_the_store_is_written_before_anyone_is_told(server: ApiServer, watch: Watching) -> None:
    pods = watch()
    pods.until_live()
    seen: list[bool] = []

    def wake() -> None:
        batch = latest.take()
        if batch is not None:
            seen.extend(pods.informer.store.get(key) is row for key, row in batch.rows.items())

    latest = Latest(wake)
    pods.lease.subscribe(latest)
    server.cluster.create("pods", "a")
    server.cluster.update("pods", "a", status={"phase": "Running"})
    server.cluster.delete("pods", "a")
    pods.fence()
    assert seen
    assert all(seen)


def test_rows_cannot_be_changed(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a", metadata={"labels": {"x": "y"}})
    pods = watch()
    pods.until_live()
    row = pods.rows["a"]
    assert isinstance(row, Row)
    with pytest.raises(AttributeError):
        row.labels = "other"  # type: ignore[misc]
    assert isinstance(row.cells, tuple)


def _replayed(happenings: list[Happening]) -> dict[str, Row]:
    """What the stream adds up to; fails when an object is added twice or deleted without being there."""
    rows: dict[str, Row] = {}
    for happening in happenings:
        change = happening.change
        if change is None:
            continue
        if change.type == "ADDED":
            assert change.row.key not in rows, f"{change.row.key} twice"
            rows[change.row.key] = change.row
        elif change.type == "DELETED":
            del rows[change.row.key]
        else:
            assert change.row.key in rows
            rows[change.row.key] = change.row
    return rows
