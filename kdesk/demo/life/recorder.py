"""Kubernetes Events: what controllers tell about objects. Repeated ones are counted, old ones dropped."""

from __future__ import annotations

from collections import OrderedDict

from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.store import Record
from kdesk.demo.objects.values import Object

_KEPT = 1000


class Recorder:
    """Writes the Events of one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    def normal(self, kind: str, about: Record, reason: str, message: str, source: str) -> None:
        self._tell("Normal", kind, about, reason, message, source)

    def warning(self, kind: str, about: Record, reason: str, message: str, source: str) -> None:
        self._tell("Warning", kind, about, reason, message, source)

    def _tell(self, severity: str, kind: str, about: Record, reason: str, message: str, source: str) -> None:
        cluster, events = self._cluster, self._cluster["events"]
        identity = (about.uid, reason, message)
        record = events.records.get(self._known.get(identity, ""))
        if record is not None:
            event = record.object()
            event |= {"count": event["count"] + 1, "lastTimestamp": cluster.now()}
            events.put(event)
            return
        namespace = about.namespace or "default"
        home = cluster["namespaces"].get("", namespace)
        if home is None or home.fields["status.phase"] == "Terminating":
            return
        name = f"{about.name}.{cluster.random.getrandbits(64):016x}"
        metadata = cluster.metadata(name, namespace)
        made = events.put(
            {"metadata": metadata, **self._told(severity, kind, about, reason, message, source)}
        )
        self._known[identity] = made.key
        while len(self._known) > _KEPT:
            _, oldest = self._known.popitem(last=False)
            events.remove(oldest)

    def _told(
        self, severity: str, kind: str, about: Record, reason: str, message: str, source: str
    ) -> Object:
        version, _, bare = kind.rpartition("/")
        target = {"kind": bare, "name": about.name, "uid": about.uid, "apiVersion": version or "v1"}
        target |= {"namespace": about.namespace} if about.namespace else {}
        now = self._cluster.now()
        host = about.fields.get("spec.nodeName", "") if source == "kubelet" else ""
        return {
            "involvedObject": target | {"resourceVersion": str(about.version)},
            "reason": reason,
            "message": message,
            "source": {"component": source} | ({"host": host} if host else {}),
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "type": severity,
            "eventTime": None,
            "reportingComponent": source,
            "reportingInstance": host,
        }
