"""Each built-in rule against rows as a server prints them: what fits, in which words, and what does not."""

from __future__ import annotations

import pytest

from kdesk.kube.table.rows import Column, Row
from kdesk.viewmodel.problems.book import Book, Problem
from kdesk.viewmodel.problems.check import Checker
from kdesk.viewmodel.problems.rules import Rule, Test
from tests.viewmodel.problem_rows import NOW, built_in, columns, pod, row

CERTIFICATE, APPLICATION = "certificates.cert-manager.io", "applications.argoproj.io"
CLAIM, VOLUME, NODE = "persistentvolumeclaims", "persistentvolumes", "nodes"
DEFINITION, API = "customresourcedefinitions.apiextensions.k8s.io", "apiservices.apiregistration.k8s.io"
HOUR = 3600

#: (the rule that tells of it first, the kind, a row that it fits, the words)
FITTING: list[tuple[str, str, Row, str]] = [
    ("node-not-ready", NODE, row(NODE, STATUS="NotReady"), "The node is NotReady"),
    (
        "node-not-ready",
        NODE,
        row(NODE, STATUS="NotReady,SchedulingDisabled"),
        "The node is NotReady,SchedulingDisabled",
    ),
    (
        "node-cordoned",
        NODE,
        row(NODE, STATUS="Ready,SchedulingDisabled"),
        "Takes no new pods: Ready,SchedulingDisabled",
    ),
    (
        "pod-crash-loop",
        "pods",
        pod("a", "CrashLoopBackOff", RESTARTS="17 (3m2s ago)"),
        "CrashLoopBackOff after 17 restarts",
    ),
    ("pod-crash-loop", "pods", pod("a", "Init:CrashLoopBackOff"), "Init:CrashLoopBackOff after 0 restarts"),
    ("pod-image", "pods", pod("a", "ImagePullBackOff"), "ImagePullBackOff: an image cannot be pulled"),
    ("pod-image", "pods", pod("a", "Init:ErrImagePull"), "Init:ErrImagePull: an image cannot be pulled"),
    (
        "pod-cannot-start",
        "pods",
        pod("a", "CreateContainerConfigError"),
        "CreateContainerConfigError: a container cannot be started",
    ),
    ("pod-failed", "pods", pod("a", "Error"), "A container has ended: Error"),
    ("pod-failed", "pods", pod("a", "OOMKilled"), "A container has ended: OOMKilled"),
    ("pod-failed", "pods", pod("a", "ExitCode:3"), "A container has ended: ExitCode:3"),
    ("pod-unknown", "pods", pod("a", "Unknown"), "Nothing is known of the pod: its node does not answer"),
    (
        "pod-pending",
        "pods",
        pod("a", "Pending", age=300),
        "Pending for 5m: no node takes it, or it waits for a volume",
    ),
    ("pod-starting", "pods", pod("a", "ContainerCreating", age=600), "ContainerCreating for 10m"),
    ("pod-starting", "pods", pod("a", "Init:0/2", age=600), "Init:0/2 for 10m"),
    ("pod-not-ready", "pods", pod("a", READY="1/3"), "1 of 3 containers ready"),
    ("pod-restarted", "pods", pod("a", RESTARTS="4 (5m ago)"), "Restart number 4 was 5m ago"),
    (
        "pod-deleting",
        "pods",
        pod("a", "Terminating", deleting=90),
        "Should have ended 90s ago: its containers do not end, or a finalizer holds it",
    ),
    (
        "deployment-down",
        "deployments.apps",
        row("deployments.apps", READY="0/2"),
        "No replica is ready, of 2 that are wanted",
    ),
    (
        "deployment-not-ready",
        "deployments.apps",
        row("deployments.apps", READY="5/6"),
        "5 of 6 replicas ready",
    ),
    (
        "deployment-down",
        "statefulsets.apps",
        row("statefulsets.apps", READY="0/1"),
        "No replica is ready, of 1 that are wanted",
    ),
    (
        "deployment-not-ready",
        "statefulsets.apps",
        row("statefulsets.apps", READY="2/3"),
        "2 of 3 replicas ready",
    ),
    (
        "daemonset-not-ready",
        "daemonsets.apps",
        row("daemonsets.apps", DESIRED=6, READY=4),
        "Ready on 4 of 6 nodes",
    ),
    (
        "replicaset-not-ready",
        "replicasets.apps",
        row("replicasets.apps", DESIRED=2, READY=0),
        "0 of 2 replicas ready",
    ),
    (
        "job-failed",
        "jobs.batch",
        row("jobs.batch", STATUS="Failed", COMPLETIONS="0/1"),
        "The job has failed, with 0/1 completions",
    ),
    (
        "claim-lost",
        CLAIM,
        row(CLAIM, STATUS="Lost", VOLUME="pv-7"),
        "The volume pv-7 is gone: the claim is Lost",
    ),
    (
        "claim-unbound",
        CLAIM,
        row(CLAIM, STATUS="Pending", STORAGECLASS="fast"),
        "Pending for 60m: no volume of class fast is bound",
    ),
    (
        "volume-failed",
        VOLUME,
        row(VOLUME, STATUS="Failed", REASON="cannot be wiped"),
        "The volume has failed: cannot be wiped",
    ),
    (
        "volume-released",
        VOLUME,
        row(VOLUME, STATUS="Released", CLAIM="shop/data", age=9999),
        "Released: its claim shop/data is gone, the volume is kept",
    ),
    (
        "api-unavailable",
        API,
        row(API, AVAILABLE="False (MissingEndpoints)"),
        "The API is not available: False (MissingEndpoints)",
    ),
    (
        "definition-not-established",
        DEFINITION,
        row(DEFINITION, ESTABLISHED=False),
        "The definition is not established: its objects are not served",
    ),
    ("custom-not-ready", CERTIFICATE, row(CERTIFICATE, READY="False"), "Ready is False"),
    (
        "custom-failed",
        APPLICATION,
        row(APPLICATION, HEALTH_STATUS="Degraded", SYNC_STATUS="Synced"),
        "Health Status is Degraded",
    ),
    (
        "namespace-deleting",
        "namespaces",
        row("namespaces", STATUS="Terminating", deleting=600),
        "Being deleted for 10m: something in it does not go",
    ),
    ("deleting", "services", row("services", deleting=600), "Being deleted for 10m: a finalizer holds it"),
    (
        "event-warning",
        "events",
        row("events", TYPE="Warning", LAST_SEEN="4s", REASON="BackOff", MESSAGE="Back-off\n restarting"),
        "BackOff: Back-off restarting",
    ),
]

WELL = [
    ("pods", pod("a")),
    ("pods", pod("a", "Completed", READY="0/1")),
    ("pods", pod("a", "Pending", age=60)),
    ("pods", pod("a", "ContainerCreating", age=60)),
    ("pods", pod("a", "Terminating", deleting=20)),
    ("pods", pod("a", "Terminating", READY="0/1", deleting=20)),
    ("pods", pod("a", RESTARTS="4 (2d3h ago)")),
    ("deployments.apps", row("deployments.apps", READY="3/3")),
    ("deployments.apps", row("deployments.apps", READY="0/0")),
    ("daemonsets.apps", row("daemonsets.apps", DESIRED=0, READY=0)),
    ("replicasets.apps", row("replicasets.apps", DESIRED=2, READY=0, owner="a-deployment")),
    ("jobs.batch", row("jobs.batch", STATUS="Running")),
    ("jobs.batch", row("jobs.batch", STATUS="Complete")),
    (NODE, row(NODE, STATUS="Ready")),
    (CLAIM, row(CLAIM, STATUS="Bound")),
    (CLAIM, row(CLAIM, STATUS="Pending", age=30)),
    (VOLUME, row(VOLUME, STATUS="Bound")),
    (VOLUME, row(VOLUME, STATUS="Available")),
    (API, row(API, AVAILABLE="True")),
    (DEFINITION, row(DEFINITION, ESTABLISHED=True)),
    (CERTIFICATE, row(CERTIFICATE, READY="True")),
    ("namespaces", row("namespaces", STATUS="Terminating", deleting=30)),
    ("services", row("services")),
    ("services", row("services", deleting=30)),
    ("events", row("events", TYPE="Normal", LAST_SEEN="4s")),
    ("events", row("events", TYPE="Warning", LAST_SEEN="45m")),
]


def judged(label: str, one: Row, at: int = NOW) -> Problem | None:
    """What is said of a row that was there when the watching began."""
    rules = built_in().of(label, custom=label in (CERTIFICATE, APPLICATION))
    book = Book(Checker(rules, columns(label)))
    book.apply([(one.key, one)], at, news=False)
    return book.problems.get(one.key)


@pytest.mark.parametrize(("rule", "label", "one", "words"), FITTING)
def test_what_needs_attention_is_said_in_words(rule: str, label: str, one: Row, words: str) -> None:
    problem = judged(label, one)
    assert problem is not None
    assert problem.findings[0].rule.id == rule
    assert problem.words(NOW) == words


def test_every_built_in_rule_is_shown_to_work() -> None:
    assert {rule for rule, *_ in FITTING} == {rule.id for rule in built_in().rules}


@pytest.mark.parametrize(("label", "one"), WELL)
def test_what_is_well_is_left_in_peace(label: str, one: Row) -> None:
    assert judged(label, one) is None


def test_an_event_goes_by_the_name_of_what_it_happened_to() -> None:
    problem = judged("events", row("events", "web.17", TYPE="Warning", LAST_SEEN="4s", OBJECT="pod/web"))
    assert problem is not None
    assert problem.name == "pod/web"
    crash = judged("pods", pod("web", "CrashLoopBackOff"))
    assert crash is not None
    assert crash.name == "web"


def rule(*tests: Test, **more: object) -> Rule:
    fields: dict[str, object] = {
        "id": "x", "resources": ("*",), "title": "x", "tone": "bad", "reason": "{A}", "name": "", "tests": tests,
        "owned": None, "since": "seen", "after": 0.0, "within": float("inf"), "place": 0,
    }  # fmt: skip
    return Rule(**(fields | more))  # type: ignore[arg-type]


def fits(test: Test, a: object, b: object = None) -> bool:
    """The test of columns A and B."""
    checker = Checker([rule(test)], (Column("A"), Column("B")))
    one = Row("/x", "u", "1", 0, (a, b))  # type: ignore[arg-type]
    return checker.mask(one) == 1


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        (Test("A", is_="Failed"), ["Failed", "failed"], ["Fail", "Failed,x", None, 1]),
        (Test("A", is_=["False", 3]), [False, "false", 3, "3"], [True, None, 33]),
        (Test("A", is_not="Bound"), ["Lost", None], ["Bound", "BOUND"]),
        (Test("A", has="NotReady"), ["NotReady", "NotReady,SchedulingDisabled"], ["Ready", "NotReadyYet", None]),
        (Test("A", matches="^0/"), ["0/2"], ["10/2", None]),
        (Test("A", incomplete=True), ["1/2", "0/1", "9/10"], ["2/2", "3/2", "x", None, 3, "0/0"]),
        (Test("A", below=3), [2, "2", "2 (5m ago)", 2.5], [3, "x", None, True]),
        (Test("A", above=3), [4, "4", "4 (\x1f99\x1f ago)"], [3, "x", None, True]),
        (Test(["C", "A"], is_="x"), ["x"], ["y"]),
    ],
)  # fmt: skip
def test_a_test_of_one_column(test: Test, yes: list[object], no: list[object]) -> None:
    assert [fits(test, value) for value in yes] == [True] * len(yes)
    assert [fits(test, value) for value in no] == [False] * len(no)


def test_two_columns_are_compared_as_numbers() -> None:
    assert fits(Test("A", below="B"), 9, 10)
    assert not fits(Test("A", below="B"), 10, 9)
    assert not fits(Test("A", below="B"), None, 9)
    assert fits(Test("A", above="b"), "10", 9)


def test_any_of_several_columns_may_hold_it() -> None:
    assert fits(Test(["A", "B"], is_="x"), "y", "x")
    assert not fits(Test(["A", "B"], is_="x"), "y", "z")


def test_a_rule_whose_columns_are_not_there_takes_no_part() -> None:
    for test in (Test("C", is_="x"), Test("A", below="C"), Test(["C", "D"], is_not="x")):
        assert not fits(test, "x")
    assert (
        Checker([rule(Test("A", is_="x"), since="C")], (Column("A"),)).mask(Row("/x", "u", "1", 0, ("x",)))
        == 0
    )


def test_a_row_of_older_columns_is_no_error() -> None:
    checker = Checker([rule(Test("B", is_="x")), rule(Test("A", below="B"))], (Column("A"), Column("B")))
    assert checker.mask(Row("/x", "u", "1", 0, (1,))) == 0
    assert checker.mask(Row("/x", "u", "1", 0, ())) == 0


def test_objects_that_are_being_deleted_have_rules_of_their_own() -> None:
    checker = Checker([rule(Test("A", is_="x")), rule(id="d", since="deleting", place=1)], (Column("A"),))
    living, dying = Row("/x", "u", "1", 0, ("x",)), Row("/x", "u", "1", 0, ("x",), deleting=5)
    assert [r.id for r in checker.rules(checker.mask(living))] == ["x"]
    assert [r.id for r in checker.rules(checker.mask(dying))] == ["d"]


def test_what_a_reason_names_and_there_is_not_is_a_question_mark() -> None:
    book = Book(Checker([rule(Test("A", is_="x"), reason="{A} {C} {have}")], (Column("A"),)))
    book.apply([("/x", Row("/x", "u", "1", 0, ("x",)))], NOW, news=True)
    assert book.problems["/x"].words(NOW) == "x ? ?"
