"""What is different between two objects: exact, and applied again it gives the second from the first."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdesk.kube.diff.applying import DoesNotFit, apply
from kdesk.kube.diff.changes import Change, changes, changes_of, deeper, without_noise
from kdesk.kube.diff.merge_keys import MISSING
from kdesk.kube.errors import KubeError

_TEXTS = st.sampled_from(["", "a", "b", "web", "1", "true", "a b", "x,y=z", "kdesk.example/ü", "]"])
_SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0, 2.0]) | _TEXTS
_FIELDS = st.sampled_from(
    [
        "name",
        "type",
        "key",
        "status",
        "containers",
        "ports",
        "port",
        "protocol",
        "env",
        "args",
        "rules",
        "a/b",
    ]
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_FIELDS, inner, max_size=4),
    max_leaves=20,
)
_NAMED = st.lists(
    st.fixed_dictionaries({"name": _TEXTS | st.integers(0, 2)}, optional={"value": _VALUES}), max_size=5
)
#: Some have a merge key, some have none, and some have what may be no key.
_PORTS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "containerPort": st.integers(79, 81) | st.sampled_from([80.0, True, None, "80", 1 << 70]),
            "protocol": st.sampled_from(["TCP", "UDP", None, []]),
            "hostPort": _SCALARS,
        },
    ),
    max_size=4,
)
_OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "ports": _PORTS,
        "metadata": st.dictionaries(
            st.sampled_from(["name", "labels", "managedFields", "resourceVersion", "finalizers"]), _VALUES
        ),
        "spec": _VALUES,
        "containers": _NAMED,
        "conditions": st.lists(st.fixed_dictionaries({"type": _TEXTS, "status": _SCALARS}), max_size=4),
        "args": st.lists(_SCALARS, max_size=6),
    },
)


def exact(value: Any) -> bytes:
    return msgspec.json.Encoder(order="deterministic").encode(value)


def texts(found: tuple[Change, ...]) -> list[tuple[str, Any, Any]]:
    return [(change.path, change.before, change.after) for change in found]


@given(_OBJECTS, _OBJECTS)
def test_applied_to_the_old_object_the_changes_give_the_new_one(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    untouched = copy.deepcopy((before, after))
    found = changes(before, after)
    made = apply(before, found)
    assert made is not None
    assert exact(without_noise(made)) == exact(without_noise(after))
    assert (before, after) == untouched
    assert (not found) == (exact(without_noise(before)) == exact(without_noise(after)))


@given(_OBJECTS, _OBJECTS)
def test_the_same_from_json_where_members_that_agree_are_not_looked_at(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    one, other = msgspec.json.encode(before), msgspec.json.encode(after)
    expected = repr(changes(before, after))
    assert repr(changes_of(one, other, "Pod")) == expected
    # The same text in another notation is no change: spaces, and escapes for what needs none.
    spaced = json.dumps(after, indent=1).replace('"web"', '"w\\u0065b"').encode()
    assert repr(changes_of(one, spaced, "Pod")) == expected


#: As API servers write objects, but for members that have the names of those that objects consist of.
_MISLEADING = st.dictionaries(
    st.sampled_from(["metadata", "spec", "status", "resourceVersion", "name"]),
    st.recursive(
        _SCALARS | st.sampled_from([',"spec":{', ',"status":{"a":1}}', "}}", "{"]),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), inner, max_size=3)
        ),
        max_leaves=6,
    ),
    max_size=4,
)
_MORE = st.sampled_from([{}, {"more": 1}, {"more": {"status": {}}}])
_WHOLE = st.builds(
    lambda version, metadata, spec, more, status: (
        {"apiVersion": version, "kind": "Pod", "metadata": metadata, "spec": spec} | more | {"status": status}
    ),
    st.sampled_from(["v1", "v2"]),
    _MISLEADING,
    _MISLEADING,
    _MORE,
    _MISLEADING,
)


@given(_WHOLE, _WHOLE, st.sets(st.sampled_from(["apiVersion", "metadata", "spec", "more", "status"])))
def test_the_same_of_objects_whose_members_are_named_like_others(
    before: dict[str, Any], other: dict[str, Any], changed: set[str]
) -> None:
    after = {**before, **{name: other[name] for name in changed & other.keys()}}
    one, two = msgspec.json.encode(before), msgspec.json.encode(after)
    expected = repr(changes(before, after))
    assert repr(changes_of(one, two, "Pod")) == expected
    assert repr(changes_of(two, one, "Pod")) == repr(changes(after, before))
    assert repr(changes_of(one, two + b"\n", "Pod")) == expected


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        (  # what looks like the metadata belongs to something else
            {"data": {"metadata": {"a": 1}, "spec": {}}, "status": {}},
            {"data": {"metadata": {"a": 9}, "spec": {}}, "status": {}},
            "data.metadata.a",
        ),
        (
            {"metadata": {"n": {}, "spec": {}}, "x": {"n": 1, "status": {"a": 1}}},
            {"metadata": {"n": {}, "spec": {}}, "x": {"n": 1, "status": {"a": 2}}},
            "x.status.a",
        ),
        (
            {"metadata": {"n": 1}, "spec": {"n": 1, "status": {"a": 1}}},
            {"metadata": {"n": 1}, "spec": {"n": 1, "status": {"a": 2}}},
            "spec.status.a",
        ),
        (
            {"metadata": {"n": 1}, "spec": {"n": 1}, "status": {"a": 1}, "z": 1},
            {"metadata": {"n": 1}, "spec": {"n": 1}, "status": {"a": 2}, "z": 1},
            "status.a",
        ),
        (
            {"metadata": {"n": 1}, "spec": {"n": 1}, "status": {"a": 1}},
            {"metadata": {"n": 1}, "spec": {"n": 2}, "status": {"a": 1}},
            "spec.n",
        ),
    ],
)
def test_each_change_is_found_where_it_is(before: dict[str, Any], after: dict[str, Any], path: str) -> None:
    head = {"apiVersion": "v1", "kind": "Thing"}
    one, other = (msgspec.json.encode(head | side) for side in (before, after))
    assert [change.path for change in changes_of(one, other, "Thing")] == [path]


@given(_OBJECTS, st.randoms())
def test_the_order_of_fields_is_no_change(obj: dict[str, Any], random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            names = list(value)
            random.shuffle(names)
            return {name: shuffled(value[name]) for name in names}
        return [shuffled(one) for one in value] if isinstance(value, list) else value

    assert changes(obj, shuffled(obj)) == ()


@given(_OBJECTS)
def test_an_object_that_comes_and_goes(obj: dict[str, Any]) -> None:
    assert changes(None, None) == ()
    assert apply(None, changes(None, obj)) == without_noise(obj)
    assert apply(obj, changes(obj, None)) is None


def listed(field: str, *items: Any) -> dict[str, Any]:
    return {"spec": {field: list(items)}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            {"status": {"readyReplicas": 2}},
            {"status": {"readyReplicas": 3}},
            [("status.readyReplicas", 2, 3)],
        ),
        ({"spec": {}}, {"spec": {"nodeName": None}}, [("spec.nodeName", MISSING, None)]),
        ({"spec": {"nodeName": None}}, {"spec": {}}, [("spec.nodeName", None, MISSING)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": {"b": [1]}}, {"a": {"b": [1.0]}}, [("a.b[0]", 1, 1.0)]),
        ({"cpu": "1000m"}, {"cpu": "1"}, [("cpu", "1000m", "1")]),
        ({"memory": "1Gi"}, {"memory": "1024Mi"}, [("memory", "1Gi", "1024Mi")]),
        ({"a": {"b": 1}}, {"a": None}, [("a", {"b": 1}, None)]),
        ({"a": None}, {"a": None}, []),
        ({"a": {"b": 1}}, {"a": {}}, [("a.b", 1, MISSING)]),
        ({"a": {}}, {}, [("a", {}, MISSING)]),
        ({"cpu": 1}, {"cpu": "1"}, [("cpu", 1, "1")]),
        ({"a": {}}, {"a": []}, [("a", {}, [])]),
        (
            {"metadata": {"labels": {"app.kubernetes.io/name": "a"}}},
            {"metadata": {"labels": {"app.kubernetes.io/name": "b"}}},
            [('metadata.labels["app.kubernetes.io/name"]', "a", "b")],
        ),
        (
            listed("containers", {"name": "web", "image": "a"}, {"name": "log", "image": "l"}),
            listed("containers", {"name": "web", "image": "b"}, {"name": "log", "image": "l"}),
            [("spec.containers[name=web].image", "a", "b")],
        ),
        (
            listed("containers", {"name": "web"}, {"name": "log"}),
            listed("containers", {"name": "log"}),
            [("spec.containers[name=web]", {"name": "web"}, MISSING)],
        ),
        (
            listed("containers", {"name": "web"}, {"name": "log"}),
            listed("containers", {"name": "log"}, {"name": "web"}),
            [("spec.containers[order]", ["name=web", "name=log"], ["name=log", "name=web"])],
        ),
        (
            listed(
                "ports", {"containerPort": 80, "protocol": "TCP"}, {"containerPort": 80, "protocol": "UDP"}
            ),
            listed(
                "ports", {"containerPort": 80, "protocol": "UDP"}, {"containerPort": 81, "protocol": "TCP"}
            ),
            [
                (
                    "spec.ports[containerPort=80,protocol=TCP]",
                    {"containerPort": 80, "protocol": "TCP"},
                    MISSING,
                ),
                (
                    "spec.ports[containerPort=81,protocol=TCP]",
                    MISSING,
                    {"containerPort": 81, "protocol": "TCP"},
                ),
            ],
        ),
        (
            listed("ports", {"port": 80, "targetPort": 1}, {"port": 80, "protocol": "UDP"}),
            listed("ports", {"port": 80, "targetPort": 2}, {"port": 80, "protocol": "UDP"}),
            [("spec.ports[port=80].targetPort", 1, 2)],
        ),
        (
            listed("volumeMounts", {"mountPath": "/a b", "name": "x"}),
            listed("volumeMounts", {"mountPath": "/a b", "name": "y"}),
            [('spec.volumeMounts[mountPath="/a b"].name', "x", "y")],
        ),
        (  # not told apart by their names: by index
            listed("env", {"name": "A", "value": "1"}, {"name": "A", "value": "2"}),
            listed("env", {"name": "A", "value": "1"}, {"name": "A", "value": "3"}),
            [("spec.env[1].value", "2", "3")],
        ),
        (  # rules of a NetworkPolicy have no key
            listed("ingress", {"from": [1]}, {"from": [2]}),
            listed("ingress", {"from": [3]}, {"from": [2]}),
            [("spec.ingress[0].from[0]", 1, 3)],
        ),
        (
            listed("listeners", {"name": "1", "port": 1}),
            listed("listeners", {"name": "1", "port": 2}),
            [('spec.listeners[name="1"].port', 1, 2)],
        ),
        (listed("args", "-v", "-x"), listed("args", "-v", "-y"), [("spec.args[1]", "-x", "-y")]),
        (
            listed("args", "a", "b", "c", "d"),
            listed("args", "b", "c", "d", "e"),
            [("spec.args[0]", "a", MISSING), ("spec.args[3]", MISSING, "e")],
        ),
        (
            {"metadata": {"finalizers": ["a", "b", "c"]}},
            {"metadata": {"finalizers": ["b"]}},
            [("metadata.finalizers[2]", "c", MISSING), ("metadata.finalizers[0]", "a", MISSING)],
        ),
        (
            {"metadata": {"resourceVersion": "1", "managedFields": [1], "generation": 1}},
            {"metadata": {"resourceVersion": "2", "generation": 2}},
            [("metadata.generation", 1, 2)],
        ),
    ],
)
def test_what_is_found(before: dict[str, Any], after: dict[str, Any], expected: list[Any]) -> None:
    found = changes(before, after)
    assert texts(found) == expected
    assert changes_of(msgspec.json.encode(before), msgspec.json.encode(after), "Pod") == found
    assert exact(without_noise(apply(before, found) or {})) == exact(without_noise(after))


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ({"containerPort": 1 << 70}, f"[containerPort={1 << 70}]"),
        ({"containerPort": "80", "protocol": ""}, '[containerPort="80",protocol=""]'),
        ({"containerPort": 80.0}, "[0]"),
        ({"containerPort": True}, "[0]"),
        ({"containerPort": None}, "[0]"),
        ({"containerPort": 80, "protocol": None}, "[0]"),
        ({"containerPort": 80, "protocol": []}, "[0]"),
        ({"protocol": "TCP"}, "[0]"),
    ],
)
def test_a_merge_key_is_of_texts_and_whole_numbers(key: dict[str, Any], path: str) -> None:
    before, after = (listed("ports", {**key, "hostPort": number}) for number in (1, 2))
    expected = [(f"spec.ports{path}.hostPort", 1, 2)]
    assert texts(changes(before, after)) == expected
    assert texts(changes_of(msgspec.json.encode(before), msgspec.json.encode(after), "Pod")) == expected


def test_a_long_list_is_compared_in_linear_time_and_still_exactly() -> None:
    before = listed("args", *range(5_000))
    after = listed("args", *range(1, 5_001))
    assert apply(before, changes(before, after)) == after


def test_changes_of_another_object_do_not_fit() -> None:
    found = changes(listed("containers", {"name": "a", "n": 1}), listed("containers", {"name": "a", "n": 2}))
    with pytest.raises(DoesNotFit, match=r"spec\.containers\[name=a\]\.n"):
        apply(listed("containers", {"name": "b"}), found)


def test_what_came_whole_is_told_piece_by_piece() -> None:
    [labels] = changes({"metadata": {}}, {"metadata": {"labels": {"a": "1", "b": "2"}}})
    assert [change.path for change in deeper(labels)] == ["metadata.labels.a", "metadata.labels.b"]
    [scalar] = changes({"a": 1}, {"a": 2})
    assert deeper(scalar) == (scalar,)


def test_secret_values_are_not_in_the_changes() -> None:
    def secret(value: str) -> bytes:
        encoded = base64.b64encode(value.encode()).decode()
        return msgspec.json.encode(
            {
                "data": {"password": encoded, "same": "c2FtZQ=="},
                "stringData": {"plain": value},
                "metadata": {
                    "annotations": {
                        "kubectl.kubernetes.io/last-applied-configuration": f'{{"data":{{"p":"{encoded}"}}}}'
                    }
                },
            }
        )

    before, after = "hunter2-the-value", "hunter3-the-value"
    found = changes_of(secret(before), secret(after), "Secret")
    assert [change.path for change in found] == [
        "data.password",
        "stringData.plain",
        'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]',
    ]
    for value in (before, after):
        assert value not in repr(found)
        assert base64.b64encode(value.encode()).decode() not in repr(found)
    assert all(change.before.startswith("<masked, ") for change in found)


def test_what_cannot_be_read_is_said_in_a_sentence() -> None:
    with pytest.raises(KubeError, match="the Pod came without a readable object"):
        changes_of(b'{"half', b"{}", "Pod")
