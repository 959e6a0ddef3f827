"""Rights per namespace: what is forbidden says so, the rest goes on, and a later grant is picked up."""

from __future__ import annotations

from kdesk.kube.engine.subscription import WatchState

from .controlplane import ControlPlane
from .watching import Watching, session_on


def test_a_right_granted_later_is_picked_up(plane_a: ControlPlane, namespace: str) -> None:
    plane_a.kubectl("create", "configmap", "mine", "--from-literal=a=b", f"--namespace={namespace}")
    for name in ("role", "rolebinding"):
        plane_a.kubectl("delete", name, "reader", f"--namespace={namespace}", "--ignore-not-found")
    with session_on(plane_a.kubeconfig(user="alice")) as session:
        everywhere = Watching(session, "configmaps")
        here = Watching(session, "configmaps", namespace)
        everywhere.wait_for(WatchState.FORBIDDEN)
        here.wait_for(WatchState.FORBIDDEN)
        assert 'cannot list resource "configmaps"' in here.lease.informer.status.error
        plane_a.kubectl(
            "create",
            "role",
            "reader",
            "--verb=get,list,watch",
            "--resource=configmaps",
            f"--namespace={namespace}",
        )
        plane_a.kubectl(
            "create", "rolebinding", "reader", "--role=reader", "--user=alice", f"--namespace={namespace}"
        )
        here.wait_for(WatchState.LIVE, 60)
        here.wait_for_names("mine")
        assert everywhere.state is WatchState.FORBIDDEN
        assert here.states == [WatchState.LISTING, WatchState.FORBIDDEN, WatchState.LISTING, WatchState.LIVE]
