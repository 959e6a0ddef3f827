"""Scheduler and kubelets: pods are bound, pulled, started, made ready, crash, finish, and go away."""

from __future__ import annotations

from collections.abc import Callable

from kdesk.demo.life import podstates
from kdesk.demo.life.agenda import Agenda
from kdesk.demo.life.podstates import BAD_IMAGE, CRASH, FAIL, NEVER_READY, TOO_BIG
from kdesk.demo.life.recorder import Recorder
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.store import Event, Record
from kdesk.demo.objects.values import Object
from kdesk.demo.objects.writers import KUBELET

_BACK_OFF_S = (10, 20, 40, 60)
_PULL_RETRY_S = 25.0
_TERMINAL = ("Succeeded", "Failed")

Step = Callable[[Object, str], None]


class Kubelet:
    """Every node's kubelet and the scheduler, for all pods that come or go after the start."""

    def __init__(self, cluster: Cluster, agenda: Agenda, recorder: Recorder) -> None:
        self._cluster = cluster
        self._agenda = agenda
        self._recorder = recorder
        self._random = cluster.random
        self._nodes: list[str] = []
        self._next_ip = 0
        cluster.listen("pods", self._pod_changed)
        cluster.listen("nodes", lambda _: self._nodes.clear())

    def adopt(self) -> None:
        """Takes over the pods of the scene that do something by themselves."""
        mark = podstates.BEHAVIOUR.encode()
        for record in list(self._cluster["pods"].records.values()):
            if mark in record.meta and record.fields["status.phase"] not in _TERMINAL:
                if podstates.behaviour_of(record.object()) == CRASH:
                    self._tell_back_off(record)
                self._later(record, 1.0, 12.0, self._resume)

    def _pod_changed(self, event: Event) -> None:
        record = event.record
        if event.type == "ADDED":
            self._later(record, 0.05, 0.3, self._schedule)
        elif event.type == "MODIFIED" and _deleting(record) and not _deleting(event.previous):
            message = f"Stopping container {_container(record)}"
            self._recorder.normal("Pod", record, "Killing", message, "kubelet")
            self._later(record, 0.6, 1.8, self._remove)

    def _later(self, record: Record, low: float, high: float, action: Callable[[Record], None]) -> None:
        """Calls `action` with the pod as it is then, unless it is gone."""

        def act() -> None:
            current = self._cluster["pods"].records.get(record.key)
            if current is not None and current.uid == record.uid:
                action(current)

        self._agenda.after(self._random.uniform(low, high), act)

    def _move(self, record: Record, step: Step) -> Record:
        pod = record.object()
        step(pod, self._cluster.now())
        return self._cluster["pods"].put(pod, KUBELET)

    def _schedule(self, record: Record) -> None:
        pod = record.object()
        node = pod["spec"].get("nodeName") or self._pick_node()
        if podstates.behaviour_of(pod) == TOO_BIG or not node:
            total = len(self._cluster["nodes"].records)
            message = f"0/{total} nodes are available: {total} Insufficient memory."
            record = self._move(record, lambda pod, now: podstates.unschedulable(pod, message, now))
            self._recorder.warning("Pod", record, "FailedScheduling", message, "default-scheduler")
            self._later(record, 40, 60, self._schedule)
            return
        record = self._move(record, lambda pod, now: podstates.bind(pod, node, now))
        message = f"Successfully assigned {record.key} to {node}"
        self._recorder.normal("Pod", record, "Scheduled", message, "default-scheduler")
        self._later(record, 0.05, 0.2, self._create)

    def _create(self, record: Record) -> None:
        host = self._node_ip(record.fields["spec.nodeName"])
        record = self._move(record, lambda pod, now: podstates.creating(pod, host, now))
        image = record.object()["spec"]["containers"][0]["image"]
        self._recorder.normal("Pod", record, "Pulling", f'Pulling image "{image}"', "kubelet")
        if podstates.behaviour_of(record.object()) == BAD_IMAGE:
            self._later(record, 1, 2, self._fail_pull)
        else:
            self._later(record, 0.6, 2.5, self._start)

    def _fail_pull(self, record: Record) -> None:
        record = self._move(record, lambda pod, _: podstates.pull_failed(pod, waiting=False))
        image = record.object()["spec"]["containers"][0]["image"]
        message = f'Failed to pull image "{image}": not found'
        self._recorder.warning("Pod", record, "Failed", message, "kubelet")
        self._later(record, 3, 5, self._wait_pull)

    def _wait_pull(self, record: Record) -> None:
        record = self._move(record, lambda pod, _: podstates.pull_failed(pod, waiting=True))
        image = record.object()["spec"]["containers"][0]["image"]
        self._recorder.normal("Pod", record, "BackOff", f'Back-off pulling image "{image}"', "kubelet")
        self._later(record, _PULL_RETRY_S, 2 * _PULL_RETRY_S, self._fail_pull)

    def _start(self, record: Record) -> None:
        ip, digest = self._new_ip(), f"{self._random.getrandbits(256):064x}"
        record = self._move(record, lambda pod, now: podstates.running(pod, ip, digest, now))
        name = _container(record)
        image = record.object()["spec"]["containers"][0]["image"]
        self._recorder.normal("Pod", record, "Pulled", f'Successfully pulled image "{image}"', "kubelet")
        self._recorder.normal("Pod", record, "Created", f"Created container: {name}", "kubelet")
        self._recorder.normal("Pod", record, "Started", f"Started container {name}", "kubelet")
        self._later(record, 0.3, 1.5, self._settle)

    def _settle(self, record: Record) -> None:
        pod = record.object()
        behaviour = podstates.behaviour_of(pod)
        if behaviour == NEVER_READY:
            message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
            self._recorder.warning("Pod", record, "Unhealthy", message, "kubelet")
            self._later(record, 8, 12, self._settle)
            return
        record = self._move(record, lambda pod, now: podstates.ready(pod, True, now))
        if pod["spec"].get("restartPolicy") in ("Never", "OnFailure"):
            self._later(record, 4, 14, self._finish)
        elif behaviour == CRASH:
            self._later(record, 5, 12, self._crash)

    def _finish(self, record: Record) -> None:
        succeeded = podstates.behaviour_of(record.object()) != FAIL
        self._move(record, lambda pod, now: podstates.finished(pod, succeeded, now))

    def _crash(self, record: Record) -> None:
        record = self._move(record, lambda pod, now: podstates.terminated(pod, 1, now))
        self._later(record, 1, 3, self._back_off)

    def _back_off(self, record: Record) -> None:
        count = record.object()["status"]["containerStatuses"][0]["restartCount"]
        pause = _BACK_OFF_S[min(count, len(_BACK_OFF_S) - 1)]
        record = self._move(record, lambda pod, _: podstates.back_off(pod, pause))
        self._tell_back_off(record)
        self._later(record, pause, pause + 2, self._run_again)

    def _tell_back_off(self, record: Record) -> None:
        message = f"Back-off restarting failed container {_container(record)} in pod {record.name}"
        self._recorder.warning("Pod", record, "BackOff", message, "kubelet")

    def _run_again(self, record: Record) -> None:
        record = self._move(record, lambda pod, now: podstates.restarted(pod["status"], 1, now))
        self._recorder.normal("Pod", record, "Started", f"Started container {_container(record)}", "kubelet")
        self._later(record, 0.5, 1.5, self._settle)

    def _resume(self, record: Record) -> None:
        """Goes on with a pod of the scene from whatever state it was put in."""
        pod = record.object()
        behaviour = podstates.behaviour_of(pod)
        states = [entry["state"] for entry in pod["status"].get("containerStatuses") or ()]
        if behaviour == TOO_BIG:
            self._schedule(record)
        elif behaviour == BAD_IMAGE:
            self._fail_pull(record)
        elif behaviour == CRASH and states and "running" in states[0]:
            self._crash(record)
        elif behaviour == CRASH:
            self._run_again(record)
        else:
            self._settle(record)

    def _remove(self, record: Record) -> None:
        self._cluster["pods"].remove(record.key)

    def _pick_node(self) -> str:
        if not self._nodes:
            records = self._cluster["nodes"].records.values()
            workers = [record for record in records if _CONTROL_PLANE not in record.labels]
            self._nodes = [
                record.name for record in workers if not record.object()["spec"].get("unschedulable")
            ]
        return self._random.choice(self._nodes) if self._nodes else ""

    def _node_ip(self, name: str) -> str:
        record = self._cluster["nodes"].records.get(name)
        return str(record.object()["status"]["addresses"][0]["address"]) if record else "10.0.0.1"

    def _new_ip(self) -> str:
        self._next_ip = (self._next_ip + 1) % 60000
        return f"10.245.{self._next_ip // 250}.{self._next_ip % 250 + 2}"


_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def _deleting(record: Record | None) -> bool:
    return record is not None and bool(record.fields[".deleting"])


def _container(record: Record) -> str:
    return str(record.object()["spec"]["containers"][0]["name"])
