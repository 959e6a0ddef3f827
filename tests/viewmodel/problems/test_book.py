"""A book of problems follows changes and the time, and is always what a look at everything would say."""

from __future__ import annotations

import math

import hypothesis.strategies as st
from hypothesis import given, settings

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.problems.book import Book
from kdesk.viewmodel.problems.check import Checker
from kdesk.viewmodel.problems.rules import SEEN
from tests.viewmodel.problem_rows import NOW, built_in, columns, pod, row

PODS = Checker(built_in().of("pods", custom=False), columns("pods"))
DEPLOYMENTS = Checker(built_in().of("deployments.apps", custom=False), columns("deployments.apps"))


def told(book: Book) -> dict[str, list[str]]:
    return {key: [finding.rule.id for finding in problem.findings] for key, problem in book.problems.items()}


def put(book: Book, *rows: Row, at: float = NOW, news: bool = True) -> set[str]:
    return book.apply([(one.key, one) for one in rows], at, news=news)


def test_problems_come_and_go_with_the_rows() -> None:
    book = Book(PODS)
    assert put(book, pod("a"), pod("b", "Error"), pod("c", "CrashLoopBackOff")) == {"shop/b", "shop/c"}
    assert told(book) == {"shop/b": ["pod-failed"], "shop/c": ["pod-crash-loop"]}
    assert book.titles == {("bad", "failed"): 1, ("bad", "crash loop"): 1}
    assert put(book, pod("c"), pod("a")) == {"shop/c"}
    assert book.apply([("shop/b", None), ("shop/x", None)], NOW, news=True) == {"shop/b"}
    assert (book.problems, book.titles, book.next_due) == ({}, {}, math.inf)


def test_a_problem_that_changes_is_told_again() -> None:
    book = Book(PODS)
    put(book, pod("a", "CrashLoopBackOff", RESTARTS="1 (5s ago)"))
    assert put(book, pod("a", "CrashLoopBackOff", RESTARTS="2 (5s ago)")) == {"shop/a"}
    assert book.problems["shop/a"].words(NOW) == "CrashLoopBackOff after 2 restarts"


def test_what_begins_now_is_a_problem_only_when_it_lasts() -> None:
    book = Book(DEPLOYMENTS)
    rolling = row("deployments.apps", READY="2/3")
    assert put(book, rolling) == set()
    assert book.next_due == NOW + 60
    assert book.tick(NOW + 59) == set()
    assert book.tick(NOW + 60) == {"shop/web"}
    [finding] = book.problems["shop/web"].findings
    assert (finding.since, finding.at_least) == (NOW, False)
    assert book.next_due == math.inf
    assert put(book, row("deployments.apps", READY="3/3"), at=NOW + 70) == {"shop/web"}


def test_a_rule_that_held_in_between_starts_anew() -> None:
    book = Book(DEPLOYMENTS)
    put(book, row("deployments.apps", READY="2/3"))
    put(book, row("deployments.apps", READY="3/3"), at=NOW + 50)
    put(book, row("deployments.apps", READY="2/3"), at=NOW + 55)
    assert book.tick(NOW + 100) == set()
    assert book.tick(NOW + 115) == {"shop/web"}


def test_a_change_of_the_numbers_does_not_start_it_anew() -> None:
    book = Book(DEPLOYMENTS)
    put(book, row("deployments.apps", READY="1/3"))
    put(book, row("deployments.apps", READY="2/3"), at=NOW + 50)
    assert book.tick(NOW + 60) == {"shop/web"}


def test_another_object_of_the_same_name_starts_anew() -> None:
    book = Book(DEPLOYMENTS)
    put(book, row("deployments.apps", READY="1/3", uid="one"))
    put(book, row("deployments.apps", READY="1/3", uid="two"), at=NOW + 50)
    assert book.tick(NOW + 60) == set()
    assert book.tick(NOW + 110) == {"shop/web"}


def test_what_was_so_when_first_seen_is_a_problem_at_once_and_says_at_least() -> None:
    book = Book(DEPLOYMENTS)
    young, old = (
        row("deployments.apps", "young", READY="2/3", age=20),
        row("deployments.apps", "old", READY="2/3"),
    )
    assert put(book, young, old, news=False) == {"shop/old"}
    [finding] = book.problems["shop/old"].findings
    assert (finding.since, finding.at_least) == (NOW, True)
    assert book.tick(NOW + 40) == {"shop/young"}  # it cannot be so for longer than it exists


def test_moments_that_the_row_tells_are_exact() -> None:
    book = Book(PODS)
    put(book, pod("a", RESTARTS="3 (4m ago)"), pod("b", "Pending", age=300), news=False)
    found = {key: problem.findings[0] for key, problem in book.problems.items()}
    assert (found["shop/a"].since, found["shop/a"].at_least) == (NOW - 240, False)
    assert (found["shop/b"].since, found["shop/b"].at_least) == (NOW - 300, False)


def test_time_ends_a_problem_too() -> None:
    book = Book(PODS)
    put(book, pod("a", RESTARTS="3 (4m ago)"))
    assert book.next_due == NOW + 360
    assert book.tick(NOW + 359) == set()
    assert book.tick(NOW + 360) == {"shop/a"}
    assert book.problems == {}


def test_times_that_are_put_off_again_and_again_do_not_pile_up() -> None:
    events = Checker(built_in().of("events", custom=False), columns("events"))
    book = Book(events)
    for second in range(5_000):
        put(
            book,
            row("events", TYPE="Warning", LAST_SEEN=f"{5_000 - second}s"),
            at=NOW - 5_000 + second,
        )
    assert len(book._queue) <= 1_002
    assert told(book) == {"shop/web": ["event-warning"]}
    assert book.tick(NOW + 600) == {"shop/web"}


def test_clearing_tells_what_is_gone() -> None:
    book = Book(PODS)
    put(book, pod("a", "Error"))
    assert book.clear() == {"shop/a"}
    assert (book.problems, book.titles) == ({}, {})


STATES = [
    pod("x"),
    pod("x", "Error"),
    pod("x", "CrashLoopBackOff", RESTARTS="3 (10s ago)"),
    pod("x", "Pending", age=60),
    pod("x", READY="1/2"),
    pod("x", READY="1/2", RESTARTS="2 (9m50s ago)"),
    pod("x", RESTARTS="2 (30s ago)"),
    pod("x", "Terminating", deleting=30),
    None,
]
STEP = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from(STATES),
    st.sampled_from(["one", "two"]),
    st.sampled_from([0, 1, 20, 45, 400]),
)


def reference(history: list[tuple[float, Row | None]], now: float) -> list[str]:
    """What is to be said of an object with this past, from all of it: the rules that hold, the worst first."""
    row = history[-1][1]
    if row is None:
        return []
    found = []
    for rule in PODS.rules(PODS.mask(row)):
        begun = now
        for at, past in reversed(history):
            if past is None or past.uid != row.uid or rule not in PODS.rules(PODS.mask(past)):
                break
            begun = at
        since = PODS.since(row, rule, begun) if rule.since != SEEN else begun
        if since is not None and since + rule.after <= now < since + rule.within:
            found.append(rule.id)
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_change_by_change_says_what_a_look_at_everything_says(
    steps: list[tuple[str, Row | None, str, int]],
) -> None:
    book, now = Book(PODS), float(NOW)
    past: dict[str, list[tuple[float, Row | None]]] = {}
    shown: dict[str, object] = {}
    for name, state, uid, wait in steps:
        now += wait
        changed = book.tick(now)
        key = f"shop/{name}"
        one = None
        if state is not None:
            one = Row(key, uid, "1", state.created, state.cells, deleting=state.deleting)
        changed |= book.apply([(key, one)], now, news=True)
        past.setdefault(key, []).append((now, one))
        expected = {key: rules for key in past if (rules := reference(past[key], now))}
        assert told(book) == expected
        # Whoever follows only what is told of as changed sees the same.
        for key in changed:
            shown[key] = book.problems.get(key)
        assert {key: value for key, value in shown.items() if value is not None} == book.problems
        assert book.titles.total() == len(book.problems)
