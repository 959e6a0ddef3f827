"""What is said of the list of problems as a whole: how far it has come, and what it cannot know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kdesk.kube.engine.subscription import WatchState
from kdesk.viewmodel.clusters.freshness import Shape, freshness
from kdesk.viewmodel.problems.watch import Part


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is not known, or not any more: ``events: forbidden on prod``."""

    words: str
    detail: str
    shape: str
    tone: str


def gaps(parts: Sequence[Part], now: float) -> list[Gap]:
    """One for each kind and state, with all the clusters that it concerns, the worst first; one for all lists."""
    found: dict[tuple[str, str, str, str, str, str], list[str]] = {}
    covered = {(part.cluster, part.label) for part in parts if not part.namespace and _known(part)}
    spaces: dict[tuple[str, str], list[str]] = {}
    listing: dict[str, None] = {}
    for part in parts:
        if part.namespace and _known(part):
            spaces.setdefault((part.cluster, part.label), []).append(part.namespace)
    for part in parts:
        said = freshness([part.status], last_proof=0.0, now=now)
        if part.status.state is WatchState.LIVE or (part.cluster, part.label) in covered:
            continue
        if part.status.state is WatchState.LISTING:
            listing[part.label.partition(".")[0]] = None
            continue
        kind = part.label.partition(".")[0]
        place = f" in {part.namespace}" if part.namespace else ""
        seen = ", ".join(spaces.get((part.cluster, part.label), ())) if not part.namespace else ""
        tone = "warn" if seen else said.tone
        key = (tone, kind + place, said.word, said.detail, said.shape, seen)
        found.setdefault(key, []).append(part.cluster)
    order = {"bad": 0, "warn": 1}
    lost = [
        Gap(_words(kind, word, clusters, seen), detail, shape, tone)
        for (tone, kind, word, detail, shape, seen), clusters in sorted(
            found.items(), key=lambda item: (order.get(item[0][0], 2), item[0][1])
        )
    ]
    syncing = [Gap(f"syncing {', '.join(listing)}", "", Shape.RING, "info")] if listing else []
    return lost + syncing


def _words(kind: str, word: str, clusters: Sequence[str], seen: str) -> str:
    but = f", but for {seen}" if seen else ""
    return f"{kind}: {word} on {', '.join(clusters)}{but}"


def watching(parts: Sequence[Part]) -> str:
    """``14 kinds on 2 clusters``."""
    kinds, clusters = len({part.label for part in parts}), len({part.cluster for part in parts})
    return f"{kinds} {'kind' if kinds == 1 else 'kinds'} on {clusters} {_clusters(clusters)}"


def objects(parts: Sequence[Part]) -> int:
    """How many objects have been looked at (those of a namespace are among those of all)."""
    whole = {(part.cluster, part.label) for part in parts if not part.namespace and _known(part)}
    return sum(
        part.status.objects for part in parts if not part.namespace or (part.cluster, part.label) not in whole
    )


def _known(part: Part) -> bool:
    return part.status.state is WatchState.LIVE


def _clusters(number: int) -> str:
    return "cluster" if number == 1 else "clusters"
