"""Whole objects are cut out of the server's text; whatever that looks like, the same is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdesk.kube.diff.managers import NOBODY, Manager
from kdesk.kube.gvk import GVK
from kdesk.kube.table.metadata import Meta
from kdesk.kube.table.whole import Kept, WholeObjects

POD = GVK("", "v1", "Pod")
_TEXTS = st.sampled_from(
    ["", "a", "ü", '"managedFields":[', ',"fieldsV1":{}}]', "\\", '"', "x\ny", "{}", "]}"]
)
_NAMES = st.sampled_from(["name", "managedFields", "fieldsV1", "object", "metadata", "kind", "ä", 'q"'])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=12,
)
_OWNED = st.dictionaries(st.sampled_from(["f:spec", "f:managedFields", 'k:{"fieldsV1":"a"}', "."]), _VALUES)
_ENTRIES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "manager": st.sampled_from(["kubectl", "kubelet", "ü", 'q"', ""]),
            "time": st.sampled_from(["2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"]),
            "fieldsV1": _OWNED,
            "subresource": st.sampled_from(["status", ""]),
        },
    ),
    max_size=3,
)
_METADATA = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["web", "ü", ""]),
        "namespace": st.just("shop"),
        "labels": st.dictionaries(_NAMES, _TEXTS, max_size=2),
        "annotations": st.dictionaries(_NAMES, _TEXTS, max_size=2),
        "managedFields": _ENTRIES | st.none() | _VALUES,
        "resourceVersion": st.just("7"),
        "uid": _VALUES,
    },
)
_OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["Pod", "Other", "", "Status", "PartialObjectMetadata", None]),
        "apiVersion": st.sampled_from(["v1", "apps/v1", "", None]),
        "metadata": _METADATA | st.none(),
        "spec": _VALUES,
        "managedFields": _VALUES,
        "status": st.dictionaries(_NAMES, _VALUES, max_size=3),
    },
)


class Rewriting(WholeObjects):
    """Never trusts the text."""

    def _cut(self, *_: Any) -> Kept | None:
        return None


def shuffled(value: Any, random: Any) -> Any:
    if isinstance(value, dict):
        names = list(value)
        random.shuffle(names)
        return {name: shuffled(value[name], random) for name in names}
    return [shuffled(one, random) for one in value] if isinstance(value, list) else value


def fields(kept: Kept | None) -> Any:
    if kept is None:
        return None
    meta = [getattr(kept.meta, name) for name in Meta.__struct_fields__ if name != "labels"]
    return meta, bytes(kept.meta.labels), kept.manager, json.loads(kept.raw or b"null")


@given(_OBJECTS, st.randoms(), st.booleans(), st.sampled_from([None, (", ", ": ")]))
def test_what_is_cut_out_is_what_would_be_written_anew(
    obj: dict[str, Any], random: Any, mixed: bool, spaces: tuple[str, str] | None
) -> None:
    obj = shuffled(obj, random) if mixed else obj
    event = {"type": "MODIFIED", "object": obj}
    line = json.dumps(event, ensure_ascii=False, separators=spaces or (",", ":")).encode()
    text = json.dumps(obj, ensure_ascii=False, separators=spaces or (",", ":")).encode()
    one, other = WholeObjects(POD), Rewriting(POD)
    (kind, kept), (_, expected) = one.event(line), other.event(line)
    assert kind == "MODIFIED"
    assert fields(kept) == fields(expected) == fields(other.item(text)) == fields(one.item(text))
    if kept is not None and expected is not None and not spaces:
        assert kept.raw == expected.raw


def entry(manager: str, second: int, **more: Any) -> dict[str, Any]:
    found = {"manager": manager, "operation": "Update", "apiVersion": "v1"}
    return found | {"time": f"2026-01-02T03:04:0{second}Z", "fieldsType": "FieldsV1", **more}


def test_a_pod_as_an_api_server_sends_it_is_cut_and_not_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    owned: dict[str, Any] = {"f:status": {'k:{"type":"Ready"}': {".": {}, "f:x]}": {}}}}
    entries = [entry("kubectl", 1, fieldsV1=owned), entry("kubelet", 2, fieldsV1=owned, subresource="status")]
    metadata = {"name": "web", "annotations": {"last": '{"managedFields":[]}'}, "managedFields": entries}
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": {"x": 'ü "managedFields"'}}
    line = json.dumps({"type": "ADDED", "object": pod}, ensure_ascii=False, separators=(",", ":")).encode()
    monkeypatch.setattr(WholeObjects, "_rewritten", None)
    _, kept = WholeObjects(POD).event(line)
    assert kept is not None
    assert (kept.manager, kept.time) == (Manager("kubelet", "status"), "2026-01-02T03:04:02Z")
    del metadata["managedFields"]
    slim = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod["spec"]}
    assert kept.raw == json.dumps(slim, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "text",
    [
        # The wrong one must not go: not where it stands twice, nor where only another object has it.
        '{"metadata":{"name":"a","managedFields":[{"fieldsV1":{}}]},"spec":{"managedFields":[{"fieldsV1":{}}]}}',
        '{"spec":{"managedFields":[{"fieldsV1":{}}]},"metadata":{"name":"a","managedFields":[{"fieldsV1":{}}]}}',
        '{"spec":{"managedFields":[{"fieldsV1":{}}]},"metadata":{"name":"a"}}',
        '{"metadata":{"name":"a","managed\\u0046ields":[{"fieldsV1":{}}]},"spec":{"managedFields":[1]}}',
        '{"metadata":{"name":"a","managed\\u0046ields":[{"fieldsV1":{}}]},"spec":{}}',
        '{"metadata":{"managedFields":[{"fieldsV1":{}}],"name":"a"}}',
        '{"metadata":{"managedFields":[{"fieldsV1":{},"x":[{"y":"]}"}]}],"name":"a"}}',
    ],
)
def test_only_the_objects_own_managed_fields_go(text: str) -> None:
    expected = {"apiVersion": "v1", "kind": "Pod", **json.loads(text)}
    expected["metadata"].pop("managedFields", None)
    kept = WholeObjects(POD).item(text.encode())
    assert kept is not None
    assert json.loads(kept.raw) == expected
    assert kept.manager is NOBODY


def test_an_event_with_members_that_nobody_knows_is_read_all_the_same() -> None:
    pod = '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}'
    for line in (
        f'{{"type":"ADDED","object":{pod},"more":{{}}}}',
        f'{{"more":{{}},"type":"ADDED","object":{pod}}}',
    ):
        _, kept = WholeObjects(POD).event(line.encode())
        assert kept is not None
        assert json.loads(kept.raw) == json.loads(pod)


def test_what_is_no_text_is_an_error() -> None:
    line = b'{"type":"ADDED","object":{"metadata":{"name":"a"},"spec":"\xff"}}'
    with pytest.raises(UnicodeError):
        WholeObjects(POD).event(line)
