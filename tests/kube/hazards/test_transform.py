"""What is kept of an object is cut out once, before the store: everyone has the same row, which nobody can change."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import Watcher

MANAGED = {"managedFields": [{"manager": "kubectl", "operation": "Update", "time": "2026-01-02T03:04:05Z"}]}


@pytest.fixture(params=["table", "plain", "whole"])
def pods(request: pytest.FixtureRequest, server: ApiServer, watch: Watching) -> Watcher:
    """One object of the list and one of the watch, in each form that answers come in."""
    server.switches.tables = request.param == "table"
    server.cluster.create("pods", "listed", metadata=MANAGED)
    pods = watch(whole=request.param == "whole")
    pods.until_live()
    server.cluster.create("pods", "watched", metadata=MANAGED)
    server.cluster.update("pods", "watched", status={"phase": "Running"})
    pods.fence()
    return pods


def test_managed_fields_are_not_kept(pods: Watcher) -> None:
    for row in pods.rows.values():
        assert b"managedFields" not in row.raw
        if row.raw:
            assert json.loads(row.raw)["metadata"]["name"] == row.name, "and all the rest is"


def test_everyone_has_the_rows_of_the_store(pods: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many listen, whenever they came, and however it is looked up: nothing is decoded once more."""

    def never(*_: Any) -> Any:
        raise AssertionError("decoded again")

    late = Watcher(pods.server, pods.lease._session, whole=pods.lease.spec.whole)
    assert late.informer is pods.informer
    with monkeypatch.context() as patched:
        for name in ("page", "events"):
            patched.setattr(pods.informer._projection, name, never)
        batch = late.latest.take()
        assert batch is not None
        told = {change.row.name: change.row for change in pods.changes}
        by_namespace = {row.name: row for row in pods.lease.rows_in("default")}
        for name, row in pods.rows.items():
            handed = (told[name], late.rows[name], batch.rows[row.key], by_namespace[name])
            assert all(other is row for other in handed)


def test_rows_are_values(pods: Watcher) -> None:
    for row in pods.rows.values():
        for field in msgspec.structs.fields(row):
            value = getattr(row, field.name)
            assert isinstance(value, str | int | bytes | tuple), field.name
            with pytest.raises(AttributeError):
                setattr(row, field.name, value)
        assert all(cell is None or isinstance(cell, str | int | float | bool) for cell in row.cells)
