"""The lines of the live-event log in columns: a million of them in less memory than their objects once took.

What lines have in common (object, cluster, kind, who; what changed, in words) is kept once and numbered; of a line
itself there remain some numbers and its two objects. A filter asks each common value once, and then looks up numbers.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from kdesk.kube.diff.managers import Manager
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.events.lines import NOTHING_TOLD, EventLine, Origin, Told, state_text, who
from kdesk.viewmodel.events.pool import Pool

CHUNK = 16_384
#: Bytes of a line in its chunk, with its place among the lines shown.
LINE_BYTES = 8 + 8 + 8 + 4 + 4 + 2 * 8 + 8
#: Number of what is not told yet, and of lines of which there is nothing to tell.
UNTOLD, NOTHING = 0, 1

Places = npt.NDArray[np.int64]


class Subject(msgspec.Struct, frozen=True, gc=False):
    """What lines share. ``who`` is empty, and ``note`` and ``count`` are set, for a word of a watch about itself."""

    origin: Origin
    type: str
    key: str = ""
    uid: str = ""
    created: int = 0
    labels: str = ""
    manager: str = ""
    subresource: str = ""
    is_object: bool = True
    initial: bool = False
    final_unknown: bool = False
    note: str = ""
    count: int = 0

    @property
    def namespace(self) -> str:
        return self.key.partition("/")[0] if self.is_object else self.origin.namespace

    @property
    def name(self) -> str:
        return self.key.partition("/")[2]

    @property
    def who(self) -> str:
        return "" if self.type == "DELETED" else Manager(self.manager, self.subresource).text

    @property
    def hay(self) -> str:
        """What words are looked for in: all columns that do not change from line to line, in lower case."""
        origin = self.origin
        texts = (origin.cluster, self.type, origin.resource.kind, origin.resource.label, self.namespace)
        rest = (self.name, self.who) if self.is_object else (state_text(self),)
        return "\x1f".join((*texts, *rest)).lower()


class States(NamedTuple):
    """The JSON of a line's object before and after; empty where it is not kept any more."""

    number: int
    kind: str
    before: bytes
    after: bytes


class Chunk:
    """Up to ``room`` lines in order; ``first`` is the number of the first of them."""

    def __init__(self, first: int, room: int) -> None:
        self.first = first
        self.size = 0
        self.at = np.empty(room, np.float64)  # epoch seconds, received
        self.stamped = np.empty(room, np.float64)  # the server's own time, 0 where there is none
        self.version = np.empty(room, np.int64)  # -1: in odd_versions
        self.subject = np.empty(room, np.uint32)
        self.told = np.empty(room, np.uint32)
        self.after: list[bytes] = []
        self.before: list[bytes] = []
        self.odd_versions: dict[int, str] = {}

    @property
    def end(self) -> int:
        """The number after that of the last line."""
        return self.first + self.size

    def version_text(self, place: int) -> str:
        version = int(self.version[place])
        return str(version) if version >= 0 else self.odd_versions.get(place, "")

    def object_bytes(self, place: int) -> int:
        """As ``EventLine.size``."""
        return len(self.before[place]) or len(self.after[place])


class Book:
    """Lines by number, from ``first`` to before ``end``, without a gap. The oldest go first, a chunk at a time."""

    def __init__(self, capacity: int, max_bytes: int) -> None:
        """``capacity`` in lines; ``max_bytes`` of objects as JSON."""
        self.chunks: list[Chunk] = []
        self.end = 1
        self.subjects: Pool[Subject] = Pool(_subject_bytes, lambda subject: subject.hay)
        self.tales: Pool[Told] = Pool(_told_bytes)
        self.tales.add(Told("\0"))  # UNTOLD
        self.tales.add(NOTHING_TOLD)
        self.object_bytes = 0
        self.dropped: Counter[Origin] = Counter()  # lines, by where they came from
        self.bare = 0  # lines whose objects were dropped
        self._bare_to = 0  # the lines before this number have no objects any more
        self._capacity, self._max_bytes = capacity, max_bytes
        self._room = max(1, min(CHUNK, capacity // 16))

    @property
    def first(self) -> int:
        return self.chunks[0].first if self.chunks else self.end

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def bytes(self) -> int:
        """What it takes besides the objects, roughly."""
        return (
            len(self.chunks) * self._room * (LINE_BYTES - 24)
            + len(self) * 24
            + self.subjects.bytes
            + self.tales.bytes
        )

    # Writing

    def extend(self, lines: Sequence[EventLine], told: Sequence[Told] = ()) -> bool:
        """Number and keep them; whether the oldest were dropped for it. ``told``: what is known to have changed."""
        done = 0
        while done < len(lines):
            if not self.chunks or self.chunks[-1].size == self._room:
                self.chunks.append(Chunk(self.end, self._room))
            done += self._fill(self.chunks[-1], lines[done:], told[done:])
        return self._trim()

    def _fill(self, chunk: Chunk, lines: Sequence[EventLine], told: Sequence[Told]) -> int:
        start = chunk.size
        lines = lines[: self._room - start]
        place = slice(start, start + len(lines))
        for number, line in enumerate(lines, self.end):
            line.number = number
        chunk.at[place] = [line.at for line in lines]
        chunk.stamped[place] = [line.stamped for line in lines]
        chunk.subject[place] = [self.subjects.add(_subject(line)) for line in lines]
        if told:
            chunk.told[place] = [self.tales.add(one) for one in told[: len(lines)]]
        else:
            chunk.told[place] = [self.tales.add(_UNTOLD if line.old else NOTHING_TOLD) for line in lines]
        versions = []
        for offset, line in enumerate(lines, start):
            text = line.row.version if line.row is not None else ""
            plain = text.isascii() and text.isdigit() and len(text) < 19 and (text == "0" or text[0] != "0")
            versions.append(int(text) if plain else -1)
            if not plain and text:
                chunk.odd_versions[offset] = text
        chunk.version[place] = versions
        chunk.after += [line.row.raw if line.row is not None else b"" for line in lines]
        chunk.before += [line.old for line in lines]
        self.object_bytes += sum(line.size for line in lines)
        chunk.size += len(lines)
        self.end += len(lines)
        return len(lines)

    def tell(self, number: int, told: Told) -> None:
        """What changed in a line; nothing happens where it is gone."""
        found = self._find(number)
        if found is not None:
            chunk, place = found
            self.tales.release_one(int(chunk.told[place]))
            chunk.told[place] = self.tales.add(told)

    def _trim(self) -> bool:
        """Whole chunks go, and objects before lines: what changed stays readable in words."""
        dropped = False
        while len(self) > self._capacity:
            oldest = self.chunks[0]
            self.chunks = self.chunks[1:]  # another list: a thread that saves may be reading this one
            self._drop(oldest)
            dropped = True
        number = max(self._bare_to, self.first)
        while self.object_bytes > self._max_bytes and (found := self._find(number)) is not None:
            chunk, place = found
            if size := chunk.object_bytes(place):
                self.object_bytes -= size
                self.bare += 1
                chunk.after[place] = chunk.before[place] = b""
            number += 1
        self._bare_to = number
        return dropped

    def _drop(self, chunk: Chunk) -> None:
        subjects = chunk.subject[: chunk.size]
        for number, count in zip(
            *(part.tolist() for part in np.unique(subjects, return_counts=True)), strict=True
        ):
            self.dropped[self.subjects[number].origin] += count
        self.object_bytes -= sum(map(chunk.object_bytes, range(chunk.size)))
        self.subjects.release(subjects)
        self.tales.release(chunk.told[: chunk.size])

    # Reading

    def _find(self, number: int) -> tuple[Chunk, int] | None:
        chunks = self.chunks
        if not chunks or not chunks[0].first <= number < self.end:
            return None
        offset = number - chunks[0].first
        return chunks[offset // self._room], offset % self._room  # all but the last are full

    def line(self, number: int) -> EventLine:
        """Raises IndexError where it is gone."""
        found = self._find(number)
        if found is None:
            raise IndexError(number)
        chunk, place = found
        subject = self.subjects[int(chunk.subject[place])]
        line = EventLine(number, float(chunk.at[place]), subject.type, subject.origin)
        line.note, line.count = subject.note, subject.count
        line.initial, line.final_unknown = subject.initial, subject.final_unknown
        line.stamped, line.old = float(chunk.stamped[place]), chunk.before[place]
        if subject.is_object:
            written = (subject.name, subject.manager, subject.subresource) if subject.manager else ()
            line.row = Row(
                subject.key,
                subject.uid,
                chunk.version_text(place),
                subject.created,
                written,
                subject.labels,
                raw=chunk.after[place],
            )
        return line

    def states(self, number: int) -> States:
        """What telling of a line takes, cheaper than the line. Raises IndexError."""
        found = self._find(number)
        if found is None:
            raise IndexError(number)
        chunk, place = found
        kind = self.subjects[int(chunk.subject[place])].origin.resource.kind
        return States(number, kind, chunk.before[place], chunk.after[place])

    def told(self, number: int) -> Told | None:
        """What changed in a line; None: not known yet. Raises IndexError."""
        found = self._find(number)
        if found is None:
            raise IndexError(number)
        chunk, place = found
        told = int(chunk.told[place])
        return None if told == UNTOLD else self.tales[told]

    def parts(self, start: int, stop: int) -> Iterator[tuple[Chunk, slice]]:
        """The chunks that hold the lines from ``start`` to before ``stop``, and where in them."""
        chunks = self.chunks
        place = max(0, start - self.first) // self._room
        while place < len(chunks) and chunks[place].first < stop:
            chunk = chunks[place]
            low, high = max(start, chunk.first), min(stop, chunk.end)
            place += 1
            if low < high:
                yield chunk, slice(low - chunk.first, high - chunk.first)

    def number_at(self, at: float) -> int:
        """The first line received at that moment or later; ``end`` where there is none."""
        for chunk in self.chunks:
            late = np.flatnonzero(chunk.at[: chunk.size] >= at)
            if len(late):
                return chunk.first + int(late[0])
        return self.end


_UNTOLD = Told("\0")


def _subject(line: EventLine) -> Subject:
    row = line.row
    if row is None:
        return Subject(line.origin, line.type, is_object=False, note=line.note, count=line.count)
    author = who(line)
    return Subject(
        line.origin,
        line.type,
        row.key,
        row.uid,
        row.created,
        row.labels,
        author.name,
        author.subresource,
        True,
        line.initial,
        line.final_unknown,
    )


_SUBJECT = sys.getsizeof(Subject(Origin("", None, ""), ""))  # type: ignore[arg-type]
_ENTRY = 110  # of a dict, with the lists of the pool


def _subject_bytes(subject: Subject) -> int:
    return _SUBJECT + _ENTRY + sum(49 + len(text) for text in (subject.key, subject.uid, subject.key)) + 40


def _told_bytes(told: Told) -> int:
    return 64 + _ENTRY + sum(49 + len(text) * 2 for text in (told.words, told.more, told.paths))
