"""What the cluster serves, and kubectl's own columns for every kind of it."""

from __future__ import annotations

import pytest

from kdesk.kube.api.discovery import UnknownResource, category
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.table.rows import Column

from .controlplane import ControlPlane, KubectlFailed
from .watching import Watching, session_on


def test_discovery_names_what_kubectl_names(plane_a: ControlPlane) -> None:
    listed = plane_a.kubectl("api-resources", "--verbs=list", "-o", "name", "--sort-by=name").split()
    with session_on(plane_a.kubeconfig()) as session:
        assert session.catalogue is not None
        ours = [resource.label for resource in session.catalogue.preferred()]
        assert sorted(ours) == sorted(listed)
        assert session.catalogue.version == "v1.37.2"
        assert not session.catalogue.failures
        assert {category(r) for r in session.catalogue.preferred()} >= {"Workloads", "Network", "Config"}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("po", "pods"),
        ("Pod", "pods"),
        ("deploy", "deployments.apps"),
        ("deployments.apps", "deployments.apps"),
        ("deployments.v1.apps", "deployments.apps"),
        ("hpa", "horizontalpodautoscalers.autoscaling"),
        ("events", "events"),
        ("events.events.k8s.io", "events.events.k8s.io"),
    ],
)
def test_names_mean_what_they_mean_to_kubectl(plane_a: ControlPlane, text: str, label: str) -> None:
    with session_on(plane_a.kubeconfig()) as session:
        assert session.catalogue is not None
        assert session.catalogue.resolve(text).label == label
        with pytest.raises(UnknownResource):
            session.catalogue.resolve(text + "x")


def test_every_kind_has_kubectls_columns(plane_a: ControlPlane, namespace: str) -> None:
    """One object of many kinds, then kubectl's header against ours, for all that has objects."""
    plane_a.kubectl("create", "deployment", "web", "--image=web:1", f"--namespace={namespace}")
    plane_a.kubectl(
        "create", "cronjob", "tick", "--image=t:1", "--schedule=0 0 1 1 *", f"--namespace={namespace}"
    )
    plane_a.kubectl("create", "job", "once", "--image=o:1", f"--namespace={namespace}")
    plane_a.kubectl("create", "configmap", "some", "--from-literal=a=b", f"--namespace={namespace}")
    plane_a.kubectl("create", "secret", "generic", "keys", "--from-literal=a=b", f"--namespace={namespace}")
    plane_a.kubectl("create", "service", "clusterip", "web", "--tcp=80:80", f"--namespace={namespace}")
    plane_a.kubectl("create", "ingress", "web", "--rule=a.b/=web:80", f"--namespace={namespace}")
    plane_a.kubectl("create", "quota", "few", "--hard=pods=100", f"--namespace={namespace}")
    plane_a.kubectl("create", "role", "reader", "--verb=get", "--resource=pods", f"--namespace={namespace}")
    plane_a.kubectl(
        "wait", "deployment/web", "--for=condition=Available", f"--namespace={namespace}", "--timeout=30s"
    )
    compared = 0
    with session_on(plane_a.kubeconfig()) as session:
        assert session.catalogue is not None
        for resource in session.catalogue.preferred():
            watching = Watching(session, resource.label)
            watching.wait_for_list()
            try:
                printed = plane_a.kubectl("get", resource.label, "--all-namespaces", "-o", "wide")
            except KubectlFailed:
                printed = ""
            if len(watching.lease.informer.store) and printed:
                theirs = " ".join(printed.splitlines()[0].split()).removeprefix("NAMESPACE ")
                assert _header(watching.lease.informer.columns) == theirs, resource.label
                compared += 1
            watching.lease.release()
    assert compared > 25


def test_a_kind_that_cannot_be_watched_is_polled(plane_a: ControlPlane) -> None:
    with session_on(plane_a.kubeconfig()) as session:
        watching = Watching(session, "componentstatuses")
        watching.wait_for(WatchState.LIVE)
        assert watching.names


def _header(columns: tuple[Column, ...]) -> str:
    return " ".join(column.name.upper() for column in columns)
