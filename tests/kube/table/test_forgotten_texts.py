"""What rows share is held by the reader of their answers alone, and goes when it is told to forget."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.extraction import Extraction, Wanted
from kdesk.kube.table.projection import Projection

PODS = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=frozenset({"list", "watch"}))
_ROWS = 3_000
#: What may stay of a page of 3,000: tables that have been emptied keep their room.
_MOST = 20_000


def _meta(number: int) -> dict[str, Any]:
    hours, minutes, seconds = number // 3600, number // 60 % 60, number % 60
    return {
        "name": f"web-{number}",
        "namespace": "shop",
        "uid": f"uid-{number}",
        "resourceVersion": str(number),
        "creationTimestamp": f"2026-01-01T{hours:02}:{minutes:02}:{seconds:02}Z",
        "labels": {"number": f"{number}"},
    }


def _table() -> dict[str, Any]:
    rows = [
        {"cells": [f"web-{number}", f"state {number}"], "object": {"metadata": _meta(number)}}
        for number in range(_ROWS)
    ]
    columns = [{"name": "Name", "format": "name"}, {"name": "State"}]
    return {
        "kind": "Table",
        "metadata": {"resourceVersion": "9"},
        "columnDefinitions": columns,
        "rows": rows,
    }


def _objects() -> dict[str, Any]:
    items = [{"metadata": _meta(number), "spec": {"nodeName": f"node-{number}"}} for number in range(_ROWS)]
    return {"kind": "PodList", "metadata": {"resourceVersion": "9"}, "items": items}


@pytest.mark.parametrize(
    ("make", "answer"),
    [
        (lambda: Projection(PODS), _table),
        (lambda: Projection(PODS, whole=True), _objects),
        (lambda: Extraction(PODS, [Wanted(".spec.nodeName")]), _objects),
    ],
    ids=["table", "whole", "values"],
)
def test_texts_go_with_the_rows(make: Callable[[], Projection], answer: Callable[[], dict[str, Any]]) -> None:
    body = json.dumps(answer()).encode()
    make().page(body)  # what is made once, for all
    projection = make()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        page = projection.page(body)
        assert len(page.rows) == _ROWS
        shared, _ = tracemalloc.get_traced_memory()
        del page
        projection.forget()
        gc.collect()  # the interpreter keeps the room of some tuples until then
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert shared - before > 20 * _MOST
    assert after - before < _MOST
