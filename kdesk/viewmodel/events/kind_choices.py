"""What can be watched over the open clusters, as a list to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kdesk.kube.api.discovery import category
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.events.plan import noise


@dataclass(frozen=True, slots=True)
class KindChoice:
    """One kind. ``clusters`` serve it; ``noise`` says why it floods a log (empty for most)."""

    resource: Resource
    category: str
    clusters: int
    noise: str

    @property
    def label(self) -> str:
        return self.resource.label

    def matches(self, text: str) -> bool:
        """Every word is part of the kind, its names, its group or its category."""
        resource = self.resource
        names = (resource.kind, resource.label, resource.singular, *resource.short_names, self.category)
        known = " ".join(names).lower()
        return all(word in known for word in text.lower().split())


def kind_choices(sessions: Iterable[ClusterSession]) -> list[KindChoice]:
    """Every kind that can be watched in at least one of the clusters, by name; each once."""
    found: dict[str, tuple[Resource, int]] = {}
    for session in sessions:
        served = session.catalogue.preferred() if session.catalogue is not None else []
        for resource in served:
            if resource.watchable:
                first, clusters = found.get(resource.label, (resource, 0))
                found[resource.label] = (first, clusters + 1)
    rows = [
        KindChoice(resource, category(resource), clusters, noise(label))
        for label, (resource, clusters) in found.items()
    ]
    return sorted(rows, key=lambda row: (row.resource.kind.lower(), row.resource.gvr.group))
