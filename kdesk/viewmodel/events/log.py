"""The live-event log: one line per event of what is watched, or of what was saved to a file."""

from __future__ import annotations

import asyncio
import functools
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.viewmodel.events.book import Book
from kdesk.viewmodel.events.export import save_lines
from kdesk.viewmodel.events.feed import Feed
from kdesk.viewmodel.events.filter import EventFilter
from kdesk.viewmodel.events.inspector import EventInspector
from kdesk.viewmodel.events.lines import EventLine
from kdesk.viewmodel.events.marks import Marks
from kdesk.viewmodel.events.model import EventLogModel
from kdesk.viewmodel.events.rates import Rates
from kdesk.viewmodel.events.reading import Opened
from kdesk.viewmodel.events.scan import Scan, Wanted
from kdesk.viewmodel.events.teller import Teller
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.rows.filtering import FilterError

CAPACITY = 1_000_000  # lines
MAX_BYTES = 128 << 20  # of objects kept
_BUDGET_S = 0.012  # for a keystroke, at once; the rest follows in frames
_AGEING_MS = 5_000


class EventLog(QObject):
    """Collects the lines of its ``feed`` and shows those that are wanted. Everything is called on the GUI thread.

    Beyond ``max_bytes`` of objects the oldest lines lose theirs and keep what changed in words; beyond ``capacity``
    lines the oldest go. With ``opened``, a file's lines, it is read-only: nothing is watched.
    """

    changed = Signal()  # counts, pause, filter; at most once per frame

    def __init__(
        self,
        clock: FrameClock,
        *,
        capacity: int = CAPACITY,
        max_bytes: int = MAX_BYTES,
        opened: Opened | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.file = opened.path if opened is not None else None
        self.feed = Feed(clock.wake, self)
        self.marks = Marks(self)
        self.rates = opened.rates if opened is not None else Rates()
        self.book = opened.book if opened is not None else Book(capacity, max_bytes)
        self.model = EventLogModel(self.book, self.marks, self)
        self.inspector = EventInspector(clock, self)
        self.existing_shown = False
        self.filter_error = ""
        self.span: tuple[float, float] | None = None
        self._clock = clock
        self._new_book = functools.partial(Book, capacity, max_bytes)
        self._paused_at: int | None = None  # the number of the first line behind the pause
        self._existing_from: int | None = 0  # see Wanted
        self._filter = EventFilter()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kdesk-events")
        self._teller = Teller(self.book, self._pool, clock.wake)
        self._scan = Scan(self.book, self._wanted())
        self._replacing = False  # what the scan finds takes the place of what is shown
        self._ageing = QTimer(self, interval=_AGEING_MS)
        self._ageing.timeout.connect(self._rescan)
        self.marks.changed.connect(self._marks_changed)
        if opened is not None:
            self.marks.use(opened.notes)
        clock.add(self._frame)

    # What is shown

    @property
    def filter_text(self) -> str:
        return self._filter.text

    @property
    def paused(self) -> bool:
        return self._paused_at is not None

    @property
    def pending(self) -> int:
        """Lines that arrived during the pause."""
        return self.book.end - self._paused_at if self._paused_at is not None else 0

    @property
    def total(self) -> int:
        """Lines kept, filter and pause aside."""
        return len(self.book) - self.pending

    @property
    def dropped(self) -> int:
        """Events that are not in the log any more, or never came into it."""
        return self.book.dropped.total() + self.feed.dropped

    @property
    def searching(self) -> bool:
        """Not all lines were held against the filter yet."""
        return self._replacing

    def pause(self, paused: bool) -> None:
        """Stand still, while the streams go on behind it; what arrived appears when the pause ends."""
        if paused != self.paused:
            self._paused_at = self.book.end if paused else None
            self._clock.wake()
            self.changed.emit()

    def set_filter(self, text: str) -> None:
        """Show only the lines that the filter accepts; large logs follow over some frames.

        What is no filter leaves the one in force, and is said in ``filter_error``.
        """
        try:
            wanted = EventFilter(text)
        except FilterError as error:
            self.filter_error = str(error)
            self.changed.emit()
            return
        if self.filter_error or wanted.text != self._filter.text:
            self.filter_error, self._filter = "", wanted
            self._ageing.start() if wanted.timed and self.file is None else self._ageing.stop()
            self._rescan()
            self.changed.emit()

    def set_span(self, span: tuple[float, float] | None) -> None:
        """Only what was received from the one to before the other moment (epoch seconds), besides the filter."""
        if span != self.span:
            self.span = span
            self._rescan()
            self.changed.emit()

    def show_existing(self, shown: bool) -> None:
        """With or without the objects that were there before their watch began."""
        if shown == self.existing_shown or self.file is not None:
            return
        self.existing_shown = shown
        self._existing_from = None
        if shown:
            self._receive(time.monotonic() + _BUDGET_S)  # what is queued belongs to the time before
            self._existing_from = self.book.end
            self._keep(self.feed.existing())
        self._rescan()
        self.changed.emit()

    def clear(self) -> None:
        """Forget all lines and bookmarks; the streams go on."""
        old, self.book = self.book, self._new_book()
        self.book.end = old.end  # numbers are not used again
        self.feed.dropped = 0
        self._paused_at = self.book.end if self.paused else None
        self._existing_from = 0
        self._teller = Teller(self.book, self._pool, self._clock.wake)
        self.rates.clear()
        self.model.use(self.book)
        self.marks.use({})
        self._rescan()
        self._pool.submit(_free, old)
        del old
        self.changed.emit()

    async def save(self, path: Path | str) -> int:
        """Write the lines shown as JSON lines, in a thread; how many. Raises SaveError."""
        book, numbers, notes = self.book, self.model.numbers.tolist(), dict(self.marks.notes)
        work = functools.partial(save_lines, book, numbers, notes, Path(path), masked=self.file is not None)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Release every watch; nothing is shown any more."""
        self.inspector.close()
        self._ageing.stop()
        self._clock.remove(self._frame)
        self.feed.rebind([])
        self._pool.shutdown(wait=False, cancel_futures=True)

    # How lines come in

    def _frame(self, deadline: float) -> bool:
        more = self._receive(deadline)
        told = self._teller.collect()
        return self._continue(deadline, told=told) or more

    def _receive(self, deadline: float) -> bool:
        """Take what was received; True: there is more."""
        lines, more = self.feed.receive(deadline)
        if not self.existing_shown:
            lines = [line for line in lines if not line.initial]
        if lines:
            self._keep(lines)
            self.changed.emit()
        return more

    def _keep(self, lines: list[EventLine]) -> None:
        dropped = self.book.extend(lines)
        self._teller.add(lines)
        self.rates.count(lines)
        if dropped:
            self.model.drop_before(self.book.first)
            self.marks.drop_before(self.book.first)
            if self._paused_at is not None:
                self._paused_at = max(self._paused_at, self.book.first)

    def _wanted(self) -> Wanted:
        now = time.time() if self.file is None else self._last_moment()
        return Wanted(self._filter, self.span, self._existing_from, now, self.marks.notes)

    def _last_moment(self) -> float:
        return self.book.line(self.book.end - 1).at if len(self.book) else 0.0

    def _rescan(self) -> None:
        self._scan.close()
        self._scan = Scan(self.book, self._wanted())
        self._replacing = True
        if self._continue(time.monotonic() + _BUDGET_S):
            self._clock.wake()

    def _continue(self, deadline: float, *, told: bool = False) -> bool:
        """Look for wanted lines among those not looked at yet. True: there is more to do."""
        end = self._paused_at if self._paused_at is not None else self.book.end
        if self._filter.needs_words:
            end = min(end, self._teller.end)
        if self._scan.advance(end, deadline):
            if not self._replacing:
                self.model.append(self._scan.take())
            return True
        if self._replacing:
            self._replacing = False
            self.model.replace(self._scan.take())
            self.changed.emit()
        else:
            found = self._scan.take()
            self.model.append(found)
            if told:
                self.model.refresh()
            if told or len(found):
                self.changed.emit()
        return False

    def _marks_changed(self) -> None:
        if self._filter.marked:
            self._rescan()


def _free(book: Book) -> None:
    """Let go of many lines in the background, a chunk at a time: freeing holds the interpreter's lock."""
    while book.chunks:
        book.chunks.pop()
        time.sleep(0)
