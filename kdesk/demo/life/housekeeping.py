"""The quiet controllers: namespaces come and go whole, orphans are collected, claims bound, nodes stay alive."""

from __future__ import annotations

from kdesk.demo.life.agenda import Agenda
from kdesk.demo.life.replicas import delete_pod
from kdesk.demo.objects.cluster import EVERYTHING, Cluster
from kdesk.demo.objects.store import Event, Record
from kdesk.demo.objects.values import Object, micro_stamp
from kdesk.demo.objects.writers import KUBELET

LEASES = "kube-node-lease"
_HEARTBEAT_S = 10.0
_STATUS_S = 60.0
_BEATING = 200
_CONTENT_CONDITIONS = (
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types parsed"),
    ("NamespaceDeletionContentFailure", "ContentDeleted", "All content successfully deleted"),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
)


class Housekeeping:
    """Namespace, garbage collection, volume and node lifecycle controllers of one cluster."""

    def __init__(self, cluster: Cluster, agenda: Agenda) -> None:
        self._cluster = cluster
        self._agenda = agenda
        cluster.listen("namespaces", self._namespace_changed)
        cluster.listen("persistentvolumeclaims", self._claim_changed)
        cluster.listen(EVERYTHING, self._collect)
        agenda.every(_HEARTBEAT_S, self._renew_leases)
        agenda.every(_STATUS_S, self._report_nodes)

    def _namespace_changed(self, event: Event) -> None:
        name = event.record.name
        if event.type == "ADDED":
            self._agenda.after(0.05, lambda: self._furnish(name))
        elif event.type == "MODIFIED" and _terminating(event.record) and not _terminating(event.previous):
            self._agenda.after(0.3, lambda: self._empty(name))

    def _furnish(self, name: str) -> None:
        """What every namespace gets by itself."""
        record = self._cluster["namespaces"].get("", name)
        if record is None or record.fields["status.phase"] == "Terminating":
            return
        for resource, item in furniture(self._cluster, name):
            if self._cluster[resource].get(name, item["metadata"]["name"]) is None:
                self._cluster[resource].put(item)

    def _empty(self, name: str) -> None:
        """Everything inside goes; then the namespace says so, and last it goes itself."""
        for collection in self._cluster.collections:
            for record in collection.select(name):
                if "/" in record.key and record.key in collection.records:
                    collection.remove(record.key)
        home = self._cluster["namespaces"].get("", name)
        if home is None:
            return
        now, item = self._cluster.now(), home.object()
        item["status"]["conditions"] = [
            {"type": kind, "status": "False", "lastTransitionTime": now, "reason": reason, "message": message}
            for kind, reason, message in _CONTENT_CONDITIONS
        ]
        self._cluster["namespaces"].put(item)
        self._agenda.after(0.2, lambda: self._forget(home))

    def _forget(self, record: Record) -> None:
        current = self._cluster["namespaces"].records.get(record.key)
        if current is not None and current.uid == record.uid:
            self._cluster["namespaces"].remove(record.key)

    def _collect(self, event: Event) -> None:
        if event.type == "DELETED" and event.record.uid in self._cluster.dependents:
            uid = event.record.uid
            self._agenda.after(0.1, lambda: self._delete_dependents(uid))

    def _delete_dependents(self, owner: str) -> None:
        for resource, key in sorted(self._cluster.dependents.get(owner, ())):
            record = self._cluster[resource].records[key]
            if resource == "pods":
                delete_pod(self._cluster, record)
            else:
                self._cluster[resource].remove(key)

    def _claim_changed(self, event: Event) -> None:
        if event.type == "ADDED":
            key = event.record.key
            self._agenda.after(0.8, lambda: self._bind(key))
        elif event.type == "DELETED":
            self._cluster["persistentvolumes"].remove(f"pvc-{event.record.uid}")

    def _bind(self, key: str) -> None:
        record = self._cluster["persistentvolumeclaims"].records.get(key)
        if record is None:
            return
        claim = record.object()
        if not claim["spec"].get("volumeName"):
            volume = volume_for(self._cluster, claim)
            self._cluster["persistentvolumes"].put(volume)
            self._cluster["persistentvolumeclaims"].put(claim)

    def _renew_leases(self) -> None:
        now = micro_stamp(self._cluster.clock())
        for record in self._cluster["leases.coordination.k8s.io"].select(LEASES)[:_BEATING]:
            lease = record.object()
            lease["spec"]["renewTime"] = now
            self._cluster["leases.coordination.k8s.io"].put(lease, KUBELET)

    def _report_nodes(self) -> None:
        now = self._cluster.now()
        for record in self._cluster["nodes"].select("")[:_BEATING]:
            node = record.object()
            for condition in node["status"]["conditions"]:
                condition["lastHeartbeatTime"] = now
            self._cluster["nodes"].put(node, KUBELET)


def _terminating(record: Record | None) -> bool:
    return record is not None and record.fields["status.phase"] == "Terminating"


def furniture(cluster: Cluster, namespace: str) -> list[tuple[str, Object]]:
    """The objects that every namespace has, each with its resource."""
    account = {"metadata": cluster.metadata("default", namespace)}
    bundle = "-----BEGIN CERTIFICATE-----\n(simulated)\n-----END CERTIFICATE-----\n"
    roots = {"metadata": cluster.metadata("kube-root-ca.crt", namespace), "data": {"ca.crt": bundle}}
    return [("serviceaccounts", account), ("configmaps", roots)]


def volume_for(cluster: Cluster, claim: Object) -> Object:
    """A new volume bound to the claim; the claim is changed in place to say the same."""
    spec, metadata = claim["spec"], claim["metadata"]
    capacity = {"storage": spec.get("resources", {}).get("requests", {}).get("storage", "1Gi")}
    name = f"pvc-{metadata['uid']}"
    spec["volumeName"] = name
    modes = spec.get("accessModes", ["ReadWriteOnce"])
    claim["status"] = {"phase": "Bound", "accessModes": modes, "capacity": capacity}
    reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "uid": metadata["uid"]}
    return {
        "metadata": cluster.metadata(name),
        "spec": {
            "capacity": capacity,
            "accessModes": modes,
            "claimRef": reference | {"namespace": metadata["namespace"], "name": metadata["name"]},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": spec.get("storageClassName", "standard"),
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "csi": {"driver": "csi.demo.kdesk.dev", "volumeHandle": f"vol-{metadata['uid'][:12]}"},
        },
        "status": {"phase": "Bound"},
    }
