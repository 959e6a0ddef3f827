"""The kinds that a scripted API server serves, and the columns of their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True)
class TableColumn:
    """A column definition; ``path`` leads to the cell's value in the object (dotted), "" is the age."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0

    def definition(self) -> dict[str, Any]:
        form = "name" if self.name == "Name" else ""
        return {
            "name": self.name,
            "type": self.type,
            "format": form,
            "description": f"{self.name} of it",
            "priority": self.priority,
        }

    def cell(self, obj: Mapping[str, Any]) -> Any:
        if not self.path:
            return "5m"  # the server's own ageing text, which a client must not show
        value: Any = obj
        for step in self.path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return value


NAME = TableColumn("Name", "metadata.name")
AGE = TableColumn("Age", "")


@dataclass(frozen=True)
class ServedKind:
    """One resource. The first version given of a group is its preferred one."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    columns: tuple[TableColumn, ...] = (NAME, AGE)

    @property
    def label(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def group_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def base(self) -> str:
        return f"/apis/{self.group_version}" if self.group else f"/api/{self.version}"


POD_COLUMNS = (
    NAME,
    TableColumn("Ready", "status.ready"),
    TableColumn("Status", "status.phase"),
    TableColumn("Restarts", "status.restarts", "integer"),
    AGE,
    TableColumn("Node", "spec.nodeName", priority=1),
)

WIDGET = ServedKind("example.com", "v1", "widgets", "Widget", short=("wd",))

KINDS = (
    ServedKind("", "v1", "namespaces", "Namespace", False, ("ns",)),
    ServedKind("", "v1", "pods", "Pod", short=("po",), columns=POD_COLUMNS),
    ServedKind("", "v1", "configmaps", "ConfigMap", short=("cm",)),
    ServedKind("", "v1", "events", "Event", short=("ev",)),
    ServedKind("", "v1", "componentstatuses", "ComponentStatus", False, ("cs",), ("get", "list")),
    ServedKind("apps", "v1", "deployments", "Deployment", short=("deploy",)),
    ServedKind("events.k8s.io", "v1", "events", "Event", short=("ev",)),
    WIDGET,
)
