"""How fresh a table is, in a shape, a word and a colour; worst of the informers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from kdesk.kube.engine.subscription import Status, WatchState
from kdesk.viewmodel.moments import minute_text

#: Seconds without a byte from the server after which "live" says how long.
QUIET_AFTER = 10.0
#: Seconds of a lost connection after which the rows are called stale.
STALE_AFTER = 10.0


class Shape(StrEnum):
    """The icon that goes with a state: the name of its file."""

    DISC = "disc"
    RING = "circle"
    DASHED = "circle-dashed"
    CLOCK = "clock"
    LOCK = "lock"
    KEY = "key-round"
    STRUCK = "ban"
    HOURGLASS = "hourglass"


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is said of a table. ``state`` None: not watched at all.

    ``detail`` is one sentence (may be empty); ``since`` epoch seconds (0 unknown); ``tone`` a colour token;
    ``progress`` 0 to 1 of a list under way, None where unknown; ``stale``: rows are shown greyed.
    """

    state: WatchState | None
    shape: Shape
    word: str
    detail: str = ""
    since: float = 0.0
    tone: str = "text2"
    progress: float | None = None
    stale: bool = False


IDLE = Freshness(None, Shape.STRUCK, "not connected", "No cluster is connected.", stale=True)


class PartFreshness(NamedTuple):
    """How fresh one cluster's rows of a table are; ``void``: nothing of them is known to be true any more."""

    cluster: str
    said: Freshness
    void: bool


# Worst first: what a person must know before anything else.
_SEVERITY = (
    WatchState.UNAUTHORIZED,
    WatchState.GONE,
    WatchState.FORBIDDEN,
    WatchState.BACKOFF,
    WatchState.STOPPED,
    WatchState.LISTING,
    WatchState.LIVE,
)


def not_served(kind: str) -> Freshness:
    """The cluster that was switched to has no such kind."""
    sentence = f"This cluster does not serve {kind}."
    return Freshness(WatchState.GONE, Shape.STRUCK, "not served", sentence, tone="bad", stale=True)


def worst(statuses: Sequence[Status]) -> Status | None:
    """The status that a person must hear of first; None for none."""
    return min(statuses, key=lambda status: _SEVERITY.index(status.state), default=None)


def worst_state(states: Sequence[WatchState]) -> WatchState:
    """The state that a person must hear of first; STOPPED for none."""
    return min(states, key=_SEVERITY.index, default=WatchState.STOPPED)


def freshness(statuses: Sequence[Status], *, last_proof: float, now: float) -> Freshness:
    """What to say of a table fed by informers of these statuses.

    ``last_proof``: when the last byte came from the server (the oldest over the informers; 0 for never).
    """
    status = worst(statuses)
    if status is None:
        return IDLE
    share = _share(statuses, status.state)
    match status.state:
        case WatchState.LIVE:
            quiet = now - last_proof if last_proof else 0.0
            word = f"live, {_quiet(quiet)}" if quiet > QUIET_AFTER else "live"
            return Freshness(status.state, Shape.DISC, word, "", status.since, "ok")
        case WatchState.LISTING:
            return _syncing(statuses, status)
        case WatchState.BACKOFF:
            return _lost(status, last_proof, now, share)
        case WatchState.FORBIDDEN:
            return Freshness(
                status.state,
                Shape.LOCK,
                f"forbidden{share}",
                status.error,
                status.since,
                "bad",
                stale=not share,
            )
        case WatchState.UNAUTHORIZED:
            return Freshness(
                status.state, Shape.KEY, "login needed", status.error, status.since, "bad", stale=True
            )
        case WatchState.GONE:
            detail = status.error or "The cluster no longer serves this kind."
            return Freshness(
                status.state, Shape.STRUCK, "kind removed", detail, status.since, "bad", stale=True
            )
        case WatchState.STOPPED:
            return Freshness(
                status.state, Shape.STRUCK, "stopped", status.error, status.since, "text2", stale=True
            )


def of_clusters(parts: Sequence[PartFreshness]) -> Freshness:
    """What to say of a table of several clusters: the worst of them, and how many are as bad. One stands for itself."""
    first = min(parts, key=lambda part: _badness(part.said), default=None)
    if first is None:
        return IDLE
    troubled = [part for part in parts if part.said.state is first.said.state]
    all_of_them = len(troubled) == len(parts)
    word = (
        first.said.word if all_of_them else f"{first.said.word} in {len(troubled)} of {len(parts)} clusters"
    )
    detail = "\n".join(trouble(part) for part in parts if part.said.tone in ("warn", "bad", "text2"))
    return replace(
        first.said,
        word=word,
        detail=detail if len(parts) > 1 else first.said.detail,
        stale=all(part.said.stale for part in parts),
    )


def trouble(part: PartFreshness) -> str:
    """One line on a cluster: its name, the word, and why."""
    said = part.said
    detail = (
        said.detail
        if not said.detail.lower().startswith(said.word.lower())
        else said.detail[len(said.word) :]
    )
    return f"{part.cluster}: {said.word}{'. ' if detail[:1].isalnum() else ''}{detail}".rstrip(".")


def _badness(said: Freshness) -> tuple[int, bool]:
    place = _SEVERITY.index(said.state if said.state is not None else WatchState.STOPPED)
    # Of several that are live, the quietest.
    return place, said.word == "live"


def count_text(number: int) -> str:
    """``50,003``."""
    return f"{number:,}"


def _syncing(statuses: Sequence[Status], status: Status) -> Freshness:
    # Over several namespaces the counts add up; a total that one of them does not know is not a total.
    held = sum(item.objects for item in statuses)
    totals = [item.total or (item.objects if item.state is WatchState.LIVE else 0) for item in statuses]
    total = sum(totals) if all(totals) else 0
    if status.synced:
        return Freshness(status.state, Shape.RING, "syncing", "Listing again.", status.since, "info")
    if total > held:
        word = f"syncing {count_text(held)} of {count_text(total)}"
        return Freshness(status.state, Shape.RING, word, "", status.since, "info", progress=held / total)
    word = f"syncing {count_text(held)}" if held else "syncing"
    return Freshness(status.state, Shape.RING, word, "", status.since, "info")


def _lost(status: Status, last_proof: float, now: float, share: str) -> Freshness:
    wait = max(0, round(status.retry_at - now)) if status.retry_at else 0
    soon = f"reconnecting in {wait} s" if wait else "reconnecting"
    why = f"{soon}: {status.error}" if status.error else soon
    detail = why[0].upper() + why[1:]
    since = status.since or last_proof
    if status.synced and since and now - since >= STALE_AFTER:
        word = f"stale since {minute_text(since, now)}{share}"
        return Freshness(status.state, Shape.CLOCK, word, detail, since, "warn", stale=not share)
    return Freshness(status.state, Shape.DASHED, f"{soon}{share}", detail, status.since, "warn")


def _share(statuses: Sequence[Status], state: WatchState) -> str:
    """`` in 1 of 3``: how many of several namespaces it concerns; empty when it is all of them."""
    count = sum(item.state is state for item in statuses)
    return f" in {count} of {len(statuses)}" if count < len(statuses) else ""


def _quiet(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
