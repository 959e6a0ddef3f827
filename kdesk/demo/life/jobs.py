"""Jobs run their pods to the end; CronJobs make a Job whenever their schedule says so."""

from __future__ import annotations

import time

from kdesk.demo.life import replicas
from kdesk.demo.life.agenda import Agenda
from kdesk.demo.life.recorder import Recorder
from kdesk.demo.life.replicas import Queue, owned, pod_from
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.store import Event, Record
from kdesk.demo.objects.values import Object, seconds_of, stamp

_MINUTE = 60
_SOURCE = "job-controller"


class Jobs:
    """The job and the cron job controller."""

    def __init__(self, cluster: Cluster, agenda: Agenda, recorder: Recorder) -> None:
        self._cluster = cluster
        self._agenda = agenda
        self._recorder = recorder
        self._queue = Queue(agenda, self._sync)
        self._cron_queue = Queue(agenda, self._sync_cron)
        cluster.listen("jobs.batch", self._changed)
        cluster.listen("pods", self._pod_changed)
        agenda.after(self._to_next_minute(), self._minute)

    def _changed(self, event: Event) -> None:
        if event.type != "DELETED":
            self._queue.add(event.record.key)
        for owner in event.record.owners:
            for record in self._cluster["cronjobs.batch"].records.values():
                if record.uid == owner:
                    self._cron_queue.add(record.key)

    def _pod_changed(self, event: Event) -> None:
        name = event.record.labels.get("batch.kubernetes.io/job-name")
        if name:
            self._queue.add(f"{event.record.namespace}/{name}")

    def _sync(self, key: str) -> None:
        record = self._cluster["jobs.batch"].records.get(key)
        if record is None:
            return
        item = record.object()
        spec, status = item["spec"], item.setdefault("status", {})
        if status.get("completionTime") or _holds(status, "Failed"):
            return
        pods = owned(self._cluster, record.uid, "pods")
        succeeded = sum(pod.fields["status.phase"] == "Succeeded" for pod in pods)
        failed = sum(pod.fields["status.phase"] == "Failed" for pod in pods)
        now, wanted = self._cluster.now(), spec.get("completions", 1)
        status.setdefault("startTime", now)
        counts = {"succeeded": succeeded, "failed": failed}
        for name in counts:
            status.pop(name, None)
        status |= {name: count for name, count in counts.items() if count}
        if failed > spec.get("backoffLimit", 6):
            message = "Job has reached the specified backoff limit"
            self._end(record, item, "Failed", "BackoffLimitExceeded", message)
        elif succeeded >= wanted:
            status["completionTime"] = now
            self._end(record, item, "Complete", "CompletionsReached", "Job completed")
        else:
            running = len(replicas.active(pods))
            for _ in range(min(spec.get("parallelism", 1), wanted - succeeded) - running):
                self._add_pod(record, item)
                running += 1
            status["active"] = running
            status["ready"] = replicas.ready(pods)
            self._cluster["jobs.batch"].put(item)

    def _end(self, record: Record, item: Object, kind: str, reason: str, message: str) -> None:
        status, now = item["status"], self._cluster.now()
        status.pop("active", None)
        status["ready"] = 0
        ended = replicas.condition(kind, True, reason, message, now)
        status["conditions"] = [{**ended, "lastProbeTime": now}]
        saved = self._cluster["jobs.batch"].put(item)
        if kind == "Complete":
            self._recorder.normal("batch/v1/Job", saved, "Completed", message, _SOURCE)
        else:
            self._recorder.warning("batch/v1/Job", saved, reason, message, _SOURCE)

    def _add_pod(self, record: Record, item: Object) -> None:
        owner = replicas.owner_reference("batch/v1", "Job", record.name, record.uid)
        name = f"{record.name}-{replicas.suffix(self._cluster)}"
        labels = {
            "batch.kubernetes.io/job-name": record.name,
            "batch.kubernetes.io/controller-uid": record.uid,
            "job-name": record.name,
        }
        template = item["spec"]["template"]
        pod = pod_from(self._cluster, template, name, record.namespace, owner, labels)
        self._cluster["pods"].put(pod)
        message = f"Created pod: {name}"
        self._recorder.normal("batch/v1/Job", record, "SuccessfulCreate", message, _SOURCE)

    def _to_next_minute(self) -> float:
        return _MINUTE - self._cluster.clock() % _MINUTE + 0.5

    def _minute(self) -> None:
        self._agenda.after(self._to_next_minute(), self._minute)
        now = time.gmtime(self._cluster.clock())
        for record in list(self._cluster["cronjobs.batch"].records.values()):
            item = record.object()
            spec = item["spec"]
            if not spec.get("suspend") and due(spec.get("schedule", ""), now):
                self._run(record, item)

    def _run(self, record: Record, item: Object) -> None:
        minutes = int(self._cluster.clock()) // _MINUTE
        name = f"{record.name}-{minutes}"
        jobs = self._cluster["jobs.batch"]
        if jobs.get(record.namespace, name) is not None:
            return
        owner = replicas.owner_reference("batch/v1", "CronJob", record.name, record.uid)
        made = new_job(self._cluster, name, record.namespace, item["spec"]["jobTemplate"]["spec"], owner)
        jobs.put(made)
        item["status"] = (item.get("status") or {}) | {"lastScheduleTime": stamp(minutes * _MINUTE)}
        self._cluster["cronjobs.batch"].put(item)
        message = f"Created job {name}"
        self._recorder.normal("batch/v1/CronJob", record, "SuccessfulCreate", message, "cronjob-controller")

    def _sync_cron(self, key: str) -> None:
        """Lists the running jobs in the status and removes finished ones beyond the history limits."""
        record = self._cluster["cronjobs.batch"].records.get(key)
        if record is None:
            return
        item = record.object()
        jobs = [job.object() for job in owned(self._cluster, record.uid, "jobs.batch")]
        running = [job for job in jobs if not _holds(job["status"], "Complete", "Failed")]
        item["status"] = {
            "active": [_reference(job) for job in running],
            **{name: value for name, value in (item.get("status") or {}).items() if name != "active"},
        }
        finished = [job["status"]["completionTime"] for job in jobs if job["status"].get("completionTime")]
        if finished:
            item["status"]["lastSuccessfulTime"] = max(finished, key=seconds_of)
        if not running:
            del item["status"]["active"]
        self._cluster["cronjobs.batch"].put(item)
        limits = (("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1))
        for kind, field, limit in limits:
            done = [job for job in jobs if _holds(job["status"], kind)]
            done.sort(key=lambda job: str(job["metadata"]["creationTimestamp"]))
            for job in done[: max(0, len(done) - item["spec"].get(field, limit))]:
                self._cluster["jobs.batch"].remove(f"{record.namespace}/{job['metadata']['name']}")


def new_job(cluster: Cluster, name: str, namespace: str, spec: Object, owner: Object | None) -> Object:
    """A Job as the API server stores a new one."""
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    metadata = cluster.metadata(name, namespace, labels=labels, generation=1)
    metadata |= {"ownerReferences": [owner]} if owner else {}
    selector = {"matchLabels": {"batch.kubernetes.io/controller-uid": metadata["uid"]}}
    defaults = {"parallelism": 1, "completions": 1, "backoffLimit": 6}
    return {"metadata": metadata, "spec": defaults | spec | {"selector": selector}, "status": {}}


def due(schedule: str, moment: time.struct_time) -> bool:
    """Whether a five-field cron schedule holds in this minute (UTC). Names of days and months are not known."""
    fields = schedule.split()
    if len(fields) != 5:
        return False
    values = (moment.tm_min, moment.tm_hour, moment.tm_mday, moment.tm_mon, (moment.tm_wday + 1) % 7)
    return all(_matches(field, value) for field, value in zip(fields, values, strict=True))


def _matches(field: str, value: int) -> bool:
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        if low == "*":
            first, last = 0, 10_000
        elif low.isdigit() and (high or low).isdigit():
            first, last = int(low), int(high or low)
        else:
            return False
        if first <= value <= last and (value - first) % int(step or 1) == 0:
            return True
    return False


def _holds(status: Object, *kinds: str) -> bool:
    conditions = status.get("conditions") or ()
    return any(entry["type"] in kinds and entry["status"] == "True" for entry in conditions)


def _reference(job: Object) -> Object:
    metadata = job["metadata"]
    named = {"kind": "Job", "apiVersion": "batch/v1", "name": metadata["name"]}
    return named | {"namespace": metadata["namespace"], "uid": metadata["uid"]}
