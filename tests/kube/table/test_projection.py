"""From answers to rows: Tables, plain objects, and answers that do not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kdesk.kube.errors import BadAnswer, Expired
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.cells import PLAIN_COLUMNS
from kdesk.kube.table.projection import Projection
from kdesk.kube.table.rows import ColumnKind, age, cell_text

NOW = 1_700_000_000
PODS = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=frozenset({"list", "watch"}))
COLUMNS = [
    {"name": "Name", "type": "string", "format": "name", "priority": 0},
    {"name": "Ready", "type": "string", "priority": 0},
    {"name": "Restarts", "type": "string", "priority": 0},
    {"name": "Age", "type": "string", "priority": 0},
    {"name": "Node", "type": "string", "priority": 1},
    {"name": "Count", "type": "integer", "priority": 0},
    {"name": "Renewed", "type": "date", "priority": 0},
]


def _projection(*, whole: bool = False) -> Projection:
    return Projection(PODS, whole=whole, clock=lambda: float(NOW))


def _meta(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "namespace": "shop",
        "uid": f"uid-{name}",
        "resourceVersion": "7",
        "creationTimestamp": "2023-11-14T21:13:20Z",
        "managedFields": [{"manager": "kubelet"}],
        **more,
    }


def _table(*rows: Any, columns: Any = COLUMNS, **meta: Any) -> dict[str, Any]:
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": "42", **meta},
        "columnDefinitions": columns,
        "rows": list(rows),
    }


def _table_row(name: str, *cells: Any, **meta: Any) -> dict[str, Any]:
    return {
        "cells": [name, *cells],
        "object": {"kind": "PartialObjectMetadata", "metadata": _meta(name, **meta)},
    }


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_a_page_of_a_table() -> None:
    row = _table_row("web", "1/1", "3 (5m ago)", "1h", "node-1", 4, "2d", labels={"b": "2", "a": "1"})
    row["object"]["metadata"]["ownerReferences"] = [{"uid": "not"}, {"uid": "it", "controller": True}]
    page = _projection().page(
        _bytes(
            {
                **_table(row),
                "metadata": {"resourceVersion": "42", "continue": "next", "remainingItemCount": 9},
            }
        )
    )
    assert (page.version, page.token, page.remaining, page.odd) == ("42", "next", 9, 0)
    assert page.columns is not None
    kinds = [
        ColumnKind.TEXT,
        ColumnKind.TEXT,
        ColumnKind.TEXT,
        ColumnKind.AGE,
        ColumnKind.TEXT,
        ColumnKind.NUMBER,
    ]
    assert [column.kind for column in page.columns] == [*kinds, ColumnKind.SINCE]
    assert [column.name for column in page.columns if column.wide] == ["Node"]
    got = page.rows[0]
    assert (got.namespace, got.name, got.uid, got.version) == ("shop", "web", "uid-web", "7")
    assert (got.labels, got.owner, got.deleting) == ("a=1,b=2", "it", 0)
    texts = [cell_text(got, i, column, NOW + 60) for i, column in enumerate(page.columns)]
    assert texts == ["web", "1/1", "3 (6m ago)", "61m", "node-1", "4", "2d"]


def test_columns_come_with_the_first_event_only_and_bookmarks_move_the_version() -> None:
    projection = _projection()
    first = {"type": "ADDED", "object": _table(_table_row("a", "1/1"))}
    second = {"type": "MODIFIED", "object": {**_table(_table_row("a", "0/1")), "columnDefinitions": None}}
    bookmark = {
        "type": "BOOKMARK",
        "object": {
            "kind": "Table",
            "rows": [
                {"cells": [""], "object": {"metadata": {"resourceVersion": "99", "creationTimestamp": None}}}
            ],
        },
    }
    got = projection.events([_bytes(first), _bytes(second), _bytes(bookmark)])
    assert [(kind, row.cells[1]) for kind, row in got.events] == [("ADDED", "1/1"), ("MODIFIED", "0/1")]
    assert got.columns is not None
    assert (got.version, got.bookmarks, got.error, got.odd) == ("99", 1, None, 0)
    assert projection.events([_bytes(second)]).columns is None


def test_a_server_without_tables_still_gives_one() -> None:
    body = {"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": [{"metadata": _meta("a")}]}
    page = _projection().page(_bytes(body))
    assert page.columns == PLAIN_COLUMNS
    assert page.rows[0].cells == ("a",)
    event = {"type": "DELETED", "object": {"kind": "Pod", "metadata": _meta("a", resourceVersion="8")}}
    got = _projection().events([_bytes(event)])
    assert (got.events[0][0], got.events[0][1].name, got.version) == ("DELETED", "a", "8")


def test_whole_objects_are_kept_without_managed_fields_and_with_their_kind() -> None:
    body = {
        "kind": "PodList",
        "metadata": {"resourceVersion": "1"},
        "items": [{"metadata": _meta("a"), "spec": {"x": 1}}],
    }
    raw = json.loads(_projection(whole=True).page(_bytes(body)).rows[0].raw)
    assert (raw["apiVersion"], raw["kind"], raw["spec"]) == ("v1", "Pod", {"x": 1})
    assert "managedFields" not in raw["metadata"]


def test_an_odd_object_costs_only_itself() -> None:
    odd = [
        {"cells": None, "object": None},
        {"cells": ["x"], "object": {"metadata": None}},
        {"cells": ["x"], "object": {"metadata": {"name": 5}}},
        "not even an object",
    ]
    page = _projection().page(_bytes(_table(_table_row("a"), *odd, _table_row("b"))))
    assert [row.name for row in page.rows] == ["a", "b"]
    assert page.odd == len(odd)
    strange = _meta("c", labels=["not", "a", "map"])
    items = [{"metadata": _meta("a")}, {"metadata": None}, {"metadata": strange}, {}]
    plain = _projection().page(_bytes({"kind": "L", "metadata": {"resourceVersion": "1"}, "items": items}))
    assert ([row.name for row in plain.rows], plain.odd) == (["a", "c"], 2)


@pytest.mark.parametrize("items", [None, []])
def test_no_items_is_an_empty_list(items: Any) -> None:
    body = {"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": items}
    assert _projection().page(_bytes(body)).rows == []


@pytest.mark.parametrize(
    "body",
    [
        b"<html>log in</html>",
        b"",
        b"[]",
        b'"text"',
        _bytes({"kind": "PodList", "items": []}),
        _bytes({"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": "no"}),
        _bytes({"kind": "PodList", "metadata": 3}),
    ],
)
def test_what_is_no_list_is_an_error(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        _projection().page(body)


def test_an_error_event_ends_the_batch() -> None:
    status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
    lines = [{"type": "ADDED", "object": _table(_table_row("a"))}, {"type": "ERROR", "object": status}]
    got = _projection().events([_bytes(line) for line in lines])
    assert len(got.events) == 1
    assert isinstance(got.error, Expired)
    unexplained = _projection().events(
        [_bytes({"type": "ERROR", "object": {"metadata": {"resourceVersion": "9"}}})]
    )
    assert unexplained.error is not None
    assert unexplained.version == ""


def test_unknown_and_broken_lines_are_skipped_and_counted() -> None:
    lines = [b"{broken", _bytes({"type": "NEW", "object": _table(_table_row("a"))}), b"{}", b"[]"]
    got = _projection().events(lines)
    assert (got.events, got.odd) == ([], 4)
    assert got.oddity == "a line that is no event", "the last of them"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (3 * 3600 - 60, "179m"),
        (3 * 3600, "3h"),
        (5 * 3600 + 120, "5h2m"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (3 * 86400 + 3600, "3d1h"),
        (700 * 86400, "700d"),
        (3 * 365 * 86400 + 86400, "3y1d"),
        (9 * 365 * 86400, "9y"),
        (-5, "<invalid>"),
    ],
)
def test_ages_are_kubectls(seconds: int, text: str) -> None:
    assert age(seconds) == text
