"""One-shot work of the window: coroutines on the loop of the GUI thread, their blocking parts in a pool.

Every blocking part has a time limit, can be cancelled, and its answer is dropped when the question has been overtaken.
An error ends in a sentence at a place that a person sees, or in the log with its traceback; never nowhere.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from kdesk.kube.errors import KubeError

T = TypeVar("T")
log = logging.getLogger(__name__)

# Threads are made on demand only. A dead cluster keeps one until its time is up, so there must be more of them than
# a person has dead clusters.
_WORKERS = 64
_NAME = "kdesk-task"


class Superseded(Exception):
    """The answer came, but the question had been overtaken (another switch, the window closed). Never shown."""


class TookTooLong(KubeError):
    """A blocking part did not end within its time limit."""


def sentence(error: BaseException) -> str:
    """What to show a person of an error: one line, never empty."""
    text = " ".join(str(error).split())
    if isinstance(error, KubeError) and text:
        return text
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return f"Something went wrong inside kdesk ({type(error).__name__}); the log has the details."


class Tasks:
    """Runs one-shot work. ``failed`` is told of every started task that fails: its title and a sentence."""

    def __init__(self, failed: Callable[[str, str], None], workers: int = _WORKERS) -> None:
        self._failed = failed
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=_NAME)
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def run(
        self,
        function: Callable[[], T],
        *,
        timeout: float,
        what: str,
        cancel: Callable[[], object] | None = None,
        valid: Callable[[], bool] | None = None,
    ) -> T:
        """The answer of a blocking ``function``, run in the pool.

        ``timeout`` in seconds, then TookTooLong; ``cancel`` is called when nobody waits any longer (time is up, or the
        awaiting task was cancelled) and is to wake the function; ``valid`` is asked after the await, and Superseded is
        raised when it says no. ``what`` is the beginning of a sentence: "opening prod-eu".
        """
        if self._closed:
            raise Superseded(what)
        future = asyncio.wrap_future(self._pool.submit(function))
        try:
            answer = await asyncio.wait_for(future, timeout)
        except TimeoutError as error:
            if future.done() and not future.cancelled():
                raise  # the function's own time-out, not ours
            if cancel is not None:
                cancel()
            raise TookTooLong(f"{what} took longer than {timeout:g} s") from error
        except asyncio.CancelledError:
            if cancel is not None:
                cancel()
            raise
        except Exception:
            if valid is not None and not valid():
                raise Superseded(what) from None
            raise
        if valid is not None and not valid():
            raise Superseded(what)
        return answer

    def start(self, work: Coroutine[Any, Any, Any], title: str) -> asyncio.Task[Any]:
        """Run a coroutine beside everything else; its failure goes to ``failed`` under ``title``."""
        task = asyncio.get_running_loop().create_task(work, name=title)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None or isinstance(error, Superseded):
            return
        if not isinstance(error, KubeError | OSError):
            log.error("%s failed", task.get_name(), exc_info=error)
        self._failed(task.get_name(), sentence(error))

    def cancel(self) -> None:
        """Nothing new begins; what runs is cancelled. Prompt."""
        self._closed = True
        for task in list(self._running):
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wait_closed(self, limit: float) -> bool:
        """Wait up to ``limit`` seconds for the pool's threads; False when some still run. Blocks."""
        deadline = time.monotonic() + limit
        for thread in threading.enumerate():
            if thread.name.startswith(_NAME):
                thread.join(max(0.0, deadline - time.monotonic()))
                if thread.is_alive():
                    return False
        return True
