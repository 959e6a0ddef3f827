"""Exports and copies of many objects against a scripted server: progress, cancel, what is gone, several clusters."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from pytestqt.qtbot import QtBot

from kdesk.kube.api import objects
from kdesk.kube.config.connection import AuthInfo, ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.operations import Operations
from kdesk.viewmodel.rows.cluster_row import in_cluster
from kdesk.viewmodel.rows.columns import table_columns
from kdesk.viewmodel.tables.export import ExportError
from kdesk.viewmodel.tables.object_work import MOST_COPIED, Chosen, ObjectWork, Source
from kdesk.viewmodel.tasks import Tasks
from tests.fakes.faults import Break, Fault
from tests.fakes.server import ApiServer
from tests.viewmodel.pods import PODS, pod

POD = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=frozenset(["get", "list", "watch"]))
COLUMNS = table_columns(PODS, namespaces=True)


class Workplace:
    """``said``: sentences for a person."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.tasks = Tasks(lambda title, text: None)
        self.operations = Operations()
        self.work = ObjectWork(self.tasks, self.operations, self.said.append)


@pytest.fixture
def place(qtbot: QtBot) -> Iterator[Workplace]:
    made = Workplace()
    yield made
    made.tasks.cancel()
    assert made.tasks.wait_closed(5)


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


@pytest.fixture
def connect() -> Iterator[Callable[[ApiServer, str], ClusterSession]]:
    reaper, made = Reaper(), list[ClusterSession]()

    def connecting(server: ApiServer, name: str) -> ClusterSession:
        info = ConnectionInfo(server.url, auth=AuthInfo())
        context = Context(name, name, "config", "cluster", server.url, "user", "default", False, None, info)
        made.append(ClusterSession(context, len(made), reaper))
        return made[-1]

    yield connecting
    for session in made:
        session.retire()
    reaper.close()
    assert reaper.join(10)


def chosen(session: ClusterSession | None, rows: list[Row]) -> Chosen:
    return Chosen(POD, rows, (Source("prod", session, POD, ()),))


def rows(count: int) -> list[Row]:
    """In an order that is not the server's."""
    return [pod(f"o{number:05d}") for number in reversed(range(count))]


def test_cells_need_no_cluster(place: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "pods.csv"
    assert asyncio.run(place.work.export(chosen(None, rows(2)), COLUMNS, str(file))) == 2
    assert file.read_text().splitlines()[1].startswith("prod,o00001,1/1,Running")
    assert place.said == [f"2 rows in {file}."]
    with pytest.raises(ExportError, match="not open"):
        asyncio.run(place.work.export(chosen(None, rows(2)), COLUMNS, str(tmp_path / "pods.json")))
    with pytest.raises(ExportError, match="no row"):
        asyncio.run(place.work.export(chosen(None, []), COLUMNS, str(file)))


def test_many_objects_come_in_pages_and_those_that_went_are_told(
    place: Workplace, server: ApiServer, connect: Callable[..., ClusterSession], tmp_path: Path
) -> None:
    server.cluster.create_many("pods", 60, namespace="prod")
    server.cluster.delete("pods", "o00007", "prod")
    file = tmp_path / "pods.json"
    assert asyncio.run(place.work.export(chosen(connect(server, "prod"), rows(60)), COLUMNS, str(file))) == 59
    names = [item["metadata"]["name"] for item in json.loads(file.read_text())["items"]]
    assert names == [row.name for row in rows(60) if row.name != "o00007"]
    assert place.said == [f"59 objects in {file}. 1 object was deleted meanwhile and left out."]
    assert server.verbs("pods") == ["list"]
    assert place.operations.running == []


def test_an_export_can_be_cancelled_while_the_server_is_silent(
    place: Workplace,
    server: ApiServer,
    connect: Callable[..., ClusterSession],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(objects, "_PAGE", 50)
    server.cluster.create_many("pods", 120, namespace="prod")
    server.script(Fault("page pods", do=Break("hang")))
    sentences: list[str] = []

    async def cancelling() -> int:
        export = place.work.export(
            chosen(connect(server, "prod"), rows(120)), COLUMNS, str(tmp_path / "pods.yaml")
        )
        task = asyncio.create_task(export)
        while not (place.operations.running and len(server.verbs("pods")) == 2):
            await asyncio.sleep(0.01)
        [operation] = place.operations.running
        sentences.append(operation.sentence)
        operation.cancel()
        sentences.append(operation.sentence)
        return await asyncio.wait_for(task, 5)

    assert asyncio.run(cancelling()) == 0
    assert sentences == ["Exporting pods to pods.yaml: 48 of 120", "Exporting pods to pods.yaml: stopping"]
    assert os.listdir(tmp_path) == []
    assert place.said == ["pods.yaml was not written: cancelled."]


def test_a_cluster_that_is_closed_meanwhile_is_an_error(
    place: Workplace, server: ApiServer, connect: Callable[..., ClusterSession], tmp_path: Path
) -> None:
    server.cluster.create_many("pods", 60, namespace="prod")
    server.script(Fault("list pods", do=Break("hang")))
    session = connect(server, "prod")

    async def closing() -> None:
        task = asyncio.create_task(
            place.work.export(chosen(session, rows(60)), COLUMNS, str(tmp_path / "p.json"))
        )
        while not server.verbs("pods"):
            await asyncio.sleep(0.01)
        session.retire()
        await asyncio.wait_for(task, 5)

    with pytest.raises(KubeError, match="closed meanwhile"):
        asyncio.run(closing())
    assert os.listdir(tmp_path) == []


def test_rows_of_several_clusters_bring_each_its_own_objects(
    place: Workplace, server: ApiServer, connect: Callable[..., ClusterSession]
) -> None:
    with ApiServer() as other:
        server.cluster.create("pods", "web", "prod", spec={"nodeName": "here"})
        other.cluster.create("pods", "web", "prod", spec={"nodeName": "there"})
        both = [in_cluster(pod("web"), name, None) for name in ("b", "a")]
        sources = tuple(
            Source(name, connect(of, name), POD, ()) for name, of in (("a", server), ("b", other))
        )
        text = asyncio.run(place.work.yaml(Chosen(POD, both, sources)))
    assert [found["spec"]["nodeName"] for found in yaml.safe_load_all(text)] == ["there", "here"]


def test_yaml_of_what_is_gone_or_too_much_is_refused(
    place: Workplace, server: ApiServer, connect: Callable[..., ClusterSession]
) -> None:
    session = connect(server, "prod")
    with pytest.raises(ExportError, match="it is gone"):
        asyncio.run(place.work.yaml(chosen(session, rows(1))))
    with pytest.raises(ExportError, match="too many for the clipboard"):
        asyncio.run(place.work.yaml(chosen(session, rows(MOST_COPIED + 1))))
