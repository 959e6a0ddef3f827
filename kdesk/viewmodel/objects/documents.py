"""Work on objects in a background thread; of several requests only the newest is answered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

from kdesk.kube.gvk import GVK
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.yaml_text import Document, make_document

T = TypeVar("T")


class Maker(Generic[T]):
    """Makes something in a thread of its own and hands it over on the GUI thread, in a frame."""

    def __init__(self, clock: FrameClock, done: Callable[[T], None]) -> None:
        self._clock = clock
        self._done = done
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kdesk-objects")
        self._running: Future[T] | None = None
        self._next: Callable[[], T] | None = None
        clock.add(self._frame)

    @property
    def busy(self) -> bool:
        return self._running is not None

    def make(self, make: Callable[[], T]) -> None:
        """Call this one; one that is under way is finished and thrown away, one that waits is forgotten."""
        self._next = make
        if self._running is None:
            self._start()

    def cancel(self) -> None:
        """Nothing that was requested will be handed over."""
        self._next = None
        if self._running is not None:
            self._running.cancel()
            self._running = None

    def close(self) -> None:
        """Cancel, and let the thread end."""
        self.cancel()
        self._clock.remove(self._frame)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        if self._next is None:
            return
        make, self._next = self._next, None
        self._running = self._pool.submit(make)
        self._running.add_done_callback(lambda _: self._clock.wake())

    def _frame(self, deadline: float) -> bool:
        running = self._running
        if running is None or not running.done():
            return False
        self._running = None
        made = running.result()
        if self._next is not None:
            self._start()
        else:
            self._done(made)
        return False


class DocumentMaker(Maker[Document]):
    """Turns JSON into a Document."""

    def request(self, raw: bytes, gvk: GVK, previous: Document | None = None, *, before: bytes = b"") -> None:
        """``previous``: the document to compare with (see ``Document.changes``); ``before``: the object's state before,
        as JSON (see ``Document.marks``).
        """
        self.make(partial(make_document, raw, gvk, previous, before=before))
