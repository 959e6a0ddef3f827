"""What a real control plane does to a watch, and what becomes of it: the states in order, and no event lost."""

from __future__ import annotations

from typing import Any

from kdesk.kube.subscription import WatchState
from tests.support.commands import until

from .controlplane import ControlPlane
from .watching import Watching, session_on

DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "ships.harbour.example"},
    "spec": {
        "group": "harbour.example",
        "scope": "Namespaced",
        "names": {"plural": "ships", "singular": "ship", "kind": "Ship"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                },
                "additionalPrinterColumns": [{"name": "Tons", "type": "integer", "jsonPath": ".spec.tons"}],
            }
        ],
    },
}


def _ship(name: str, tons: int) -> dict[str, Any]:
    return {
        "apiVersion": "harbour.example/v1",
        "kind": "Ship",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"tons": tons},
    }


def _define(plane: ControlPlane) -> None:
    plane.apply(DEFINITION)
    plane.kubectl("wait", "crd/ships.harbour.example", "--for=condition=Established", "--timeout=20s")


def test_a_kind_that_is_removed_and_comes_back(disposable_plane: ControlPlane) -> None:
    plane = disposable_plane
    _define(plane)
    plane.apply(_ship("anna", 10))
    with session_on(plane.kubeconfig()) as session:
        ships = Watching(session, "ships")
        ships.wait_for(WatchState.LIVE)
        assert [column.name for column in ships.lease.informer.columns] == ["Name", "Tons"]
        plane.kubectl("delete", "crd", "ships.harbour.example")
        ships.wait_for(WatchState.GONE)
        assert ships.names == set()
        assert ships.types_of("anna")[-1] == "DELETED"
        until(
            lambda: session.catalogue and not session.catalogue.by_kind("harbour.example/v1", "Ship"),
            "rediscovery",
        )
        _define(plane)
        plane.apply(_ship("berta", 20))
        ships.wait_for(WatchState.LIVE)
        ships.wait_for_names("berta")
        assert ships.states[-3:] == [WatchState.GONE, WatchState.LISTING, WatchState.LIVE]


def test_a_compacted_version_is_listed_again_as_a_difference(disposable_plane: ControlPlane) -> None:
    plane = disposable_plane
    plane.kubectl("create", "configmap", "stays", "--from-literal=a=1")
    plane.kubectl("create", "configmap", "goes", "--from-literal=a=1")
    with session_on(plane.kubeconfig()) as session:
        maps = Watching(session, "configmaps", "default")
        maps.wait_for(WatchState.LIVE)
        plane.pause_apiserver()
        session.reconnect()  # the old watch is cut, the new one hangs until the server is killed
        plane.kill_apiserver()
        maps.wait_for(WatchState.BACKOFF)
        plane.start_apiserver()
        plane.kubectl("delete", "configmap", "goes")
        plane.kubectl("create", "configmap", "comes", "--from-literal=a=1")
        plane.expire_watches()
        maps.wait_for_names("comes", "stays")
        maps.wait_for_names("goes", gone=True)
        maps.wait_for(WatchState.LIVE)
        assert maps.types_of("stays") == ["ADDED"], "what did not change is not told again"
        assert maps.types_of("comes") == ["ADDED"]
        assert maps.types_of("goes") == ["ADDED", "DELETED"]


def test_a_store_that_is_restored_from_an_older_backup(disposable_plane: ControlPlane) -> None:
    """The API server answers a watch from its future with 200 and silence: kdesk has to find out by itself."""
    plane = disposable_plane
    plane.kubectl("create", "configmap", "kept", "--from-literal=a=1")
    backup = plane.back_up()
    with session_on(plane.kubeconfig()) as session:
        maps, secrets = Watching(session, "configmaps", "default"), Watching(session, "secrets", "default")
        maps.wait_for(WatchState.LIVE)
        secrets.wait_for(WatchState.LIVE)
        for number in range(300):
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"lost-{number}"}}
            assert plane.request("POST", "/api/v1/namespaces/default/configmaps", body)[0] == 201
        maps.wait_for_names("kept", "lost-299")
        plane.restore(backup)
        maps.wait_for_names(*(f"lost-{number}" for number in range(300)), gone=True)
        maps.wait_for(WatchState.LIVE)
        plane.kubectl("create", "configmap", "comes", "--from-literal=a=1")
        plane.kubectl("create", "secret", "generic", "hidden", "--from-literal=a=1")
        maps.wait_for_names("kept", "comes")
        secrets.wait_for_names("hidden")
        assert maps.types_of("kept") == ["ADDED"]
        assert maps.types_of("lost-0") == ["ADDED", "DELETED"]


def test_a_killed_api_server_is_survived_without_a_new_list(disposable_plane: ControlPlane) -> None:
    plane = disposable_plane
    with session_on(plane.kubeconfig()) as session:
        maps = Watching(session, "configmaps", "default")
        maps.wait_for(WatchState.LIVE)
        plane.kill_apiserver()
        maps.wait_for(WatchState.BACKOFF)
        assert "kube-root-ca.crt" in maps.names, "the last data stays"
        plane.start_apiserver()
        plane.kubectl("create", "configmap", "after", "--from-literal=a=1")
        maps.wait_for_names("after")
        maps.wait_for(WatchState.LIVE)
        report = maps.lease.informer.report()
        assert report.relists <= 1  # none, unless the restarted server no longer knew the version
        assert maps.types_of("kube-root-ca.crt") == ["ADDED"]
        assert maps.states[:3] == [WatchState.LISTING, WatchState.LIVE, WatchState.BACKOFF]
        assert maps.states[-1] is WatchState.LIVE


def test_a_revoked_token_stops_the_cluster_and_says_so(disposable_plane: ControlPlane) -> None:
    plane = disposable_plane
    token = plane.token("admin")
    with session_on(plane.kubeconfig()) as session:
        watches = [Watching(session, name, "") for name in ("configmaps", "pods", "secrets", "services")]
        for watch in watches:
            watch.wait_for(WatchState.LIVE)
        plane.revoke_token("admin")
        session.reconnect()
        for watch in watches:
            watch.wait_for(WatchState.UNAUTHORIZED)
            assert watch.lease.informer.status.error
            assert token not in watch.lease.informer.status.error
