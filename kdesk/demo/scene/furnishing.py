"""What else is in a cluster: namespaces, services, settings, volumes, roles, custom resources, finished jobs."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from kdesk.demo.life import jobs, replicas
from kdesk.demo.life.housekeeping import LEASES, furniture, volume_for
from kdesk.demo.life.podstates import FAIL, finished
from kdesk.demo.objects import crd
from kdesk.demo.objects.cluster import CRD, Cluster
from kdesk.demo.objects.values import Object, micro_stamp, stamp
from kdesk.demo.scene.casts import BACKUP_POLICIES, App, Cron, Scene
from kdesk.demo.scene.manifests import PodMaker, aged, selector

Found = Iterator[tuple[str, Object]]

_GROUP = "demo.kdesk.dev"
_RBAC = "rbac.authorization.k8s.io"


def everything(cluster: Cluster, scene: Scene, namespaces: list[str], nodes: list[str], born: float) -> Found:
    """The objects that are there once in a cluster, or once in each namespace or for each node."""
    for name in namespaces:
        labels = {"kubernetes.io/metadata.name": name}
        metadata = aged(cluster, name, "", born, labels=labels)
        yield (
            "namespaces",
            {
                "metadata": metadata,
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
            },
        )
        yield from furniture(cluster, name)
    for name in nodes:
        lease = {
            "holderIdentity": name,
            "leaseDurationSeconds": 40,
            "renewTime": micro_stamp(cluster.clock()),
        }
        yield "leases.coordination.k8s.io", {"metadata": aged(cluster, name, LEASES, born), "spec": lease}
    yield from _storage(cluster, born)
    yield from _rbac(cluster, namespaces, born)
    yield from _custom(cluster, namespaces, born)
    for cron in scene.crons:
        if cron.namespace in namespaces:
            yield "cronjobs.batch", _cron_job(cluster, cron, born)
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]
    yield "services", _service(cluster, "kubernetes", "default", ports, {}, born, "10.96.0.1")
    for name, value in (("system-cluster-critical", 2000000000), ("system-node-critical", 2000001000)):
        item = {"metadata": aged(cluster, name, "", born), "value": value}
        yield (
            "priorityclasses.scheduling.k8s.io",
            item | {"globalDefault": False, "preemptionPolicy": "PreemptLowerPriority"},
        )


def around(cluster: Cluster, app: App, created: float) -> Found:
    """What belongs to one workload: its service, settings, secret, volumes, autoscaler, ingress."""
    if app.kind == "Static":
        return
    pick = cluster.random.randint
    ports = [{"name": "http", "port": app.port, "protocol": "TCP", "targetPort": "http"}]
    address = "None" if app.kind == "StatefulSet" else f"10.96.{pick(1, 250)}.{pick(1, 250)}"
    yield "services", _service(cluster, app.name, app.namespace, ports, selector(app), created, address)
    settings = {"revision": "1", "config.yaml": f"listen: :{app.port}\nlog:\n  level: info\n  format: json\n"}
    metadata = aged(cluster, f"{app.name}-settings", app.namespace, created)
    yield "configmaps", {"metadata": metadata, "data": settings}
    password = base64.b64encode(f"{cluster.random.getrandbits(96):024x}".encode()).decode()
    metadata = aged(cluster, f"{app.name}-credentials", app.namespace, created)
    data = {"password": password, "username": base64.b64encode(app.name.encode()).decode()}
    yield "secrets", {"metadata": metadata, "data": data, "type": "Opaque"}
    if app.kind == "StatefulSet":
        for number in range(app.replicas):
            metadata = aged(cluster, f"data-{app.name}-{number}", app.namespace, created)
            wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}
            claim = {
                "metadata": metadata,
                "spec": wanted | {"storageClassName": "fast", "volumeMode": "Filesystem"},
            }
            volume = volume_for(cluster, claim)
            volume["metadata"]["creationTimestamp"] = metadata["creationTimestamp"]
            yield "persistentvolumes", volume
            yield "persistentvolumeclaims", claim
    if app.scaled:
        yield "horizontalpodautoscalers.autoscaling", _autoscaler(cluster, app, created)
        budget = {"minAvailable": 1, "selector": {"matchLabels": selector(app)}}
        status = {"disruptionsAllowed": app.replicas - 1, "currentHealthy": app.replicas, "desiredHealthy": 1}
        metadata = aged(cluster, app.name, app.namespace, created)
        yield (
            "poddisruptionbudgets.policy",
            {"metadata": metadata, "spec": budget, "status": status | {"expectedPods": app.replicas}},
        )
    if app.host:
        yield "ingresses.networking.k8s.io", _ingress(cluster, app, created)
        policy = {"podSelector": {"matchLabels": selector(app)}, "policyTypes": ["Ingress"]}
        metadata = aged(cluster, f"allow-{app.name}", app.namespace, created)
        yield "networkpolicies.networking.k8s.io", {"metadata": metadata, "spec": policy}


def finished_jobs(cluster: Cluster, scene: Scene, node: str) -> Found:
    """The last run of each cron job: its Job and the Job's pod."""
    for cron in scene.crons:
        ended = cluster.clock() - 400
        name = f"{cron.name}-{int(ended) // 60}"
        job = jobs.new_job(cluster, name, cron.namespace, _job_spec(cron), None)
        began = stamp(ended - 9)
        job["metadata"]["creationTimestamp"] = began
        failed = cron.behaviour == FAIL
        kind = "Failed" if failed else "Complete"
        reason = "BackoffLimitExceeded" if failed else "CompletionsReached"
        job["status"] = {
            "startTime": began,
            "failed" if failed else "succeeded": 1,
            "ready": 0,
            "conditions": [replicas.condition(kind, True, reason, "", stamp(ended))],
        }
        if not failed:
            job["status"]["completionTime"] = stamp(ended)
        yield "jobs.batch", job
        owner = replicas.owner_reference("batch/v1", "Job", name, job["metadata"]["uid"])
        labels = {"batch.kubernetes.io/job-name": name, "job-name": name}
        labels["batch.kubernetes.io/controller-uid"] = job["metadata"]["uid"]
        maker = PodMaker(cluster, App(cron.namespace, cron.name, 1, cron.image, "Job"), owner, labels)
        pod_name = f"{name}-{replicas.suffix(cluster)}"
        pod = maker.running(pod_name, node, "10.0.0.9", "10.244.200.9", ended - 9, {})
        pod["spec"] = pod["spec"] | {"restartPolicy": "Never"}
        finished(pod, not failed, stamp(ended))
        yield "pods", pod


def _service(
    cluster: Cluster,
    name: str,
    namespace: str,
    ports: list[Object],
    chosen: Object,
    created: float,
    address: str,
) -> Object:
    spec: Object = {"clusterIP": address, "clusterIPs": [address], "type": "ClusterIP", "ports": ports}
    spec |= {"sessionAffinity": "None", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}
    spec |= {"selector": chosen} if chosen else {}
    metadata = aged(cluster, name, namespace, created, labels=chosen)
    return {"metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}}


def _autoscaler(cluster: Cluster, app: App, created: float) -> Object:
    target = {"apiVersion": "apps/v1", "kind": app.kind, "name": app.name}
    metric = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    now = {"name": "cpu", "current": {"averageUtilization": 52, "averageValue": "52m"}}
    return {
        "metadata": aged(cluster, app.name, app.namespace, created),
        "spec": {
            "scaleTargetRef": target,
            "minReplicas": max(2, app.replicas - 2),
            "maxReplicas": app.replicas + 4,
            "metrics": [{"type": "Resource", "resource": metric}],
        },
        "status": {
            "currentReplicas": app.replicas,
            "desiredReplicas": app.replicas,
            "currentMetrics": [{"type": "Resource", "resource": now}],
        },
    }


def _ingress(cluster: Cluster, app: App, created: float) -> Object:
    host = f"{app.host}.{cluster.name}.example.com"
    backend = {"service": {"name": app.name, "port": {"name": "http"}}}
    rule = {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    tls = [{"hosts": [host], "secretName": f"{app.name}-tls"}]
    return {
        "metadata": aged(cluster, app.name, app.namespace, created),
        "spec": {"ingressClassName": "nginx", "rules": [rule], "tls": tls},
        "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.17"}]}},
    }


def _job_spec(cron: Cron) -> Object:
    metadata: Object = {"labels": {"app.kubernetes.io/name": cron.name}}
    if cron.behaviour:
        metadata["annotations"] = {"demo.kdesk.dev/behaviour": cron.behaviour}
    container = {"name": cron.name, "image": cron.image, "args": ["--once"], "resources": {}}
    spec = {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 30}
    return {"backoffLimit": 1, "template": {"metadata": metadata, "spec": spec}}


def _cron_job(cluster: Cluster, cron: Cron, born: float) -> Object:
    return {
        "metadata": aged(cluster, cron.name, cron.namespace, born, generation=1),
        "spec": {
            "schedule": cron.schedule,
            "concurrencyPolicy": "Forbid",
            "suspend": False,
            "successfulJobsHistoryLimit": 2,
            "failedJobsHistoryLimit": 1,
            "jobTemplate": {"spec": _job_spec(cron)},
        },
        "status": {"lastScheduleTime": stamp(cluster.clock() // 60 * 60 - 360)},
    }


def _storage(cluster: Cluster, born: float) -> Found:
    for name, default in (("standard", True), ("fast", False)):
        marks = {"storageclass.kubernetes.io/is-default-class": str(default).lower()}
        item = {
            "metadata": aged(cluster, name, "", born, annotations=marks),
            "provisioner": "csi.demo.kdesk.dev",
        }
        more = {"reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer"}
        yield "storageclasses.storage.k8s.io", item | more | {"allowVolumeExpansion": True}
    spec = {"controller": "k8s.io/ingress-nginx"}
    yield "ingressclasses.networking.k8s.io", {"metadata": aged(cluster, "nginx", "", born), "spec": spec}


def _rbac(cluster: Cluster, namespaces: list[str], born: float) -> Found:
    read = {"apiGroups": ["", "apps", "batch"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
    every = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    for name, rule in (("cluster-admin", every), ("view", read)):
        yield f"clusterroles.{_RBAC}", {"metadata": aged(cluster, name, "", born), "rules": [rule]}
    admins = [{"kind": "Group", "apiGroup": _RBAC, "name": "system:masters"}]
    role = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "cluster-admin"}
    metadata = aged(cluster, "cluster-admin", "", born)
    yield f"clusterrolebindings.{_RBAC}", {"metadata": metadata, "roleRef": role, "subjects": admins}
    for namespace in namespaces[4:24]:
        metadata = aged(cluster, "deployer", namespace, born)
        yield f"roles.{_RBAC}", {"metadata": metadata, "rules": [every]}
        role = {"apiGroup": _RBAC, "kind": "Role", "name": "deployer"}
        subject = {"kind": "ServiceAccount", "name": "default", "namespace": namespace}
        metadata = aged(cluster, "deployer", namespace, born)
        yield f"rolebindings.{_RBAC}", {"metadata": metadata, "roleRef": role, "subjects": [subject]}


def _custom(cluster: Cluster, namespaces: list[str], born: float) -> Found:
    columns: tuple[tuple[str, str, str], ...] = (
        ("Schedule", "string", ".spec.schedule"),
        ("Keep", "integer", ".spec.keep"),
        ("Backups", "integer", ".status.backups"),
        ("Last", "date", ".status.lastBackup"),
    )
    yield CRD, _definition(cluster, "BackupPolicy", "backuppolicies", ("bp",), columns, born)
    columns = (
        ("Target", "string", ".spec.target"),
        ("Phase", "string", ".status.phase"),
        ("Weight", "integer", ".status.weight"),
    )
    yield CRD, _definition(cluster, "Canary", "canaries", (), columns, born)
    own = namespaces[4:7] or ["default"]
    for number, (name, schedule, keep) in enumerate(BACKUP_POLICIES):
        namespace = own[number % len(own)]
        yield (
            f"backuppolicies.{_GROUP}",
            {
                "metadata": aged(cluster, name, namespace, born, generation=1),
                "spec": {"schedule": schedule, "keep": keep, "storageClass": "fast"},
                "status": {"backups": keep, "lastBackup": stamp(cluster.clock() - 3000)},
            },
        )
    for namespace in own:
        metadata = aged(cluster, f"{namespace}-next", namespace, born, generation=1)
        status = {"phase": "Progressing", "weight": 20}
        yield (
            f"canaries.{_GROUP}",
            {"metadata": metadata, "spec": {"target": "api", "steps": [20, 50, 100]}, "status": status},
        )


def _definition(
    cluster: Cluster,
    kind: str,
    plural: str,
    short: tuple[str, ...],
    columns: tuple[tuple[str, str, str], ...],
    born: float,
) -> Object:
    printed = [{"name": name, "type": type_, "jsonPath": path} for name, type_, path in columns]
    printed.append({"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"})
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    item = {
        "metadata": aged(cluster, f"{plural}.{_GROUP}", "", born, generation=1),
        "spec": {
            "group": _GROUP,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind, "shortNames": list(short)},
            "versions": [version | {"subresources": {"status": {}}, "additionalPrinterColumns": printed}],
        },
    }
    crd.complete(item, stamp(born))
    return item
