"""Without a script the server answers as an API server does."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.client import TABLE, get, lines, response
from tests.fakes.documents import AGGREGATED
from tests.fakes.server import ApiServer
from tests.fakes.tls import server_tls

PODS = "/api/v1/pods"


def names(document: Any) -> list[str]:
    return [item["metadata"]["name"] for item in document["items"]]


def test_a_list_has_a_version_and_bare_items(server: ApiServer) -> None:
    server.cluster.create("pods", "a")
    status, document = get(server, PODS)
    assert (status, document["kind"], document["metadata"]["resourceVersion"]) == (200, "PodList", "101")
    assert names(document) == ["a"]
    assert "kind" not in document["items"][0]


def test_pages_belong_to_one_version(server: ApiServer) -> None:
    server.cluster.create_many("pods", 5)
    _, first = get(server, PODS, limit=2)
    server.cluster.delete("pods", "o00003")
    server.cluster.create("pods", "zzz")
    _, second = get(server, PODS, limit=2, **{"continue": first["metadata"]["continue"]})
    _, third = get(server, PODS, limit=2, **{"continue": second["metadata"]["continue"]})
    assert first["metadata"]["remainingItemCount"] == 3
    assert names(first) + names(second) + names(third) == [f"o{n:05d}" for n in range(5)]
    assert {d["metadata"]["resourceVersion"] for d in (first, second, third)} == {"105"}
    assert "continue" not in third["metadata"]


def test_a_continuation_refuses_a_version_and_expires(server: ApiServer) -> None:
    server.cluster.create_many("pods", 5)
    token = get(server, PODS, limit=2)[1]["metadata"]["continue"]
    assert get(server, PODS, limit=2, resourceVersion="1", **{"continue": token})[0] == 400
    server.cluster.create("pods", "late")
    server.cluster.compact()
    status, document = get(server, PODS, limit=2, **{"continue": token})
    assert (status, document["reason"]) == (410, "Expired")
    assert base64.b64decode(token).decode() == "105 default/o00001"


def test_version_zero_is_not_paged_and_a_future_version_is_too_large(server: ApiServer) -> None:
    server.cluster.create_many("pods", 5)
    assert len(names(get(server, PODS, limit=2, resourceVersion="0")[1])) == 5
    status, document = get(server, PODS, resourceVersion="999")
    assert status == 504
    assert "Too large resource version" in document["message"]


def test_a_watch_from_a_future_version_skips_what_comes_before(server: ApiServer) -> None:
    """As on a real API server (1.37): it is answered 200, and says nothing until its version is reached."""
    with response(server, PODS, watch="1", resourceVersion="102") as watch:
        server.wait_for(lambda: server.feeds("pods"))
        for name in ("lost", "lost-too", "seen"):
            server.cluster.create("pods", name)
        assert lines(watch, 1)[0]["object"]["metadata"]["name"] == "seen"
    assert (
        get(server, f"{PODS.replace('pods', 'namespaces/default/pods')}/seen", resourceVersion="999")[0]
        == 504
    )


def test_a_table_has_columns_cells_and_metadata(server: ApiServer) -> None:
    server.cluster.create("pods", "a", status={"phase": "Running", "ready": "1/1", "restarts": 0})
    _, document = get(server, PODS, accept=TABLE)
    assert document["kind"] == "Table"
    assert [c["name"] for c in document["columnDefinitions"]][:3] == ["Name", "Ready", "Status"]
    (row,) = document["rows"]
    assert row["cells"] == ["a", "1/1", "Running", 0, "5m", None]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    server.switches.tables = False
    assert get(server, PODS, accept=TABLE)[1]["kind"] == "PodList"


def test_a_watch_tells_what_happens_after_its_version(server: ApiServer) -> None:
    server.cluster.create("pods", "before")
    with response(server, PODS, watch="1", resourceVersion="101") as watch:
        server.cluster.create("pods", "a")
        server.cluster.update("pods", "a", metadata={"labels": {"x": "y"}})
        server.cluster.create("configmaps", "other")
        server.cluster.delete("pods", "a")
        told = [(e["type"], e["object"]["metadata"]["resourceVersion"]) for e in lines(watch, 3)]
        assert told == [("ADDED", "102"), ("MODIFIED", "103"), ("DELETED", "105")]
        assert server.verbs("pods") == ["watch"]


def test_a_table_watch_defines_its_columns_once(server: ApiServer) -> None:
    with response(
        server, PODS, accept=TABLE, watch="1", resourceVersion="100", allowWatchBookmarks="true"
    ) as w:
        server.cluster.create("pods", "a")
        server.cluster.create("pods", "b")
        first, second = lines(w, 2)
        server.wait_for(lambda: server.bookmark("pods") == 1)
        (bookmark,) = lines(w, 1)
    assert first["object"]["columnDefinitions"]
    assert second["object"]["columnDefinitions"] is None
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["rows"][0]["object"]["metadata"]["resourceVersion"] == "102"


def test_a_watch_with_a_selector_sees_objects_come_and_go(server: ApiServer) -> None:
    server.cluster.create("pods", "a", metadata={"labels": {"app": "x"}})
    with response(server, PODS, watch="1", resourceVersion="101", labelSelector="app=x") as watch:
        server.cluster.create("pods", "b")
        server.cluster.update("pods", "a", metadata={"labels": {}})
        server.cluster.update("pods", "b", metadata={"labels": {"app": "x"}})
        told = [(e["type"], e["object"]["metadata"]["name"]) for e in lines(watch, 2)]
    assert told == [("DELETED", "a"), ("ADDED", "b")]


def test_a_watch_of_one_namespace(server: ApiServer) -> None:
    with response(server, "/api/v1/namespaces/one/pods", watch="1", resourceVersion="100") as watch:
        server.cluster.create("pods", "a", "two")
        server.cluster.create("pods", "b", "one")
        assert lines(watch, 1)[0]["object"]["metadata"]["name"] == "b"


@pytest.mark.parametrize("in_stream", [True, False])
def test_a_watch_from_an_expired_version(server: ApiServer, in_stream: bool) -> None:
    server.cluster.create("pods", "a")
    server.cluster.compact()
    server.switches.gone_in_stream = in_stream
    with response(server, PODS, watch="1", resourceVersion="100") as watch:
        if in_stream:
            (event,) = lines(watch, 1)
            assert (watch.status, event["type"], event["object"]["code"]) == (200, "ERROR", 410)
            assert watch.readline() == b""
        else:
            assert watch.status == 410


def test_a_watch_ends_when_its_time_is_over(server: ApiServer) -> None:
    with response(server, PODS, watch="1", resourceVersion="100", timeoutSeconds="0") as watch:
        assert watch.read() == b""


def test_discovery_in_both_forms(server: ApiServer) -> None:
    accept = f"application/json;g=apidiscovery.k8s.io;v=v2;{AGGREGATED},application/json"
    _, core = get(server, "/api", accept=accept)
    _, groups = get(server, "/apis", accept=accept)
    assert [r["resource"] for r in core["items"][0]["versions"][0]["resources"]][:2] == ["namespaces", "pods"]
    assert [item["metadata"]["name"] for item in groups["items"]] == ["apps", "events.k8s.io", "example.com"]
    server.switches.aggregated = False
    assert get(server, "/api", accept=accept)[1]["kind"] == "APIVersions"
    assert get(server, "/apis", accept=accept)[1]["groups"][0]["name"] == "apps"
    _, apps = get(server, "/apis/apps/v1")
    assert [r["name"] for r in apps["resources"]] == ["deployments", "deployments/status"]
    assert get(server, "/apis/nothing/v1")[0] == 404
    assert get(server, "/version")[1]["gitVersion"] == "v1.37.2"


def test_a_kind_that_is_removed_and_served_again(server: ApiServer) -> None:
    path = "/apis/example.com/v1/widgets"
    server.cluster.create("widgets.example.com", "w")
    kind = next(kind for kind in server.kinds if kind.plural == "widgets")
    server.remove_kind("widgets.example.com")
    assert get(server, path) == (404, "404 page not found\n")
    server.add_kind(kind)
    assert get(server, path)[1]["items"] == []


def test_a_restore_takes_back_what_came_after(server: ApiServer) -> None:
    server.cluster.create("pods", "kept")
    server.cluster.create("pods", "lost")
    server.cluster.update("pods", "kept", metadata={"labels": {"a": "b"}})
    server.cluster.restore(101)
    _, document = get(server, PODS)
    assert names(document) == ["kept"]
    assert document["items"][0]["metadata"]["resourceVersion"] == "101"


def test_tokens_and_permissions(server: ApiServer) -> None:
    server.switches.denied.add(("pods", "secret"))
    assert get(server, "/api/v1/namespaces/secret/pods")[0] == 403
    assert get(server, "/api/v1/namespaces/open/pods")[0] == 200
    server.switches.tokens = {"good"}
    assert get(server, PODS)[0] == 401


def test_https(tmp_path: Path) -> None:
    context, authority = server_tls(tmp_path)
    with ApiServer(tls=context) as server:
        assert server.url.startswith("https://")
        client = ssl.create_default_context(cafile=str(authority))
        assert get(server, "/version", tls=client)[0] == 200


def test_it_comes_back_on_the_same_port(server: ApiServer) -> None:
    port = server.port
    get(server, PODS)
    server.close()
    with pytest.raises(ConnectionRefusedError):
        get(server, PODS)
    server.start()
    assert server.port == port
    assert get(server, PODS)[0] == 200
    server.wait_for(lambda: server.connections == 0)
