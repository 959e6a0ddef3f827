"""What is said of an object's state, and what it says of its own past."""

from __future__ import annotations

from typing import Any

import pytest

from kdesk.viewmodel.objects.timeline_states import State, facts_of, moment, spans_before, state_of
from tests.viewmodel.timeline_objects import T0, condition, crashing, metadata, running, stamp


def replicas(wanted: int, ready: int, **status: Any) -> dict[str, Any]:
    return {"spec": {"replicas": wanted}, "status": {"replicas": wanted, "readyReplicas": ready, **status}}


@pytest.mark.parametrize(
    ("kind", "document", "state"),
    [
        ("Pod", {"status": running()}, State("ready", "ok")),
        ("Pod", {"status": crashing()}, State("CrashLoopBackOff", "bad")),
        ("Pod", {"status": {"phase": "Pending"}}, State("pending", "info")),
        ("Pod", {"status": {"phase": "Failed", "reason": "Evicted"}}, State("Evicted", "bad")),
        ("Pod", {"status": {"phase": "Succeeded"}}, State("completed")),
        ("Pod", {"metadata": {"deletionTimestamp": stamp(9)}, "status": running()}, State("terminating")),
        (
            "Pod",
            {"status": {"conditions": [condition("PodScheduled", "False", 1)]}},
            State("unschedulable", "bad"),
        ),
        ("Deployment", replicas(3, 3, updatedReplicas=3), State("3/3 ready", "ok")),
        ("Deployment", replicas(3, 3, updatedReplicas=1), State("3/3 ready, rolling out", "info")),
        ("Deployment", replicas(3, 1), State("1/3 ready", "warn")),
        (
            "Deployment",
            replicas(3, 1, conditions=[condition("Progressing", "False", 1)]),
            State("stalled", "bad"),
        ),
        ("ReplicaSet", replicas(0, 0), State("scaled to 0")),
        (
            "DaemonSet",
            {"status": {"numberReady": 1, "desiredNumberScheduled": 2}},
            State("1/2 ready", "warn"),
        ),
        ("Job", {"status": {"conditions": [condition("Failed", "True", 1)]}}, State("failed", "bad")),
        ("CronJob", {"spec": {"suspend": True}}, State("suspended")),
        ("Node", {"status": {"conditions": [condition("Ready", "Unknown", 1)]}}, State("not ready", "bad")),
        ("Namespace", {"status": {"phase": "Terminating"}}, State("terminating")),
        ("Widget", {"status": {"conditions": [condition("Ready", "False", 1)]}}, State("not ready", "warn")),
        ("Widget", {}, State("")),
        ("Pod", {"status": None, "spec": "nonsense"}, State("pending", "info")),
    ],
)
def test_states(kind: str, document: dict[str, Any], state: State) -> None:
    assert state_of(kind, document) == state


def test_a_pod_in_a_crash_loop_tells_its_last_run() -> None:
    document = {"metadata": metadata("web-1", creationTimestamp=stamp(0)), "status": crashing()}
    said = [(fact.at - T0, fact.words, fact.tone) for fact in facts_of("Pod", document)]
    assert said == [
        (0, "created", ""),
        (1, "condition PodScheduled True", ""),
        (20, "web started, restart 3", ""),
        (30, "web exited with 1 (Error), then CrashLoopBackOff", "bad"),
        (30, "condition Ready False (ContainersNotReady)", "warn"),
    ]
    spans = [(span.begin - T0, span.end - T0, span.state) for span in spans_before("Pod", document, T0 + 100)]
    assert spans == [
        (0, 20, State("4 restarts by now")),
        (20, 30, State("running", "ok")),
        (30, 100, State("CrashLoopBackOff", "bad")),
    ]


def test_a_running_pod_was_pending_and_not_ready_before() -> None:
    document = {"metadata": metadata("web-1", creationTimestamp=stamp(0)), "status": running(started=5)}
    spans = [(span.end - T0, span.state.word) for span in spans_before("Pod", document, T0 + 100)]
    assert spans == [(5, "pending"), (6, "not ready"), (100, "ready")]


def test_a_replica_set_tells_its_revision_and_image() -> None:
    annotations = {"deployment.kubernetes.io/revision": "3"}
    document = {
        "metadata": metadata("web-1", creationTimestamp=stamp(0), annotations=annotations),
        "spec": {"template": {"spec": {"containers": [{"image": "registry.example.com/a/nginx:1.27"}]}}},
    }
    assert [fact.words for fact in facts_of("ReplicaSet", document)] == ["created: revision 3, nginx:1.27"]


def test_a_deletion_was_requested_before_it_is_due() -> None:
    document = {"metadata": {"deletionTimestamp": stamp(60), "deletionGracePeriodSeconds": 30}}
    [fact] = facts_of("Pod", document)
    assert (fact.at - T0, fact.words) == (30, "deletion requested, 30 s of grace")


def test_conditions_of_one_second_are_one_fact() -> None:
    conditions = [
        condition("Ready", "True", 3),
        condition("Initialized", "True", 3),
        condition("Other", "True", 4),
    ]
    said = [fact.words for fact in facts_of("Pod", {"status": {"conditions": conditions}})]
    assert said == ["condition Ready True; condition Initialized True", "condition Other True"]


@pytest.mark.parametrize("text", [None, "", "yesterday", 12])
def test_what_is_no_timestamp_is_no_moment(text: object) -> None:
    assert moment(text) == 0.0
