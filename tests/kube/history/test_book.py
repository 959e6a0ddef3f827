"""What is kept of objects that are watched whole: each revision once, in order, bounded, readable after the end."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterator

import msgspec
import pytest

from kdesk.kube.diff.changes import changes_of
from kdesk.kube.diff.masking import masked
from kdesk.kube.history import book as book_module
from kdesk.kube.history.book import RevisionBook
from kdesk.kube.history.revisions import NoRevision, RevisionInfo, RevisionType
from kdesk.kube.table.rows import Change, Row
from tests.kube.history.making import DEPLOYMENTS, PODS, SECRETS, added, deleted, lives, modified, row

DEADLINE_S = 10.0


class Clock:
    """Each look is a second later."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


class Booked:
    """A book, and putting changes into it one by one."""

    def __init__(self, max_bytes: int = 1 << 24) -> None:
        self.book = RevisionBook("test", max_bytes=max_bytes, clock=Clock())

    def idle(self) -> RevisionBook:
        assert self.book.wait_idle(DEADLINE_S)
        return self.book

    def texts(self, uid: str) -> list[bytes]:
        book = self.idle()
        return [book.document(uid, revision.number) for revision in book.revisions(uid)]

    def said(self, uid: str) -> list[tuple[str, str]]:
        return [(one.type.value, one.version) for one in self.idle().revisions(uid)]

    def close(self) -> None:
        self.book.stop()
        assert self.book.join(DEADLINE_S)
        for _ in self.book.purge():
            pass


@pytest.fixture
def booked() -> Iterator[Booked]:
    one = Booked()
    yield one
    one.close()


def test_every_revision_comes_back(booked: Booked) -> None:
    rows, changes = lives("web", range(1, 600))
    feed = booked.book.feed(PODS)
    for change in changes:
        feed.put([change])
    assert booked.texts("uid-web") == [row.raw for row in rows]
    first, *_, last = booked.book.revisions("uid-web")
    assert (first.type, first.version, first.server_at) == (RevisionType.ADDED, "1", 1_700_000_000)
    assert (last.type, last.version, last.who.name) == (RevisionType.MODIFIED, "599", "kubelet")
    assert first.at == 1_001.0
    assert last.at == 1_599.0
    assert last.size == len(rows[-1].raw)
    numbers = [one.number for one in booked.book.revisions("uid-web")]
    assert numbers == sorted(set(numbers))
    history = booked.book.history("uid-web")
    assert history is not None
    assert (history.kept, history.dropped, history.watched, history.deleted) == (599, 0, True, False)
    assert history.object == (PODS, "default", "web", "uid-web")


def test_the_servers_own_time(booked: Booked) -> None:
    """Of a write that the server dates; one that it does not date has none, rather than that of another."""
    first, second = row("web", 1, written=50), row("web", 2, written=60)
    undated = row("web", 3, written=60)
    changes = [
        added(first, initial=True),
        modified(second, first),
        modified(undated, second),
        deleted(undated),
    ]
    booked.book.feed(PODS).put(changes)
    booked.idle()
    assert [one.server_at for one in booked.book.revisions("uid-web")] == [50, 60, 0, 0]


def test_a_deleted_object_stays_readable(booked: Booked) -> None:
    rows, changes = lives("web", range(1, 4))
    last = row("web", 4, status={"seen": "last"})
    feed = booked.book.feed(PODS)
    feed.put([*changes, deleted(last, rows[-1])])
    feed.end()
    assert booked.said("uid-web") == [("ADDED", "1"), ("MODIFIED", "2"), ("MODIFIED", "3"), ("DELETED", "4")]
    assert booked.texts("uid-web")[-1] == last.raw
    [history] = booked.book.objects(PODS, namespace="default", name="web")
    assert history.deleted
    assert not history.watched
    assert not history.newest.who.name, "who wrote it last is not who deleted it"


def test_a_name_used_again_is_another_object(booked: Booked) -> None:
    old, new = row("web", 1, uid="a"), row("web", 3, uid="b")
    booked.book.feed(PODS).put([added(old), deleted(old, final_unknown=True), added(new)])
    assert booked.said("a") == [("ADDED", "1"), ("DELETED", "1")]
    assert booked.said("b") == [("ADDED", "3")]
    assert [one.object.uid for one in booked.book.objects(name="web")] == ["a", "b"]
    assert booked.book.revisions("a")[-1].final_unknown


def test_the_same_revision_seen_twice_is_one(booked: Booked) -> None:
    """Two informers of one kind, one of which is always behind: in whatever way their words mix."""
    rows, changes = lives("web", range(1, 120))
    changes.append(deleted(row("web", 200), rows[-1]))
    pick = random.Random(7)
    for turn in range(20):
        one, other = booked.book.feed(PODS), booked.book.feed(PODS)
        uid = f"uid-web{turn}"
        renamed = [change._replace(row=msgspec.structs.replace(change.row, uid=uid)) for change in changes]
        left, right = list(renamed), list(renamed)
        while left or right:
            feed, queue = (one, left) if left and (not right or pick.random() < 0.6) else (other, right)
            feed.put([queue.pop(0)])
        said = booked.said(uid)
        assert said == [("ADDED", "1"), *(("MODIFIED", str(v)) for v in range(2, 120)), ("DELETED", "200")]
        assert booked.texts(uid)[:-1] == [row.raw for row in rows]
        one.end()
        other.end()


def test_a_revision_only_the_slower_one_saw_takes_its_place(booked: Booked) -> None:
    rows, _ = lives("web", range(1, 200))
    one, other = booked.book.feed(PODS), booked.book.feed(PODS)
    one.put([added(rows[0]), modified(rows[100], rows[0]), modified(rows[198], rows[100])])
    slower = [added(rows[0], initial=True), *(modified(b, a) for a, b in itertools.pairwise(rows))]
    for change in slower:
        other.put([change])
    assert booked.texts("uid-web") == [row.raw for row in rows]


def test_a_cluster_taken_back_is_told_as_it_was_seen(booked: Booked) -> None:
    """After a restore of etcd the same versions may stand for other states."""
    rows, changes = lives("web", range(1, 6))
    again = [row("web", version, status={"again": version}) for version in (2, 3, 4)]
    feed = booked.book.feed(PODS)
    feed.put(
        [*changes, modified(again[0], rows[-1]), modified(again[1], again[0]), modified(again[2], again[1])]
    )
    assert [version for _, version in booked.said("uid-web")] == ["1", "2", "3", "4", "5", "2", "3", "4"]
    assert booked.texts("uid-web")[-3:] == [one.raw for one in again]


def test_leaving_a_selection_is_no_deletion(booked: Booked) -> None:
    rows, changes = lives("web", range(1, 4))
    all_of_them, some = booked.book.feed(PODS), booked.book.feed(PODS, selecting=True)
    some.put([*changes, deleted(row("web", 4), rows[-1])])
    assert booked.said("uid-web")[-1] == ("LEFT", "4")
    all_of_them.put([added(row("web", 4, status={"seen": 4}), initial=True)])
    assert booked.said("uid-web")[-2:] == [("LEFT", "4"), ("INITIAL", "4")]
    some.put([modified(row("web", 5), rows[-1]), deleted(row("web", 6), rows[-1])])
    assert booked.said("uid-web")[-1] == ("MODIFIED", "5"), "the other informer still sees it"


def test_an_end_lets_go_of_what_never_changed(booked: Booked) -> None:
    rows, changes = lives("web", range(1, 3))
    feed = booked.book.feed(PODS)
    feed.put([added(row("idle", 1), initial=True), *changes])
    booked.idle()
    assert booked.book.figures().objects == 2
    feed.end()
    feed.end()
    assert booked.said("uid-idle") == []
    assert booked.texts("uid-web") == [row.raw for row in rows]
    history = booked.book.history("uid-web")
    assert history is not None
    assert not history.watched
    figures = booked.book.figures()
    assert (figures.objects, figures.revisions, figures.dropped) == (1, 2, 0)
    feed = booked.book.feed(PODS)
    feed.put([added(rows[1], initial=True), modified(row("web", 9), rows[1])])
    assert [version for _, version in booked.said("uid-web")] == ["1", "2", "9"]


def test_one_of_two_informers_ends(booked: Booked) -> None:
    one, other = booked.book.feed(PODS), booked.book.feed(PODS)
    for feed in (one, other):
        feed.put([added(row("web", 1), initial=True)])
    one.end()
    assert booked.said("uid-web") == [("INITIAL", "1")]
    other.end()
    assert booked.said("uid-web") == []


def test_the_oldest_go_first_and_are_counted() -> None:
    booked = Booked(max_bytes=60_000)
    try:
        feed = booked.book.feed(PODS)
        rows: dict[str, list[Row]] = {}
        filling = random.Random(1)
        for turn in range(200):
            for name in ("a", "b"):
                data = filling.randbytes(400).hex()
                mine = rows.setdefault(name, [])
                mine.append(row(name, 2 * turn + 1, data=data))
                feed.put([modified(mine[-1], mine[-2]) if turn else added(mine[0])])
        figures = booked.idle().figures()
        assert figures.bytes <= 60_000
        assert figures.dropped + figures.revisions == 400
        kept = [one for name in rows for one in booked.book.revisions(f"uid-{name}")]
        assert len(kept) == figures.revisions
        assert min(one.at for one in kept) > figures.dropped_until > 1_000
        for name, mine in rows.items():
            texts = booked.texts(f"uid-{name}")
            assert 20 < len(texts) < 150
            assert texts == [row.raw for row in mine[-len(texts) :]]
            history = booked.book.history(f"uid-{name}")
            assert history is not None
            assert history.dropped + history.kept == 200
        with pytest.raises(NoRevision):
            booked.book.document("uid-a", 1)
        assert booked.book.figures().json_bytes == sum(len(row.raw) for mine in rows.values() for row in mine)
    finally:
        booked.close()


def test_what_comes_too_fast_is_counted(booked: Booked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "_QUEUE_BYTES", 5_000)
    monkeypatch.setattr(book_module, "_GATHER_SECONDS", 0.2)
    rows, changes = lives("web", range(1, 400))
    feed = booked.book.feed(PODS)
    for change in changes:
        feed.put([change])
    figures = booked.idle().figures()
    assert figures.missed > 100
    assert figures.missed + figures.revisions == len(rows)
    assert booked.said("uid-web")[-1] == ("MODIFIED", "399"), "the newest are there"


def test_secret_values_are_digests(booked: Booked) -> None:
    password, other = "aHVudGVyMg==", "aHVudGVyMw=="
    first = row("db", 1, resource=SECRETS, data={"password": password})
    second = row("db", 2, resource=SECRETS, data={"password": other}, stringData={"plain": "hunter4"})
    booked.book.feed(SECRETS).put([added(first), modified(second, first)])
    texts = booked.texts("uid-db")
    assert not any(word in text for text in texts for word in (b"aHVudGVyM", b"hunter"))
    values = [msgspec.json.decode(text)["data"]["password"] for text in texts]
    assert values[0] != values[1]
    assert all(value.startswith("<masked, 7 bytes, digest ") for value in values)
    [change, *_] = changes_of(texts[0], texts[1], "Secret")
    assert (change.before, change.after) == (values[0], values[1]), "digests are not digested again"
    assert masked(msgspec.json.decode(texts[0]))["data"] == {"password": "<masked, 7 bytes>"}


def test_between_and_kinds(booked: Booked) -> None:
    pods, deployments = booked.book.feed(PODS), booked.book.feed(DEPLOYMENTS)
    one, two = row("a", 1), row("a", 2, resource=DEPLOYMENTS, namespace="shop", uid="d")
    pods.put([added(one)])  # at 1001
    deployments.put([added(two)])  # at 1002
    pods.put([modified(row("a", 3), one)])  # at 1003
    booked.idle()

    def moments(*span: float, **which: object) -> list[tuple[str, str]]:
        found = booked.book.between(*span, **which)  # type: ignore[arg-type]
        return [(moment.object.resource.kind, moment.revision.version) for moment in found]

    assert moments(0, 2_000) == [("Pod", "1"), ("Deployment", "2"), ("Pod", "3")]
    assert moments(1_001.5, 1_003) == [("Deployment", "2")]
    assert moments(0, 2_000, resource=PODS) == [("Pod", "1"), ("Pod", "3")]
    assert moments(0, 2_000, namespace="shop") == [("Deployment", "2")]
    assert {one.object.uid for one in booked.book.objects()} == {"uid-a", "d"}
    assert booked.book.revisions("d", PODS) == ()
    assert booked.book.objects(DEPLOYMENTS, namespace="default") == ()


def test_version_tells_that_something_is_new(booked: Booked) -> None:
    before = booked.book.version
    booked.book.feed(PODS).put([added(row("web", 1))])
    assert booked.idle().version > before


def test_a_fault_costs_one_change_and_not_the_history(
    booked: Booked, expect_log: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log(r"a part of the history of test was lost")  # type: ignore[operator]
    feed, secrets = booked.book.feed(PODS), booked.book.feed(SECRETS)
    broken = msgspec.structs.replace(row("broken", 1), raw=b"{")
    secrets.put([added(broken)])
    feed.put([added(row("web", 1))])
    assert booked.said("uid-web") == [("ADDED", "1")]


def test_stop_is_the_end() -> None:
    booked = Booked()
    feed = booked.book.feed(PODS)
    _, changes = lives("web", range(1, 50))
    feed.put(changes)
    booked.idle()
    feed.put(changes)
    booked.close()
    feed.put(changes)
    feed.end()
    assert booked.book.wait_idle(DEADLINE_S)
    assert booked.book.revisions("uid-web") == ()
    assert booked.book.figures()[:3] == (0, 0, 0)


def test_reading_while_it_is_written(booked: Booked) -> None:
    """Whatever a reader catches is a revision that there was, whole."""
    rows, changes = lives("web", range(1, 2_000))
    known = {row.version: row.raw for row in rows}
    feed = booked.book.feed(PODS)
    wrong: list[RevisionInfo] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            for revision in booked.book.revisions("uid-web")[-5:]:
                try:
                    text = booked.book.document("uid-web", revision.number)
                except NoRevision:
                    continue
                if text != known[revision.version]:
                    wrong.append(revision)

    reader = threading.Thread(target=read)
    reader.start()
    part: list[Change] = []
    for change in changes:
        part.append(change)
        if len(part) == 40:
            feed.put(part)
            part = []
    feed.put(part)
    booked.idle()
    done.set()
    reader.join()
    assert not wrong
    assert booked.said("uid-web")[-1] == ("MODIFIED", "1999")
