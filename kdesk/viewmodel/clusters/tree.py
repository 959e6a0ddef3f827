"""The tree of clusters: kubeconfig files, contexts, categories, kinds with live counts. Every node keeps its index.

Nothing is ever reset: nodes are compared with what is to be shown, and only differences are inserted, removed, changed;
so what is selected and expanded stays so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from itertools import count
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.freshness import clock_time
from kdesk.viewmodel.clusters.problem_counts import Badge, ProblemCounts
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.clusters.state import ClusterState

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.api.discovery import Catalogue
    from kdesk.kube.config.kubeconfig import Context
    from kdesk.kube.engine.informer import InformerReport

Index = QModelIndex | QPersistentModelIndex


class NodeKind(StrEnum):
    FILE = "file"
    CONTEXT = "context"
    CATEGORY = "category"
    GROUP = "group"  # of custom resources: an API group
    RESOURCE = "resource"
    PROBLEM = "problem"  # a file that cannot be read, a group that did not answer


class TreeRole(IntEnum):
    """Beside Qt's own: ``NODE`` gives the Node itself, which a delegate paints."""

    NODE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Face:
    """How a node looks. ``second`` stands behind ``text`` in a quieter colour, ``right`` at the right edge.

    ``shape`` is the name of an icon and ``tone`` its colour; ``active``: new tables open here;
    ``open``: the context is discovered; ``held``: it is, or is being opened, or has failed to.
    """

    text: str
    second: str = ""
    right: str = ""
    shape: str = ""
    tone: str = "text2"
    tip: str = ""
    active: bool = False
    held: bool = False
    open: bool = False
    badge: Badge | None = None


@dataclass(slots=True, eq=False)
class Node:
    """One line. ``key`` is unique among its siblings; ``context`` and ``resource`` say what it stands for."""

    id: int
    key: str
    kind: NodeKind
    face: Face
    parent: Node | None = None
    context: str = ""
    category: str = ""
    resource: Resource | None = None
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wanted:
    key: str
    kind: NodeKind
    face: Face
    context: str = ""
    category: str = ""
    resource: Resource | None = None


_CATEGORIES = ("Workloads", "Network", "Config", "Storage", "Access", "Cluster", "Events", "Custom")
# What people look at first comes first; the others follow by name.
_FIRST = (
    "pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs",
    "services", "ingresses", "configmaps", "secrets", "persistentvolumeclaims", "persistentvolumes",
    "nodes", "namespaces",
)  # fmt: skip


class ClusterTreeModel(QAbstractItemModel):
    """``categorize`` gives the category of a resource (one of eight words); ``problems``: what needs attention."""

    def __init__(
        self,
        clusters: Clusters,
        pulse: Pulse,
        categorize: Callable[[Resource], str],
        problems: ProblemCounts | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._clusters, self._pulse, self._categorize = clusters, pulse, categorize
        self._problems = problems or ProblemCounts()
        self._ids = count(1)
        self._nodes: dict[int, Node] = {}
        self._root = Node(0, "", NodeKind.FILE, Face(""))
        clusters.listed.connect(self.refresh)
        clusters.state_changed.connect(self.refresh)
        clusters.active_changed.connect(self.refresh)
        pulse.beat.connect(self._beat)

    # Qt's side. Indexes carry an integer: one that outlives its node finds nothing, instead of a wrong object.

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        node = self.node(parent)
        if node is None or column != 0 or not 0 <= row < len(node.children):
            return QModelIndex()
        return self.createIndex(row, 0, node.children[row].id)

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008
        node = self._nodes.get(index.internalId()) if index.isValid() else None
        return self.index_of(node.parent) if node is not None and node.parent is not None else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        node = self.node(parent)
        return len(node.children) if node is not None else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index) if index.isValid() else None
        if node is None:
            return None
        face = node.face
        if role == Qt.ItemDataRole.DisplayRole:
            return face.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return face.tip or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(
                filter(
                    None,
                    (
                        face.text,
                        face.second,
                        face.right,
                        face.badge.words if face.badge is not None else "",
                        "active" if face.active else "",
                    ),
                )
            )
        if role == TreeRole.NODE:
            return node
        return None

    def node(self, index: Index) -> Node | None:
        """The node of an index; the root for an invalid one; None for one that is no more."""
        return self._nodes.get(index.internalId()) if index.isValid() else self._root

    def index_of(self, node: Node) -> QModelIndex:
        if node.parent is None:
            return QModelIndex()
        return self.createIndex(node.parent.children.index(node), 0, node.id)

    def find(self, context: str) -> QModelIndex:
        """The line of a context."""
        for node in self._nodes.values():
            if node.kind is NodeKind.CONTEXT and node.context == context:
                return self.index_of(node)
        return QModelIndex()

    # What is to be shown

    def refresh(self) -> None:
        """Bring everything up to date."""
        files: dict[str, list[Context]] = {}
        for context in self._clusters.contexts:
            files.setdefault(context.file, []).append(context)
        wanted = [
            _Wanted(path, NodeKind.FILE, Face(short_path(path), tip=path, shape="file-text"))
            for path in files
        ]
        wanted += [
            _Wanted(f"!{text}", NodeKind.PROBLEM, Face(text, shape="triangle-alert", tone="bad", tip=text))
            for text in self._clusters.problems
        ]
        self._sync(self._root, wanted)
        for node in self._root.children:
            self._sync(node, [self._context(context) for context in files.get(node.key, ())])
            for child in node.children:
                self._refresh_kinds(child)

    def _context(self, context: Context) -> _Wanted:
        name = context.name
        state = self._clusters.state(name, self._pulse.reports.get(name, ()))
        session = self._clusters.sessions.get(name)
        catalogue = session.catalogue if session is not None else None
        face = Face(
            context.plain_name or context.name,
            second=state.word if state.tone != "ok" else "",
            right=_short_version(catalogue.version) if catalogue is not None else "",
            shape=state.shape if state.name != "IDLE" else "circle",
            tone=state.tone,
            tip=_tip(context, state),
            active=name == self._clusters.active and session is not None,
            held=session is not None,
            open=catalogue is not None,
        )
        return _Wanted(name, NodeKind.CONTEXT, face, context=name)

    def _refresh_kinds(self, node: Node) -> None:
        catalogue = self._catalogue(node.context)
        if catalogue is None:
            self._sync(node, [])
            return
        by_category: dict[str, list[Resource]] = {name: [] for name in _CATEGORIES}
        for resource in catalogue.preferred():
            by_category.setdefault(self._categorize(resource), []).append(resource)
        wanted = [
            _Wanted(name, NodeKind.CATEGORY, Face(name, tip=f"{len(kinds)} kinds"), node.context, name)
            for name, kinds in by_category.items()
            if kinds
        ]
        wanted += [
            _Wanted(
                f"!{group}",
                NodeKind.PROBLEM,
                Face(
                    group or "core", second="did not answer", shape="triangle-alert", tone="warn", tip=reason
                ),
                node.context,
            )
            for group, reason in catalogue.failures
        ]
        self._sync(node, wanted)
        totals = self._totals(node.context)
        for child in node.children:
            if child.key == "Custom":
                self._refresh_custom(child, by_category["Custom"], totals, catalogue)
            elif child.kind is NodeKind.CATEGORY:
                self._sync(child, _kinds(by_category[child.key], child, totals, catalogue))

    def _catalogue(self, context: str) -> Catalogue | None:
        session = self._clusters.sessions.get(context)
        return session.catalogue if session is not None else None

    def _refresh_custom(
        self, node: Node, resources: list[Resource], totals: _Totals, catalogue: Catalogue
    ) -> None:
        groups: dict[str, list[Resource]] = {}
        for resource in sorted(resources, key=lambda resource: resource.gvr.group):
            groups.setdefault(resource.gvr.group, []).append(resource)
        self._sync(
            node,
            [
                _Wanted(group, NodeKind.GROUP, Face(group, tip=group), node.context, "Custom")
                for group in groups
            ],
        )
        for child in node.children:
            self._sync(child, _kinds(groups[child.key], child, totals, catalogue))

    def _beat(self) -> None:
        """Only counts and states may have changed."""
        contexts = {context.name: context for context in self._clusters.contexts}
        totals = {name: self._totals(name) for name in self._pulse.reports}
        for node in list(self._nodes.values()):
            if node.kind is NodeKind.CONTEXT and node.context in contexts:
                self._set_face(node, self._context(contexts[node.context]).face)
            elif node.resource is not None:
                totals_here = totals.get(node.context, {})
                face = _kind_face(node.resource, node.face.text, totals_here, self._catalogue(node.context))
                self._set_face(node, face)

    def _totals(self, context: str) -> _Totals:
        return _totals(
            self._pulse.reports.get(context, ()), lambda label: self._problems.badge(context, label)
        )

    # Differences

    def _set_face(self, node: Node, face: Face) -> None:
        if node.face != face:
            node.face = face
            index = self.index_of(node)
            self.dataChanged.emit(index, index)

    def _sync(self, parent: Node, wanted: Iterable[_Wanted]) -> None:
        """Make the children of a node what is wanted, in that order."""
        wanted = list(wanted)
        keys = {item.key for item in wanted}
        for row in range(len(parent.children) - 1, -1, -1):
            if parent.children[row].key not in keys:
                self._remove(parent, row)
        for row, item in enumerate(wanted):
            at = next(
                (i for i in range(row, len(parent.children)) if parent.children[i].key == item.key), None
            )
            if at is not None and at != row:
                self._remove(parent, at)  # it changed places: rare enough to be made anew
                at = None
            if at is None:
                self._insert(parent, row, item)
                continue
            node = parent.children[row]
            node.resource = item.resource
            self._set_face(node, item.face)

    def _insert(self, parent: Node, row: int, item: _Wanted) -> None:
        node = Node(
            next(self._ids),
            item.key,
            item.kind,
            item.face,
            parent,
            item.context,
            item.category,
            item.resource,
        )
        self.beginInsertRows(self.index_of(parent), row, row)
        parent.children.insert(row, node)
        self._nodes[node.id] = node
        self.endInsertRows()

    def _remove(self, parent: Node, row: int) -> None:
        self.beginRemoveRows(self.index_of(parent), row, row)
        self._forget(parent.children.pop(row))
        self.endRemoveRows()

    def _forget(self, node: Node) -> None:
        del self._nodes[node.id]
        for child in node.children:
            self._forget(child)


@dataclass(slots=True)
class _Total:
    objects: int
    state: WatchState
    error: str
    badge: Badge | None


_Totals = dict[str, _Total]


def _totals(reports: Iterable[InformerReport], badge: Callable[[str], Badge | None]) -> _Totals:
    """Objects by resource: those of the watch over all namespaces where there is one, else the sum."""
    found: dict[str, list[InformerReport]] = {}
    for report in reports:
        found.setdefault(report.resource, []).append(report)
    totals: _Totals = {}
    for resource, several in found.items():
        whole = [report for report in several if not report.namespace]
        objects = max(r.objects for r in whole) if whole else sum(r.objects for r in several)
        bad = next((r for r in several if r.state not in (WatchState.LIVE, WatchState.LISTING)), several[0])
        totals[resource] = _Total(objects, WatchState(bad.state), bad.last_error, badge(resource))
    return totals


def _kinds(resources: list[Resource], parent: Node, totals: _Totals, catalogue: Catalogue) -> list[_Wanted]:
    plurals = [resource.gvr.resource for resource in resources]
    resources = by_importance(resources)
    wanted = []
    for resource in resources:
        # Two groups may have a plural in common: then each says its group.
        text = resource.gvr.resource if plurals.count(resource.gvr.resource) == 1 else resource.label
        face = _kind_face(resource, text, totals, catalogue)
        wanted.append(
            _Wanted(resource.label, NodeKind.RESOURCE, face, parent.context, parent.category, resource)
        )
    return wanted


def by_importance(resources: Iterable[Resource]) -> list[Resource]:
    """What people look at first comes first, the others by name."""
    order = {name: place for place, name in enumerate(_FIRST)}
    return sorted(resources, key=lambda r: (order.get(r.gvr.resource, len(order)), r.label))


def _kind_face(resource: Resource, text: str, totals: _Totals, catalogue: Catalogue | None) -> Face:
    scope = "in namespaces" if resource.namespaced else "of the cluster"
    tip = f"{resource.kind} ({resource.gvk.api_version}), {scope}"
    second = ""
    at = catalogue.stale_since(resource) if catalogue is not None and catalogue.checked else None
    if at is not None:
        known = clock_time(at, time.time()) if at else ""
        second = f"as of {known}" if known else "stale"
        tip += "\nIts group did not answer: this is what was served before."
    total = totals.get(resource.label)
    if total is None:
        return Face(text, second=second, tip=tip)
    badge = total.badge
    if badge is not None:
        tip = "\n".join((tip, "Needs attention:", *badge.lines))
    trouble = total.state not in (WatchState.LIVE, WatchState.LISTING)
    return Face(
        text,
        second=second,
        right=f"{total.objects:,}",
        tip=f"{tip}\n{total.error}" if trouble and total.error else tip,
        shape="triangle-alert" if trouble else "",
        tone="warn" if trouble else "text2",
        badge=badge,
    )


def _tip(context: Context, state: ClusterState) -> str:
    lines = [context.name, context.server, f"user {context.user}" if context.user else "", state.detail]
    return "\n".join(line for line in lines if line)


def _short_version(version: str) -> str:
    """``v1.37.2`` as 1.37."""
    return ".".join(version.removeprefix("v").split(".")[:2])


def short_path(path: str) -> str:
    """A path as people write it: ``~`` for the home folder."""
    home = os.path.expanduser("~")
    return f"~{path[len(home) :]}" if home and path.startswith(home + os.sep) else path
