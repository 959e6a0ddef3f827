"""What happens in a cluster when nobody touches it: rollouts, scaling, lost pods, memory kills, changed settings."""

from __future__ import annotations

from collections.abc import Callable

from kdesk.demo.life import podstates, replicas
from kdesk.demo.life.agenda import Agenda
from kdesk.demo.life.recorder import Recorder
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.store import Record
from kdesk.demo.objects.writers import KUBELET

_PAUSE_S = (3.0, 9.0)
_MEASURE_S = 15.0
_OOM = 137


class Life:
    """Every few seconds one thing happens; which one, the cluster's own random numbers decide."""

    def __init__(self, cluster: Cluster, agenda: Agenda, recorder: Recorder) -> None:
        self._cluster = cluster
        self._agenda = agenda
        self._recorder = recorder
        self._random = cluster.random
        self._happenings: tuple[tuple[Callable[[], None], int], ...] = (
            (self._roll_out, 6),
            (self._lose_pod, 8),
            (self._kill_container, 1),  # rare: a pod counts as a problem for minutes after it
            (self._fail_probe, 9),
            (self._change_settings, 5),
            (self._touch_custom, 7),
        )
        agenda.after(self._pause(), self._happen)
        agenda.every(_MEASURE_S, self._measure)

    def _pause(self) -> float:
        return self._random.uniform(*_PAUSE_S)

    def _happen(self) -> None:
        self._agenda.after(self._pause(), self._happen)
        actions, weights = zip(*self._happenings, strict=True)
        self._random.choices(actions, weights)[0]()

    def _pick(self, resource: str) -> Record | None:
        """Any object outside the system's own namespaces."""
        records = self._cluster[resource].records
        keys = [key for key in records if not key.startswith("kube-")]
        return records[self._random.choice(keys)] if keys else None

    def _roll_out(self) -> None:
        record = self._pick("deployments.apps")
        if record is None:
            return
        item = record.object()
        template = item["spec"]["template"]
        if podstates.behaviour_of(template | {"metadata": template.get("metadata", {})}):
            return
        container = template["spec"]["containers"][0]
        container["image"] = next_tag(container["image"])
        item["metadata"]["generation"] += 1
        self._cluster["deployments.apps"].put(item, "argocd-controller")

    def _lose_pod(self) -> None:
        record = self._running_pod()
        if record is not None and record.owners:
            replicas.delete_pod(self._cluster, record)

    def _kill_container(self) -> None:
        record = self._running_pod()
        if record is None:
            return
        pod = record.object()
        podstates.restarted(pod["status"], _OOM, self._cluster.now())
        saved = self._cluster["pods"].put(pod, KUBELET)
        name = pod["spec"]["containers"][0]["name"]
        node = self._cluster["nodes"].records.get(record.fields["spec.nodeName"])
        if node is not None:
            message = (
                f"Memory cgroup out of memory: Killed process {self._random.randint(900, 32000)} ({name})"
            )
            self._recorder.warning("Node", node, "OOMKilling", message, "kernel-monitor")
        self._recorder.normal("Pod", saved, "Started", f"Started container {name}", "kubelet")

    def _fail_probe(self) -> None:
        record = self._running_pod()
        if record is None:
            return
        pod = record.object()
        podstates.ready(pod, False, self._cluster.now())
        saved = self._cluster["pods"].put(pod, KUBELET)
        message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
        self._recorder.warning("Pod", saved, "Unhealthy", message, "kubelet")
        self._agenda.after(self._random.uniform(4, 9), lambda: self._recover(saved))

    def _recover(self, record: Record) -> None:
        current = self._cluster["pods"].records.get(record.key)
        if current is None or current.uid != record.uid or current.fields["status.phase"] != "Running":
            return
        pod = current.object()
        podstates.ready(pod, True, self._cluster.now())
        self._cluster["pods"].put(pod, KUBELET)

    def _change_settings(self) -> None:
        record = self._pick("configmaps")
        if record is None or "settings" not in record.name:
            return
        item = record.object()
        item["data"]["revision"] = str(int(item["data"].get("revision", "1")) + 1)
        self._cluster["configmaps"].put(item, "kubectl-edit")

    def _touch_custom(self) -> None:
        """Custom resources report progress as their operators would."""
        names = [c.resource for c in self._cluster.collections if c.resource.endswith("demo.kdesk.dev")]
        record = self._pick(self._random.choice(names)) if names else None
        if record is None:
            return
        collection = next(c for c in self._cluster.collections if c.records.get(record.key) is record)
        item = record.object()
        status = item.get("status") or {}
        if "backups" in status:
            status |= {"backups": status["backups"] + 1, "lastBackup": self._cluster.now()}
        elif "weight" in status:
            status["weight"] = (status["weight"] + 20) % 120
            status["phase"] = "Promoted" if status["weight"] == 100 else "Progressing"
        collection.put(item | {"status": status}, "operator")

    def _measure(self) -> None:
        """Autoscalers read the load, and now and then change the number of replicas."""
        resource = "horizontalpodautoscalers.autoscaling"
        for record in list(self._cluster[resource].records.values()):
            item = record.object()
            spec, status = item["spec"], item["status"]
            goal = spec["metrics"][0]["resource"]["target"]["averageUtilization"]
            current = status["currentMetrics"][0]["resource"]["current"]
            load = current["averageUtilization"] + self._random.randint(-12, 12)
            current["averageUtilization"] = min(max(load, 15), 130)
            replicas_now = status["currentReplicas"]
            step = (load > goal + 15) - (load < goal - 35)
            target = min(max(replicas_now + step, spec["minReplicas"]), spec["maxReplicas"])
            if target != replicas_now:
                status |= {"currentReplicas": target, "desiredReplicas": target}
                status["lastScaleTime"] = self._cluster.now()
                self._scale(record, spec["scaleTargetRef"]["name"], target)
            self._cluster[resource].put(item)

    def _scale(self, record: Record, name: str, target: int) -> None:
        deployment = self._cluster["deployments.apps"].get(record.namespace, name)
        if deployment is None:
            return
        item = deployment.object()
        item["spec"]["replicas"] = target
        item["metadata"]["generation"] += 1
        self._cluster["deployments.apps"].put(item)
        message = f"New size: {target}; reason: cpu resource utilization (percentage of request)"
        kind, source = "autoscaling/v2/HorizontalPodAutoscaler", "horizontal-pod-autoscaler"
        self._recorder.normal(kind, record, "SuccessfulRescale", message, source)

    def _running_pod(self) -> Record | None:
        record = self._pick("pods")
        quiet = record is not None and podstates.BEHAVIOUR.encode() not in record.meta
        if record is None or not quiet or record.fields[".ready"] != "true" or record.fields[".deleting"]:
            return None
        return record


def next_tag(image: str) -> str:
    """The image with the last number of its tag raised by one."""
    name, _, tag = image.rpartition(":")
    head, dot, last = tag.rpartition(".")
    return f"{name}:{head}{dot}{int(last) + 1}" if last.isdigit() else image
