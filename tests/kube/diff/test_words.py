"""Changes in words: what a person reads of each kind of change, and that no Secret is told."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdesk.kube.diff.changes import Change, changes, changes_of
from kdesk.kube.diff.merge_keys import MISSING
from kdesk.kube.diff.words import in_words

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def meta(**fields: Any) -> dict[str, Any]:
    return {"metadata": fields}


def status(**fields: Any) -> dict[str, Any]:
    return {"status": fields}


def condition(kind: str, state: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "status": state, "lastTransitionTime": f"then-{state}", **fields}


def pod(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return status(containerStatuses=[{"name": "web", "state": state, **fields}])


def template(*containers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": list(containers), **fields}}}}


def web(image: str = "nginx:1.26", **fields: Any) -> dict[str, Any]:
    return {"name": "web", "image": image, **fields}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        # numbers and states
        (status(readyReplicas=2), status(readyReplicas=3), "status.readyReplicas 2 → 3"),
        (status(), status(readyReplicas=1), "status.readyReplicas 0 → 1"),
        (status(unavailableReplicas=1), status(), "status.unavailableReplicas 1 → 0"),
        (status(phase="Pending"), status(phase="Running"), "phase Pending → Running"),
        ({}, status(phase="Pending"), "phase set to Pending"),
        ({"spec": {"replicas": 2}}, {"spec": {"replicas": 5}}, "spec.replicas 2 → 5"),
        ({"spec": {}}, {"spec": {"nodeName": "n1"}}, "spec.nodeName set to n1"),
        ({"spec": {"paused": True}}, {"spec": {}}, "spec.paused removed"),
        ({"spec": {"a": None}}, {"spec": {"a": ""}}, 'spec.a null → ""'),
        ({"spec": {}}, {"spec": {"selector": {"a": "b"}}}, "spec.selector added"),
        # conditions
        (
            status(conditions=[condition("Ready", "True")]),
            status(conditions=[condition("Ready", "False", reason="ContainersNotReady")]),
            "condition Ready True → False (ContainersNotReady)",
        ),
        (
            status(conditions=[condition("Ready", "False", reason="ContainersNotReady", message="x")]),
            status(conditions=[condition("Ready", "True")]),
            "condition Ready False → True",
        ),
        (
            status(),
            status(conditions=[condition("PodScheduled", "False", reason="Unschedulable")]),
            "condition PodScheduled False (Unschedulable)",
        ),
        (status(conditions=[condition("A", "True")]), status(conditions=[]), "condition A removed"),
        (
            status(conditions=[condition("Progressing", "True", reason="ReplicaSetUpdated")]),
            status(conditions=[condition("Progressing", "True", reason="NewReplicaSetAvailable")]),
            "condition Progressing reason ReplicaSetUpdated → NewReplicaSetAvailable",
        ),
        (
            status(conditions=[condition("Progressing", "True", message="a")]),
            status(conditions=[condition("Progressing", "True", message="b")]),
            "condition Progressing message changed",
        ),
        # containers
        (
            pod({"running": {"startedAt": "t"}}, restartCount=3),
            pod({"waiting": {"reason": "CrashLoopBackOff", "message": "m"}}, restartCount=4),
            "web running → waiting (CrashLoopBackOff); restarts 3 → 4 (web)",
        ),
        (
            pod({"waiting": {"reason": "ContainerCreating"}}),
            pod({"waiting": {"reason": "ErrImagePull", "message": "no"}}),
            "web waiting (ContainerCreating) → waiting (ErrImagePull)",
        ),
        (
            pod({"running": {}}, ready=False),
            pod({"running": {}}, ready=True),
            "web ready",
        ),
        (status(), pod({"waiting": {"reason": "ContainerCreating"}}), "web waiting (ContainerCreating)"),
        (template(web()), template(web("nginx:1.27")), "image nginx:1.26 → 1.27"),
        (
            template(web("r.example:5000/a/nginx:1")),
            template(web("r.example:5000/a/nginx:2@sha256:0123456789abcdef")),
            "image r.example:5000/a/nginx:1 → 2@sha256:01234567…",
        ),
        (template(web("nginx:1")), template(web("httpd:1")), "image nginx:1 → httpd:1"),
        (template(web("nginx")), template(web("nginx:1")), "image nginx → nginx:1"),
        (template(web()), template(web(), {"name": "log"}), "container log added"),
        (
            template(web(resources={"limits": {"cpu": "1"}})),
            template(web(resources={"limits": {"cpu": "2"}})),
            "container web resources.limits.cpu 1 → 2",
        ),
        (
            template(web(env=[{"name": "LEVEL", "value": "info"}])),
            template(web(env=[{"name": "LEVEL", "value": "debug"}, {"name": "X", "value": "1"}])),
            "env LEVEL info → debug; env X=1 added",
        ),
        (template(web()), template(web(env=[{"name": "K", "valueFrom": {}}])), "env K added"),
        (template(web()), template(web(), volumes=[{"name": "tmp"}]), "volume tmp added"),
        # metadata
        (
            meta(),
            meta(deletionTimestamp="t", deletionGracePeriodSeconds=30),
            "deletionTimestamp set",
        ),
        (meta(), meta(labels={"tier": "web"}), "label tier=web added"),
        (meta(labels={"tier": "web"}), meta(labels={"tier": "db"}), "label tier web → db"),
        (meta(labels={"a.b/c": "1"}), meta(labels={}), "label a.b/c=1 removed"),
        (
            meta(annotations={"deployment.kubernetes.io/revision": "1"}),
            meta(annotations={"deployment.kubernetes.io/revision": "2"}),
            "annotation deployment.kubernetes.io/revision 1 → 2",
        ),
        (meta(annotations={}), meta(annotations={"a": "x\ny"}), "annotation a added"),
        (meta(finalizers=["a", "b"]), meta(finalizers=["b"]), "finalizer a removed"),
        (
            meta(),
            meta(ownerReferences=[{"uid": "u", "kind": "ReplicaSet", "name": "web-1"}]),
            "owner ReplicaSet/web-1 added",
        ),
        # config maps
        ({"data": {"a": "1"}}, {"data": {"a": "2", "b": "x\ny"}}, "data.a 1 → 2; data.b added"),
        ({"data": {"conf": "a\nb"}}, {"data": {"conf": "a\nc"}}, "data.conf changed"),
        # noise alone, and beside something
        (meta(resourceVersion="1"), meta(resourceVersion="2"), "only metadata"),
        (meta(generation=1, annotations={LAST_APPLIED: "1"}), meta(generation=2), "only metadata"),
        (
            status(conditions=[condition("Ready", "True", lastHeartbeatTime="1")]),
            status(conditions=[condition("Ready", "True", lastHeartbeatTime="2")]),
            "only heartbeat",
        ),
        ({"spec": {"renewTime": "1"}}, {"spec": {"renewTime": "2"}}, "only heartbeat"),
        (
            {"metadata": {"generation": 1}, "spec": {"replicas": 1}, "status": {"observedGeneration": 1}},
            {"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": {"observedGeneration": 2}},
            "spec.replicas 1 → 2",
        ),
        (status(observedGeneration=1), status(observedGeneration=2), "status.observedGeneration 1 → 2"),
        # order of importance, and the end of the line
        (
            {"metadata": {"labels": {}}, "status": {"podIP": "", "phase": "Pending"}},
            {
                "metadata": {"labels": {"a": "1"}, "deletionTimestamp": "t"},
                "status": {"podIP": "1", "phase": "X"},
            },
            'deletionTimestamp set; phase Pending → X; label a=1 added; status.podIP "" → 1',
        ),
        (
            {"spec": dict.fromkeys("abcdef", 1)},
            {"spec": dict.fromkeys("abcdef", 2)},
            "spec.a 1 → 2; spec.b 1 → 2; spec.c 1 → 2; spec.d 1 → 2; +2 more",
        ),
    ],
)
def test_words(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    assert in_words(changes(before, after)) == words


def test_an_object_that_comes_and_goes() -> None:
    assert in_words(changes(None, {"a": 1})) == "created"
    assert in_words(changes({"a": 1}, None)) == "gone"


VALUE = "hunter2-the-value"
ENCODED = base64.b64encode(VALUE.encode()).decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"data": {"password": ENCODED}},
        {"stringData": {"password": VALUE}},
        {"data": ENCODED},
        {"data": [ENCODED]},
        {"data": {"nested": {"deep": ENCODED}}},
        {"metadata": {"annotations": {LAST_APPLIED: f'{{"data":{{"a":"{ENCODED}"}}}}'}}},
        {"metadata": {"annotations": {"copy": VALUE}}},
        {"metadata": {"annotations": VALUE}},
    ],
)
@pytest.mark.parametrize("raw", [True, False])
def test_no_value_of_a_secret_is_told(fields: dict[str, Any], raw: bool) -> None:
    other = msgspec.json.decode(
        msgspec.json.encode(fields).replace(ENCODED.encode(), b"bmV3").replace(VALUE.encode(), b"new")
    )
    for before, after in [({}, fields), (fields, {}), (other, fields), (fields, other)]:
        found = changes(before, after)
        if raw:
            found = changes_of(msgspec.json.encode(before), msgspec.json.encode(after), "Secret")
        words = in_words(found, "Secret")
        assert words
        assert VALUE not in words
        assert ENCODED not in words


def test_a_secret_tells_which_keys_changed_and_that_they_did() -> None:
    before = msgspec.json.encode({"data": {"password": ENCODED, "old": "eA=="}})
    after = msgspec.json.encode({"data": {"password": "bmV3", "new": "eA=="}})
    words = in_words(changes_of(before, after, "Secret"), "Secret")
    first, *others = words.split("; ")
    assert first.startswith("data.password changed (digest ")
    assert others == ["data.old removed", "data.new added"]
    back = in_words(changes_of(after, before, "Secret"), "Secret").split("; ")[0]
    there, _, then = first.removeprefix("data.password changed (digest ").removesuffix(")").partition(" → ")
    assert back == f"data.password changed (digest {then} → {there})"


_STEPS = st.sampled_from(
    ["metadata", "spec", "status", "conditions", "labels", "containers", "image", "state", "data", "a", 0, 1]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.lists(
        st.builds(
            Change,
            st.lists(_STEPS, min_size=1, max_size=5).map(tuple),
            _VALUES | st.just(MISSING),
            _VALUES | st.just(MISSING),
        ),
        max_size=6,
    ),
    st.sampled_from(["Pod", "Secret", ""]),
)
def test_there_are_always_words_on_one_line(found: list[Change], kind: str) -> None:
    words = in_words(found, kind)
    assert words
    assert "\n" not in words
    assert len(words) < 1_000


_STATUS = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "status", "reason", "state", "waiting", "ready", "image"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
_ODD = st.dictionaries(
    st.sampled_from(
        ["conditions", "containerStatuses", "phase", "finalizers", "labels", "containers", "env"]
    ),
    _STATUS,
    max_size=4,
)


@given(st.sampled_from(["metadata", "spec", "status"]), _ODD, _ODD)
def test_malformed_objects_have_words_too(member: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    found = changes({member: before}, {member: after})
    assert in_words(found)
