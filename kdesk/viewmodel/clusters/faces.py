"""What the lines of the cluster tree say: texts, numbers, shapes and tones, as values that can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.clusters.problem_counts import Badge
from kdesk.viewmodel.clusters.state import ClusterState
from kdesk.viewmodel.moments import minute_text

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.api.discovery import Catalogue
    from kdesk.kube.config.kubeconfig import Context
    from kdesk.kube.engine.informer import InformerReport


@dataclass(frozen=True, slots=True)
class Face:
    """How a node looks. ``second`` stands behind ``text`` in a quieter colour, ``right`` at the right edge.

    ``shape`` is the name of an icon and ``tone`` its colour; ``active``: new tables open here;
    ``open``: the context is discovered; ``held``: it is, or is being opened, or has failed to; ``merged``: its rows are
    in the table in front, None where that is not to choose. ``badge`` of a line with others below: of all of those.
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
    merged: bool | None = None


@dataclass(slots=True)
class Total:
    """What the watches of a kind say together."""

    objects: int
    state: WatchState
    error: str
    badge: Badge | None


#: By the label of the kind.
Totals = dict[str, Total]


def totals_of(reports: Iterable[InformerReport], badge: Callable[[str], Badge | None]) -> Totals:
    """Objects by resource: those of the watch over all namespaces where there is one, else the sum."""
    found: dict[str, list[InformerReport]] = {}
    for report in reports:
        found.setdefault(report.resource, []).append(report)
    totals: Totals = {}
    for resource, several in found.items():
        whole = [report for report in several if not report.namespace]
        objects = max(r.objects for r in whole) if whole else sum(r.objects for r in several)
        bad = next((r for r in several if r.state not in (WatchState.LIVE, WatchState.LISTING)), several[0])
        totals[resource] = Total(objects, WatchState(bad.state), bad.last_error, badge(resource))
    return totals


def kind_face(resource: Resource, text: str, totals: Totals, catalogue: Catalogue | None) -> Face:
    """The line of a kind; ``catalogue``: of its cluster."""
    scope = "in namespaces" if resource.namespaced else "of the cluster"
    tip = f"{resource.kind} ({resource.gvk.api_version}), {scope}"
    second = ""
    at = catalogue.stale_since(resource) if catalogue is not None and catalogue.checked else None
    if at is not None:
        known = minute_text(at) if at else ""
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


def context_tip(context: Context, state: ClusterState) -> str:
    """What a context tells when it is pointed at."""
    lines = [context.name, context.server, f"user {context.user}" if context.user else "", state.detail]
    return "\n".join(line for line in lines if line)


def short_version(version: str) -> str:
    """``v1.37.2`` as 1.37."""
    return ".".join(version.removeprefix("v").split(".")[:2])
