"""The history of one object: what is listed, in what words, and what is compared with what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.history.book import RevisionBook
from kdesk.kube.table.rows import Change
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.history import History
from tests.viewmodel.stub_cluster import PODS, SECRETS, added, deleted, modified, row


@pytest.fixture
def book() -> Iterator[RevisionBook]:
    one = RevisionBook("prod")
    yield one
    one.stop()
    assert one.join(5)


@pytest.fixture
def history(qtbot: QtBot) -> Iterator[History]:
    one = History(FrameClock(interval=0.002))
    yield one
    one.close()


def words(history: History) -> list[str]:
    return [line.words for line in history.lines]


def rollout() -> list[Change]:
    first, second, third = (
        row("web", version=str(n), manager="kubectl-edit", spec={"replicas": n}) for n in (1, 2, 3)
    )
    return [added(first), modified(second), modified(third), deleted(third)]


def test_every_revision_is_listed_newest_first_in_words(
    qtbot: QtBot, book: RevisionBook, history: History
) -> None:
    history.follow(book, PODS, "uid-web")
    history.set_shown(True)
    book.feed(PODS).put(rollout())
    expected = ["deleted", "spec.replicas 2 → 3", "spec.replicas 1 → 2", "created"]
    qtbot.waitUntil(lambda: words(history) == expected)
    assert [line.info.who.name for line in history.lines][1:] == ["kubectl-edit"] * 3


def test_one_is_compared_with_the_one_before_two_with_each_other(
    qtbot: QtBot, book: RevisionBook, history: History
) -> None:
    book.feed(PODS).put(rollout())
    assert book.wait_idle(5)
    history.follow(book, PODS, "uid-web")
    history.set_shown(True)
    numbers = [line.info.number for line in history.lines]  # newest first
    history.choose(numbers[1:2])
    qtbot.waitUntil(lambda: history.compared is not None)
    assert history.compared is not None
    assert history.compared.old is not None
    assert (history.compared.old.number, history.compared.new.number) == (numbers[2], numbers[1])
    assert "  replicas: 2" in history.compared.document.before
    assert "  replicas: 3" in history.compared.document.lines
    history.choose([numbers[3], numbers[1]])
    qtbot.waitUntil(lambda: history.compared is not None and history.compared.old.number == numbers[3])  # type: ignore[union-attr]
    assert "  replicas: 1" in history.compared.document.before
    history.choose(numbers[3:])
    qtbot.waitUntil(lambda: history.compared is not None and history.compared.old is None)
    assert "  replicas: 1" in history.compared.document.lines
    history.choose([])
    assert history.compared is None


def test_a_hidden_history_does_not_look(qtbot: QtBot, book: RevisionBook, history: History) -> None:
    history.follow(book, PODS, "uid-web")
    history.set_shown(True)
    history.set_shown(False)
    book.feed(PODS).put(rollout())
    assert book.wait_idle(5)
    qtbot.wait(400)
    assert history.lines == ()
    history.set_shown(True)
    assert len(history.lines) == 4


def test_another_object_leaves_nothing_of_the_one_before(
    qtbot: QtBot, book: RevisionBook, history: History
) -> None:
    book.feed(PODS).put(rollout())
    assert book.wait_idle(5)
    history.follow(book, PODS, "uid-web")
    history.set_shown(True)
    history.choose([history.lines[0].info.number])
    qtbot.waitUntil(lambda: history.compared is not None)
    history.follow(book, PODS, "uid-other")
    assert history.lines == ()
    assert history.compared is None


def test_what_is_no_longer_kept_is_counted_and_said(qtbot: QtBot, history: History) -> None:
    book = RevisionBook("prod", max_bytes=2_000)
    try:
        states = [
            row("web", version=str(n), spec={"n": n, "text": "".join(str(hash((n, i))) for i in range(40))})
            for n in range(1, 9)
        ]
        book.feed(PODS).put([added(states[0]), *map(modified, states[1:])])
        assert book.wait_idle(5)
        history.follow(book, PODS, "uid-web")
        history.set_shown(True)
        assert history.dropped > 0
        assert len(history.lines) == 8 - history.dropped
        qtbot.waitUntil(lambda: all(words(history)))
        assert words(history)[-1] == "the oldest that is kept"
    finally:
        book.stop()
        assert book.join(5)


def test_a_secret_shows_that_it_changed_and_not_what(
    qtbot: QtBot, book: RevisionBook, history: History
) -> None:
    one, other = (
        row("s", version=str(n), data={"p": value})
        for n, value in ((1, "cGxhbnRlZC1vbmU="), (2, "cGxhbnRlZC10d28="))
    )
    book.feed(SECRETS).put([added(one), modified(other)])
    assert book.wait_idle(5)
    history.follow(book, SECRETS, "uid-s")
    history.set_shown(True)
    qtbot.waitUntil(lambda: all(words(history)))
    history.choose([history.lines[0].info.number])
    qtbot.waitUntil(lambda: history.compared is not None)
    assert history.compared is not None
    document = history.compared.document
    assert document.marks
    assert "cGxhbnR" not in "".join([*words(history), document.text, *document.before])
