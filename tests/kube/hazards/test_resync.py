"""Telling all there is once more comes out of the store: nothing is asked, each object once, in its place."""

from __future__ import annotations

import threading

from kdesk.kube.engine.subscription import Latest, Stream, WatchState
from kdesk.kube.table.rows import Change, Row
from tests.fakes.faults import Fault, Hold
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


def changes_of(stream: Stream) -> list[Change]:
    return [happening.change for happening in stream.take() if happening.change is not None]


def test_each_object_once_and_no_request(server: ApiServer, watch: Watching) -> None:
    server.cluster.create_many("pods", 700)
    pods = watch()
    pods.until_live()
    pods.forget()
    pods.latest.take()
    asked = len(server.requests)
    pods.lease.resync()
    told = changes_of(pods.stream)
    assert [(change.type, change.resync) for change in told] == [("MODIFIED", True)] * 700
    assert {change.row.key: change.row for change in told} == {row.key: row for row in pods.rows.values()}
    assert all(change.old is change.row for change in told)
    batch = pods.latest.take()
    assert batch is not None
    assert batch.reset
    assert batch.rows == {row.key: row for row in pods.rows.values()}
    assert (batch.columns, batch.status) == (pods.informer.columns, pods.status)
    pods.fence()
    assert len(server.requests) == asked
    assert not any(change.resync for change in pods.changes), "what comes after it is news again"


def test_a_table_that_was_behind_is_not_told_what_is_over(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "goes")
    pods = watch()
    pods.until_live()
    server.cluster.delete("pods", "goes")
    server.cluster.create("pods", "stays")
    pods.until_names("stays")
    pods.lease.resync()
    batch = pods.latest.take()
    assert batch is not None
    assert batch.reset
    assert batch.rows == {"default/stays": pods.rows["stays"]}
    assert pods.told == [("ADDED", "goes"), ("DELETED", "goes"), ("ADDED", "stays"), ("MODIFIED", "stays")]


def test_between_changes_it_is_in_its_place(server: ApiServer, watch: Watching) -> None:
    """Asked for again and again while the cluster churns: each is the state that the changes before it add up to."""
    pods = watch()
    pods.until_live()
    done = threading.Event()

    def churn() -> None:
        number = 0
        while not done.wait(0.0005):
            number += 1
            server.cluster.create("pods", f"p{number}")
            server.cluster.update("pods", f"p{number}", status={"phase": "Running"})
            if number > 5:
                server.cluster.delete("pods", f"p{number - 5}")

    churning = threading.Thread(target=churn)
    churning.start()
    try:
        for resyncs in range(50):
            pods.until(lambda: len(pods.informer.store) > 3)
            pods.until(lambda resyncs=resyncs: pods.informer.report().events > resyncs * 4)  # type: ignore[misc]
            pods.lease.resync()
    finally:
        done.set()
        churning.join()
    pods.fence()
    rows: dict[str, Row] = {}
    replayed: dict[str, Row] = {}
    whole = 0
    for change in [*pods.changes, None]:
        if change is not None and change.resync:
            assert change.row.key not in replayed, f"{change.row.key} twice"
            replayed[change.row.key] = change.row
            if len(replayed) == len(rows):
                assert replayed == rows
                whole += 1
                replayed = {}
            continue
        assert not replayed, "a resync with a change in it, or without some object"
        if change is None:
            continue
        assert (change.old is None) == (change.row.key not in rows)
        if change.type == "DELETED":
            del rows[change.row.key]
        else:
            rows[change.row.key] = change.row
    assert whole == 50
    assert rows == {row.key: row for row in pods.rows.values()}


def test_it_concerns_nobody_else(server: ApiServer, watch: Watching) -> None:
    """Views share an informer: one that asks costs the others nothing."""
    server.cluster.create("pods", "a")
    pods, other = watch(), watch()
    pods.until_live()
    assert pods.informer is other.informer
    other.forget()
    other.latest.take()
    pods.lease.resync()
    assert other.told == []
    assert other.latest.take() is None


def test_whoever_left_is_told_nothing(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    left, stranger = Stream(), Latest()
    pods.lease.subscribe(left)
    pods.lease.unsubscribe(left)
    pods.informer.resync(left, stranger)
    assert left.take() == []
    assert stranger.take() is None
    pods.informer.stop()
    pods.forget()
    pods.lease.resync()
    assert pods.seen == []


def test_empty_is_not_unsynced(server: ApiServer, watch: Watching) -> None:
    """No rows because there are none, and no rows because nobody has answered yet."""
    gate = threading.Event()
    server.script(Fault("list pods", Hold(gate)))
    pods = watch()
    pods.until(lambda: pods.requests == ["list"])
    assert (len(pods.informer.store), pods.informer.store.synced, pods.status.synced) == (0, False, False)
    batch = pods.latest.take()
    assert batch is not None
    assert batch.status is not None
    assert (batch.rows, batch.status.synced) == ({}, False)
    pods.lease.resync()
    batch = pods.latest.take()
    assert batch is not None
    assert batch.status is not None
    assert (batch.rows, batch.status.synced) == ({}, False), "a resync makes nothing complete"
    gate.set()
    pods.until_state(WatchState.LIVE)
    assert (len(pods.informer.store), pods.informer.store.synced, pods.status.synced) == (0, True, True)
    batch = pods.latest.take()
    assert batch is not None
    assert batch.status is not None
    assert (batch.rows, batch.status.synced) == ({}, True)
