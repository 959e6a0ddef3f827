"""What is said of a context in the tree and in diagnostics: a shape, a word and a colour for its session's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdesk.kube.subscription import WatchState
from kdesk.viewmodel.freshness import Shape

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.informer import InformerReport
    from kdesk.kube.kubeconfig import Context
    from kdesk.kube.session import ClusterSession


@dataclass(frozen=True, slots=True)
class ClusterState:
    """``name`` is for programs (IDLE, OPENING, OPEN, FAILED, UNAUTHORIZED, UNUSABLE), the rest for people.

    ``detail`` is a sentence or ""; ``tone`` the token of a colour.
    """

    name: str
    shape: Shape
    word: str
    tone: str
    detail: str = ""


_NOT_OPEN = ClusterState("IDLE", Shape.RING, "", "text2")


def cluster_state(
    context: Context, session: ClusterSession | None, error: str, reports: Sequence[InformerReport] = ()
) -> ClusterState:
    """``error``: why it was not opened the last time, or ""; ``reports``: of its informers, when it is open."""
    if context.problem and session is None:
        return ClusterState("UNUSABLE", Shape.STRUCK, "unusable", "bad", context.problem)
    if session is None:
        return ClusterState("FAILED", Shape.STRUCK, "failed", "bad", error) if error else _NOT_OPEN
    match session.state.name:
        case "IDLE" | "OPENING":
            return ClusterState("OPENING", Shape.DASHED, "opening", "info", "Asking what the cluster serves.")
        case "OPEN":
            return _open(reports)
        case "UNAUTHORIZED":
            return ClusterState(
                "UNAUTHORIZED", Shape.KEY, "login needed", "bad", session.error or error or "Log in again."
            )
        case "FAILED":
            return ClusterState("FAILED", Shape.STRUCK, "failed", "bad", session.error or error)
    return _NOT_OPEN


def _open(reports: Sequence[InformerReport]) -> ClusterState:
    """As bad as what concerns the whole cluster: a kind that is forbidden or gone is told at that kind."""
    for report in reports:
        if report.state == WatchState.UNAUTHORIZED:
            return ClusterState("OPEN", Shape.KEY, "login needed", "bad", report.last_error)
    lost = [report for report in reports if report.state == WatchState.BACKOFF]
    if lost:
        return ClusterState("OPEN", Shape.DASHED, "reconnecting", "warn", lost[0].last_error)
    if any(report.state == WatchState.LISTING for report in reports):
        return ClusterState("OPEN", Shape.RING, "syncing", "info")
    return ClusterState("OPEN", Shape.DISC, "live" if reports else "open", "ok")
