"""The simulated API beside a real API server: the same resources, the same columns, the same cells."""

from __future__ import annotations

import asyncio
import copy
import ssl
import urllib.request
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from kdesk.demo.objects.cluster import Cluster, Served
from kdesk.demo.objects.forms import Accept
from kdesk.demo.objects.values import Object
from tests.cluster.controlplane import ControlPlane
from tests.demo.stage import TABLE, Stage, Theatre

pytestmark = pytest.mark.cluster

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
# What passes between two questions, and what a server chooses by itself.
FLEETING = {"Age", "Created At", "Last Seen", "First Seen", "Last Schedule", "Cluster-IP", "Duration"}
SAMPLES = 4


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """A real API server with nothing behind it that would change objects."""
    with ControlPlane("beside-the-demo", controllers=False, scheduler=False) as made:
        yield made


def ask(plane: ControlPlane, path: str, accept: str) -> Any:
    headers = {"Accept": accept, "Authorization": f"Bearer {plane.token()}"}
    request = urllib.request.Request(plane.server + path, headers=headers)
    context = ssl.create_default_context(cafile=str(plane.authority))
    with urllib.request.urlopen(request, context=context, timeout=10) as answer:
        return msgspec.json.decode(answer.read())


def resources(documents: list[Any]) -> dict[tuple[str, str, str], Any]:
    """What discovery says of every resource that can be listed."""
    return {
        (group["metadata"].get("name", ""), version["version"], resource["resource"]): resource
        for document in documents
        for group in document["items"]
        for version in group["versions"]
        for resource in version["resources"]
        if "list" in resource["verbs"]
    }


def path_of(served: Served, namespace: str = "") -> str:
    kind = served.kind
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    return f"{root}/namespaces/{namespace}/{kind.plural}" if namespace else f"{root}/{kind.plural}"


def built_in(cluster: Cluster) -> list[Served]:
    return [served for served in cluster.served.values() if not served.kind.custom]


def test_discovery_and_columns_are_those_of_a_real_server(plane: ControlPlane) -> None:
    real = resources([ask(plane, path, AGGREGATED) for path in ("/api", "/apis")])

    async def scene() -> None:
        async with Stage() as stage:
            demo = resources([await stage.get(path, AGGREGATED) for path in ("/api", "/apis")])
            for served in built_in(stage.cluster):
                kind = served.kind
                key = (kind.group, kind.version, kind.plural)
                for field in ("scope", "singularResource", "shortNames", "categories"):
                    assert demo[key].get(field) == real[key].get(field), (key, field)
                assert sorted(demo[key]["verbs"]) == sorted(real[key]["verbs"]), key
                assert demo[key]["responseKind"]["kind"] == real[key]["responseKind"]["kind"]
                shown = [
                    [(c["name"], c["type"], c["format"], c["priority"]) for c in table["columnDefinitions"]]
                    for table in (
                        await stage.get(path_of(served), TABLE),
                        ask(plane, path_of(served) + "?limit=1", TABLE),
                    )
                ]
                assert shown[0] == shown[1], key

    asyncio.run(scene())


def write(plane: ControlPlane, served: Served, namespace: str, item: Object) -> Any | None:
    """Makes the object on the real server, status and all, and gives its row; None if it is refused."""
    path, kind = path_of(served, namespace), served.kind
    item = copy.deepcopy(item)
    given = item["metadata"]
    kept = ("name", "namespace", "labels", "annotations")
    item |= {"apiVersion": kind.api_version, "kind": kind.kind}
    item["metadata"] = {name: given[name] for name in kept if name in given}
    if kind.plural == "services":
        for field in ("clusterIP", "clusterIPs"):
            item["spec"].pop(field)
    code, made = plane.request("POST", path, item)
    if code != 201:
        return None
    one = f"{path}/{given['name']}"
    if "status" in kind.subresources and "status" in item:
        code, _ = plane.request("PUT", f"{one}/status", made | {"status": item["status"]})
        if code != 200:
            return None
    return ask(plane, one, TABLE)


def test_the_cells_are_those_of_a_real_server(plane: ControlPlane) -> None:
    theatre = Theatre(pods=None)
    theatre.animate(lively=True)
    theatre.play(30)
    cluster, compared = theatre.cluster, set[str]()
    for name in ("shop", "payments", "monitoring"):
        plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    for served in built_in(cluster):
        if served.kind.plural in ("events", "leases", "customresourcedefinitions", "namespaces"):
            continue
        form = served.form(Accept("table"))
        records = [r for r in served.collection.select("") if not r.namespace.startswith("kube-")]
        for record in troubled_first(records)[:SAMPLES]:
            item = record.object()
            real = write(plane, served, record.namespace, item)
            if real is None:
                continue
            mine = msgspec.json.decode(form.one(record, int(theatre.clock.now)))
            names = [column["name"] for column in real["columnDefinitions"]]
            rows = [
                {
                    name: str(cell).split(" (")[0]
                    for name, cell in zip(names, table["rows"][0]["cells"], strict=True)
                    if name not in FLEETING
                }
                for table in (mine, real)
            ]
            assert rows[0] == rows[1], (served.kind.resource, record.key)
            compared.add(served.kind.resource)
    assert len(compared) >= 20, compared


def troubled_first(records: list[Any]) -> list[Any]:
    """Pods that are not well have the more interesting rows."""
    return sorted(records, key=lambda record: bool(record.fields.get(".ready")))
