"""What a client may do to objects: create, replace, patch, scale and delete, with a real server's refusals."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import msgspec

from kdesk.demo.objects import crd, defaults, errors
from kdesk.demo.objects.cluster import CRD, Cluster, Served
from kdesk.demo.objects.patching import apply_patch
from kdesk.demo.objects.store import Record
from kdesk.demo.objects.values import Object, stamp

_NAME = re.compile(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
_MAX_NAME = 253
_RFC1123 = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)

CLIENT = "unknown"
Change = Callable[[Object], Object]


class WriteOptions(msgspec.Struct, frozen=True):
    """How to write: `by` is the field manager."""

    dry_run: bool = False
    by: str = CLIENT


class DeleteOptions(msgspec.Struct, frozen=True):
    """The parts of `DeleteOptions` that matter here. `grace_s` None: the object's own."""

    grace_s: int | None = None
    propagation: str = ""
    uid: str = ""
    version: str = ""
    dry_run: bool = False


class Operations:
    """Writes by clients. Every failure is an `ApiError` as the real server would answer."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def read(self, served: Served, namespace: str, name: str) -> Record:
        record = served.collection.get(namespace, name)
        if record is None:
            raise errors.not_found(served.kind.plural, served.kind.group, name)
        return record

    def create(
        self,
        served: Served,
        namespace: str,
        item: Object,
        write: WriteOptions,
    ) -> Record:
        kind, cluster = served.kind, self._cluster
        metadata = self._accept(served, namespace, item)
        name = metadata.get("name") or ""
        if not name and metadata.get("generateName"):
            name = metadata["generateName"] + self.suffix()
        self._check_name(kind.kind, kind.group, name)
        if kind.namespaced:
            self._check_namespace(kind.plural, kind.group, name, namespace)
        if served.collection.get(namespace, name) is not None:
            raise errors.already_exists(kind.plural, kind.group, name)
        kept = {key: metadata[key] for key in _CLIENT_METADATA if metadata.get(key)}
        more = ({"generation": 1} if "spec" in item else {}) | kept
        generate = {"generateName": metadata["generateName"]} if metadata.get("generateName") else {}
        made = {"metadata": cluster.metadata(name, namespace, **generate, **more)}
        made |= {key: value for key, value in item.items() if key not in ("metadata", "apiVersion", "kind")}
        if "status" in kind.subresources:
            made.pop("status", None)
        fault = defaults.prepare(cluster, kind.resource, made)
        if fault:
            raise errors.invalid(kind.kind, kind.group, name, *fault)
        if write.dry_run:
            return served.collection.make(made)
        record = served.collection.put(made, write.by)
        if kind.resource == CRD:
            cluster.define(made)
        return record

    def replace(
        self,
        served: Served,
        namespace: str,
        name: str,
        item: Object,
        subresource: str,
        write: WriteOptions,
    ) -> Record:
        metadata = self._accept(served, namespace, item)
        if metadata.get("name", name) != name:
            given = metadata.get("name")
            words = f"the name of the object ({given}) does not match the name on the URL ({name})"
            raise errors.bad_request(words)
        return self._change(served, namespace, name, lambda _: item, subresource, write)

    def patch(
        self,
        served: Served,
        namespace: str,
        name: str,
        media_type: str,
        patch: Any,
        subresource: str,
        write: WriteOptions,
    ) -> Record:
        def change(current: Object) -> Object:
            return apply_patch(media_type, current, patch)

        return self._change(served, namespace, name, change, subresource, write)

    def scale(
        self,
        served: Served,
        namespace: str,
        name: str,
        change: Change | None,
        write: WriteOptions,
    ) -> Object:
        """The Scale of an object, after changing it if `change` is given."""
        record = self.read(served, namespace, name)
        spec_path, status_path = self._scale_paths(served)
        scale = self._scale_of(record, spec_path, status_path)
        if change is None:
            return scale
        wanted = change(scale)
        asked = (wanted.get("metadata") or {}).get("resourceVersion")
        if asked and asked != str(record.version):
            raise errors.conflict(served.kind.plural, served.kind.group, name)
        replicas = (wanted.get("spec") or {}).get("replicas", 0)
        if not isinstance(replicas, int) or replicas < 0:
            why = f"Invalid value: {replicas}: must be greater than or equal to 0"
            raise errors.invalid("Scale", "autoscaling", name, "spec.replicas", why)
        patch: Any = replicas
        for field in reversed(spec_path.split(".")):
            patch = {field: patch}
        changed = self._change(served, namespace, name, lambda item: _merged(item, patch), "", write)
        return self._scale_of(changed, spec_path, status_path)

    def delete(
        self, served: Served, namespace: str, name: str, options: DeleteOptions
    ) -> tuple[Record, bool]:
        """Deletes or begins to. Gives the last state and whether the object is gone already."""
        kind, cluster = served.kind, self._cluster
        record = self.read(served, namespace, name)
        if options.uid and options.uid != record.uid:
            why = f"Precondition failed: UID in precondition: {options.uid}, UID in object meta: {record.uid}"
            raise errors.conflict(kind.plural, kind.group, name, why)
        if options.version and options.version != str(record.version):
            why = "Precondition failed: the resourceVersion in the precondition is not the object's"
            raise errors.conflict(kind.plural, kind.group, name, why)
        if options.dry_run:
            return record, True
        item = record.object()
        metadata = item["metadata"]
        scheduled = kind.resource == "pods" and bool(item["spec"].get("nodeName"))
        grace = options.grace_s if options.grace_s is not None else 30
        lingers = kind.resource == "namespaces" or (scheduled and grace > 0)
        if options.propagation == "Orphan":
            self._orphan(record.uid)
        if lingers or metadata.get("finalizers"):
            if "deletionTimestamp" not in metadata:
                seconds = grace if scheduled else 0
                metadata["deletionTimestamp"] = stamp(cluster.clock() + seconds)
                metadata["deletionGracePeriodSeconds"] = seconds
                if kind.resource == "namespaces":
                    item["status"] = {"phase": "Terminating"}
                record = served.collection.put(item, by="")
            return record, False
        if kind.resource == CRD:
            names = item["spec"]["names"]
            metadata |= {"deletionTimestamp": cluster.now(), "finalizers": [_CLEANUP]}
            served.collection.put(item, by="")
            cluster.undefine(item["spec"]["group"], names["plural"])
        return served.collection.remove(record.key) or record, True

    def suffix(self) -> str:
        """Five characters as generated names end with."""
        return "".join(self._cluster.random.choices(_SUFFIX, k=5))

    def _change(
        self,
        served: Served,
        namespace: str,
        name: str,
        change: Change,
        subresource: str,
        write: WriteOptions,
    ) -> Record:
        kind = served.kind
        record = self.read(served, namespace, name)
        current = record.object()
        wanted = change(copy.deepcopy(current))
        if not isinstance(wanted.get("metadata"), dict):
            raise errors.bad_request("metadata: not an object")
        given = wanted["metadata"]
        if given.get("resourceVersion") not in (None, "", str(record.version)):
            raise errors.conflict(kind.plural, kind.group, name)
        if given.get("uid") not in (None, "", record.uid):
            why = (
                f"Precondition failed: UID in precondition: {given['uid']}, UID in object meta: {record.uid}"
            )
            raise errors.conflict(kind.plural, kind.group, name, why)
        made = self._updated(current, wanted, kind.subresources, subresource)
        fault = None if subresource else defaults.check(self._cluster, kind.resource, made)
        if fault:
            raise errors.invalid(kind.kind, kind.group, name, *fault)
        if write.dry_run:
            return served.collection.make(made)
        released = current["metadata"].get("finalizers") and not made["metadata"].get("finalizers")
        if released and "deletionTimestamp" in made["metadata"]:
            return served.collection.remove(record.key) or record
        saved = served.collection.put(made, write.by)
        if kind.resource == CRD:
            self._cluster.define(made)
        return saved

    def _updated(
        self, current: Object, wanted: Object, subresources: tuple[str, ...], subresource: str
    ) -> Object:
        """The object to store: a write to `/status` changes only the status, any other all but the status."""
        if subresource == "status":
            made = current | ({"status": wanted["status"]} if "status" in wanted else {})
            return made
        metadata = {key: value for key, value in current["metadata"].items() if key not in _CLIENT_METADATA}
        metadata |= {key: wanted["metadata"][key] for key in _CLIENT_METADATA if wanted["metadata"].get(key)}
        made = {"metadata": metadata}
        made |= {key: value for key, value in wanted.items() if key not in ("metadata", "apiVersion", "kind")}
        if "status" in subresources:
            made.pop("status", None)
            if "status" in current:
                made["status"] = current["status"]
        if made.get("spec") != current.get("spec") and "generation" in metadata:
            metadata["generation"] += 1
        return made

    def _accept(self, served: Served, namespace: str, item: Object) -> Object:
        """Checks type and namespace of a body. Gives its metadata, with the namespace filled in."""
        kind = served.kind
        version, given = item.get("apiVersion", kind.api_version), item.get("kind", kind.kind)
        if version != kind.api_version:
            words = f"the API version in the data ({version}) does not match the expected API version"
            raise errors.bad_request(f"{words} ({kind.api_version})")
        if given != kind.kind:
            words = f"the kind in the data ({given}) does not match the expected kind ({kind.kind})"
            raise errors.bad_request(words)
        metadata: Any = item.get("metadata")
        if not isinstance(metadata, dict):
            metadata = item["metadata"] = {}
        if kind.namespaced and metadata.setdefault("namespace", namespace) not in ("", namespace):
            words = "the namespace of the provided object does not match the namespace sent on the request"
            raise errors.bad_request(words)
        return dict(metadata)

    def _check_name(self, kind: str, group: str, name: str) -> None:
        if not name:
            words = "Required value: name or generateName is required"
            raise errors.invalid(kind, group, name, "metadata.name", words)
        if group == "rbac.authorization.k8s.io":
            return
        if len(name) > _MAX_NAME or not _NAME.match(name):
            raise errors.invalid(kind, group, name, "metadata.name", f'Invalid value: "{name}": {_RFC1123}')

    def _check_namespace(self, plural: str, group: str, name: str, namespace: str) -> None:
        home = self._cluster["namespaces"].get("", namespace)
        if home is None:
            raise errors.not_found("namespaces", "", namespace)
        if home.fields["status.phase"] == "Terminating":
            raise errors.namespace_terminating(plural, group, name, namespace)

    def _orphan(self, owner: str) -> None:
        for resource, key in list(self._cluster.dependents.get(owner, ())):
            item = self._cluster[resource].records[key].object()
            references = item["metadata"]["ownerReferences"]
            item["metadata"]["ownerReferences"] = [entry for entry in references if entry["uid"] != owner]
            self._cluster[resource].put(item)

    def _scale_paths(self, served: Served) -> tuple[str, str]:
        kind = served.kind
        if not kind.custom:
            return "spec.replicas", "status.replicas"
        definition = self._cluster[CRD].records[f"{kind.plural}.{kind.group}"].object()
        return crd.scale_paths(definition, kind.version)

    def _scale_of(self, record: Record, spec_path: str, status_path: str) -> Object:
        item = record.object()
        given = item["metadata"]
        kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        labels = ((item.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
        status: Object = {"replicas": _at(item, status_path)}
        if labels:
            status["selector"] = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        return {
            "kind": "Scale",
            "apiVersion": "autoscaling/v1",
            "metadata": {key: given[key] for key in kept if key in given},
            "spec": {"replicas": _at(item, spec_path)},
            "status": status,
        }


_CLIENT_METADATA = ("labels", "annotations", "finalizers", "ownerReferences")
_CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


def _at(item: Object, path: str) -> int:
    value: Any = item
    for field in path.split("."):
        value = value.get(field) if isinstance(value, dict) else None
    return value if isinstance(value, int) else 0


def _merged(item: Object, patch: Object) -> Object:
    return apply_patch("application/merge-patch+json", item, patch)
