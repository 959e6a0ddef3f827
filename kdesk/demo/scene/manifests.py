"""Objects of the starting scene, written out as they would be found in a cluster that has run for weeks."""

from __future__ import annotations

from kdesk.demo.life import podstates, replicas
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.values import Object, stamp
from kdesk.demo.scene.casts import App

_OS = "Debian GNU/Linux 13 (trixie)"
_RUNTIME = "containerd://2.2.0"


def node(
    cluster: Cluster, name: str, number: int, region: str, control_plane: bool, created: float
) -> Object:
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "m7i.2xlarge",
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": f"{region}{'abc'[number % 3]}",
    }
    spec: Object = {"podCIDR": f"10.244.{number % 256}.0/24", "providerID": f"demo:///{region}/{name}"}
    if control_plane:
        labels["node-role.kubernetes.io/control-plane"] = ""
        spec["taints"] = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    capacity = {"cpu": "8", "memory": "32614152Ki", "pods": "250", "ephemeral-storage": "103079844Ki"}
    now = stamp(cluster.clock())
    facts = (
        ("MemoryPressure", False, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", False, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", False, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", True, "KubeletReady", "kubelet is posting ready status"),
    )
    conditions = [
        {
            "type": kind,
            "status": str(holds),
            "lastHeartbeatTime": now,
            "lastTransitionTime": stamp(created),
            "reason": reason,
            "message": message,
        }
        for kind, holds, reason, message in facts
    ]
    status = {
        "capacity": capacity,
        "allocatable": capacity | {"cpu": "7910m", "memory": "31482696Ki"},
        "conditions": conditions,
        "addresses": [
            {"type": "InternalIP", "address": node_ip(number)},
            {"type": "Hostname", "address": name},
        ],
        "nodeInfo": {
            "machineID": f"{cluster.random.getrandbits(128):032x}",
            "systemUUID": cluster.new_uid(),
            "bootID": cluster.new_uid(),
            "kernelVersion": "6.12.57+deb13-amd64",
            "osImage": _OS,
            "containerRuntimeVersion": _RUNTIME,
            "kubeletVersion": "v1.37.2",
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }
    return {"metadata": aged(cluster, name, "", created, labels=labels), "spec": spec, "status": status}


def node_ip(number: int) -> str:
    return f"10.0.{number // 250}.{number % 250 + 4}"


def aged(cluster: Cluster, name: str, namespace: str, created: float, **more: object) -> Object:
    """Metadata of an object that was made long ago."""
    return cluster.metadata(name, namespace, created, **more)


def template(app: App) -> Object:
    """The pod template of a workload: one container, with what a reviewed deployment has."""
    labels = {
        "app.kubernetes.io/name": app.name,
        "app.kubernetes.io/part-of": app.namespace,
        "app.kubernetes.io/version": app.image.rpartition(":")[2],
    }
    metadata: Object = {"labels": labels}
    annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": str(app.port)}
    if app.behaviour:
        annotations[podstates.BEHAVIOUR] = app.behaviour
    probe = {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1}
    timing = {"periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
    container = {
        "name": app.name,
        "image": app.image,
        "ports": [{"name": "http", "containerPort": app.port, "protocol": "TCP"}],
        "env": [
            {"name": "LOG_LEVEL", "value": "info"},
            {
                "name": "POD_NAME",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
            },
        ],
        "resources": {
            "limits": {"cpu": "1", "memory": "512Mi"},
            "requests": {"cpu": "100m", "memory": "128Mi"},
        },
        "livenessProbe": probe | timing,
        "readinessProbe": probe | timing,
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }
    spec = {
        "containers": [container],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "serviceAccount": "default",
        "securityContext": {},
        "schedulerName": "default-scheduler",
    }
    if app.kind in ("DaemonSet", "Static"):
        spec["tolerations"] = [{"operator": "Exists", "effect": "NoSchedule"}]
        spec["priorityClassName"] = "system-node-critical"
        spec["hostNetwork"] = True
    return {"metadata": metadata | {"annotations": annotations}, "spec": spec}


def selector(app: App) -> Object:
    return {"app.kubernetes.io/name": app.name, "app.kubernetes.io/part-of": app.namespace}


class PodMaker:
    """Makes the running pods of one workload; what they have in common is made once."""

    def __init__(self, cluster: Cluster, app: App, owner: Object | None, labels: Object) -> None:
        made = template(app)
        self._cluster = cluster
        self._app = app
        self._labels = made["metadata"]["labels"] | labels
        self._annotations = made["metadata"]["annotations"]
        self._owners = [owner] if owner else []
        self._spec = made["spec"] | {"enableServiceLinks": True, "preemptionPolicy": "PreemptLowerPriority"}
        self._digest = f"{cluster.random.getrandbits(256):064x}"

    def pending(self, name: str, created: float) -> Object:
        """A pod that nobody has scheduled yet."""
        return {
            "metadata": self._metadata(name, created, {}),
            "spec": self._spec,
            "status": {"phase": "Pending", "qosClass": "Burstable"},
        }

    def running(
        self, name: str, node_name: str, host_ip: str, ip: str, created: float, labels: Object
    ) -> Object:
        """A pod that has been ready since shortly after it was made."""
        cluster, app, begun = self._cluster, self._app, stamp(created + 3)
        repository = app.image.rpartition(":")[0]
        status = {
            "name": app.name,
            "image": app.image,
            "imageID": f"{repository}@sha256:{self._digest}",
            "containerID": f"containerd://{cluster.random.getrandbits(256):064x}",
            "ready": True,
            "started": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": begun}},
            "lastState": {},
        }
        kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
        return {
            "metadata": self._metadata(name, created, labels),
            "spec": self._spec | {"nodeName": node_name},
            "status": {
                "phase": "Running",
                "qosClass": "Burstable",
                "hostIP": host_ip,
                "hostIPs": [{"ip": host_ip}],
                "podIP": ip,
                "podIPs": [{"ip": ip}],
                "startTime": stamp(created),
                "conditions": [
                    {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": begun}
                    for kind in kinds
                ],
                "containerStatuses": [status],
            },
        }

    def _metadata(self, name: str, created: float, labels: Object) -> Object:
        more: Object = {"labels": self._labels | labels, "annotations": self._annotations}
        if self._owners:
            more["ownerReferences"] = self._owners
        return aged(self._cluster, name, self._app.namespace, created, **more)


def deployment_status(count: int, ready: int, created: float, set_name: str) -> Object:
    done = f'ReplicaSet "{set_name}" has successfully progressed.'
    enough = ready >= count
    words = f"Deployment {'has' if enough else 'does not have'} minimum availability."
    reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
    moment = stamp(created + 20)
    conditions = [
        replicas.condition("Available", enough, reason, words, moment),
        replicas.condition("Progressing", True, "NewReplicaSetAvailable", done, moment),
    ]
    counts = {
        "replicas": count,
        "updatedReplicas": count,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "unavailableReplicas": count - ready,
    }
    shown = {name: value for name, value in counts.items() if value}
    return {"observedGeneration": 1, **shown, "conditions": conditions}
