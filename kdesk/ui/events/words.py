"""What the live events say of themselves: chips, costs, losses, and why there is no line."""

from __future__ import annotations

from dataclasses import dataclass

from kdesk.ui.events.table import SHAPES
from kdesk.ui.parts.chips import ChipData
from kdesk.viewmodel.clusters.freshness import worst
from kdesk.viewmodel.events.feed import Feed
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.events.plan import noise
from kdesk.viewmodel.events.source import EventSource
from kdesk.viewmodel.moments import clock_text

#: Keys of chips that are no kinds.
EVERYTHING, SPAN, PLACES = "*", "span", "places"
_WORST_PLACES = 12
_RATE_S = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no line: what StatePage shows."""

    icon: str
    sentence: str
    hint: str = ""
    button: str = ""


def chips(log: EventLog) -> list[ChipData]:
    """What is watched, and the span of time that is shown."""
    feed, plan = log.feed, log.feed.plan
    found = []
    if log.span is not None:
        start, end = (clock_text(at) for at in log.span)
        tip = "Only what was received in this span of time is shown."
        found.append(ChipData(SPAN, f"{start} – {end}", "", "clock", "accent", tip, "Show all times"))
    if log.file is not None:
        return found
    by_kind: dict[str, list[EventSource]] = {}
    for source in feed.sources():
        by_kind.setdefault(source.origin.resource.label, []).append(source)
    if plan.everything:
        named = {label: sources for label, sources in by_kind.items() if label in plan.kinds}
        rest = [source for label, sources in by_kind.items() if label not in named for source in sources]
        found.append(_chip(feed, EVERYTHING, rest, f"Everything ({len(by_kind) - len(named)} kinds)"))
    found += [_chip(feed, label, by_kind.get(label, [])) for label in plan.kinds]
    if plan and (places := _places(feed)):
        found.append(
            ChipData(PLACES, places, "", "funnel", "text2", "Where it is watched", "Watch everywhere")
        )
    return found


def _places(feed: Feed) -> str:
    plan = feed.plan
    parts = (", ".join(plan.namespaces), ", ".join(plan.clusters), plan.labels, plan.fields)
    return " · ".join(filter(None, parts))


def _chip(feed: Feed, label: str, sources: list[EventSource], text: str = "") -> ChipData:
    text = text or label
    status = worst([source.status for source in sources if source.status is not None])
    shape, tone = SHAPES[status.state] if status is not None else ("circle", "text2")
    lines = [f"{s.origin.cluster}: {s.status.state.lower() if s.status else 'starting'}" for s in sources]
    if not feed.running:
        shape, tone, lines = "square", "text2", ["Not watched now"]
    elif not sources:
        shape, tone, lines = "ban", "warn", ["No open cluster serves this kind."]
    if label != EVERYTHING and (why := noise(label)):
        lines.append(f"Noisy: {why}")
    return ChipData(label, text, "", shape, tone, "\n".join(lines[:_WORST_PLACES]))


def cost(log: EventLog, now: float) -> tuple[str, str]:
    """What it takes, in short and at length. Bytes are of the lines and of their objects."""
    feed, book = log.feed, log.book
    held = book.bytes + book.object_bytes
    if not feed.running:
        return (f"{_size(held)} kept" if len(book) else ""), "Of the lines and their objects"
    watches = len(feed.sources())
    rate = log.rates.last(_RATE_S, now)
    short = f"{watches} watch{'' if watches == 1 else 'es'} · {rate:,.0f} events/s · {_size(held)}"
    tip = (
        f"{watches} watches, a connection and a thread each\n"
        f"{len(book):,} lines: {_size(book.bytes)}, and {_size(book.object_bytes)} of objects as they were\n"
        f"{feed.waiting:,} events wait to become lines"
    )
    return short, tip


def losses(log: EventLog) -> str:
    """Which lines and objects are not kept any more, and where they came from."""
    book, lines = log.book, []
    for source in log.feed.sources():
        if source.lost:
            lines.append(
                f"{source.lost:,} events of {source.origin.resource.label} of {source.origin.cluster} "
                "came faster than they could be shown"
            )
    places = book.dropped.most_common(_WORST_PLACES)
    if places:
        lines.append("The log is full; the oldest lines went first:")
        lines += [f"{count:,} of {origin.resource.label} of {origin.cluster}" for origin, count in places]
        if len(book.dropped) > len(places):
            lines.append("and others")
    if book.bare:
        lines.append(
            f"{book.bare:,} of the oldest lines have no object any more; what changed in words stays"
        )
    return "\n".join(lines)


def reason(log: EventLog) -> Reason:
    """Why there is no line."""
    feed = log.feed
    if log.total:
        if log.searching:
            return Reason("hourglass", "Searching…")
        if log.span is not None:
            return Reason(
                "clock", "No line in this span of time.", "The chip with the times shows all again."
            )
        return Reason("funnel", "No line matches the filter.", "Esc in the filter clears it.")
    hint = "Every change arrives here as a line of its own, with the object as it was at that moment."
    if not feed.sessions:
        return Reason("activity", "Open a cluster to see what happens in it.", hint)
    if not feed.plan:
        return Reason("activity", "Choose what to watch.", hint, "Choose kinds…")
    if not feed.running:
        return Reason("activity", f"{feed.cost().text}, not started yet.", hint, "Start")
    if not feed.sources():
        return Reason("ban", "No open cluster serves what you chose to watch.", button="Choose kinds…")
    return Reason("activity", "Nothing has happened yet.", "The next change will appear here.")


def _size(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"
