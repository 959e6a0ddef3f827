"""Whole objects carry their true apiVersion and kind, whatever the list calls itself, and no managedFields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.errors import BadAnswer, KubeError, NotServed
from tests.fakes.faults import Answer, Fault, Rewrite
from tests.fakes.kinds import WIDGET
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import resource


def wholes(watcher: Any) -> dict[str, Any]:
    return {name: json.loads(row.raw) for name, row in watcher.rows.items()}


@pytest.mark.parametrize(
    ("path", "value"),
    [("kind", "WidgetList"), ("kind", "OddlyNamed"), ("kind", "List"), ("kind", None), ("apiVersion", None)],
    ids=["as-it-should", "odd-list-kind", "mixed-list", "no-kind", "no-version"],
)
def test_bare_items_are_what_was_asked_for(
    server: ApiServer, watch: Watching, path: str, value: str | None
) -> None:
    server.cluster.create(WIDGET.label, "a")
    server.script(Fault("list *", Rewrite(path, value)))
    widgets = watch(WIDGET.label, whole=True)
    widgets.until_live()
    server.cluster.create(WIDGET.label, "b")
    widgets.until_names("a", "b")
    for whole in wholes(widgets).values():
        assert (whole["apiVersion"], whole["kind"]) == ("example.com/v1", "Widget")
        assert list(whole)[:2] == ["apiVersion", "kind"]


def test_items_that_say_what_they_are_keep_it(server: ApiServer, watch: Watching) -> None:
    server.cluster.create(WIDGET.label, "a", apiVersion="example.com/v1alpha1", kind="OldWidget")
    widgets = watch(WIDGET.label, whole=True)
    widgets.until_live()
    assert wholes(widgets)["a"]["kind"] == "OldWidget"


def test_managed_fields_are_not_kept(server: ApiServer, session: ClusterSession, watch: Watching) -> None:
    fields = {"managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}]}
    server.cluster.create("configmaps", "a", metadata=dict(fields), data={"x": "y"})
    maps = watch("configmaps", whole=True)
    maps.until_live()
    server.cluster.create("configmaps", "b", metadata=dict(fields))
    maps.until_names("a", "b")
    assert all("managedFields" not in whole["metadata"] for whole in wholes(maps).values())
    assert wholes(maps)["a"]["data"] == {"x": "y"}
    assert "managedFields" not in session.get(resource("configmaps"), "default", "a")["metadata"]


def test_one_object(server: ApiServer, session: ClusterSession) -> None:
    server.cluster.create("pods", "a", spec={"x": 1})
    server.script(Fault("get pods", Rewrite("kind", None)))
    for _ in range(2):
        whole = session.get(resource("pods"), "default", "a")
        assert (whole["apiVersion"], whole["kind"], whole["spec"]) == ("v1", "Pod", {"x": 1})
    with pytest.raises(NotServed, match="not found"):
        session.get(resource("pods"), "default", "b")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'{"metadata": 7}'])
def test_one_object_that_is_none(server: ApiServer, session: ClusterSession, body: bytes) -> None:
    server.script(Fault("get pods", Answer(200, body)))
    if body.startswith(b'{"'):
        assert session.get(resource("pods"), "default", "a")["kind"] == "Pod"
    else:
        with pytest.raises((BadAnswer, KubeError)):
            session.get(resource("pods"), "default", "a")
