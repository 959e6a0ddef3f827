"""Thousands of random operations against a reference: what the informer holds and tells is what happened.

``KDESK_TEST_MODEL_OPS`` and ``KDESK_TEST_MODEL_SEED`` make it longer and repeat a run (the seed is in the test's name).
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine import informer, reflector
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.store import By
from kdesk.kube.engine.subscription import Latest, Stream, WatchState
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.rows import Change, Row
from tests.fakes import faults
from tests.fakes.cluster import object_key
from tests.fakes.faults import Action, Break, Fault, Shape, throttled
from tests.fakes.server import ApiServer

OPERATIONS = int(os.environ.get("KDESK_TEST_MODEL_OPS", "2000"))
SEEDS = [int(seed) for seed in os.environ.get("KDESK_TEST_MODEL_SEED", "1,2").split(",")]
DEADLINE_S = 20.0
OWNERS = ["set-1", "set-2", "set-3"]
NAMES = [f"p{number}" for number in range(30)]
NAMESPACES = ["blue", "green"]
PODS = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=frozenset({"list", "watch"}))

TROUBLE: list[tuple[str, Action]] = [
    ("watch", faults.BROKEN),
    ("watch", throttled(0)),
    ("watch", Break("reset")),
    ("watch", Break("close", "headers")),
    ("watch", Break("reset", "body", 700)),
    ("watch", Break("close", "body", 1_500)),
    ("watch", Shape(sizes=(1, 7, 300))),
    ("watch", Shape(chunked=False)),
    ("list", faults.UNAVAILABLE),
    ("list", Break("close", "body", 900)),
    ("page", faults.CONTINUE_EXPIRED),
    ("page", Break("reset")),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are many here: no long pauses, and pages that a small cluster fills."""
    monkeypatch.setattr(reflector, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(reflector, "LONGEST_DELAY", 0.02)
    monkeypatch.setattr(reflector, "SHORT_WATCH", 0.0)
    monkeypatch.setattr(reflector, "PAGE_LIMIT", 7)
    monkeypatch.setattr(informer, "WITHIN_SECONDS", 0.0)


class Model:
    """A cluster and everyone who listens to its pods, and what is done to them at random."""

    def __init__(
        self, rand: random.Random, server: ApiServer, session: ClusterSession, *, expiry: bool
    ) -> None:
        self.rand = rand
        self.server = server
        self.cluster = server.cluster
        self.expiry = expiry
        self.lease = session.watch(WatchSpec(PODS))
        self.informer = self.lease.informer
        self.stream = Stream()
        self.late: list[Stream] = []
        self.latest = Latest()
        self.table: dict[str, Row] = {}
        self.raising = Latest(self.fail)
        for subscription in (self.stream, self.latest, self.raising):
            self.lease.subscribe(subscription)

    def fail(self) -> None:
        if self.rand.random() < 0.2:
            raise RuntimeError("a broken view")

    def operate(self) -> None:
        """One random operation; and the indexes are right at any moment."""
        self.act()
        self.check_indexes()

    def act(self) -> None:
        kind = self.rand.random()
        if kind < 0.90:
            self.change()
        elif kind < 0.94:
            self.disturb()
        elif kind < 0.97:
            self.listen()
        else:
            self.catch_up()

    def change(self) -> None:
        name, namespace = self.rand.choice(NAMES), self.rand.choice(NAMESPACES)
        if self.cluster.get("pods", name, namespace) is None:
            self.cluster.create("pods", name, namespace, status={"phase": "Pending"}, metadata=self.owner())
        else:
            act = self.rand.random()
            if act < 0.1:
                self.cluster.update("pods", name, namespace, metadata=self.owner())
            elif act < 0.6:
                phase = self.rand.choice(["Running", "Läuft", "Failed"])
                self.cluster.update("pods", name, namespace, status={"phase": phase})
            elif act < 0.85:
                self.cluster.delete("pods", name, namespace)
            else:
                self.cluster.recreate("pods", name, namespace)

    def owner(self) -> dict[str, Any]:
        """Metadata: one owner, or none."""
        uid = self.rand.choice([*OWNERS, ""])
        return {"ownerReferences": [{"uid": uid, "controller": True}] if uid else None}

    def disturb(self) -> None:
        act = self.rand.randrange(6 if self.expiry else 4)
        if act == 0:
            self.server.end_watches(how=self.rand.choice(["close", "reset"]))
        elif act == 1:
            verb, trouble = self.rand.choice(TROUBLE)
            self.server.script(Fault(f"{verb} pods", trouble))
            self.server.end_watches()
        elif act == 2:
            self.server.bookmark()
        elif act == 3:
            self.server.cut("reset")
        elif act == 4:
            self.server.switches.gone_in_stream = self.rand.random() < 0.5
            self.cluster.compact()
            self.server.end_watches(how="reset")
        else:
            self.server.close(how="reset")
            for _ in range(self.rand.randrange(20)):
                self.change()
            self.cluster.compact()
            self.server.start()

    def listen(self) -> None:
        """Somebody comes late, or asks for all there is once more; somebody takes what there is."""
        if self.rand.random() < 0.3:
            self.lease.resync()
        if len(self.late) < 30 and self.rand.random() < 0.3:
            stream = Stream()
            self.lease.subscribe(stream)
            self.late.append(stream)
        self.raising.take()
        self.take_table()

    def take_table(self) -> None:
        batch = self.latest.take()
        if batch is None:
            return
        if batch.reset:
            self.table.clear()
        for key, row in batch.rows.items():
            if row is None:
                self.table.pop(key, None)
            else:
                self.table[key] = row

    def expected(self) -> dict[str, tuple[str, str]]:
        """(uid, version) by key, as the server has it."""
        metas = {object_key(obj): obj["metadata"] for obj in self.cluster.objects("pods")}
        return {key: (meta["uid"], meta["resourceVersion"]) for key, meta in metas.items()}

    def held(self) -> dict[str, tuple[str, str]]:
        return {row.key: (row.uid, row.version) for row in self.informer.store.snapshot()}

    def check_indexes(self) -> None:
        """They are what the rows add up to, with no group left that is empty."""
        with self.informer._publisher._lock:
            rows = self.informer.store.snapshot()
            for by, names, read in (
                (By.OWNER, OWNERS, self.lease.owned_by),
                (By.NAMESPACE, NAMESPACES, self.lease.rows_in),
            ):
                groups = {
                    name: {row.key: row for row in rows if getattr(row, by.value) == name} for name in names
                }
                found = {name: read(name) for name in names}
                assert {name: {row.key: row for row in of} for name, of in found.items()} == groups
                assert sum(map(len, found.values())) == sum(map(len, groups.values())), "one row twice"
                index = self.informer.store.index(by)
                assert index is not None
                assert len(index) == sum(map(bool, groups.values())), "an empty group"

    def expected_owned(self) -> dict[str, set[str]]:
        """Keys by owner, as the server has it."""
        owned: dict[str, set[str]] = {uid: set() for uid in OWNERS}
        for obj in self.cluster.objects("pods"):
            for owner in obj["metadata"].get("ownerReferences") or ():
                owned[owner["uid"]].add(object_key(obj))
        return owned

    def catch_up(self) -> None:
        """Wait until the informer has seen everything, so that not every disturbance meets a list."""
        deadline = time.monotonic() + DEADLINE_S
        while self.informer.status.state is not WatchState.LIVE or self.held() != self.expected():
            assert time.monotonic() < deadline, (self.informer.status, self.server.verbs("pods")[-10:])
            time.sleep(0.002)
        assert {uid: {row.key for row in self.lease.owned_by(uid)} for uid in OWNERS} == self.expected_owned()


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


@pytest.fixture
def session(server: ApiServer) -> Iterator[ClusterSession]:
    reaper = Reaper()
    info = ConnectionInfo(server.url)
    context = Context("c", "c", "config", "cluster", server.url, "user", "default", True, None, info)
    session = ClusterSession(context, 1, reaper)
    yield session
    session.retire()
    reaper.close()
    assert reaper.join(10)


@pytest.mark.timeout(60 + OPERATIONS / 50)
@pytest.mark.parametrize("expiry", [False, True], ids=["resumes", "expires"])
@pytest.mark.parametrize("seed", SEEDS)
def test_random_operations(
    server: ApiServer, session: ClusterSession, expect_log: Callable[..., object], seed: int, expiry: bool
) -> None:
    expect_log("a subscriber of .* failed", optional=True)
    rand = random.Random(seed)
    for name in NAMES[:20]:
        server.cluster.create("pods", name, "blue")
    model = Model(rand, server, session, expiry=expiry)
    model.catch_up()
    began = server.cluster.version
    for _ in range(OPERATIONS):
        model.operate()
    server.forgive()
    model.catch_up()  # the store equals the server
    session.retire()  # from here on nothing more is told

    told = changes_of(model.stream)
    assert replayed(told) == model.expected()
    for stream in model.late:
        assert replayed(changes_of(stream)) == model.expected()
    model.take_table()
    assert {key: (row.uid, row.version) for key, row in model.table.items()} == model.expected()
    lists = server.verbs("pods").count("list")
    if expiry:
        assert lists > 1
        return
    assert lists == 1
    happened = [(e.type, e.obj["metadata"]["resourceVersion"]) for e in server.cluster.since("pods", began)]
    heard = [(change.type, change.row.version) for change in told if not change.initial and not change.resync]
    assert heard == happened, "every event once, in order"


def changes_of(stream: Stream) -> list[Change]:
    assert stream.dropped == 0
    return [happening.change for happening in stream.take() if happening.change is not None]


def replayed(changes: list[Change]) -> dict[str, tuple[str, str]]:
    """(uid, version) by key that the changes add up to; each must be possible after those before it."""
    rows: dict[str, Row] = {}
    newest: dict[str, int] = {}
    for change in changes:
        key, version = change.row.key, int(change.row.version)
        before = rows.get(key)
        if change.resync:
            assert change.row == before, "what is told once more is what was told last"
            continue
        if change.final_unknown:
            assert change.row == before, "what is deleted unseen is the last that was known"
        else:
            assert version > newest.get(key, 0), f"{change.type} {key} at {version} after {newest[key]}"
        newest[key] = version
        if change.type == "ADDED":
            assert before is None, f"{key} added twice"
            assert change.old is None
        else:
            assert before is not None, f"{change.type} of {key}, which is not there"
            assert change.old == before
            assert change.row.uid == before.uid
        if change.type == "DELETED":
            del rows[key]
        else:
            rows[key] = change.row
    return {key: (row.uid, row.version) for key, row in rows.items()}
