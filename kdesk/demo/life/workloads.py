"""Controllers of ReplicaSets, StatefulSets and DaemonSets: as many pods as wanted, and a status that says so."""

from __future__ import annotations

from kdesk.demo.life import replicas
from kdesk.demo.life.agenda import Agenda
from kdesk.demo.life.recorder import Recorder
from kdesk.demo.life.replicas import Queue, active, owned, pod_from, ready
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.store import Event, Record
from kdesk.demo.objects.values import Object

_BURST = 500
_REVISION = "controller-revision-hash"


class Workloads:
    """Keeps the pods of every set in step with its spec."""

    def __init__(self, cluster: Cluster, agenda: Agenda, recorder: Recorder) -> None:
        self._cluster = cluster
        self._recorder = recorder
        self._queues = {
            "replicasets.apps": Queue(agenda, self._sync_replica_set),
            "statefulsets.apps": Queue(agenda, self._sync_stateful_set),
            "daemonsets.apps": Queue(agenda, self._sync_daemon_set),
        }
        self._owners: dict[str, tuple[str, str]] = {}
        for resource in self._queues:
            for record in cluster[resource].records.values():
                self._owners[record.uid] = (resource, record.key)
            self._listen(resource)
        cluster.listen("pods", self._pod_changed)
        cluster.listen("nodes", self._nodes_changed)

    def _listen(self, resource: str) -> None:
        def changed(event: Event) -> None:
            if event.type == "DELETED":
                self._owners.pop(event.record.uid, None)
            else:
                self._owners[event.record.uid] = (resource, event.record.key)
                self._queues[resource].add(event.record.key)

        self._cluster.listen(resource, changed)

    def _pod_changed(self, event: Event) -> None:
        known = event.previous.fields if event.previous is not None else None
        if event.type == "MODIFIED" and event.record.fields is known:
            return  # Neither phase nor readiness has changed.
        for owner in event.record.owners:
            if owner in self._owners:
                resource, key = self._owners[owner]
                self._queues[resource].add(key)

    def _nodes_changed(self, event: Event) -> None:
        if event.type != "MODIFIED":
            for key in self._cluster["daemonsets.apps"].records:
                self._queues["daemonsets.apps"].add(key)

    def _sync_replica_set(self, key: str) -> None:
        record = self._cluster["replicasets.apps"].records.get(key)
        if record is None:
            return
        item = record.object()
        wanted = item["spec"].get("replicas", 1)
        pods = active(owned(self._cluster, record.uid, "pods"))
        for _ in range(min(wanted - len(pods), _BURST)):
            name = f"{record.name}-{replicas.suffix(self._cluster)}"
            self._add_pod(record, item, "ReplicaSet", name, {})
        if len(pods) > wanted:
            pods.sort(key=lambda pod: (pod.fields[".ready"], -pod.version))
            for pod in pods[: len(pods) - wanted]:
                replicas.delete_pod(self._cluster, pod)
                message = f"Deleted pod: {pod.name}"
                self._recorder.normal(
                    "apps/v1/ReplicaSet", record, "SuccessfulDelete", message, "replicaset-controller"
                )
        pods = active(owned(self._cluster, record.uid, "pods"))
        item["status"] = {
            "replicas": len(pods),
            "fullyLabeledReplicas": len(pods),
            "readyReplicas": ready(pods),
            "availableReplicas": ready(pods),
            "observedGeneration": item["metadata"].get("generation", 1),
        }
        self._cluster["replicasets.apps"].put(item)

    def _sync_stateful_set(self, key: str) -> None:
        record = self._cluster["statefulsets.apps"].records.get(key)
        if record is None:
            return
        item = record.object()
        wanted = item["spec"].get("replicas", 1)
        revision = f"{record.name}-{replicas.template_hash(item['spec']['template'])}"
        everyone = {pod.name: pod for pod in owned(self._cluster, record.uid, "pods")}
        names = [f"{record.name}-{number}" for number in range(wanted)]
        for name in names:
            pod = everyone.get(name)
            if pod is None:
                number = name.rpartition("-")[2]
                labels = {
                    "statefulset.kubernetes.io/pod-name": name,
                    "apps.kubernetes.io/pod-index": number,
                    _REVISION: revision,
                }
                self._add_pod(record, item, "StatefulSet", name, labels)
            if pod is None or pod.fields[".ready"] != "true":
                # One after the other: the next waits until this one is ready.
                break
        else:
            surplus = [pod for name, pod in everyone.items() if name not in names]
            outdated = [pod for pod in everyone.values() if pod.labels.get(_REVISION) != revision]
            going = surplus or outdated
            if going and not any(pod.fields[".deleting"] for pod in everyone.values()):
                replicas.delete_pod(self._cluster, max(going, key=lambda pod: (len(pod.name), pod.name)))
        pods = active(owned(self._cluster, record.uid, "pods"))
        updated = [pod for pod in pods if pod.labels.get(_REVISION) == revision]
        item["status"] = {
            "observedGeneration": item["metadata"].get("generation", 1),
            "replicas": len(pods),
            "readyReplicas": ready(pods),
            "currentReplicas": len(updated),
            "updatedReplicas": len(updated),
            "availableReplicas": ready(pods),
            "currentRevision": revision,
            "updateRevision": revision,
            "collisionCount": 0,
        }
        self._cluster["statefulsets.apps"].put(item)

    def _sync_daemon_set(self, key: str) -> None:
        record = self._cluster["daemonsets.apps"].records.get(key)
        if record is None:
            return
        item = record.object()
        revision = replicas.template_hash(item["spec"]["template"])
        everyone = owned(self._cluster, record.uid, "pods")
        placed = {pod.fields["spec.nodeName"]: pod for pod in everyone}
        nodes = self._daemon_nodes(item)
        for node in nodes:
            if node not in placed:
                name = f"{record.name}-{replicas.suffix(self._cluster)}"
                self._add_pod(record, item, "DaemonSet", name, {_REVISION: revision}, node)
        outdated = [pod for pod in everyone if pod.labels.get(_REVISION) != revision]
        if ready(everyone) == len(everyone) and outdated:
            replicas.delete_pod(self._cluster, outdated[0])
        for pod in everyone:
            if pod.fields["spec.nodeName"] not in nodes and not pod.fields[".deleting"]:
                replicas.delete_pod(self._cluster, pod)
        pods = active(owned(self._cluster, record.uid, "pods"))
        item["status"] = {
            "currentNumberScheduled": len(pods),
            "numberMisscheduled": 0,
            "desiredNumberScheduled": len(nodes),
            "numberReady": ready(pods),
            "updatedNumberScheduled": sum(pod.labels.get(_REVISION) == revision for pod in pods),
            "numberAvailable": ready(pods),
            "observedGeneration": item["metadata"].get("generation", 1),
        }
        self._cluster["daemonsets.apps"].put(item)

    def _daemon_nodes(self, item: Object) -> list[str]:
        wanted = item["spec"]["template"]["spec"].get("nodeSelector") or {}
        nodes = self._cluster["nodes"].records.values()
        return [node.name for node in nodes if wanted.items() <= node.labels.items()]

    def _add_pod(
        self, record: Record, item: Object, kind: str, name: str, labels: Object, node: str = ""
    ) -> None:
        owner = replicas.owner_reference("apps/v1", kind, record.name, record.uid)
        pod = pod_from(self._cluster, item["spec"]["template"], name, record.namespace, owner, labels)
        if node:
            pod["spec"]["nodeName"] = node
        self._cluster["pods"].put(pod)
        message = f"Created pod: {name}"
        source = f"{kind.lower()}-controller"
        self._recorder.normal(f"apps/v1/{kind}", record, "SuccessfulCreate", message, source)
