"""What can be watched over the open clusters, as a list to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kdesk.kube.api.discovery import category
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.events.source import Choice, choice_of, noise


@dataclass(frozen=True, slots=True)
class KindChoice:
    """One kind. ``clusters`` serve it; ``noise`` says why it floods a log (empty for most)."""

    choice: Choice
    resource: Resource
    category: str
    clusters: int
    noise: str

    def matches(self, text: str) -> bool:
        """Every word is part of the kind, its names, its group or its category."""
        resource = self.resource
        names = (resource.kind, resource.label, resource.singular, *resource.short_names, self.category)
        known = " ".join(names).lower()
        return all(word in known for word in text.lower().split())


def kind_choices(sessions: Iterable[ClusterSession]) -> list[KindChoice]:
    """Every kind that can be watched in at least one of the clusters, by name; each once."""
    found: dict[Choice, tuple[Resource, int]] = {}
    for session in sessions:
        served = session.catalogue.preferred() if session.catalogue is not None else []
        for resource in served:
            if resource.watchable:
                first, clusters = found.get(choice_of(resource), (resource, 0))
                found[choice_of(resource)] = (first, clusters + 1)
    rows = [
        KindChoice(choice, resource, category(resource), clusters, noise(resource))
        for choice, (resource, clusters) in found.items()
    ]
    return sorted(rows, key=lambda row: (row.resource.kind.lower(), row.resource.gvr.group))
