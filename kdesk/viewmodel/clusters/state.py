"""What is said of a context in the tree and in diagnostics: a shape, a word and a colour for its session's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdesk.kube.engine.subscription import WatchState
from kdesk.viewmodel.clusters.freshness import Shape
from kdesk.viewmodel.moments import minute_text

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.config.kubeconfig import Context
    from kdesk.kube.engine.informer import InformerReport
    from kdesk.kube.engine.session import ClusterSession


@dataclass(frozen=True, slots=True)
class ClusterState:
    """``name`` and ``state`` are for programs, the rest for people.

    ``name`` tells how far the session got (IDLE, OPENING, OPEN, FAILED, UNAUTHORIZED, UNUSABLE), ``state`` how fresh
    the cluster is in the words of a watch. ``detail`` is a sentence or ""; ``tone`` the token of a colour.
    """

    name: str
    state: WatchState
    shape: Shape
    word: str
    tone: str
    detail: str = ""


_NOT_OPEN = ClusterState("IDLE", WatchState.STOPPED, Shape.RING, "", "text2")


def cluster_state(
    context: Context, session: ClusterSession | None, error: str, reports: Sequence[InformerReport] = ()
) -> ClusterState:
    """``error``: why it was not opened the last time, or ""; ``reports``: of its informers, when it is open."""
    if context.problem and session is None:
        return ClusterState("UNUSABLE", WatchState.STOPPED, Shape.STRUCK, "unusable", "bad", context.problem)
    if session is None:
        return (
            ClusterState("FAILED", WatchState.BACKOFF, Shape.STRUCK, "failed", "bad", error)
            if error
            else _NOT_OPEN
        )
    match session.state.name:
        case "IDLE" | "OPENING":
            word, detail = "opening", "Asking what the cluster serves."
            if session.catalogue is not None:
                known = minute_text(max((at for _, at in session.catalogue.stale), default=0.0))
                word, detail = (
                    "checking",
                    f"Shown is what the cluster served at {known}; it is being asked again.",
                )
            return ClusterState("OPENING", WatchState.LISTING, Shape.DASHED, word, "info", detail)
        case "OPEN":
            return _open(reports, session.answered)
        case "UNAUTHORIZED":
            return ClusterState(
                "UNAUTHORIZED",
                WatchState.UNAUTHORIZED,
                Shape.KEY,
                "login needed",
                "bad",
                session.error or error or "Log in again.",
            )
        case "FAILED":
            return ClusterState(
                "FAILED", WatchState.BACKOFF, Shape.STRUCK, "failed", "bad", session.error or error
            )
    return _NOT_OPEN


def _open(reports: Sequence[InformerReport], answered: float) -> ClusterState:
    """As bad as what concerns the whole cluster: a kind that is forbidden or gone is told at that kind."""
    if not reports:  # nothing that would notice when the server goes
        at = f" It answered last at {minute_text(answered)}." if answered else ""
        return ClusterState(
            "OPEN", WatchState.STOPPED, Shape.DISC, "not watched", "text2", f"Nothing of it is watched.{at}"
        )
    for report in reports:
        if report.state == WatchState.UNAUTHORIZED:
            return ClusterState(
                "OPEN", WatchState.UNAUTHORIZED, Shape.KEY, "login needed", "bad", report.last_error
            )
    lost = [report for report in reports if report.state == WatchState.BACKOFF]
    if lost:
        return ClusterState(
            "OPEN", WatchState.BACKOFF, Shape.DASHED, "reconnecting", "warn", lost[0].last_error
        )
    if any(report.state == WatchState.LISTING for report in reports):
        return ClusterState("OPEN", WatchState.LISTING, Shape.RING, "syncing", "info")
    return ClusterState("OPEN", WatchState.LIVE, Shape.DISC, "live", "ok")
