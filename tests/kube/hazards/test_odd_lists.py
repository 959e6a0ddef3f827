"""Lists that are not as they should be: refused when they cannot be watched from, read otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import Answer, Fault, PlainObjects, Rewrite
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("value", ["", None, 7])
def test_without_a_version_it_is_an_error(server: ApiServer, watch: Watching, value: object) -> None:
    server.cluster.create("pods", "a")
    server.script(Fault("list pods", Rewrite("metadata.resourceVersion", value)))
    pods = watch()
    pods.until_live()
    assert pods.requests == ["list", "list", "watch"]
    assert WatchState.BACKOFF in pods.states
    assert any(h.status is not None and " list" in h.status.error for h in pods.seen)


@pytest.mark.parametrize("label", ["pods", "widgets.example.com"])
@pytest.mark.parametrize("tables", [True, False], ids=["table", "plain"])
def test_null_items_are_an_empty_list(server: ApiServer, watch: Watching, tables: bool, label: str) -> None:
    server.switches.tables = tables
    server.script(Fault(f"list {label}", Rewrite("rows" if tables else "items", None)))
    watched = watch(label)
    watched.until_live()
    assert watched.status.synced
    assert watched.requests == ["list", "watch"]


ODD: dict[str, Any] = {
    "null-metadata": (".metadata", None),
    "text-metadata": (".metadata", "none"),
    "null-labels": (".metadata.labels", None),
    "number-label": (".metadata.labels", {"a": 1}),
    "null-label": (".metadata.labels", {"a": None}),
    "odd-time": (".metadata.creationTimestamp", "yesterday"),
    "number-time": (".metadata.creationTimestamp", 17),
    "null-owner": (".metadata.ownerReferences", None),
    "odd-owner": (".metadata.ownerReferences", ["x", None]),
    "null-name": (".metadata.name", None),
    "not-an-object": ("", "odd"),
    "null": ("", None),
    "own-kind-only": ("", {"kind": "Odd", "metadata": {"name": "odd", "uid": "u", "resourceVersion": "1"}}),
    "null-event-time": (".eventTime", None),
}


@pytest.mark.parametrize("form", ["table", "plain", "whole"])
@pytest.mark.parametrize("odd", ODD)
def test_one_odd_object_costs_nobody_else(server: ApiServer, watch: Watching, odd: str, form: str) -> None:
    server.cluster.create_many("pods", 81)
    server.switches.tables = form == "table"
    path, value = ODD[odd]
    where = f"rows.50.object{path}" if form == "table" else f"items.50{path}"
    server.script(Fault("list pods", Rewrite(where, value)))
    pods = watch(whole=form == "whole")
    pods.until_live()
    assert pods.requests == ["list", "watch"]
    others = {f"o{number:05d}" for number in range(81)} - {"o00050"}
    assert others <= pods.names
    left_out = 81 - len(pods.names)
    report = pods.informer.report()
    assert (report.odd, "cannot be read" in report.last_odd) == (left_out, bool(left_out))
    server.cluster.create("pods", "after")
    pods.until(lambda: "after" in pods.names)


@pytest.mark.parametrize("cells", [None, [], ["only-name"], [{"a": 1}, [1], None, "x", True, 2, 3, 4]])
def test_odd_cells(server: ApiServer, watch: Watching, cells: Any) -> None:
    server.cluster.create_many("pods", 3)
    server.script(Fault("list pods", Rewrite("rows.1.cells", cells)))
    pods = watch()
    pods.until_live()
    assert pods.names == {"o00000", "o00001", "o00002"}


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'"x"', b'{"kind":"Table"', b"\xff\xfe"])
def test_what_is_no_list_is_an_error(server: ApiServer, watch: Watching, body: bytes) -> None:
    server.cluster.create("pods", "a")
    server.script(Fault("list pods", Answer(200, body)))
    pods = watch()
    pods.until_live()
    assert pods.names == {"a"}
    assert WatchState.BACKOFF in pods.states
    report = pods.informer.report()
    assert report.odd == 1
    assert report.last_odd == next(
        h.status.error for h in pods.seen if h.status is not None and h.status.error
    )


def test_no_tables_at_all(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a")
    server.script(Fault("* pods", PlainObjects(), times=None))
    pods = watch()
    pods.until_live()
    server.cluster.create("pods", "b")
    pods.until_names("a", "b")
    assert [column.name for column in pods.informer.columns] == ["Name", "Age"]
    assert pods.rows["b"].cells[0] == "b"
