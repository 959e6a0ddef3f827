"""Rows come from the server's Tables, with plain objects as the way out; ages are computed here."""

from __future__ import annotations

import time
from typing import Any

import pytest

from kdesk.kube.table.rows import Column, ColumnKind, cell_text
from tests.fakes.faults import Fault, PlainObjects, Rewrite
from tests.fakes.kinds import POD_COLUMNS
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import Watcher

ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
RUNNING = {"ready": "1/1", "phase": "Running", "restarts": 2}


def texts(watcher: Watcher, name: str) -> dict[str, str]:
    row, now = watcher.rows[name], time.time()
    return {
        column.name: cell_text(row, index, column, now)
        for index, column in enumerate(watcher.informer.columns)
    }


def test_columns_and_cells_are_the_servers(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a", status=RUNNING, metadata={"labels": {"app": "x", "b": "c"}})
    pods = watch()
    pods.until_live()
    assert [c.name for c in pods.informer.columns] == [c.name for c in POD_COLUMNS]
    assert [c.name for c in pods.informer.columns if c.wide] == ["Node"]
    told = texts(pods, "a")
    assert (told["Name"], told["Ready"], told["Status"], told["Restarts"]) == ("a", "1/1", "Running", "2")
    assert pods.rows["a"].labels == "app=x,b=c"
    assert all(r.headers["accept"] == ACCEPT for r in server.asked("* pods"))


def test_age_is_never_the_servers_text(server: ApiServer, watch: Watching) -> None:
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 7_200))
    server.cluster.create("pods", "a", metadata={"creationTimestamp": created})
    pods = watch()
    pods.until_live()
    column = next(c for c in pods.informer.columns if c.name == "Age")
    assert column.kind is ColumnKind.AGE
    assert texts(pods, "a")["Age"] == "120m"


def test_definitions_come_with_the_first_event_only(server: ApiServer, watch: Watching) -> None:
    pods = watch()
    pods.until_live()
    for number in range(3):
        server.cluster.create("pods", f"p{number}", status=RUNNING)
    pods.until(lambda: len(pods.names) == 3)
    assert {texts(pods, f"p{number}")["Status"] for number in range(3)} == {"Running"}
    server.end_watches("pods")
    server.cluster.update("pods", "p1", status={**RUNNING, "phase": "Failed"})
    pods.until(lambda: texts(pods, "p1")["Status"] == "Failed")


def test_columns_that_change_are_told(server: ApiServer, watch: Watching) -> None:
    """As when a CRD gets another printer column while it is watched."""
    server.cluster.create("pods", "a", status=RUNNING)
    pods = watch()
    pods.until_live()
    pods.latest.take()
    other: list[dict[str, Any]] = [{"name": "Name", "type": "string"}, {"name": "Size", "type": "integer"}]
    server.script(Fault("list pods", Rewrite("columnDefinitions", other)))
    server.close()
    server.cluster.compact()
    server.cluster.create("pods", "b", status=RUNNING)
    server.cluster.compact()
    server.start()
    pods.until_names("a", "b")
    assert pods.informer.columns[:2] == (Column("Name"), Column("Size", ColumnKind.NUMBER))
    batch = pods.latest.take()
    assert batch is not None
    assert batch.columns == pods.informer.columns


def test_a_server_without_tables(server: ApiServer, watch: Watching) -> None:
    server.switches.tables = False
    server.cluster.create("pods", "a", metadata={"labels": {"app": "x"}})
    pods = watch()
    pods.until_live()
    server.cluster.create("pods", "b")
    pods.until_names("a", "b")
    server.bookmark("pods")
    pods.until(lambda: pods.informer.report().resource_version == str(server.cluster.version))
    assert [(c.name, c.kind) for c in pods.informer.columns] == [
        ("Name", ColumnKind.TEXT),
        ("Age", ColumnKind.AGE),
    ]
    assert texts(pods, "b")["Name"] == "b"
    assert texts(pods, "b")["Age"] != "<unknown>"
    assert pods.rows["a"].labels == "app=x"


def test_plain_events_after_a_table(server: ApiServer, watch: Watching) -> None:
    """Some aggregated servers list as Tables and watch as objects: nothing is lost, and nobody fails."""
    server.cluster.create("pods", "a", status=RUNNING)
    server.script(Fault("watch pods", PlainObjects(), times=None))
    pods = watch()
    pods.until_live()
    server.cluster.create("pods", "b")
    server.cluster.update("pods", "a", status={"phase": "Failed"})
    server.cluster.delete("pods", "b")
    pods.until(lambda: len(pods.told) == 4)
    assert pods.names == {"a"}
    assert texts(pods, "a")["Name"] == "a"


def test_a_table_of_nothing_but_cells(server: ApiServer, watch: Watching) -> None:
    """Rows without metadata cannot be told apart: they are left out, the rest stays."""
    server.cluster.create_many("pods", 3)
    server.script(Fault("list pods", Rewrite("rows.1.object", None)))
    pods = watch()
    pods.until_live()
    assert pods.names == {"o00000", "o00002"}


@pytest.mark.parametrize("definitions", [None, [], [{"name": "Name"}], [{}], [{"name": None}]])
def test_odd_definitions(server: ApiServer, watch: Watching, definitions: Any) -> None:
    server.cluster.create("pods", "a", status=RUNNING)
    server.script(Fault("list pods", Rewrite("columnDefinitions", definitions)))
    pods = watch()
    pods.until_live()
    assert pods.names == {"a"}
