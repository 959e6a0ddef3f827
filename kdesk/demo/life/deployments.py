"""The deployment controller: rollouts through ReplicaSets, a few pods at a time."""

from __future__ import annotations

import math

from kdesk.demo.life import replicas
from kdesk.demo.life.agenda import Agenda
from kdesk.demo.life.recorder import Recorder
from kdesk.demo.life.replicas import Queue, owned
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.store import Event, Record
from kdesk.demo.objects.values import Object

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"


class Deployments:
    """Keeps the ReplicaSets of every Deployment in step with its spec."""

    def __init__(self, cluster: Cluster, agenda: Agenda, recorder: Recorder) -> None:
        self._cluster = cluster
        self._recorder = recorder
        self._queue = Queue(agenda, self._sync)
        self._keys = {record.uid: record.key for record in cluster["deployments.apps"].records.values()}
        cluster.listen("deployments.apps", self._changed)
        cluster.listen("replicasets.apps", self._replica_set_changed)

    def _changed(self, event: Event) -> None:
        if event.type == "DELETED":
            self._keys.pop(event.record.uid, None)
        else:
            self._keys[event.record.uid] = event.record.key
            self._queue.add(event.record.key)

    def _replica_set_changed(self, event: Event) -> None:
        for owner in event.record.owners:
            if owner in self._keys:
                self._queue.add(self._keys[owner])

    def _sync(self, key: str) -> None:
        record = self._cluster["deployments.apps"].records.get(key)
        if record is None:
            return
        item = record.object()
        spec = item["spec"]
        sets = {item.name: item.object() for item in owned(self._cluster, record.uid, "replicasets.apps")}
        wanted_hash = replicas.template_hash(spec["template"])
        current = next((s for s in sets.values() if s["metadata"]["labels"].get(HASH) == wanted_hash), None)
        if current is None and not spec.get("paused"):
            current = self._new_set(record, item, wanted_hash, list(sets.values()))
            sets[current["metadata"]["name"]] = current
        old = [each for each in sets.values() if each is not current]
        if current is not None and not spec.get("paused"):
            self._roll(record, spec, current, old)
            item["metadata"].setdefault("annotations", {})[REVISION] = current["metadata"]["annotations"][
                REVISION
            ]
        self._report(item, current, old)
        self._forget_old(spec, old)

    def _new_set(self, record: Record, item: Object, wanted_hash: str, known: list[Object]) -> Object:
        revisions = [int(each["metadata"].get("annotations", {}).get(REVISION, 0)) for each in known]
        labels = item["spec"]["template"]["metadata"]["labels"] | {HASH: wanted_hash}
        owner = replicas.owner_reference("apps/v1", "Deployment", record.name, record.uid)
        annotations = {REVISION: str(max(revisions, default=0) + 1)}
        metadata = self._cluster.metadata(
            f"{record.name}-{wanted_hash}",
            record.namespace,
            labels=labels,
            annotations=annotations,
            ownerReferences=[owner],
            generation=1,
        )
        template = item["spec"]["template"]
        pods = template | {"metadata": template["metadata"] | {"labels": labels}}
        matched = item["spec"]["selector"].get("matchLabels", {}) | {HASH: wanted_hash}
        spec = {"replicas": 0, "selector": {"matchLabels": matched}, "template": pods}
        made = {"metadata": metadata, "spec": spec, "status": {"replicas": 0}}
        return self._cluster["replicasets.apps"].put(made).object()

    def _roll(self, record: Record, spec: Object, current: Object, old: list[Object]) -> None:
        """One step: more of the new as far as the surge allows, fewer of the old as far as enough are ready."""
        wanted = spec.get("replicas", 1)
        strategy = spec.get("strategy") or {}
        rolling = strategy.get("rollingUpdate") or {}
        surge = _share(rolling.get("maxSurge", "25%"), wanted, math.ceil)
        missing = _share(rolling.get("maxUnavailable", "25%"), wanted, math.floor)
        if surge + missing == 0:
            missing = 1
        old_pods = sum(each["spec"]["replicas"] for each in old)
        now = current["spec"]["replicas"]
        if strategy.get("type") == "Recreate":
            target = wanted if not any(each.get("status", {}).get("replicas") for each in old) else now
            surplus = old_pods
        else:
            target = wanted if now > wanted else max(now, min(wanted, wanted + surge - old_pods))
            surplus = _surplus(current, old, wanted - missing)
        if target != now:
            self._scale(record, current, target)
        for each in old:
            taken = min(surplus, each["spec"]["replicas"])
            if taken > 0:
                surplus -= taken
                self._scale(record, each, each["spec"]["replicas"] - taken)

    def _scale(self, record: Record, item: Object, target: int) -> None:
        before = item["spec"]["replicas"]
        item["spec"]["replicas"] = target
        item["metadata"]["generation"] += 1
        self._cluster["replicasets.apps"].put(item)
        way = "up" if target > before else "down"
        message = f"Scaled {way} replica set {item['metadata']['name']} from {before} to {target}"
        source = "deployment-controller"
        self._recorder.normal("apps/v1/Deployment", record, "ScalingReplicaSet", message, source)

    def _report(self, item: Object, current: Object | None, old: list[Object]) -> None:
        sets = [each for each in [current, *old] if each is not None]
        counts = [each.get("status") or {} for each in sets]
        wanted = item["spec"].get("replicas", 1)
        updated = (current.get("status") or {}).get("replicas", 0) if current else 0
        available = sum(count.get("availableReplicas", 0) for count in counts)
        total, now = sum(count.get("replicas", 0) for count in counts), self._cluster.now()
        name = current["metadata"]["name"] if current else item["metadata"]["name"]
        done = updated == wanted == total == available
        enough = available >= wanted - _share("25%", wanted, math.floor)
        conditions = [
            replicas.condition(
                "Available",
                enough,
                "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
                f"Deployment {'has' if enough else 'does not have'} minimum availability.",
                now,
            ),
            replicas.condition(
                "Progressing",
                True,
                "NewReplicaSetAvailable" if done else "ReplicaSetUpdated",
                f'ReplicaSet "{name}" {"has successfully progressed" if done else "is progressing"}.',
                now,
            ),
        ]
        status: Object = {
            "observedGeneration": item["metadata"].get("generation", 1),
            "replicas": total,
            "updatedReplicas": updated,
            "readyReplicas": sum(count.get("readyReplicas", 0) for count in counts),
            "availableReplicas": available,
            "unavailableReplicas": max(0, total - available),
        }
        status = {key: value for key, value in status.items() if value}
        known = (item.get("status") or {}).get("conditions") or []
        item["status"] = status | {"conditions": replicas.keep_times(known, conditions)}
        self._cluster["deployments.apps"].put(item)

    def _forget_old(self, spec: Object, old: list[Object]) -> None:
        empty = [each for each in old if not each["spec"]["replicas"] and not each["status"].get("replicas")]
        empty.sort(key=lambda each: int(each["metadata"]["annotations"].get(REVISION, 0)))
        for each in empty[: max(0, len(empty) - spec.get("revisionHistoryLimit", 10))]:
            metadata = each["metadata"]
            self._cluster["replicasets.apps"].remove(f"{metadata['namespace']}/{metadata['name']}")


def _surplus(current: Object, old: list[Object], enough: int) -> int:
    """How many old pods may go now, so that `enough` pods stay available.

    What is asked for counts, not only what is reported: a status may lag behind the last step.
    """

    def available(item: Object) -> int:
        return int((item.get("status") or {}).get("availableReplicas", 0))

    old_pods, new_pods = sum(each["spec"]["replicas"] for each in old), current["spec"]["replicas"]
    not_yet = max(0, new_pods - available(current))
    most = old_pods + new_pods - enough - not_yet
    # Old pods that are not ready are of no use and may go first.
    useless = sum(max(0, each["spec"]["replicas"] - available(each)) for each in old)
    spare = max(0, available(current) + sum(map(available, old)) - enough)
    return int(max(0, min(old_pods, most, useless + spare)))


def _share(value: int | str, wanted: int, rounding: object) -> int:
    """`25%` of the wanted replicas, or the number itself."""
    if isinstance(value, int):
        return value
    part = int(value.removesuffix("%")) * wanted / 100
    return math.ceil(part) if rounding is math.ceil else math.floor(part)
