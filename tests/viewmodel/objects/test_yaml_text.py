"""Objects as YAML: kubectl's order, readable blocks, what changed, and where a line stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import GVK
from kdesk.viewmodel.objects.yaml_text import (
    LONGEST_LINE,
    Document,
    difference,
    make_document,
    path_at,
    restored,
    to_yaml,
    verbatim_lines,
)

POD = GVK("", "v1", "Pod")


def document(obj: dict[str, Any], gvk: GVK = POD, previous: Document | None = None) -> Document:
    return make_document(json.dumps(obj).encode(), gvk, previous)


def test_kind_and_version_are_restored_and_fields_come_in_the_usual_order() -> None:
    made = document(
        {
            "status": {"phase": "Running"},
            "spec": {"nodeName": "n1"},
            "metadata": {"labels": {"a": "b"}, "managedFields": [{}], "namespace": "shop", "name": "web"},
        }
    )
    assert made.text == (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\n  labels:\n    a: b\n"
        "spec:\n  nodeName: n1\nstatus:\n  phase: Running\n"
    )
    assert made.changes is None


def test_texts_of_several_lines_are_blocks_and_texts_that_look_like_something_else_are_quoted() -> None:
    made = document(
        {"metadata": {"name": "x"}, "data": {"run.sh": "set -e\nexec web\n", "on": "yes", "n": "1e3"}}
    )
    assert "  run.sh: |\n    set -e\n    exec web\n" in made.text
    assert yaml.safe_load(made.text)["data"] == {"run.sh": "set -e\nexec web\n", "on": "yes", "n": "1e3"}


def test_long_texts_are_not_folded_and_only_the_shown_lines_are_cut() -> None:
    value = "word " * 2_000
    made = document({"metadata": {"name": "x"}, "data": {"a": value.strip()}})
    assert value.strip() in made.text
    shown = next(line for line in made.lines if line.startswith("  a:"))
    assert len(shown) < LONGEST_LINE + 100
    assert shown.endswith("more characters")


def test_what_is_no_object_is_a_sentence_without_the_text() -> None:
    made = make_document(b'{"data": "hunter2', POD)
    assert made.error
    assert "hunter2" not in made.error
    with pytest.raises(KubeError):
        restored(b"[1]", POD)


def test_lines_inside_a_block_of_text_are_told_from_yaml() -> None:
    made = document(
        {"metadata": {"name": "x"}, "list": ["a: 1\n\nb: 2\n", "plain"], "z": {"t": "k: v\n"}, "y": 1}
    )
    inside = [line for line, flag in zip(made.lines, made.verbatim, strict=True) if flag]
    assert inside == ["  a: 1", "", "  b: 2", "    k: v"]


def test_an_update_says_which_lines_changed() -> None:
    before = document({"metadata": {"name": "x"}, "spec": {"a": 1, "b": 2, "c": 3}})
    after = document({"metadata": {"name": "x"}, "spec": {"a": 1, "b": 5, "c": 3, "d": 4}}, previous=before)
    assert after.changes is not None
    assert [after.lines[h.new_start : h.new_end] for h in after.changes] == [("  b: 5",), ("  d: 4",)]


_LINES = st.lists(st.sampled_from("abcde"), max_size=12)


@given(_LINES, _LINES, st.sampled_from([0, 4_000]))
def test_changes_lead_from_the_old_lines_to_the_new(old: list[str], new: list[str], limit: int) -> None:
    result = list(old)
    for hunk in reversed(difference(old, new, limit=limit)):
        result[hunk.old_start : hunk.old_end] = new[hunk.new_start : hunk.new_end]
    assert result == new


def test_small_changes_of_a_large_text_are_small() -> None:
    old = [f"line {n}" for n in range(20_000)]
    new = ["first", *old[:5_000], "changed", *old[5_001:12_000], *old[12_003:], "last"]
    assert difference(old, new) == [
        (0, 0, 0, 1),
        (5_000, 5_001, 5_001, 5_002),
        (12_000, 12_003, 12_001, 12_001),
        (20_000, 20_000, 19_998, 19_999),
    ]


def test_a_text_that_is_another_one_is_one_change() -> None:
    old, new = [f"a{n}" for n in range(9_000)], [f"b{n}" for n in range(9_000)]
    assert difference(["x", *old, "y"], ["x", *new, "y"]) == [(1, 9_001, 1, 9_001)]


_KEYS = st.sampled_from(["a", "b", "c.d", "name", "x/y"])
_VALUES = st.recursive(
    st.one_of(st.integers(), st.sampled_from(["t", "two\nlines\n", ""]), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=12,
)


def _leaves(value: Any, path: str) -> dict[str, Any]:
    if isinstance(value, dict) and value:
        found = [_leaves(v, path + "." + k.replace(".", "\\.")) for k, v in value.items()]
    elif isinstance(value, list) and value:
        found = [_leaves(v, f"{path}[{n}]") for n, v in enumerate(value)]
    else:
        return {path: value}
    return {key: leaf for part in found for key, leaf in part.items()}


@given(st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=4))
def test_every_value_has_a_line_with_its_path(spec: dict[str, Any]) -> None:
    lines = to_yaml({"apiVersion": "v1", "kind": "Pod", "spec": spec}).removesuffix("\n").split("\n")
    flags = verbatim_lines(lines)
    paths = {path_at(lines, flags, number) for number in range(len(lines))}
    assert set(_leaves(spec, ".spec")) <= paths
