"""Objects of a workload as an informer keeps them, for tests of its timeline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from kdesk.kube.table.rows import Row
from tests.viewmodel.stub_cluster import resource, row

DEPLOYMENTS = resource("deployments.apps", "Deployment")
REPLICA_SETS = resource("replicasets.apps", "ReplicaSet")
PODS = resource("pods", "Pod")
NODES = resource("nodes", "Node", namespaced=False)
EVENTS = resource("events", "Event")
NEW_EVENTS = resource("events.events.k8s.io", "Event")
WIDGETS = resource("widgets.example.com", "Widget")
KINDS = (DEPLOYMENTS, REPLICA_SETS, PODS, NODES, EVENTS, NEW_EVENTS, WIDGETS)

#: Epoch seconds of the first moment of the tests' stories: long ago.
T0 = 1_790_000_000


def stamp(seconds: float) -> str:
    """A timestamp so long after ``T0``."""
    return datetime.fromtimestamp(T0 + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def metadata(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "namespace": "shop", "uid": f"uid-{name}", **more}


def owned(name: str, owner: str = "", version: str = "1", created: float = 0.0, **fields: Any) -> Row:
    """An object that belongs to the one named ``owner``."""
    references = [{"uid": f"uid-{owner}", "controller": True}] if owner else []
    plain = row(name, version=version, **fields)
    about = metadata(name, resourceVersion=version, creationTimestamp=stamp(created))
    about |= {"ownerReferences": references, **fields.get("metadata", {})}
    raw = msgspec.json.encode({**fields, "metadata": about})
    owner_uid = f"uid-{owner}" if owner else ""
    return msgspec.structs.replace(plain, owner=owner_uid, created=int(T0 + created), raw=raw)


def condition(kind: str, status: str, at: float, reason: str = "") -> dict[str, Any]:
    return {"type": kind, "status": status, "lastTransitionTime": stamp(at), "reason": reason}


def crashing(restarts: int = 4) -> dict[str, Any]:
    """The status of a pod that ran from 20 to 30 and has been waiting since."""
    last = {"exitCode": 1, "reason": "Error", "startedAt": stamp(20), "finishedAt": stamp(30)}
    return {
        "phase": "Running",
        "conditions": [
            condition("PodScheduled", "True", 1),
            condition("Ready", "False", 30, "ContainersNotReady"),
        ],
        "containerStatuses": [
            {
                "name": "web",
                "restartCount": restarts,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": last},
            }
        ],
    }


def running(restarts: int = 0, started: float = 2.0) -> dict[str, Any]:
    """The status of a pod that is ready."""
    return {
        "phase": "Running",
        "conditions": [condition("PodScheduled", "True", 1), condition("Ready", "True", started + 1)],
        "containerStatuses": [
            {"name": "web", "restartCount": restarts, "state": {"running": {"startedAt": stamp(started)}}}
        ],
    }


def event(name: str, about: str, reason: str, message: str = "", *, count: int = 1, **more: Any) -> Row:
    """A Kubernetes Event of v1, reported at 40 and, when it is one of several, lastly at 50."""
    times = {"firstTimestamp": stamp(40), "lastTimestamp": stamp(50 if count > 1 else 40)}
    said = {
        "involvedObject": {"uid": f"uid-{about}", "name": about},
        "reason": reason,
        "message": message,
        "type": "Normal",
        "count": count,
        "source": {"component": "kubelet"},
        **times,
        **more,
    }
    return owned(name, version=str(count), **said)
