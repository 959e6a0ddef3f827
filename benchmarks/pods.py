"""Pods as a real API server sends them, by number: 8 KB whole, 4.8 KB as a row of a Table (mostly managedFields)."""

from __future__ import annotations

import random
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
_HASH = "bcdfghjklmnpqrstvwxz2456789"
_STATES = ("Running",) * 12 + ("Pending", "CrashLoopBackOff", "Completed")
_RESTARTS = ("0",) * 8 + ("1 (5h12m ago)", "3 (42m ago)")
_COLUMNS = ("Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates")
#: So many pods are made one by one; further rounds differ in a part of their names and uids.
_POOL = 5_000
_ROUND = b"~~~~"
_MARKS: tuple[str, ...] = (
    "NAME",
    "NAMESPACE",
    "UID",
    "VERSION",
    "CREATED",
    "HASH",
    "OWNER",
    "APP",
    "READY",
    "STATE",
    "RESTARTS",
)
_MARKS += ("AGE", "IP", "NODE")


class Pods:
    """An endless numbered series, the same for every run."""

    def __init__(self) -> None:
        pod = _pod()
        row: dict[str, Any] = {
            "cells": _cells(),
            "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"},
        }
        row["object"]["metadata"] = pod["metadata"]
        self._whole, self._row = _template(pod), _template(row)
        pick = random.Random(1)
        self._suffixes = ["".join(pick.choices(_HASH, k=5)) for _ in range(_POOL)]
        self._hashes = ["".join(pick.choices(_HASH, k=10)) for _ in range(_POOL)]
        self._uids = [f"{pick.getrandbits(64):016x}" for _ in range(_POOL)]
        self._base: dict[bool, list[bytes]] = {}

    def item(self, number: int, version: int, *, table: bool) -> bytes:
        """One pod, as a Table's row or whole."""
        text = (self._row if table else self._whole) % self._values(number % _POOL, version)
        return text.replace(_ROUND, b"%04d" % (number // _POOL))

    def page(self, start: int, end: int, total: int, *, table: bool) -> bytes:
        """A list's answer with the pods from ``start`` to before ``end`` of ``total``."""
        base = self._base.get(table)
        if base is None:
            make = self._row if table else self._whole
            base = self._base[table] = [make % self._values(number, number + 1) for number in range(_POOL)]
        parts = []
        at = start
        while at < end:  # a page may reach over several rounds of the pool
            until = min(end, at - at % _POOL + _POOL)
            text = b",".join(base[at % _POOL : at % _POOL + until - at])
            parts.append(text.replace(_ROUND, b"%04d" % (at // _POOL)))
            at = until
        objects = b",".join(parts)
        metadata: dict[str, Any] = {"resourceVersion": "9000000"}
        if end < total:
            metadata |= {"continue": str(end), "remainingItemCount": total - end}
        if table:
            head: dict[str, Any] = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
            head |= {"columnDefinitions": columns()}
            return b'%b,"rows":[%b]}\n' % (_encode(head)[:-1], objects)
        head = {"kind": "PodList", "apiVersion": "v1", "metadata": metadata}
        return b'%b,"items":[%b]}\n' % (_encode(head)[:-1], objects)

    def event(self, kind: str, number: int, version: int, *, table: bool, first: bool = False) -> bytes:
        """A line of a watch; only the first of a Table watch brings the columns."""
        if not table:
            item = self.item(number, version, table=False)
            # A watched object says what it is; an item of a list does not.
            return b'{"type":"%b","object":{"kind":"Pod","apiVersion":"v1",%b}\n' % (kind.encode(), item[1:])
        head: dict[str, Any] = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}}
        head["columnDefinitions"] = columns() if first else None
        rows = b'%b,"rows":[%b]}' % (_encode(head)[:-1], self.item(number, version, table=True))
        return b'{"type":"%b","object":%b}\n' % (kind.encode(), rows)

    def _values(self, number: int, version: int) -> dict[bytes, bytes]:
        app, copy = number % 997, number // 997
        hash_ = self._hashes[app]
        values = {
            "NAME": f"service-{app}-{hash_}-{self._suffixes[number]}{_ROUND.decode()}",
            "NAMESPACE": f"team-{app % 40}",
            "UID": f"{self._uids[number][:12]}-{_ROUND.decode()}-{number:016x}",
            "VERSION": str(version),
            "CREATED": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:31Z",
            "HASH": hash_,
            "OWNER": f"{self._uids[app]}0000{app:012x}",
            "APP": f"service-{app}",
            "READY": ("1/1", "0/1", "2/2")[copy % 3],
            "STATE": _STATES[(number + version) % len(_STATES)],
            "RESTARTS": _RESTARTS[number % len(_RESTARTS)],
            "AGE": f"{number % 90 + 1}d",
            "IP": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            "NODE": f"ip-10-0-{number % 7}-{number % 251}.eu-central-1.compute.internal",
        }
        return {name.encode(): value.encode() for name, value in values.items()}


def columns() -> list[dict[str, Any]]:
    """The columns of a pod's Table; the last four are wide ones."""
    return [
        {
            "name": name,
            "type": "string",
            "format": "",
            "description": f"{name}: as the API says it.",
            "priority": int(at > 4),
        }
        for at, name in enumerate(_COLUMNS)
    ]


def _template(value: object) -> bytes:
    """JSON with ``%(NAME)b`` wherever the value has ``@NAME@``."""
    text = _encode(value)
    for mark in _MARKS:
        text = text.replace(f"@{mark}@".encode(), f"%({mark})b".encode())
    return text


def _cells() -> list[str]:
    return ["@NAME@", "@READY@", "@STATE@", "@RESTARTS@", "@AGE@", "@IP@", "@NODE@", "<none>", "<none>"]


def _pod() -> dict[str, Any]:
    labels = {
        "app.kubernetes.io/name": "@APP@",
        "app.kubernetes.io/part-of": "@NAMESPACE@",
        "tier": "backend",
    }
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "@APP@-@HASH@", "uid": "@OWNER@"}
    metadata = {
        "name": "@NAME@",
        "generateName": "@APP@-@HASH@-",
        "namespace": "@NAMESPACE@",
        "uid": "@UID@",
        "resourceVersion": "@VERSION@",
        "generation": 1,
        "creationTimestamp": "@CREATED@",
        "labels": labels | {"pod-template-hash": "@HASH@"},
        "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
        "ownerReferences": [owner | {"controller": True, "blockOwnerDeletion": True}],
        "managedFields": _managed_fields(),
    }
    return {"metadata": metadata, "spec": _spec(), "status": _status()}


def _spec() -> dict[str, Any]:
    probe = {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "timeoutSeconds": 1}
    probe |= {"periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
    field = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}
    container = {
        "name": "@APP@",
        "image": "registry.local/@NAMESPACE@/@APP@:1.27.3",
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": [{"name": f"SETTING_{n}", "value": f"value-{n}"} for n in range(8)]
        + [{"name": "POD_NAME", "valueFrom": field}],
        "resources": {
            "limits": {"cpu": "1", "memory": "512Mi"},
            "requests": {"cpu": "100m", "memory": "128Mi"},
        },
        "volumeMounts": [{"name": "api-access", "readOnly": True, "mountPath": "/var/run/secrets/api"}],
        "livenessProbe": probe,
        "readinessProbe": probe,
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }
    taints = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
    token = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
    return {
        "volumes": [{"name": "api-access", "projected": {"sources": [token], "defaultMode": 420}}],
        "containers": [container],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "nodeName": "@NODE@",
        "schedulerName": "default-scheduler",
        "tolerations": [
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in taints
        ],
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    }


def _status() -> dict[str, Any]:
    names = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    condition = {
        "observedGeneration": 1,
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": "@CREATED@",
    }
    container = {
        "name": "@APP@",
        "state": {"running": {"startedAt": "@CREATED@"}},
        "lastState": {},
        "ready": True,
        "restartCount": 0,
        "image": "registry.local/@NAMESPACE@/@APP@:1.27.3",
        "imageID": "registry.local/@NAMESPACE@/@APP@@sha256:" + "0123456789abcdef" * 4,
        "containerID": "containerd://" + "fedcba9876543210" * 4,
        "started": True,
    }
    return {
        "observedGeneration": 1,
        "phase": "Running",
        "conditions": [{"type": name} | condition for name in names],
        "hostIP": "10.0.0.4",
        "podIP": "@IP@",
        "podIPs": [{"ip": "@IP@"}],
        "startTime": "@CREATED@",
        "containerStatuses": [container],
        "qosClass": "Burstable",
    }


def _managed_fields() -> list[dict[str, Any]]:
    """What the controller manager and the kubelet own of such a pod, field by field."""

    def owned(value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return {f"f:{name}": owned(inner) for name, inner in value.items()} | {".": {}}
        if isinstance(value, list):
            entries = [entry for entry in value if isinstance(entry, dict)]
            keys = [
                next(key for key in ("name", "type", "key", "ip", "effect") if key in entry)
                for entry in entries
            ]
            named = zip(keys, entries, strict=True)
            return {f'k:{{"{key}":"{entry[key]}"}}': owned(entry) for key, entry in named} | {".": {}}
        return {}

    spec = owned({name: value for name, value in _spec().items() if name not in ("volumes", "tolerations")})
    entry = {
        "operation": "Update",
        "apiVersion": "v1",
        "time": "2026-05-04T10:11:12Z",
        "fieldsType": "FieldsV1",
    }
    metadata = {"f:generateName": {}, "f:labels": owned({"app.kubernetes.io/name": "", "tier": ""})}
    metadata["f:ownerReferences"] = {".": {}, 'k:{"uid":"94feb6a6-ce21-4de1-a197-2a562e867ae6"}': {}}
    status = owned({name: value for name, value in _status().items() if name != "qosClass"})
    return [
        entry | {"manager": "kube-controller-manager", "fieldsV1": {"f:metadata": metadata, "f:spec": spec}},
        entry | {"manager": "kubelet", "subresource": "status", "fieldsV1": {"f:status": status}},
    ]
