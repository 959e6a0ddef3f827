"""Requests and answers: discovery, lists, single objects, writes, and what is refused."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from tests.demo.stage import PARTIAL, TABLE, Stage, config_map, pod

PODS = "/api/v1/namespaces/default/pods"
MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
MERGE = "application/merge-patch+json"


def play(scene: Callable[[Stage], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        async with Stage(**options) as stage:
            await scene(stage)

    asyncio.run(run())


def names(document: Any) -> list[str]:
    return [item["metadata"]["name"] for item in document["items"]]


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic dXNlcjpwYXNz"])
def test_nobody_gets_in_without_the_token(header: str | None) -> None:
    async def scene(stage: Stage) -> None:
        headers = {"Authorization": header} if header else {"Authorization": ""}
        async with stage.session.get("/version", headers=headers) as answer:
            status = await answer.json()
            assert (answer.status, status["kind"], status["reason"]) == (401, "Status", "Unauthorized")

    play(scene)


def test_both_kinds_of_discovery_tell_the_same() -> None:
    async def scene(stage: Stage) -> None:
        wanted = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        aggregated = {
            (group["metadata"].get("name", ""), version["version"], resource["resource"])
            for path in ("/api", "/apis")
            for group in (await stage.get(path, wanted))["items"]
            for version in group["versions"]
            for resource in version["resources"]
        }
        paths = [("", "v1", "/api/v1")]
        for group in (await stage.get("/apis"))["groups"]:
            assert (await stage.get(f"/apis/{group['name']}"))["name"] == group["name"]
            for version in group["versions"]:
                paths.append((group["name"], version["version"], f"/apis/{version['groupVersion']}"))
        classic = {
            (group, version, resource["name"])
            for group, version, path in paths
            for resource in (await stage.get(path))["resources"]
            if "/" not in resource["name"]
        }
        assert aggregated == classic
        assert ("demo.kdesk.dev", "v1", "canaries") in classic

    play(scene)


def test_discovery_is_not_sent_again_when_it_has_not_changed() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.session.get("/apis") as answer:
            tag = answer.headers["ETag"]
        async with stage.session.get("/apis", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304

    play(scene)


def test_items_of_built_in_lists_have_no_kind_and_those_of_custom_ones_have() -> None:
    async def scene(stage: Stage) -> None:
        pods = await stage.get("/api/v1/pods")
        assert (pods["kind"], pods["apiVersion"]) == ("PodList", "v1")
        assert not any("kind" in item or "apiVersion" in item for item in pods["items"])
        policies = await stage.get("/apis/demo.kdesk.dev/v1/backuppolicies")
        assert {item["kind"] for item in policies["items"]} == {"BackupPolicy"}

    play(scene)


def test_pages_are_one_snapshot_whatever_happens_between_them() -> None:
    async def scene(stage: Stage) -> None:
        first = await stage.get("/api/v1/pods?limit=7")
        assert first["metadata"]["remainingItemCount"] == 13
        for record in list(stage.cluster["pods"].records)[:15]:
            stage.cluster["pods"].remove(record)
        found, token = names(first), first["metadata"]["continue"]
        while token:
            page = await stage.get(f"/api/v1/pods?limit=7&continue={token}")
            assert page["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
            found += names(page)
            token = page["metadata"].get("continue", "")
        assert len(found) == len(set(found)) == 20
        assert len(names(await stage.get("/api/v1/pods"))) == 5

    play(scene)


def test_a_continue_token_of_a_forgotten_snapshot_has_expired() -> None:
    async def scene(stage: Stage) -> None:
        token = (await stage.get("/api/v1/pods?limit=1"))["metadata"]["continue"]
        for number in range(20):
            stage.cluster["pods"].put(stage.cluster["pods"].select("")[0].object() | {"extra": number})
            await stage.get("/api/v1/pods?limit=1")
        code, status = await stage.call("GET", f"/api/v1/pods?limit=1&continue={token}")
        assert (code, status["reason"]) == (410, "Expired")

    play(scene)


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("/api/v1/nope", 404, "NotFound"),
        ("/apis/none.example.com/v1/things", 404, "NotFound"),
        (f"{PODS}/nope", 404, "NotFound"),
        ("/api/v1/pods/nope", 404, "NotFound"),
        ("/api/v1/pods?resourceVersion=999999999", 504, "Timeout"),
        ("/api/v1/pods?resourceVersion=1&resourceVersionMatch=Exact", 410, "Expired"),
        ("/api/v1/pods?resourceVersionMatch=Exact", 422, "Invalid"),
        ("/api/v1/pods?fieldSelector=spec.color=red", 400, "BadRequest"),
        ("/api/v1/pods?limit=many", 400, "BadRequest"),
        ("/api/v1/pods?continue=%21", 400, "BadRequest"),
        ("/api/v1/pods?watch=1&resourceVersion=1&resourceVersionMatch=Exact", 422, "Invalid"),
    ],
)
def test_what_is_refused_while_reading(path: str, code: int, reason: str) -> None:
    async def scene(stage: Stage) -> None:
        answered, status = await stage.call("GET", path)
        assert (answered, status["code"], status["reason"]) == (code, code, reason)

    play(scene)


def test_selectors_choose_by_labels_and_fields() -> None:
    async def scene(stage: Stage) -> None:
        chosen = await stage.get("/api/v1/pods?labelSelector=component=etcd")
        assert [name.split("-")[0] for name in names(chosen)] == ["etcd"]
        node = stage.cluster["pods"].select("kube-system")[0].fields["spec.nodeName"]
        there = await stage.get(f"/api/v1/pods?fieldSelector=spec.nodeName={node},status.phase=Running")
        assert {item["spec"]["nodeName"] for item in there["items"]} == {node}
        one = await stage.get("/api/v1/namespaces?fieldSelector=metadata.name=shop")
        assert names(one) == ["shop"]

    play(scene)


def test_the_three_forms_of_a_table_row() -> None:
    async def scene(stage: Stage) -> None:
        for include, kind in (("", "PartialObjectMetadata"), ("Object", "Pod")):
            suffix = f"&includeObject={include}" if include else ""
            table = await stage.get(f"/api/v1/pods?limit=2{suffix}", TABLE)
            assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
            assert [row["object"]["kind"] for row in table["rows"]] == [kind, kind]
            assert len(table["rows"][0]["cells"]) == len(table["columnDefinitions"]) == 9
        bare = await stage.get("/api/v1/pods?limit=2&includeObject=None", TABLE)
        assert bare["rows"][0]["object"] is None
        code, _ = await stage.call("GET", "/api/v1/pods?includeObject=All", accept=TABLE)
        assert code == 400

    play(scene)


def test_metadata_alone_carries_no_secret() -> None:
    async def scene(stage: Stage) -> None:
        listed = await stage.get("/api/v1/secrets", PARTIAL)
        assert listed["kind"] == "PartialObjectMetadataList"
        assert {tuple(item) for item in listed["items"]} == {("kind", "apiVersion", "metadata")}
        table = await stage.get("/api/v1/secrets", TABLE)
        assert "data" not in table["rows"][0]["object"]

    play(scene)


@pytest.mark.parametrize(("pods", "compressed"), [(20, False), (700, True)])
def test_only_big_lists_are_compressed(pods: int, compressed: bool) -> None:
    async def scene(stage: Stage) -> None:
        path, headers = "/api/v1/pods", {"Accept-Encoding": "gzip"}
        async with stage.session.get(path, headers=headers, auto_decompress=False) as answer:
            assert (answer.headers.get("Content-Encoding") == "gzip") is compressed
            body = await answer.read()
        text = zlib.decompress(body, 16 + zlib.MAX_WBITS) if compressed else body
        assert len(msgspec.json.decode(text)["items"]) == pods

    play(scene, pods=pods)


def test_an_object_is_created_changed_and_deleted() -> None:
    async def scene(stage: Stage) -> None:
        code, made = await stage.call("POST", MAPS, config_map("one", a="1"))
        assert (code, made["kind"], made["metadata"]["namespace"]) == (201, "ConfigMap", "default")
        code, again = await stage.call("POST", MAPS, config_map("one"))
        assert (code, again["reason"]) == (409, "AlreadyExists")
        code, patched = await stage.call("PATCH", f"{MAPS}/one", {"data": {"b": "2"}}, MERGE)
        assert (code, patched["data"]) == (200, {"a": "1", "b": "2"})
        code, stale = await stage.call("PUT", f"{MAPS}/one", made)
        assert (code, stale["reason"]) == (409, "Conflict")
        code, replaced = await stage.call("PUT", f"{MAPS}/one", patched | {"data": {"c": "3"}})
        assert (code, replaced["data"]) == (200, {"c": "3"})
        versions = [int(each["metadata"]["resourceVersion"]) for each in (made, patched, replaced)]
        assert versions == sorted(set(versions))
        code, done = await stage.call("DELETE", f"{MAPS}/one")
        assert (code, done["status"], done["details"]["name"]) == (200, "Success", "one")
        code, _ = await stage.call("GET", f"{MAPS}/one")
        assert code == 404

    play(scene)


def test_a_write_is_known_by_its_field_manager_or_else_the_program() -> None:
    async def scene(stage: Stage) -> None:
        await stage.call("POST", f"{MAPS}?fieldManager=somebody", config_map("one", a="1"))
        _, changed = await stage.call("PATCH", f"{MAPS}/one", {"data": {"a": "2"}}, MERGE)
        managers = [entry["manager"] for entry in changed["metadata"]["managedFields"]]
        assert managers == ["somebody", "Python"]  # what aiohttp says in User-Agent
        assert await stage.get(f"{MAPS}/one") == changed

    play(scene)


def test_a_dry_run_changes_nothing() -> None:
    async def scene(stage: Stage) -> None:
        code, made = await stage.call("POST", f"{MAPS}?dryRun=All", config_map("one", a="1"))
        assert (code, made["data"]) == (201, {"a": "1"})
        code, _ = await stage.call("GET", f"{MAPS}/one")
        assert code == 404
        name = names(await stage.get(DEPLOYMENTS))[0]
        before = await stage.get(f"{DEPLOYMENTS}/{name}")
        await stage.call("PATCH", f"{DEPLOYMENTS}/{name}?dryRun=All", {"spec": {"replicas": 9}}, MERGE)
        assert await stage.get(f"{DEPLOYMENTS}/{name}") == before

    play(scene)


@pytest.mark.parametrize(
    ("path", "body", "code", "reason"),
    [
        (PODS, pod("Bad_Name"), 422, "Invalid"),
        (PODS, pod(""), 422, "Invalid"),
        (PODS, {"metadata": {"name": "x"}, "spec": {}}, 422, "Invalid"),
        (PODS, pod("x", namespace="shop"), 400, "BadRequest"),
        (PODS, b"{", 400, "BadRequest"),
        (MAPS, pod("x"), 400, "BadRequest"),
        ("/api/v1/namespaces/nowhere/pods", pod("x", namespace="nowhere"), 404, "NotFound"),
        (DEPLOYMENTS, {"metadata": {"name": "x"}, "spec": {"replicas": 1}}, 422, "Invalid"),
        ("/api/v1/pods", pod("x"), 405, "MethodNotAllowed"),
    ],
)
def test_what_is_refused_while_creating(path: str, body: Any, code: int, reason: str) -> None:
    async def scene(stage: Stage) -> None:
        answered, status = await stage.call("POST", path, body)
        assert (answered, status["reason"]) == (code, reason)

    play(scene)


def test_scaling_goes_through_the_subresource() -> None:
    async def scene(stage: Stage) -> None:
        name = names(await stage.get(DEPLOYMENTS))[0]
        scale = await stage.get(f"{DEPLOYMENTS}/{name}/scale")
        assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
        wanted = scale | {"spec": {"replicas": 9}}
        code, scaled = await stage.call("PUT", f"{DEPLOYMENTS}/{name}/scale", wanted)
        assert (code, scaled["spec"]["replicas"]) == (200, 9)
        changed = await stage.get(f"{DEPLOYMENTS}/{name}")
        assert (changed["spec"]["replicas"], changed["metadata"]["generation"]) == (9, 2)
        code, status = await stage.call("PUT", f"{DEPLOYMENTS}/{name}/scale", wanted)
        assert (code, status["reason"]) == (409, "Conflict")

    play(scene)


def test_status_and_spec_are_written_apart() -> None:
    async def scene(stage: Stage) -> None:
        name = names(await stage.get(DEPLOYMENTS))[0]
        patch = {"spec": {"replicas": 8}, "status": {"replicas": 77}}
        _, changed = await stage.call("PATCH", f"{DEPLOYMENTS}/{name}", patch, MERGE)
        assert changed["spec"]["replicas"] == 8
        assert changed["status"]["replicas"] != 77
        _, reported = await stage.call("PATCH", f"{DEPLOYMENTS}/{name}/status", patch, MERGE)
        assert reported["status"]["replicas"] == 77
        assert reported["metadata"]["generation"] == changed["metadata"]["generation"]

    play(scene)


def test_a_custom_resource_is_served_at_once_and_gone_with_its_definition() -> None:
    names_of = {"plural": "widgets", "kind": "Widget", "shortNames": ["wi"]}
    columns = [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]
    version = {"name": "v1", "served": True, "storage": True, "additionalPrinterColumns": columns}
    scaled = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}
    version |= {"subresources": {"scale": scaled}}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names_of, "versions": [version]}
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    widgets = "/apis/example.com/v1/namespaces/default/widgets"

    async def scene(stage: Stage) -> None:
        code, wrong = await stage.call("POST", path, {"metadata": {"name": "wrong"}, "spec": spec})
        assert (code, wrong["reason"]) == (422, "Invalid")
        code, made = await stage.call(
            "POST", path, {"metadata": {"name": "widgets.example.com"}, "spec": spec}
        )
        assert code == 201
        assert {each["type"] for each in made["status"]["conditions"]} == {"NamesAccepted", "Established"}
        await stage.call("POST", widgets, {"metadata": {"name": "one"}, "spec": {"size": 3}})
        table = await stage.get(widgets, TABLE)
        assert table["rows"][0]["cells"] == ["one", 3]
        scale = await stage.get(f"{widgets}/one/scale")
        assert scale["spec"]["replicas"] == 3
        watching = asyncio.create_task(stage.watch(f"{widgets}?watch=1", 5))
        await asyncio.sleep(0.05)
        await stage.call("DELETE", f"{path}/widgets.example.com")
        assert [event["type"] for event in await watching] == ["ADDED", "DELETED"]
        code, _ = await stage.call("GET", widgets)
        assert code == 404
        assert "example.com" not in [group["name"] for group in (await stage.get("/apis"))["groups"]]

    play(scene)


def test_core_events_are_served_in_their_newer_shape_too() -> None:
    async def scene(stage: Stage) -> None:
        event = {
            "metadata": {"name": "e", "namespace": "default"},
            "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"},
            "reason": "Tested",
            "message": "words",
            "type": "Normal",
        }
        await stage.call("POST", "/api/v1/namespaces/default/events", event)
        newer = await stage.get("/apis/events.k8s.io/v1/namespaces/default/events")
        item = newer["items"][0]
        assert (item["note"], item["regarding"]["name"], item["reason"]) == ("words", "p", "Tested")
        chosen = await stage.get("/api/v1/events?fieldSelector=involvedObject.name=p,type=Normal")
        assert names(chosen) == ["e"]

    play(scene)


def test_everybody_may_do_everything() -> None:
    async def scene(stage: Stage) -> None:
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        question = {"spec": {"resourceAttributes": {"verb": "delete", "resource": "pods"}}}
        code, answer = await stage.call("POST", path, question)
        assert (code, answer["status"]["allowed"]) == (201, True)

    play(scene)


def test_logs_have_a_tail_a_start_and_times() -> None:
    async def scene(stage: Stage) -> None:
        record = next(item for item in stage.cluster["pods"].select("shop") if item.fields[".ready"])
        path = f"/api/v1/namespaces/shop/pods/{record.name}/log"
        async with stage.session.get(f"{path}?tailLines=5&timestamps=true") as answer:
            lines = (await answer.text()).splitlines()
        assert len(lines) == 5
        assert all(line[:4] == "2026" for line in lines)
        async with stage.session.get(f"{path}?sinceSeconds=60") as answer:
            assert 30 <= len((await answer.text()).splitlines()) <= 40
        async with stage.session.get(f"{path}?container=nope") as answer:
            assert answer.status == 400
        stage.theatre.clock.now += 60
        async with stage.session.get(f"{path}?tailLines=5&timestamps=true") as answer:
            assert (await answer.text()).splitlines()[-1] > lines[-1]

    play(scene)
