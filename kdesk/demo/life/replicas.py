"""The parts that all workload controllers share: whose pods, the hash of a template, a pod out of a template."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable

import msgspec

from kdesk.demo.life.agenda import Agenda
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.store import Record
from kdesk.demo.objects.values import Object

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_SYNC_S = 0.08
_TERMINAL = ("Succeeded", "Failed")


class Queue:
    """Keys to look at soon; a key added many times before its turn is looked at once."""

    def __init__(self, agenda: Agenda, sync: Callable[[str], None]) -> None:
        self._agenda = agenda
        self._sync = sync
        self._waiting: set[str] = set()

    def add(self, key: str) -> None:
        if key not in self._waiting:
            self._waiting.add(key)
            self._agenda.after(_SYNC_S, lambda: self._turn(key))

    def _turn(self, key: str) -> None:
        self._waiting.discard(key)
        self._sync(key)


def owned(cluster: Cluster, owner_uid: str, resource: str) -> list[Record]:
    """The objects of one resource that this owner controls, ordered by name."""
    keys = sorted(key for of, key in cluster.dependents.get(owner_uid, ()) if of == resource)
    return [cluster[resource].records[key] for key in keys]


def active(pods: list[Record]) -> list[Record]:
    """Those that are neither finished nor being deleted."""
    return [
        pod for pod in pods if not pod.fields[".deleting"] and pod.fields["status.phase"] not in _TERMINAL
    ]


def ready(pods: list[Record]) -> int:
    return sum(pod.fields[".ready"] == "true" for pod in pods)


def template_hash(template: Object) -> str:
    """Ten characters that stand for a pod template."""
    digest = hashlib.sha256(msgspec.json.encode(template)).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])


def owner_reference(api_version: str, kind: str, name: str, uid: str) -> Object:
    named = {"apiVersion": api_version, "kind": kind, "name": name, "uid": uid}
    return named | {"controller": True, "blockOwnerDeletion": True}


def pod_from(
    cluster: Cluster, template: Object, name: str, namespace: str, owner: Object, labels: Object
) -> Object:
    """A new pod, pending; `labels` are added to the template's."""
    given = template.get("metadata") or {}
    more: Object = {"labels": (given.get("labels") or {}) | labels}
    if given.get("annotations"):
        more["annotations"] = given["annotations"]
    metadata = cluster.metadata(name, namespace, **more, ownerReferences=[owner])
    spec = copy.deepcopy(template["spec"])
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("enableServiceLinks", True)
    return {"metadata": metadata, "spec": spec, "status": {"phase": "Pending", "qosClass": "Burstable"}}


def delete_pod(cluster: Cluster, record: Record) -> None:
    """Asks for the deletion of a pod; the kubelet does the rest."""
    pod = record.object()
    if not pod["spec"].get("nodeName"):
        cluster["pods"].remove(record.key)
    elif "deletionTimestamp" not in pod["metadata"]:
        pod["metadata"] |= {"deletionTimestamp": cluster.now(), "deletionGracePeriodSeconds": 30}
        cluster["pods"].put(pod)


def suffix(cluster: Cluster) -> str:
    return "".join(cluster.random.choices(_ALPHABET, k=5))


def condition(kind: str, holds: bool, reason: str, message: str, now: str) -> Object:
    state = {"type": kind, "status": "True" if holds else "False", "lastUpdateTime": now}
    return state | {"lastTransitionTime": now, "reason": reason, "message": message}


def keep_times(known: list[Object], wanted: list[Object]) -> list[Object]:
    """The wanted conditions with the times of the known ones where nothing has changed."""
    old = {entry["type"]: entry for entry in known}
    result = []
    for entry in wanted:
        before = old.get(entry["type"], {})
        same = all(before.get(name) == entry[name] for name in ("status", "reason", "message"))
        result.append(before if same else entry)
    return result
