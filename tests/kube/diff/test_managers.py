"""Who wrote an object last."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kdesk.kube.diff.managers import NOBODY, Manager, entries_of, field_manager, newest, newest_time
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.projection import Projection

PODS = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=frozenset(["get", "list", "watch"]))


def entry(manager: str, second: int | None, subresource: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": {"f:x": {}}}}
    if second is not None:
        found["time"] = f"2026-01-02T03:04:{second:02}Z"
    return found | ({"subresource": subresource} if subresource else {})


@pytest.mark.parametrize(
    ("entries", "who"),
    [
        ([entry("kubectl", 1), entry("kubelet", 2, "status")], Manager("kubelet", "status")),
        ([entry("kubelet", 3, "status"), entry("kubectl", 2)], Manager("kubelet", "status")),
        ([entry("a", 1), entry("b", 1)], Manager("b")),
        ([entry("undated", None), entry("kubectl", 1)], Manager("kubectl")),
        ([entry("undated", None)], Manager("undated")),
        ([entry("", 9)], NOBODY),
        ([], NOBODY),
        (None, NOBODY),
        ([{"manager": 7}], NOBODY),
        ("nonsense", NOBODY),
    ],
)
def test_the_newest_entry_tells(entries: Any, who: Manager) -> None:
    assert newest(entries_of(msgspec.json.encode(entries))) == who
    assert field_manager({"metadata": {"managedFields": entries}}) == who


def test_nothing_to_read() -> None:
    assert entries_of(None) == entries_of(b"[{") == []
    assert newest([]) == NOBODY
    assert newest_time([]) == newest_time(entries_of(b'[{"manager":"a","time":null}]')) == ""
    assert field_manager({}) == field_manager({"metadata": None}) == NOBODY
    assert Manager("kubelet", "status").text == "kubelet (status)"
    assert Manager("kubectl").text == "kubectl"


def test_the_row_of_a_whole_object_keeps_its_name_and_nothing_else_of_it() -> None:
    pod = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": "a", "managedFields": [entry("kubectl", 1), entry("kubelet", 2, "status")]},
    }
    line = msgspec.json.encode({"type": "ADDED", "object": pod})
    [(_, row)] = Projection(PODS, whole=True).events([line]).events
    assert row.manager == Manager("kubelet", "status")
    assert row.written == 1_767_323_042
    assert b"managed" not in row.raw
    del pod["metadata"]["managedFields"]  # type: ignore[attr-defined]
    [(_, row)] = (
        Projection(PODS, whole=True).events([msgspec.json.encode({"type": "ADDED", "object": pod})]).events
    )
    assert row.manager == NOBODY
    assert row.written == 0
