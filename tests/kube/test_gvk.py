"""Kind and apiVersion restored: for one object and for a list, and the five ways in which they cannot be told."""

from __future__ import annotations

import pytest
from kubernetes.client import V1ObjectMeta, V1Pod

from kdesk.kube.gvk import (
    GVK,
    GVR,
    MissingKind,
    MissingVersion,
    NoGVK,
    Resource,
    SeveralGVKs,
    Unversioned,
    gvk_of,
    gvk_of_type,
    restore,
    restore_list,
)

POD = GVK("", "v1", "Pod")
DEPLOYMENT = GVK("apps", "v1", "Deployment")
PARTIAL = {"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": {"name": "a"}}


def _resource(group: str, version: str, plural: str, kind: str) -> Resource:
    return Resource(GVR(group, version, plural), kind, namespaced=True)


SERVED = [
    _resource("", "v1", "pods", "Pod"),
    _resource("", "v1", "events", "Event"),
    _resource("events.k8s.io", "v1", "events", "Event"),
    _resource("apps", "v1", "deployments", "Deployment"),
    _resource("extensions", "v1beta1", "deployments", "Deployment"),
]


def test_an_object_that_says_what_it_is_is_believed() -> None:
    assert gvk_of({"apiVersion": "apps/v1", "kind": "Deployment"}) == DEPLOYMENT
    assert gvk_of({"apiVersion": "apps/v1", "kind": "Deployment"}, POD) == DEPLOYMENT
    assert gvk_of({"apiVersion": "v1", "kind": "Pod"}).api_version == "v1"


def test_a_silent_object_is_what_was_asked_for() -> None:
    assert restore({"metadata": {"name": "a"}}, POD) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a"},
    }
    assert list(restore({"spec": {}, "kind": "Pod"}, POD)) == ["apiVersion", "kind", "spec"]
    assert gvk_of({"kind": "Pod"}, POD) == POD


def test_a_typed_model_read_from_a_cache_is_restored() -> None:
    model = V1Pod(metadata=V1ObjectMeta(name="a")).to_dict()
    assert not model.get("kind")
    assert restore(model, POD)["kind"] == "Pod"


def test_the_source_is_not_changed() -> None:
    source = {"metadata": {"name": "a"}}
    restore(source, POD)
    assert source == {"metadata": {"name": "a"}}


@pytest.mark.parametrize(
    ("obj", "requested", "error", "words"),
    [
        ({}, None, MissingKind, "no kind"),
        ({"apiVersion": "v1"}, None, MissingKind, "no kind"),
        ({"kind": "Pod"}, None, MissingVersion, "Pod carries no apiVersion"),
        ({"kind": "Service"}, POD, MissingVersion, "Service carries no apiVersion"),
        (
            {"kind": "PartialObjectMetadata"},
            POD,
            MissingVersion,
            "PartialObjectMetadata carries no apiVersion",
        ),
        (PARTIAL, None, MissingKind, "says nothing of the kind"),
        ({"apiVersion": "v1", "kind": "Status"}, None, Unversioned, "Status"),
        ({"apiVersion": "meta.k8s.io/v1", "kind": "Table"}, POD, Unversioned, "Table"),
    ],
)
def test_what_cannot_be_told_is_an_error_of_its_own(
    obj: dict[str, object], requested: GVK | None, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        gvk_of(obj, requested)


def test_metadata_only_objects_carry_the_real_kind() -> None:
    assert gvk_of(PARTIAL, DEPLOYMENT) == DEPLOYMENT
    assert restore(PARTIAL, DEPLOYMENT)["kind"] == "Deployment"


@pytest.mark.parametrize("kind", ["PodList", "OddlyNamedCollection", "PodMetricsList", ""])
def test_bare_items_are_what_was_asked_for_whatever_the_list_is_called(kind: str) -> None:
    items = restore_list({"kind": kind, "apiVersion": "v1", "items": [{"metadata": {"name": "a"}}, {}]}, POD)
    assert [(item["apiVersion"], item["kind"]) for item in items] == [("v1", "Pod")] * 2


def test_a_list_tells_its_items_kind_when_nothing_was_asked_for() -> None:
    assert restore_list({"kind": "DeploymentList", "apiVersion": "apps/v1", "items": [{}]})[0] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
    }
    assert restore_list({"kind": "PodList", "apiVersion": "v1", "items": None}) == []


def test_a_mixed_list_speaks_for_itself() -> None:
    mixed = {
        "kind": "List",
        "apiVersion": "v1",
        "items": [{"kind": "Pod", "apiVersion": "v1"}, {"kind": "Deployment", "apiVersion": "apps/v1"}],
    }
    assert [item["kind"] for item in restore_list(mixed)] == ["Pod", "Deployment"]
    with pytest.raises(MissingKind):
        restore_list({"kind": "List", "apiVersion": "v1", "items": [{}]})


@pytest.mark.parametrize(
    ("name", "gvk"),
    [
        ("V1Pod", POD),
        ("V1Deployment", DEPLOYMENT),
        ("V1beta1Deployment", GVK("extensions", "v1beta1", "Deployment")),
        ("CoreV1Event", GVK("", "v1", "Event")),
        ("EventsV1Event", GVK("events.k8s.io", "v1", "Event")),
        ("Pod", POD),
    ],
)
def test_a_types_name_tells_its_gvk(name: str, gvk: GVK) -> None:
    assert gvk_of_type(name, SERVED) == gvk


@pytest.mark.parametrize("name", ["V1Status", "V1WatchEvent", "V1DeleteOptions"])
def test_an_unversioned_type(name: str) -> None:
    with pytest.raises(Unversioned):
        gvk_of_type(name, SERVED)


def test_a_type_that_is_not_served() -> None:
    with pytest.raises(NoGVK, match="V2Pod"):
        gvk_of_type("V2Pod", SERVED)


def test_a_type_with_several_answers_is_refused_and_they_are_named() -> None:
    with pytest.raises(SeveralGVKs, match="refusing to guess") as caught:
        gvk_of_type("V1Event", SERVED)
    assert caught.value.candidates == (GVK("", "v1", "Event"), GVK("events.k8s.io", "v1", "Event"))
    with pytest.raises(SeveralGVKs):
        gvk_of_type("Deployment", SERVED)


def test_paths() -> None:
    pods = SERVED[0]
    assert pods.path() == "/api/v1/pods"
    assert pods.path("shop", "web") == "/api/v1/namespaces/shop/pods/web"
    assert SERVED[3].path("shop") == "/apis/apps/v1/namespaces/shop/deployments"
    nodes = Resource(GVR("", "v1", "nodes"), "Node", namespaced=False)
    assert nodes.path("shop", "n1") == "/api/v1/nodes/n1"
