"""What a real control plane does to a watch, and what becomes of it: the states in order, and no event lost."""

from __future__ import annotations

from typing import Any

import pytest

from kdesk.kube.engine import reflector, vigil
from kdesk.kube.engine.subscription import WatchState
from tests.support.commands import until

from .controlplane import ControlPlane
from .watching import Watching, session_on

LISTING, LIVE, BACKOFF = WatchState.LISTING, WatchState.LIVE, WatchState.BACKOFF
#: A watch from a version that is too old is answered, and then ended by an error in it.
TOO_OLD = [LISTING, LIVE, BACKOFF, LIVE, LISTING, LIVE]

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
        ships.wait_for(LIVE)
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
        ships.wait_for(LIVE)
        ships.wait_for_names("berta")
        assert ships.states == [LISTING, LIVE, WatchState.GONE, LISTING, LIVE]
        assert ships.types_of("anna") == ["ADDED", "DELETED"]
        assert ships.types_of("berta") == ["ADDED"]
        ships.check_told()
        until(
            lambda: session.catalogue and session.catalogue.by_kind("harbour.example/v1", "Ship"),
            "the discovery of what came back",
        )


def test_a_compacted_version_is_listed_again_as_a_difference(
    disposable_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kdesk is kept away while things change and their history is thrown away: what happened, a list has to tell."""
    monkeypatch.setattr(reflector, "FIRST_DELAY", 600.0)
    monkeypatch.setattr(reflector, "LONGEST_DELAY", 600.0)
    monkeypatch.setattr(vigil, "TICK_SECONDS", 600.0)
    plane = disposable_plane
    plane.kubectl("create", "configmap", "stays", "--from-literal=a=1")
    plane.kubectl("create", "configmap", "goes", "--from-literal=a=1")
    with session_on(plane.kubeconfig()) as session:
        maps = Watching(session, "configmaps", "default")
        maps.wait_for(LIVE)
        plane.kill_apiserver()
        maps.wait_for(BACKOFF)
        plane.start_apiserver()
        plane.kubectl("delete", "configmap", "goes")
        plane.kubectl("create", "configmap", "comes", "--from-literal=a=1")
        plane.expire_watches()
        assert maps.state is BACKOFF
        session.reconnect()
        maps.wait_for_names("comes", "stays")
        maps.wait_for_names("goes", gone=True)
        maps.wait_for(LIVE)
        assert maps.types_of("stays") == ["ADDED"], "what did not change is not told again"
        assert maps.types_of("comes") == ["ADDED"]
        assert maps.types_of("goes") == ["ADDED", "DELETED"]
        assert [c.row.name for c in maps.changes if c.final_unknown] == ["goes"]
        assert maps.states == TOO_OLD
        assert maps.lease.informer.report().relists == 1
        maps.check_told()


def test_a_store_that_is_restored_from_an_older_backup(disposable_plane: ControlPlane) -> None:
    """The API server answers a watch from its future with 200 and silence: kdesk has to find out by itself."""
    plane = disposable_plane
    plane.kubectl("create", "configmap", "kept", "--from-literal=a=1")
    backup = plane.back_up()
    with session_on(plane.kubeconfig()) as session:
        maps, secrets = Watching(session, "configmaps", "default"), Watching(session, "secrets", "default")
        maps.wait_for(LIVE)
        secrets.wait_for(LIVE)
        for number in range(300):
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"lost-{number}"}}
            assert plane.request("POST", "/api/v1/namespaces/default/configmaps", body)[0] == 201
        maps.wait_for_names("kept", "lost-299")
        plane.restore(backup)
        maps.wait_for_names(*(f"lost-{number}" for number in range(300)), gone=True)
        maps.wait_for(LIVE)
        plane.kubectl("create", "configmap", "comes", "--from-literal=a=1")
        plane.kubectl("create", "secret", "generic", "hidden", "--from-literal=a=1")
        maps.wait_for_names("kept", "comes")
        secrets.wait_for_names("hidden")
        assert maps.types_of("kept") == ["ADDED"]
        lost = {f"lost-{number}" for number in range(300)}
        assert {name: maps.types_of(name) for name in lost} == {name: ["ADDED", "DELETED"] for name in lost}
        assert {c.row.name for c in maps.changes if c.final_unknown} == lost
        assert maps.states == [LISTING, LIVE, BACKOFF, LISTING, LIVE]
        assert maps.lease.informer.report().relists == 1
        for watch in (maps, secrets):  # the version of the secrets had not been passed by the backup
            watch.check_told()


def test_a_killed_api_server_is_survived(disposable_plane: ControlPlane) -> None:
    plane = disposable_plane
    with session_on(plane.kubeconfig()) as session:
        maps = Watching(session, "configmaps", "default")
        maps.wait_for(LIVE)
        plane.kill_apiserver()
        maps.wait_for(BACKOFF)
        assert "kube-root-ca.crt" in maps.names, "the last data stays"
        plane.start_apiserver()
        plane.kubectl("create", "configmap", "after", "--from-literal=a=1")
        maps.wait_for_names("after")
        maps.wait_for(LIVE)
        assert maps.types_of("kube-root-ca.crt") == ["ADDED"]
        resumed = [LISTING, LIVE, BACKOFF, LIVE]
        # The history that a restarted API server has begins at its start: a version from before is too old to it.
        assert maps.states in (resumed, TOO_OLD)
        assert maps.lease.informer.report().relists == (maps.states == TOO_OLD)
        maps.check_told()


def test_a_revoked_token_stops_the_cluster_and_says_so(disposable_plane: ControlPlane) -> None:
    plane = disposable_plane
    token = plane.token("admin")
    with session_on(plane.kubeconfig()) as session:
        watches = [Watching(session, name, "") for name in ("configmaps", "pods", "secrets", "services")]
        for watch in watches:
            watch.wait_for(LIVE)
        until(lambda: "kube-root-ca.crt" in watches[0].names, "what a controller makes in a new plane")
        plane.revoke_token("admin")
        session.reconnect()
        for watch in watches:
            watch.wait_for(WatchState.UNAUTHORIZED)
            assert watch.lease.informer.status.error
            assert token not in watch.lease.informer.status.error
            assert watch.states == [LISTING, LIVE, BACKOFF, WatchState.UNAUTHORIZED]  # its end was a restart
        assert "kube-root-ca.crt" in watches[0].names, "the last data stays"
