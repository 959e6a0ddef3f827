"""API servers behind the API server: one that never was there, and one that goes down and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kdesk.kube.api.discovery import UnknownResource
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from tests.fakes.kinds import ServedKind
from tests.fakes.server import ApiServer
from tests.fakes.tls import server_tls
from tests.support.commands import until

from .controlplane import ControlPlane
from .watching import Watching, session_on

pytestmark = pytest.mark.timeout(200)

LISTING, LIVE, BACKOFF = WatchState.LISTING, WatchState.LIVE, WatchState.BACKOFF
GROUP = "metrics.example"
#: The API server looks after those behind it once in half a minute, or sooner.
NOTICED_S = 90.0
GAUGE = ServedKind(GROUP, "v1beta1", "gauges", "Gauge")


@contextmanager
def _registered(plane: ControlPlane, service: dict[str, Any], port: int) -> Iterator[None]:
    """The group served by a service in the default namespace, until the end."""
    meta = {"name": "metrics", "namespace": "default"}
    plane.apply({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service})
    spec = {"group": GROUP, "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 10}
    spec |= {"insecureSkipTLSVerify": True, "service": meta | {"port": port}}
    name = f"v1beta1.{GROUP}"
    kind = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": name}}
    plane.apply(kind | {"spec": spec})
    try:
        yield
    finally:
        plane.kubectl("delete", "apiservice", name)
        plane.kubectl("delete", "service", "metrics")


def _failed_groups(session: ClusterSession) -> dict[str, str]:
    catalogue = session.open()
    return dict(catalogue.failures)


def test_one_that_never_was_there_costs_only_itself(plane_a: ControlPlane) -> None:
    """Its service has no endpoints."""
    service = {"selector": {"app": "nothing"}, "ports": [{"port": 443}]}
    with _registered(plane_a, service, 443), session_on(plane_a.kubeconfig()) as session:
        until(
            lambda: f"{GROUP}/v1beta1" in _failed_groups(session), "the group that does not answer", NOTICED_S
        )
        assert list(_failed_groups(session)) == [f"{GROUP}/v1beta1"]
        assert session.catalogue is not None
        with pytest.raises(UnknownResource, match=rf"groups that did not answer: {GROUP}/v1beta1"):
            session.catalogue.resolve("gauges")
        listed = plane_a.kubectl("api-resources", "--verbs=list", "-o", "name", "--api-group=apps").split()
        assert {r.label for r in session.catalogue.preferred() if r.gvr.group == "apps"} == set(listed)
        maps = Watching(session, "configmaps")
        maps.wait_for(LIVE)
        assert maps.states == [LISTING, LIVE]


def test_one_that_goes_down_and_comes_back(plane_a: ControlPlane, tmp_path: Path) -> None:
    """Its table says so and keeps what it had; everything else goes on."""
    context, _ = server_tls(tmp_path)
    with ApiServer(kinds=[GAUGE], tls=context) as behind:
        behind.cluster.create(GAUGE.label, "pressure")
        service = {"type": "ExternalName", "externalName": "localhost"}
        with _registered(plane_a, service, behind.port), session_on(plane_a.kubeconfig()) as session:
            until(
                lambda: session.open().by_kind(f"{GROUP}/v1beta1", "Gauge"),
                "the group's discovery",
                NOTICED_S,
            )
            assert session.catalogue is not None
            assert session.catalogue.resolve("gauges").label == GAUGE.label
            gauges, maps = Watching(session, "gauges"), Watching(session, "configmaps")
            for watch in (gauges, maps):
                watch.wait_for(LIVE)
            behind.close()
            gauges.wait_for(BACKOFF)
            assert gauges.names == {"pressure"}, "the last data stays"
            until(lambda: "error trying to reach service" in gauges.status.error, "the aggregator's reason")
            until(lambda: _failed_groups(session), "the group's failure", NOTICED_S)
            assert list(_failed_groups(session)) == [f"{GROUP}/v1beta1"]
            with pytest.raises(UnknownResource, match=f"groups that did not answer: {GROUP}"):
                session.catalogue.resolve("gauges")
            behind.start()
            behind.cluster.create(GAUGE.label, "heat")
            gauges.wait_for_names("pressure", "heat")
            gauges.wait_for(LIVE)
            assert gauges.states == [LISTING, LIVE, BACKOFF, LIVE]
            assert maps.states == [LISTING, LIVE]
            assert gauges.lease.informer.report().lists == maps.lease.informer.report().lists == 1
            for watch in (gauges, maps):
                watch.check_told()
            until(lambda: not _failed_groups(session), "the group's return", NOTICED_S)
            assert session.catalogue.resolve("gauges").label == GAUGE.label
