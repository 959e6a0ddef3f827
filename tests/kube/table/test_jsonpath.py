"""kubectl's JSONPath: what each form finds, what is no error, and what a wrong path is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdesk.kube.table.jsonpath import PathError, as_text, parse_path

POD: dict[str, Any] = {
    "metadata": {
        "name": "web-1",
        "labels": {"app": "web", "app.kubernetes.io/name": "shop", "it's": "odd"},
        "annotations": {"note": ""},
    },
    "spec": {
        "nodeName": "node-7",
        "containers": [
            {"name": "web", "image": "nginx:1", "ports": [{"containerPort": 80}, {"containerPort": 443}]},
            {"name": "log", "image": "log:2"},
        ],
        "initContainers": [{"name": "init", "image": "init:3"}],
        "priority": 0,
        "hostNetwork": False,
        "volumes": None,
    },
    "status": {
        "conditions": [
            {"type": "Ready", "status": "True", "age": 5, "ok": True},
            {"type": "Initialized", "status": "False", "age": 7.5, "ok": False},
            {"type": "Odd"},
        ]
    },
}


def found(path: str) -> list[Any]:
    return parse_path(path).find(POD)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (".spec.nodeName", ["node-7"]),
        ("{.spec.nodeName}", ["node-7"]),
        (" { .spec.nodeName } ", ["node-7"]),
        ("spec.nodeName", ["node-7"]),
        ("$.spec.nodeName", ["node-7"]),
        ("['spec']['nodeName']", ["node-7"]),
        ('.spec["nodeName"]', ["node-7"]),
        (".metadata.labels['app.kubernetes.io/name']", ["shop"]),
        (r".metadata.labels['app\.kubernetes\.io/name']", ["shop"]),
        (r".metadata.labels.app\.kubernetes\.io/name", ["shop"]),
        (r".metadata.labels['it\'s']", ["odd"]),
        (".spec.containers[0].image", ["nginx:1"]),
        (".spec.containers[-1].image", ["log:2"]),
        (".spec.containers[*].name", ["web", "log"]),
        (".spec.containers[*].ports[*].containerPort", [80, 443]),
        (".spec.containers[0:1].name", ["web"]),
        (".status.conditions[1:].type", ["Initialized", "Odd"]),
        (".status.conditions[::2].type", ["Ready", "Odd"]),
        (".status.conditions[ 0 , -1 ].type", ["Ready", "Odd"]),
        (".spec['nodeName','priority']", ["node-7", 0]),
        (".metadata.labels.*", ["web", "shop", "odd"]),
        ("..image", ["nginx:1", "log:2", "init:3"]),
        (".spec..containerPort", [80, 443]),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".status.conditions[?( @.type != 'Ready' )].type", ["Initialized", "Odd"]),
        (".status.conditions[?(@.age>5)].type", ["Initialized"]),
        (".status.conditions[?(@.age<=5)].type", ["Ready"]),
        (".status.conditions[?(@.ok==true)].type", ["Ready"]),
        (".status.conditions[?(@.age)].type", ["Ready", "Initialized"]),
        (".spec.containers[?(@.ports[1].containerPort==443)].name", ["web"]),
        (".spec.priority", [0]),
        (".spec.hostNetwork", [False]),
        (".metadata.annotations.note", [""]),
    ],
)
def test_what_a_path_finds(path: str, values: list[Any]) -> None:
    assert found(path) == values


@pytest.mark.parametrize(
    "path",
    [
        ".spec.missing",
        ".spec.missing.deeper[0]",
        ".spec.containers.name",
        ".spec.containers[9].name",
        ".spec.containers[-9]",
        ".spec.nodeName[0]",
        ".spec.nodeName[*]",
        ".spec.nodeName[0:1]",
        ".spec.volumes",
        ".spec.volumes[0].name",
        ".spec[?(@.a==1)]",
        '.status.conditions[?(@.age=="5")].type',
        ".status.conditions[?(@.type>5)].type",
        ".status.conditions[?(@.ok==1)].type",
    ],
)
def test_what_is_not_there_is_no_error(path: str) -> None:
    assert found(path) == []


@pytest.mark.parametrize(
    ("path", "position", "words"),
    [
        ("", 0, "a path is missing"),
        ("   ", 3, "a path is missing"),
        (".", 1, "a path is missing"),
        (".spec.", 6, "a name is missing"),
        (".spec..", 7, "a name is missing"),
        (".spec[", 6, "an index"),
        (".spec[]", 6, "an index"),
        (".spec[x]", 6, "an index"),
        (".spec[0", 5, "the [ is not closed"),
        (".spec[0.5]", 6, "an index"),
        (".spec['node]", 6, "the ' is not closed"),
        (".spec[0 1]", 8, "a ] is"),
        (".spec[::0]", 6, "1 or more"),
        ("{.spec", 6, "the { is not closed"),
        ("{.a}{.b}", 4, "nothing may follow"),
        (".a b", 3, "'b' is not expected"),
        (".a)", 2, "')' is not expected"),
        (".a[?@.b]", 4, "a ( is missing"),
        (".a[?(@.b==)]", 10, "is missing"),
        (".a[?(@.b==x)]", 10, "is missing"),
        (".a[?(@.b", 2, "not closed"),
        ('.a[?(@.b=="x" && @.c)]', 14, "one comparison"),
        (".a[?(@.b || @.c)]", 9, "one comparison"),
        (".a[?(@.b=1)]", 8, "equal is =="),
    ],
)
def test_a_wrong_path_is_told_where_and_why(path: str, position: int, words: str) -> None:
    with pytest.raises(PathError) as told:
        parse_path(path)
    assert words in str(told.value)
    assert told.value.position == position
    assert str(told.value).endswith(f"(character {position + 1})")


@pytest.mark.parametrize(
    ("path", "label"),
    [
        (".metadata.labels.app", "app"),
        ("{.metadata.labels['app.kubernetes.io/name']}", "app.kubernetes.io/name"),
        (".metadata.labels['a','b']", ""),
        (".metadata.labels", ""),
        (".metadata.annotations.app", ""),
        (".metadata.labels.app[0]", ""),
        ("..metadata.labels.app", ""),
    ],
)
def test_labels_are_known_by_their_path(path: str, label: str) -> None:
    assert parse_path(path).label == label


@pytest.mark.parametrize(
    ("value", "text"),
    [("a b", "a b"), (5, "5"), (2.5, "2.5"), (True, "true"), ({"a": [1]}, '{"a":[1]}'), (["x"], '["x"]')],
)
def test_values_as_kubectl_prints_them(value: Any, text: str) -> None:
    assert as_text(value) == text


_names = st.text(min_size=1, max_size=12)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=12,
)


@given(_names, _values)
def test_any_name_is_reached_when_it_is_quoted(name: str, value: Any) -> None:
    for quote in "'\"":
        escaped = name.replace("\\", "\\\\").replace(quote, f"\\{quote}")
        path = parse_path(f".a[{quote}{escaped}{quote}]")
        assert path.find({"a": {name: value}}) == ([] if value is None else [value])
        assert path.names == ("a", name)


@given(_values, st.integers(-5, 5), st.integers(-5, 5))
def test_lists_are_taken_apart_as_python_takes_them(value: Any, first: int, last: int) -> None:
    items = value if isinstance(value, list) else []
    wanted = [item for item in items[first:last] if item is not None]
    assert parse_path(f"[{first}:{last}]").find(value) == wanted
    assert parse_path("[*]").find(items) == [item for item in items if item is not None]


@given(st.text(max_size=30) | st.text(alphabet=".[]*?(@)=='\"ab01,:{}$\\ ", max_size=30), _values)
def test_no_text_does_more_than_be_refused(text: str, value: Any) -> None:
    try:
        path = parse_path(text)
    except PathError as error:
        position = error.position
    else:
        position = 0
        assert json.loads(json.dumps(path.find(value))) == path.find(value)
    assert 0 <= position <= len(text)
