"""What needs attention among the rows of one watch, kept up to date change by change and moment by moment.

Only rows that changed are looked at, and those of which a rule says that their time has come. What is kept of each
is nothing that the garbage collector need walk: of 100,000 restarted pods that took it a second and more.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable

import msgspec

from kdesk.kube.table.rows import Row
from kdesk.viewmodel.problems.check import Checker, Finding
from kdesk.viewmodel.problems.rules import SEEN

_SLACK = 1_000


class Problem(msgspec.Struct, frozen=True, gc=False):
    """An object that needs attention. ``findings``: why, the worst first; never empty."""

    row: Row
    findings: tuple[Finding, ...]
    checker: Checker

    @property
    def bad(self) -> bool:
        return self.findings[0].rule.tone == "bad"

    @property
    def name(self) -> str:
        """What the object is called in the list."""
        return self.checker.name(self.row, self.findings[0])

    def words(self, now: float) -> str:
        """The worst reason."""
        return self.checker.words(self.row, self.findings[0], now)

    def all_words(self, now: float) -> list[str]:
        return [self.checker.words(self.row, finding, now) for finding in self.findings]


class _Held(msgspec.Struct, gc=False):
    """A row that some rule's tests hold for. ``seen`` by rule: since when, and since when at the most."""

    row: Row
    mask: int
    seen: dict[str, _Seen]
    due: float = math.inf


class _Seen(msgspec.Struct, frozen=True, gc=False):
    """When the tests of a rule began to hold. Of what was so before it was watched only the latest moment is known."""

    at: float
    earliest: float
    known: bool


class Book:
    """Times are epoch seconds. ``problems`` by the row's key; ``titles`` counts the worst rule of each."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self._held: dict[str, _Held] = {}
        self._queue: list[tuple[float, str]] = []
        self.problems: dict[str, Problem] = {}
        self.titles: Counter[tuple[str, str]] = Counter()  # (tone, title)

    @property
    def next_due(self) -> float:
        """The next moment at which ``tick`` has something to do; infinity for none."""
        queue = self._queue
        while queue and not self._is_due(*queue[0]):
            heapq.heappop(queue)
        return queue[0][0] if queue else math.inf

    def apply(self, rows: Iterable[tuple[str, Row | None]], now: float, *, news: bool) -> set[str]:
        """Take over changed rows (None: gone); gives the keys whose problem is another than before.

        ``news`` False: the rows are not changes but what was there when the watching began.
        """
        mask_of, held = self._checker.mask, self._held
        changed: set[str] = set()
        for key, row in rows:
            mask = mask_of(row) if row is not None else 0
            if not mask:
                if key in held:
                    del held[key]
                    self._put(key, None, changed)
            elif row is not None:
                self._hold(key, row, mask, now, news)
                self._judge(key, now, changed)
        return changed

    def tick(self, now: float) -> set[str]:
        """Time has passed; gives the keys whose problem came or went with it."""
        changed: set[str] = set()
        while self.next_due <= now:
            _, key = heapq.heappop(self._queue)
            self._judge(key, now, changed)
        return changed

    def clear(self) -> set[str]:
        """Forget all rows; gives the keys that were problems."""
        gone = set(self.problems)
        for mapping in (self._held, self.problems, self.titles):
            mapping.clear()
        self._queue.clear()
        return gone

    def _hold(self, key: str, row: Row, mask: int, now: float, news: bool) -> None:
        before = self._held.get(key)
        kept = before.seen if before is not None and before.row.uid == row.uid else {}
        # Of an old object that was so when it was first seen, nobody knows since when: it may be from the beginning.
        fresh = _Seen(now, now, True) if news else _Seen(now, float(row.created) or now, False)
        if before is not None and before.mask == mask and kept:
            seen = kept
        else:
            seen = {rule.id: kept.get(rule.id, fresh) for rule in self._checker.rules(mask)}
        self._held[key] = _Held(row, mask, seen, before.due if before is not None else math.inf)

    def _judge(self, key: str, now: float, changed: set[str]) -> None:
        """Which of the rules hold now, and when to look again."""
        held = self._held[key]
        row, due = held.row, math.inf
        findings = []
        rules = self._checker.rules(held.mask)
        for rule in rules:
            seen = held.seen[rule.id]
            since = self._checker.since(row, rule, seen.earliest)
            if since is None:
                continue
            begins, ends = since + rule.after, since + rule.within
            if now < begins:
                due = min(due, begins)
            elif now < ends:
                due = min(due, ends)
                exact = seen.known or rule.since != SEEN
                findings.append(Finding(rule, since if exact else seen.at, not exact))
        if due != held.due:
            held.due = due
            self._await(due, key)
        if due == math.inf and not findings and all(rule.since != SEEN for rule in rules):
            del self._held[key]  # its time is over, and only a change can bring it back
        self._put(key, Problem(row, tuple(findings), self._checker) if findings else None, changed)

    def _await(self, due: float, key: str) -> None:
        if due < math.inf:
            heapq.heappush(self._queue, (due, key))
        if len(self._queue) > 2 * len(self._held) + _SLACK:
            # Rows whose time is put off again and again (events) leave their old times behind.
            self._queue = [(held.due, name) for name, held in self._held.items() if held.due < math.inf]
            heapq.heapify(self._queue)

    def _is_due(self, moment: float, key: str) -> bool:
        held = self._held.get(key)
        return held is not None and held.due == moment

    def _put(self, key: str, problem: Problem | None, changed: set[str]) -> None:
        before = self.problems.pop(key, None)
        if before is not None:
            self._count(before, -1)
        if problem is not None:
            self.problems[key] = problem
            self._count(problem, 1)
        if before is not problem:
            changed.add(key)

    def _count(self, problem: Problem, by: int) -> None:
        worst = problem.findings[0].rule
        entry = (worst.tone, worst.title)
        self.titles[entry] += by
        if not self.titles[entry]:
            del self.titles[entry]
