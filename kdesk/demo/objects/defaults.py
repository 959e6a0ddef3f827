"""What an API server adds to a new object of a built-in kind, and the few mistakes that it refuses."""

from __future__ import annotations

import base64
from collections.abc import Callable

from kdesk.demo.objects import crd
from kdesk.demo.objects.cluster import CRD, Cluster
from kdesk.demo.objects.values import Object

Fault = tuple[str, str] | None
"""The path of a wrong field and what is wrong with it."""

_GENERATED = ("deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps")


def prepare(cluster: Cluster, resource: str, item: Object) -> Fault:
    """Completes a new object in place. Gives the first fault found, for which it is to be refused."""
    fault = _fault(resource, item)
    if fault:
        return fault
    spec = item.get("spec")
    if resource in _DEFAULTS:
        _DEFAULTS[resource](cluster, item)
    if isinstance(spec, dict) and isinstance(spec.get("template"), dict):
        _pod_spec(spec["template"].setdefault("spec", {}))
    return None


def check(cluster: Cluster, resource: str, item: Object) -> Fault:
    """Looks at a changed object; custom resource definitions get their status again."""
    fault = _fault(resource, item)
    if not fault and resource == CRD:
        crd.complete(item, cluster.now())
    return fault


def _fault(resource: str, item: Object) -> Fault:
    if resource == CRD:
        return crd.problem(item)
    spec = item.get("spec")
    if resource in _GENERATED:
        if not isinstance(spec, dict) or not spec.get("selector"):
            return "spec.selector", "Required value"
        template = spec.get("template") or {}
        labels = (template.get("metadata") or {}).get("labels") or {}
        wanted = spec["selector"].get("matchLabels") or {}
        if any(labels.get(key) != value for key, value in wanted.items()):
            return (
                "spec.template.metadata.labels",
                "Invalid value: `selector` does not match template `labels`",
            )
        replicas = spec.get("replicas", 1)
        if not isinstance(replicas, int) or replicas < 0:
            return "spec.replicas", f"Invalid value: {replicas}: must be greater than or equal to 0"
        return _containers_fault(template.get("spec"), "spec.template.spec")
    if resource == "pods":
        return _containers_fault(spec, "spec")
    if (
        resource == "services"
        and (spec or {}).get("type") != "ExternalName"
        and not (spec or {}).get("ports")
    ):
        return ("spec.ports", "Required value") if (spec or {}).get("clusterIP") != "None" else None
    return None


def _containers_fault(spec: Object | None, path: str) -> Fault:
    containers = (spec or {}).get("containers")
    if not containers:
        return f"{path}.containers", "Required value"
    for position, container in enumerate(containers):
        if not container.get("image"):
            return f"{path}.containers[{position}].image", "Required value"
    return None


def _pod_spec(spec: Object) -> None:
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    for container in spec.get("containers") or ():
        container.setdefault("resources", {})
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        tagged = ":" in container.get("image", "").rpartition("/")[2]
        container.setdefault("imagePullPolicy", "IfNotPresent" if tagged else "Always")
        for port in container.get("ports") or ():
            port.setdefault("protocol", "TCP")


def _pod(cluster: Cluster, item: Object) -> None:
    _pod_spec(item["spec"])
    item["spec"].setdefault("serviceAccountName", "default")
    item["status"] = {"phase": "Pending", "qosClass": "BestEffort"}


def _namespace(cluster: Cluster, item: Object) -> None:
    metadata = item["metadata"]
    metadata.setdefault("labels", {})["kubernetes.io/metadata.name"] = metadata["name"]
    item["spec"] = {"finalizers": ["kubernetes"]}
    item["status"] = {"phase": "Active"}


def _deployment(cluster: Cluster, item: Object) -> None:
    spec = item["spec"]
    spec.setdefault("replicas", 1)
    rolling = {"maxSurge": "25%", "maxUnavailable": "25%"}
    spec.setdefault("strategy", {"type": "RollingUpdate", "rollingUpdate": rolling})
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    item["status"] = {}


def _replicated(cluster: Cluster, item: Object) -> None:
    item["spec"].setdefault("replicas", 1)
    item["status"] = {"replicas": 0}


def _daemon_set(cluster: Cluster, item: Object) -> None:
    counts = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
    item["status"] = dict.fromkeys(counts, 0)


def _job(cluster: Cluster, item: Object) -> None:
    spec, uid = item["spec"], item["metadata"]["uid"]
    for name, value in (("parallelism", 1), ("completions", 1), ("backoffLimit", 6)):
        spec.setdefault(name, value)
    spec.setdefault("selector", {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}})
    labels = spec.setdefault("template", {}).setdefault("metadata", {}).setdefault("labels", {})
    labels["batch.kubernetes.io/controller-uid"] = uid
    labels["batch.kubernetes.io/job-name"] = item["metadata"]["name"]
    item["status"] = {}


def _cron_job(cluster: Cluster, item: Object) -> None:
    spec = item["spec"]
    defaults = (("concurrencyPolicy", "Allow"), ("suspend", False))
    limits = (("successfulJobsHistoryLimit", 3), ("failedJobsHistoryLimit", 1))
    for name, value in (*defaults, *limits):
        spec.setdefault(name, value)
    item["status"] = {}


def _service(cluster: Cluster, item: Object) -> None:
    spec, pick = item["spec"], cluster.random.randint
    kind = spec.setdefault("type", "ClusterIP")
    if kind != "ExternalName":
        spec.setdefault("clusterIP", f"10.96.{pick(1, 254)}.{pick(1, 254)}")
        spec["clusterIPs"] = [spec["clusterIP"]]
        spec.setdefault("ipFamilies", ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "SingleStack")
    spec.setdefault("sessionAffinity", "None")
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port["port"])
        if kind in ("NodePort", "LoadBalancer"):
            port.setdefault("nodePort", pick(30000, 32767))
    item["status"] = {"loadBalancer": {}}


def _secret(cluster: Cluster, item: Object) -> None:
    plain = item.pop("stringData", None) or {}
    if plain:
        data = item.setdefault("data", {})
        data.update({name: base64.b64encode(text.encode()).decode() for name, text in plain.items()})
    item.setdefault("type", "Opaque")


def _claim(cluster: Cluster, item: Object) -> None:
    item["spec"].setdefault("storageClassName", "standard")
    item["spec"].setdefault("volumeMode", "Filesystem")
    item["status"] = {"phase": "Pending"}


def _definition(cluster: Cluster, item: Object) -> None:
    item.pop("status", None)
    crd.complete(item, cluster.now())


_DEFAULTS: dict[str, Callable[[Cluster, Object], None]] = {
    "pods": _pod,
    "namespaces": _namespace,
    "deployments.apps": _deployment,
    "replicasets.apps": _replicated,
    "statefulsets.apps": _replicated,
    "daemonsets.apps": _daemon_set,
    "jobs.batch": _job,
    "cronjobs.batch": _cron_job,
    "services": _service,
    "secrets": _secret,
    "persistentvolumeclaims": _claim,
    CRD: _definition,
}
