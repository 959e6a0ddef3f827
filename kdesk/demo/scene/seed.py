"""Fills a cluster with its scene, before it is served: nodes, workloads, their pods, and what belongs to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from kdesk.demo.life import podstates, replicas
from kdesk.demo.life.deployments import HASH, REVISION
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.values import Object
from kdesk.demo.scene import furnishing, manifests
from kdesk.demo.scene.casts import App, Scene, team_app
from kdesk.demo.scene.manifests import PodMaker, aged

_DAY = 86400.0
_PODS_PER_NODE = 150
_UNREADY = (podstates.CRASH, podstates.NEVER_READY, podstates.BAD_IMAGE, podstates.TOO_BIG)


class Seeder:
    """Builds the start of one cluster; `fill` is called once."""

    def __init__(self, cluster: Cluster, scene: Scene, pods: int | None) -> None:
        """`pods`: exactly how many pods there are at the start; None: as many as the scene has."""
        self._cluster = cluster
        self._scene = scene
        self._pods = pods
        self._random = cluster.random
        self._born = cluster.clock() - 94 * _DAY
        self._objects: dict[str, list[Object]] = {}
        self._ips = itertools.count()
        self._placed = itertools.count(self._random.randrange(1000))
        count = max(scene.nodes, -(-(pods or 0) // _PODS_PER_NODE))
        self._nodes = [f"ip-10-0-{number // 250}-{number % 250 + 4}" for number in range(count)]

    def fill(self) -> None:
        """Loads everything into the cluster's collections."""
        for number, name in enumerate(self._nodes):
            item = manifests.node(
                self._cluster, name, number, self._scene.region, number == 0, self._born + number
            )
            self._add("nodes", item)
        apps = self._budget()
        namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"]
        namespaces += [app.namespace for app, _ in apps] + [cron.namespace for cron in self._scene.crons]
        for resource, item in furnishing.everything(
            self._cluster, self._scene, list(dict.fromkeys(namespaces)), self._nodes, self._born
        ):
            self._add(resource, item)
        workloads = [(app, count, self._workload(app, count)) for app, count in apps]
        for app, _ in apps:
            for resource, item in furnishing.around(self._cluster, app, self._age(app)):
                self._add(resource, item)
        if self._pods is None:
            for resource, item in furnishing.finished_jobs(self._cluster, self._scene, self._nodes[-1]):
                self._add(resource, item)
        early = self._objects.pop("pods", [])
        for resource, items in self._objects.items():
            self._cluster.load(resource, items)
        made = (pod for app, count, owner in workloads for pod in self._pods_of(app, count, owner))
        self._cluster.load("pods", itertools.chain(early, made))

    def _budget(self) -> list[tuple[App, int]]:
        """Every workload with its number of pods; together as many as asked for."""
        left = self._pods
        chosen: list[tuple[App, int]] = []
        fillers = (team_app(number) for number in itertools.count()) if left is not None else iter(())
        for app in itertools.chain(self._scene.apps, fillers):
            wanted = len(self._nodes) if app.kind == "DaemonSet" else app.replicas
            if left is not None:
                if left <= 0:
                    break
                if wanted > left and app.kind == "DaemonSet":
                    continue
                wanted = min(wanted, left)
                left -= wanted
            chosen.append((app, wanted))
        return chosen

    def _age(self, app: App) -> float:
        """When the workload was made: weeks ago, the same moment at every call."""
        return self._born + (hash_of(app.namespace + app.name) % 900) / 10 * _DAY * 0.9

    def _workload(self, app: App, count: int) -> tuple[Object | None, Object]:
        """Adds the workload's own objects. Gives the owner of its pods and the labels that it puts on them."""
        if app.kind == "Static":
            return None, {"tier": "control-plane", "component": app.name}
        template, created = manifests.template(app), self._age(app)
        ready = 0 if app.behaviour in _UNREADY else count
        matched = {"matchLabels": manifests.selector(app)}
        spec: Object = {"selector": matched, "template": template}
        labels = template["metadata"]["labels"]
        metadata = aged(self._cluster, app.name, app.namespace, created, labels=labels, generation=1)
        owner = replicas.owner_reference("apps/v1", app.kind, app.name, metadata["uid"])
        revision = replicas.template_hash(template)
        if app.kind == "Deployment":
            return self._deployment(app, count, ready, metadata, spec, revision)
        if app.kind == "DaemonSet":
            names = ("currentNumberScheduled", "desiredNumberScheduled", "updatedNumberScheduled")
            status: Object = dict.fromkeys(names, count)
            status |= {"numberReady": ready, "numberAvailable": ready}
            status |= {"numberMisscheduled": 0, "observedGeneration": 1}
            item = {"metadata": metadata, "spec": spec, "status": status}
            self._add("daemonsets.apps", item)
            return owner, {"controller-revision-hash": revision}
        revision = f"{app.name}-{revision}"
        names = ("replicas", "currentReplicas", "updatedReplicas")
        status = dict.fromkeys(names, count)
        status |= {"readyReplicas": ready, "availableReplicas": ready}
        status |= {"observedGeneration": 1, "currentRevision": revision, "updateRevision": revision}
        spec |= {"replicas": count, "serviceName": app.name, "podManagementPolicy": "OrderedReady"}
        self._add("statefulsets.apps", {"metadata": metadata, "spec": spec, "status": status})
        return owner, {"controller-revision-hash": revision}

    def _deployment(
        self, app: App, count: int, ready: int, metadata: Object, spec: Object, revision: str
    ) -> tuple[Object, Object]:
        template, set_name = spec["template"], f"{app.name}-{revision}"
        metadata["annotations"] = {REVISION: "1"}
        rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
        item = {
            "metadata": metadata,
            "spec": {
                "replicas": count,
                **spec,
                "strategy": rolling,
                "revisionHistoryLimit": 3,
                "progressDeadlineSeconds": 600,
            },
            "status": manifests.deployment_status(count, ready, self._age(app), set_name),
        }
        self._add("deployments.apps", item)
        more = {HASH: revision}
        labels = template["metadata"]["labels"] | more
        pods = template | {"metadata": template["metadata"] | {"labels": labels}}
        owner = replicas.owner_reference("apps/v1", "Deployment", app.name, metadata["uid"])
        own = aged(
            self._cluster,
            set_name,
            app.namespace,
            self._age(app) + 1,
            labels=labels,
            annotations={REVISION: "1"},
            ownerReferences=[owner],
            generation=1,
        )
        matched = {"matchLabels": manifests.selector(app) | more}
        status = {"replicas": count, "fullyLabeledReplicas": count, "observedGeneration": 1}
        status |= {"readyReplicas": ready, "availableReplicas": ready}
        made = {"replicas": count, "selector": matched, "template": pods}
        self._add("replicasets.apps", {"metadata": own, "spec": made, "status": status})
        return replicas.owner_reference("apps/v1", "ReplicaSet", set_name, own["uid"]), more

    def _pods_of(self, app: App, count: int, workload: tuple[Object | None, Object]) -> Iterator[Object]:
        owner, labels = workload
        maker = PodMaker(self._cluster, app, owner, labels)
        created, seen = self._age(app), set[str]()
        for number in range(count):
            name, more = self._pod_name(app, number, owner), {}
            while name in seen:
                name = self._pod_name(app, number, owner)
            seen.add(name)
            if app.kind == "StatefulSet":
                more = {
                    "statefulset.kubernetes.io/pod-name": name,
                    "apps.kubernetes.io/pod-index": str(number),
                }
            begun = created + self._random.random() * (self._cluster.clock() - 2000 - created)
            if app.behaviour in (podstates.TOO_BIG, podstates.BAD_IMAGE):
                yield self._stuck(app, maker.pending(name, begun))
                continue
            position = self._place(app, number)
            ip = f"10.{244 + next(self._ips) // 62500}.{self._subnet()}"
            node, host = self._nodes[position], manifests.node_ip(position)
            pod = maker.running(name, node, host, ip, begun, more)
            yield self._troubled(app, pod)

    def _subnet(self) -> str:
        number = next(self._ips) % 62500
        return f"{number // 250}.{number % 250 + 2}"

    def _pod_name(self, app: App, number: int, owner: Object | None) -> str:
        if app.kind == "StatefulSet":
            return f"{app.name}-{number}"
        if owner is None:
            return f"{app.name}-{self._nodes[0]}"
        return f"{owner['name']}-{replicas.suffix(self._cluster)}"

    def _place(self, app: App, number: int) -> int:
        """The node of a pod: one on each for a DaemonSet, else the workers in turn."""
        if app.kind == "DaemonSet":
            return number
        if app.kind == "Static" or len(self._nodes) == 1:
            return 0
        return 1 + next(self._placed) % (len(self._nodes) - 1)

    def _stuck(self, app: App, pod: Object) -> Object:
        now = self._cluster.now()
        pod["spec"] = dict(pod["spec"])
        if app.behaviour == podstates.TOO_BIG:
            words = f"0/{len(self._nodes)} nodes are available: {len(self._nodes)} Insufficient memory."
            podstates.unschedulable(pod, words, now)
        else:
            podstates.bind(pod, self._nodes[-1], now)
            podstates.creating(pod, manifests.node_ip(len(self._nodes) - 1), now)
            podstates.pull_failed(pod, waiting=True)
        return pod

    def _troubled(self, app: App, pod: Object) -> Object:
        if app.behaviour == podstates.CRASH:
            for entry in pod["status"]["containerStatuses"]:
                entry["restartCount"] = self._random.randint(6, 60)
            podstates.terminated(pod, 1, self._cluster.now())
            podstates.back_off(pod, 60)
        elif app.behaviour == podstates.NEVER_READY:
            podstates.ready(pod, False, self._cluster.now())
        return pod

    def _add(self, resource: str, item: Object) -> None:
        self._objects.setdefault(resource, []).append(item)


def hash_of(text: str) -> int:
    """A number that is the same in every run, which `hash` is not."""
    value = 0
    for character in text:
        value = (value * 131 + ord(character)) % 1_000_003
    return value
