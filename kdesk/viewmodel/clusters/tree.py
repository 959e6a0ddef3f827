"""The tree of clusters: kubeconfig files, contexts, categories, kinds with live counts. Every node keeps its index.

Nothing is ever reset: nodes are compared with what is to be shown, and only differences are inserted, removed, changed;
so what is selected and expanded stays so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from itertools import count
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from kdesk.kube.gvk import Resource
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.faces import Face, Totals, context_tip, kind_face, short_version, totals_of
from kdesk.viewmodel.clusters.problem_counts import ProblemCounts, rolled_up
from kdesk.viewmodel.clusters.pulse import Pulse

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.api.discovery import Catalogue
    from kdesk.kube.config.kubeconfig import Context

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
        self._merged: frozenset[str] | None = None
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
        if role == Qt.ItemDataRole.CheckStateRole and face.merged is not None:
            return Qt.CheckState.Checked if face.merged else Qt.CheckState.Unchecked
        if role == TreeRole.NODE:
            return node
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        node = self.node(index)
        boxed = node is not None and node.face.merged is not None
        return super().flags(index) | (Qt.ItemFlag.ItemIsUserCheckable if boxed else Qt.ItemFlag.NoItemFlags)

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

    def set_merged(self, clusters: Iterable[str] | None) -> None:
        """These are in the table in front; None: there is none."""
        merged = None if clusters is None else frozenset(clusters)
        if merged != self._merged:
            self._merged = merged
            self._beat()

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
        self._roll_up()

    def _context(self, context: Context) -> _Wanted:
        name = context.name
        state = self._clusters.state(name, self._pulse.reports.get(name, ()))
        session = self._clusters.sessions.get(name)
        catalogue = session.catalogue if session is not None else None
        face = Face(
            context.plain_name or context.name,
            second=state.word if state.tone != "ok" else "",
            right=short_version(catalogue.version) if catalogue is not None else "",
            shape=state.shape if state.name != "IDLE" else "circle",
            tone=state.tone,
            tip=context_tip(context, state),
            active=name == self._clusters.active and session is not None,
            held=session is not None,
            open=catalogue is not None,
            badge=rolled_up(self._problems.of(name)),
            merged=self._is_merged(name),
        )
        return _Wanted(name, NodeKind.CONTEXT, face, context=name)

    def _is_merged(self, name: str) -> bool | None:
        """None where there is nothing to choose: no table, or no other cluster that is open."""
        if self._merged is None or not self._clusters.is_open(name):
            return None
        several = sum(session.catalogue is not None for session in self._clusters.sessions.values()) > 1
        return name in self._merged if several else None

    def _roll_up(self) -> None:
        """What needs attention below a line, for when it is folded."""
        for node in self._nodes.values():
            if node.kind in (NodeKind.CATEGORY, NodeKind.GROUP):
                below = [*node.children, *(kind for group in node.children for kind in group.children)]
                faces = ((kind.key, kind.face.badge) for kind in below if kind.resource is not None)
                badge = rolled_up((label, badge) for label, badge in faces if badge is not None)
                self._set_face(node, replace(node.face, badge=badge))

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
        self, node: Node, resources: list[Resource], totals: Totals, catalogue: Catalogue
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
                face = kind_face(node.resource, node.face.text, totals_here, self._catalogue(node.context))
                self._set_face(node, face)
        self._roll_up()

    def _totals(self, context: str) -> Totals:
        return totals_of(
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


def _kinds(resources: list[Resource], parent: Node, totals: Totals, catalogue: Catalogue) -> list[_Wanted]:
    plurals = [resource.gvr.resource for resource in resources]
    resources = by_importance(resources)
    wanted = []
    for resource in resources:
        # Two groups may have a plural in common: then each says its group.
        text = resource.gvr.resource if plurals.count(resource.gvr.resource) == 1 else resource.label
        face = kind_face(resource, text, totals, catalogue)
        wanted.append(
            _Wanted(resource.label, NodeKind.RESOURCE, face, parent.context, parent.category, resource)
        )
    return wanted


def by_importance(resources: Iterable[Resource]) -> list[Resource]:
    """What people look at first comes first, the others by name."""
    order = {name: place for place, name in enumerate(_FIRST)}
    return sorted(resources, key=lambda r: (order.get(r.gvr.resource, len(order)), r.label))


def short_path(path: str) -> str:
    """A path as people write it: ``~`` for the home folder."""
    home = os.path.expanduser("~")
    return f"~{path[len(home) :]}" if home and path.startswith(home + os.sep) else path
