"""What was recorded by an earlier run and what this one has seen, as one history; and what is found by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.history.archive import Archive, Limits, Observed
from kdesk.kube.history.archive_reader import ArchiveReader
from kdesk.kube.history.book import RevisionBook
from kdesk.kube.table.rows import Change
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.history import History
from kdesk.viewmodel.objects.recorded import Recorded, RecordedRevisions, find_kept
from tests.viewmodel.stub_cluster import PODS, SECRETS, added, deleted, modified, row


def state(number: int, name: str = "web") -> Any:
    return row(name, version=str(number), manager="kubectl-edit", spec={"replicas": number})


def record(path: Path, *changes: Change) -> None:
    """As an earlier run did, in 2001."""
    with closing(Archive(path, b"k" * 32, Limits())) as archive:
        archive.write([Observed(1e9 + at, PODS, [change]) for at, change in enumerate(changes)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prod.sqlite"


@pytest.fixture
def book() -> Iterator[RevisionBook]:
    one = RevisionBook("prod")
    yield one
    one.stop()
    assert one.join(5)


def merged(book: RevisionBook, path: Path) -> RecordedRevisions:
    assert book.wait_idle(5)
    one = RecordedRevisions(book, path)
    one.load("uid-web", PODS)
    return one


def versions(one: RecordedRevisions) -> list[tuple[str, bool]]:
    return [(info.version, info.number < 0) for info in one.revisions("uid-web", PODS)]


def test_recorded_ones_come_before_the_books(book: RevisionBook, path: Path) -> None:
    record(path, added(state(1)), modified(state(2)))
    book.feed(PODS).put([added(state(2), initial=True), modified(state(3))])
    one = merged(book, path)
    # The second is known from both: when it came about is on disk only.
    assert versions(one) == [("1", True), ("2", True), ("3", False)]
    numbers = [info.number for info in one.revisions("uid-web", PODS)]
    assert numbers == sorted(numbers)
    texts = [one.document("uid-web", number, PODS) for number in numbers]
    assert [json.loads(text)["spec"]["replicas"] for text in texts] == [1, 2, 3]
    history = one.history("uid-web", PODS)
    assert history is not None
    assert history.kept == 3


def test_what_this_run_recorded_is_not_there_twice(book: RevisionBook, path: Path) -> None:
    changes = [added(state(1)), modified(state(2)), modified(state(3))]
    record(path, *changes)
    book.feed(PODS).put(changes[1:])
    assert versions(merged(book, path)) == [("1", True), ("2", False), ("3", False)]


def test_without_a_file_it_is_the_book(book: RevisionBook, path: Path) -> None:
    book.feed(PODS).put([added(state(1))])
    assert versions(merged(book, path)) == [("1", False)]


def test_a_file_that_is_none_leaves_the_book(book: RevisionBook, path: Path) -> None:
    path.write_bytes(b"nothing of the kind" * 400)
    book.feed(PODS).put([added(state(1))])
    assert versions(merged(book, path)) == [("1", False)]


def password(number: int, value: str) -> Any:
    return row("db", version=str(number), data={"password": value}, type=f"shop/{number}")


def test_values_of_secrets_are_not_compared_across_runs(qtbot: QtBot, book: RevisionBook, path: Path) -> None:
    """Each run has a key of its own for digests: those of one value differ."""
    one, other = "cGxhbnRlZC1vbmU=", "cGxhbnRlZC10d28="
    with closing(Archive(path, b"k" * 32, Limits())) as archive:
        changes = [added(password(1, one)), modified(password(2, other))]
        archive.write([Observed(1e9 + at, SECRETS, [change]) for at, change in enumerate(changes)])
    book.feed(SECRETS).put([added(password(3, other), initial=True), modified(password(4, one))])
    assert book.wait_idle(5)
    history = History(FrameClock(interval=0.002))
    revisions = RecordedRevisions(book, path)
    revisions.load("uid-db", SECRETS)
    history.follow(revisions, SECRETS, "uid-db")
    history.set_shown(True)
    qtbot.waitUntil(lambda: len(history.lines) == 4 and all(line.words for line in history.lines))
    newest, across, recorded = (line.words for line in history.lines[:3])
    assert "data.password changed (digest " in newest
    assert "data.password changed (digest " in recorded
    assert across == (
        "type shop/2 → shop/3 (values cannot be compared with those recorded before this start)"
    )
    history.choose([history.lines[1].info.number])
    qtbot.waitUntil(lambda: history.compared is not None)
    assert history.compared is not None
    document = history.compared.document
    assert "  password: <masked, 11 bytes, digest not comparable>" in document.lines
    assert "  password: <masked, 11 bytes, digest not comparable>" in document.before
    assert one not in "".join((*document.lines, *document.before))
    history.close()


@pytest.mark.parametrize("said", [{}, {"kind": "Pod"}])
def test_values_of_secrets_are_kept_nowhere_whatever_they_say_they_are(
    book: RevisionBook, path: Path, said: dict[str, str]
) -> None:
    planted = "cGxhbnRlZC1vbmU="
    change = added(row("db", data={"password": planted}, **said))
    with closing(Archive(path, b"k" * 32, Limits())) as archive:
        archive.write([Observed(1e9, SECRETS, [change])])
    book.feed(SECRETS).put([change])
    assert book.wait_idle(5)
    with closing(ArchiveReader(path)) as reader:
        for kept in (reader, book):
            (info,) = kept.revisions("uid-db", SECRETS)
            text = kept.document("uid-db", info.number, SECRETS)
            assert planted.encode() not in text
            assert b"<masked, 11 bytes, digest " in text


def test_a_history_shows_them_with_words_and_marked(qtbot: QtBot, book: RevisionBook, path: Path) -> None:
    record(path, added(state(1)), modified(state(2)))
    book.feed(PODS).put([added(state(2), initial=True), modified(state(3))])
    clock = FrameClock(interval=0.002)
    recorded, history = Recorded(clock, lambda session: path), History(clock)
    session = cast(ClusterSession, type("Session", (), {"book": book})())
    history.follow(recorded.of(session, PODS, "uid-web"), PODS, "uid-web")
    history.set_shown(True)
    qtbot.waitUntil(lambda: len(history.lines) == 3 and all(line.words for line in history.lines))
    assert [line.recorded for line in history.lines] == [False, True, True]
    assert [line.words for line in history.lines][:2] == ["spec.replicas 2 → 3", "spec.replicas 1 → 2"]
    history.choose([history.lines[0].info.number, history.lines[2].info.number])
    qtbot.waitUntil(lambda: history.compared is not None)
    compared = history.compared
    assert compared is not None
    assert compared.old is not None
    assert (compared.old.version, compared.new.version) == ("1", "3")
    history.close()
    recorded.close()


def test_deleted_ones_are_found_by_a_part_of_their_name(book: RevisionBook, path: Path) -> None:
    gone = state(2, "web-gone")
    record(path, added(gone), deleted(gone), added(state(1, "db")))
    book.feed(PODS).put([added(state(5, "web-new"))])
    assert book.wait_idle(5)
    found = find_kept(book, path, "web")
    assert [(one.object.name, one.deleted, one.recorded) for one in found] == [
        ("web-new", False, False),
        ("web-gone", True, True),
    ]
    assert find_kept(book, path, "nobody") == []
    assert [one.object.name for one in find_kept(book, path.with_name("none"), "web")] == ["web-new"]
