"""Holding many lines of the live-event log against a filter, without the window noticing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from kdesk.viewmodel.events.book import Book, Chunk, Places, Subject
from kdesk.viewmodel.events.filter import EventFilter, Term
from kdesk.viewmodel.events.lines import Told
from kdesk.viewmodel.events.pool import Mask, Verdicts

_SLICE = 8_192


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are to be shown.

    ``span``: received from the one to before the other moment (epoch seconds). ``existing_from``: of the objects that
    were there before a watch began, only lines from this number on (None: none at all; 0: all). ``now``: epoch
    seconds, for ages. ``notes``: of the lines with a bookmark, by number.
    """

    filter: EventFilter = field(default_factory=EventFilter)
    span: tuple[float, float] | None = None
    existing_from: int | None = 0
    now: float = 0.0
    notes: Mapping[int, str] = field(default_factory=dict)


class Scan:
    """How far the lines have been looked at: up to the one before ``next``. ``close`` it when another takes over."""

    def __init__(self, book: Book, wanted: Wanted) -> None:
        self.next = book.first
        self._book, self._wanted = book, wanted
        self._found: list[Places] = []
        self._existing: Verdicts[Subject] | None = None
        if wanted.existing_from != 0:
            self._existing = book.subjects.judged(lambda subject: subject.initial)
        self._subjects: dict[int, Verdicts[Subject]] = {}
        self._tales: dict[int, Verdicts[Told]] = {}
        for terms in wanted.filter.alternatives:
            for term in terms:
                self._judge(term)

    def _judge(self, term: Term) -> None:
        book, word = self._book, term.word
        if word:
            self._subjects[id(term)] = book.subjects.searched(word)
            self._tales[id(term)] = book.tales.judged(lambda told: word in (told.more or told.words).lower())
        if term.subject is not None:
            self._subjects[id(term)] = book.subjects.judged(term.subject)
        if term.told is not None:
            self._tales[id(term)] = book.tales.judged(term.told)

    def close(self) -> None:
        if self._existing is not None:
            self._book.subjects.drop(self._existing)
        for subjects in self._subjects.values():
            self._book.subjects.drop(subjects)
        for tales in self._tales.values():
            self._book.tales.drop(tales)

    def advance(self, end: int, deadline: float) -> bool:
        """Look at further lines, to before ``end``, until ``deadline`` (monotonic seconds). True: not there yet."""
        self.next = max(self.next, self._book.first)
        while self.next < end:
            stop = min(end, self.next + _SLICE)
            for chunk, place in self._book.parts(self.next, stop):
                found = np.flatnonzero(self.mask(chunk, place))
                if len(found):
                    self._found.append(found + (chunk.first + place.start))
            self.next = stop
            if time.monotonic() >= deadline:
                break
        return self.next < end

    def take(self) -> Places:
        """The numbers found since the last call, those of lines that are gone left out."""
        found, self._found = self._found, []
        numbers = np.concatenate(found) if found else np.empty(0, np.int64)
        if (
            len(numbers) and numbers[0] >= self._book.first
        ):  # nearly always: no search, which lets another thread in
            return numbers
        return numbers[np.searchsorted(numbers, self._book.first) :]

    def mask(self, chunk: Chunk, place: slice) -> Mask:
        """Which of some lines are wanted."""
        wanted, at = self._wanted, chunk.at[place]
        result = np.ones(len(at), np.bool_)
        if self._existing is not None:
            result = ~self._existing.of(chunk.subject[place])
        if self._existing is not None and wanted.existing_from is not None:
            result |= np.arange(chunk.first + place.start, chunk.first + place.stop) >= wanted.existing_from
        if wanted.span is not None:
            result &= (at >= wanted.span[0]) & (at < wanted.span[1])
        if wanted.filter:
            accepted = np.zeros(len(at), np.bool_)
            for terms in wanted.filter.alternatives:
                if accepted.all():
                    break
                accepted |= self._all(terms, chunk, place)
            result &= accepted
        return result

    def _all(self, terms: tuple[Term, ...], chunk: Chunk, place: slice) -> Mask:
        result = np.ones(place.stop - place.start, np.bool_)
        for term in terms:
            if not result.any():
                break
            held = self._holds(term, chunk, place)
            result &= ~held if term.negated else held
        return result

    def _holds(self, term: Term, chunk: Chunk, place: slice) -> Mask:
        at = chunk.at[place]
        result = np.zeros(len(at), np.bool_)
        if (subjects := self._subjects.get(id(term))) is not None:
            result |= subjects.of(chunk.subject[place])
        if (tales := self._tales.get(id(term))) is not None:
            result |= tales.of(chunk.told[place])
        if term.time is not None:
            result |= term.time.holds(at)
        if term.age is not None:
            seconds, younger = term.age
            result |= (self._wanted.now - at < seconds) if younger else (self._wanted.now - at > seconds)
        if term.version is not None:
            result |= np.array(
                [term.version(chunk.version_text(n)) for n in range(place.start, place.stop)], np.bool_
            )
        if term.note is not None:
            self._mark(result, term.note, chunk.first + place.start)
        return result

    def _mark(self, result: Mask, test: Callable[[str], bool], first: int) -> None:
        for number, note in self._wanted.notes.items():
            if first <= number < first + len(result) and test(note):
                result[number - first] = True
