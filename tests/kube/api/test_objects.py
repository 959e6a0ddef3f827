"""Many whole objects: pages of a list, each object as itself, and whatever happens to them meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kdesk.kube.api import objects
from kdesk.kube.api.objects import FEW, Objects, read_objects, whole_object
from kdesk.kube.config.connection import AuthInfo, ConnectionInfo
from kdesk.kube.errors import BadAnswer, Expired, Forbidden, Stopped
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.stop import Stop
from kdesk.kube.wire.transport import Transport
from tests.fakes.faults import CONTINUE_EXPIRED, FORBIDDEN, Fault
from tests.fakes.server import ApiServer

VERBS = frozenset(["get", "list", "watch"])
PODS = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=VERBS)
MANY = 120


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    """120 pods in prod, 3 in test; pages of 50."""
    monkeypatch.setattr(objects, "_PAGE", 50)
    with ApiServer() as running:
        running.cluster.create_many("pods", MANY, namespace="prod")
        running.cluster.create_many("pods", 3, namespace="test")
        yield running


@pytest.fixture
def transport(server: ApiServer) -> Iterator[Transport]:
    info = ConnectionInfo(server.url, auth=AuthInfo())
    made = Transport(info, Credentials(info))
    yield made
    made.close()


def keys(count: int = MANY, namespace: str = "prod") -> list[str]:
    return [f"{namespace}/o{number:05d}" for number in range(count)]


def read(transport: Transport, wanted: list[str], resource: Resource = PODS, *namespaces: str) -> Objects:
    found: Objects = {}
    for some in read_objects(transport, resource, wanted, Stop(), namespaces=namespaces):
        assert not found.keys() & some.keys()
        found |= some
    return found


def test_few_are_read_by_name_and_what_is_gone_is_left_out(server: ApiServer, transport: Transport) -> None:
    managed = {"managedFields": [{"manager": "kubectl"}]}
    server.cluster.update("pods", "o00000", "prod", metadata=managed)
    found = read(transport, ["prod/o00000", "prod/never", "test/o00001"])
    assert list(found) == ["prod/o00000", "test/o00001"]
    assert list(found["prod/o00000"])[:2] == ["apiVersion", "kind"]
    assert found["prod/o00000"]["kind"] == "Pod"
    assert "managedFields" not in found["prod/o00000"]["metadata"]
    assert server.verbs("pods") == ["get", "get", "get"]


def test_many_are_read_in_pages_of_their_namespace(server: ApiServer, transport: Transport) -> None:
    wanted = keys(FEW + 1)
    found = read(transport, [*wanted, "prod/never"])
    assert list(found) == wanted
    assert all(obj["kind"] == "Pod" and obj["apiVersion"] == "v1" for obj in found.values())
    assert {request.namespace for request in server.asked("* pods")} == {"prod"}
    assert server.verbs("pods") == ["list", "page", "page"]


def test_pages_end_when_all_are_found(server: ApiServer, transport: Transport) -> None:
    assert len(read(transport, keys(FEW + 1))) == FEW + 1
    assert server.verbs("pods") == ["list"]


def test_of_several_namespaces_those_are_listed_that_may_be(server: ApiServer, transport: Transport) -> None:
    wanted = [*keys(), *keys(3, "test")]
    assert read(transport, wanted).keys() == set(wanted)
    assert {request.namespace for request in server.asked("* pods")} == {""}
    assert read(transport, wanted, PODS, "test", "prod", "dev").keys() == set(wanted)
    assert {request.namespace for request in server.asked("* pods")} == {"", "test", "prod"}


def test_what_cannot_be_got_by_name_is_listed(server: ApiServer, transport: Transport) -> None:
    only_listed = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=frozenset(["list"]))
    assert list(read(transport, ["test/o00001"], only_listed)) == ["test/o00001"]
    assert server.verbs("pods") == ["list"]


def test_a_list_that_expires_is_begun_again_and_nothing_comes_twice(
    server: ApiServer, transport: Transport
) -> None:
    server.script(Fault("page pods", do=CONTINUE_EXPIRED))
    assert read(transport, keys()).keys() == set(keys())
    assert server.verbs("pods") == ["list", "page", "list", "page", "page"]


def test_a_list_that_always_expires_is_given_up(server: ApiServer, transport: Transport) -> None:
    server.script(Fault("page pods", do=CONTINUE_EXPIRED, times=None))
    with pytest.raises(Expired):
        read(transport, keys())


def test_refusals_and_stops_are_told(server: ApiServer, transport: Transport) -> None:
    stop = Stop()
    pages = read_objects(transport, PODS, keys(), stop)
    next(pages)
    stop.set()
    with pytest.raises(Stopped):
        next(pages)
    server.script(Fault("list pods", do=FORBIDDEN))
    with pytest.raises(Forbidden):
        read(transport, keys())


@pytest.mark.parametrize("body", [b"[]", b'"pod"', b"{", b"\xff"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer, match="not a Pod"):
        whole_object(body, PODS)
