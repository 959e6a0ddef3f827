"""How many objects of a kind need attention: what the tree shows beside the number of objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Badge:
    """``lines``: "2 crash loop", the worst first."""

    bad: int
    warn: int
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        """``2 critical, 1 warning``."""
        parts = []
        if self.bad:
            parts.append(f"{self.bad:,} critical")
        if self.warn:
            parts.append(f"{self.warn:,} warning{'' if self.warn == 1 else 's'}")
        return ", ".join(parts)


def rolled_up(badges: Iterable[tuple[str, Badge]]) -> Badge | None:
    """One for several kinds, which are named; None for none."""
    several = list(badges)
    if not several:
        return None
    lines = tuple(f"{label}: {line}" for label, badge in several for line in badge.lines)
    return Badge(sum(badge.bad for _, badge in several), sum(badge.warn for _, badge in several), lines)


class ProblemCounts:
    """The badges by cluster and label of the kind; written by the watch of problems, read by the tree."""

    def __init__(self) -> None:
        self._badges: dict[tuple[str, str], Badge] = {}

    def badge(self, cluster: str, label: str) -> Badge | None:
        """None where nothing needs attention, or nothing is watched."""
        return self._badges.get((cluster, label))

    def of(self, cluster: str) -> list[tuple[str, Badge]]:
        """The badges of a cluster, with the labels of their kinds."""
        return [(label, badge) for (name, label), badge in self._badges.items() if name == cluster]

    def put(self, cluster: str, label: str, titles: Iterable[Counter[tuple[str, str]]]) -> None:
        """The counts by (tone, title) of all watches of a kind, the worst title first in each."""
        total: Counter[tuple[str, str]] = Counter()
        for counted in titles:
            total.update(counted)
        if not total:
            self._badges.pop((cluster, label), None)
            return
        bad = sum(count for (tone, _), count in total.items() if tone == "bad")
        order = sorted(total.items(), key=lambda item: (item[0][0] != "bad", -item[1], item[0][1]))
        lines = tuple(f"{count:,} {title}" for (_, title), count in order)
        self._badges[cluster, label] = Badge(bad, total.total() - bad, lines)
