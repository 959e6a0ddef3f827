"""The resource types that the simulated clusters serve, as discovery names them.

Custom resources come at run time, out of CustomResourceDefinitions; see `crd`.
"""

from __future__ import annotations

import msgspec

from kdesk.demo.objects.values import group_resource

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
CREATE_ONLY = ("create",)


class Kind(msgspec.Struct, frozen=True):
    """One resource type in one version."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ("status",)
    verbs: tuple[str, ...] = ALL_VERBS
    singular: str = ""
    custom: bool = False
    list_kind: str = ""

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """`pods`, `deployments.apps`."""
        return group_resource(self.group, self.plural)

    @property
    def singular_name(self) -> str:
        return self.singular or self.kind.lower()

    @property
    def kind_of_list(self) -> str:
        return self.list_kind or self.kind + "List"


class Group(msgspec.Struct, frozen=True):
    """An API group with its versions, the preferred one first."""

    name: str
    versions: tuple[str, ...]


_ALL = ("all",)
_ONE_BY_ONE = tuple(verb for verb in ALL_VERBS if verb != "deletecollection")
_SCALABLE = ("scale", "status")
_APPS, _BATCH, _NET, _RBAC = "apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io"
_STORAGE, _AUTH = "storage.k8s.io", "authorization.k8s.io"

BUILT_IN: tuple[Kind, ...] = (
    Kind("", "v1", "ConfigMap", "configmaps", short_names=("cm",), subresources=()),
    Kind("", "v1", "Endpoints", "endpoints", short_names=("ep",), subresources=(), singular="endpoints"),
    Kind("", "v1", "Event", "events", short_names=("ev",), subresources=()),
    Kind("", "v1", "Namespace", "namespaces", False, ("ns",), (), ("finalize", "status"), _ONE_BY_ONE),
    Kind("", "v1", "Node", "nodes", False, ("no",)),
    Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", short_names=("pvc",)),
    Kind("", "v1", "PersistentVolume", "persistentvolumes", False, ("pv",)),
    Kind("", "v1", "Pod", "pods", short_names=("po",), categories=_ALL, subresources=("log", "status")),
    Kind("", "v1", "ResourceQuota", "resourcequotas", short_names=("quota",)),
    Kind("", "v1", "Secret", "secrets", subresources=()),
    Kind("", "v1", "ServiceAccount", "serviceaccounts", short_names=("sa",), subresources=()),
    Kind("", "v1", "Service", "services", short_names=("svc",), categories=_ALL),
    Kind(_APPS, "v1", "DaemonSet", "daemonsets", short_names=("ds",), categories=_ALL),
    Kind(_APPS, "v1", "Deployment", "deployments", True, ("deploy",), _ALL, _SCALABLE),
    Kind(_APPS, "v1", "ReplicaSet", "replicasets", True, ("rs",), _ALL, _SCALABLE),
    Kind(_APPS, "v1", "StatefulSet", "statefulsets", True, ("sts",), _ALL, _SCALABLE),
    Kind("events.k8s.io", "v1", "Event", "events", short_names=("ev",), subresources=()),
    Kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", True, ("hpa",), _ALL),
    Kind(_BATCH, "v1", "CronJob", "cronjobs", short_names=("cj",), categories=_ALL),
    Kind(_BATCH, "v1", "Job", "jobs", categories=_ALL),
    Kind(_NET, "v1", "IngressClass", "ingressclasses", False, subresources=()),
    Kind(_NET, "v1", "Ingress", "ingresses", short_names=("ing",)),
    Kind(_NET, "v1", "NetworkPolicy", "networkpolicies", short_names=("netpol",), subresources=()),
    Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", short_names=("pdb",)),
    Kind(_RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", False, subresources=()),
    Kind(_RBAC, "v1", "ClusterRole", "clusterroles", False, subresources=()),
    Kind(_RBAC, "v1", "RoleBinding", "rolebindings", subresources=()),
    Kind(_RBAC, "v1", "Role", "roles", subresources=()),
    Kind(_STORAGE, "v1", "StorageClass", "storageclasses", False, ("sc",), subresources=()),
    Kind(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        False,
        ("crd", "crds"),
        ("api-extensions",),
    ),
    Kind("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", False, ("pc",), subresources=()),
    Kind("coordination.k8s.io", "v1", "Lease", "leases", subresources=()),
    Kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", subresources=()),
)
"""Everything that is stored."""

REVIEWS = tuple(
    Kind(group, "v1", kind, f"{kind.lower()}s", False, subresources=(), verbs=CREATE_ONLY)
    for group, kind in (
        ("authentication.k8s.io", "SelfSubjectReview"),
        (_AUTH, "SelfSubjectAccessReview"),
        (_AUTH, "SelfSubjectRulesReview"),
    )
)
"""Questions: they can be created, are answered at once and are never stored."""
