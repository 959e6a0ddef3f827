"""The program: furnishes the window that is shown already, runs the loop, and ends everything."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator

import qasync  # type: ignore[import-untyped]

from kdesk.app import logs
from kdesk.app.arguments import Arguments
from kdesk.app.dispatch import Dispatch
from kdesk.app.furnishing import Furnishing
from kdesk.app.loading import later
from kdesk.app.models import Models
from kdesk.app.opening import Opening
from kdesk.app.script import complain, run_script
from kdesk.app.start import at_start, open_all
from kdesk.app.works import Works
from kdesk.kube.errors import KubeError
from kdesk.viewmodel.tasks import sentence

_log = logging.getLogger(__name__)
_END_S = 3.0  # for threads to end, once the window is gone
_SETTLE_S = 1.0  # for coroutines that were cancelled to notice


class Program:
    """Build with the arguments and what was opened before the rest was loaded; ``run`` once."""

    def __init__(self, arguments: Arguments, opening: Opening, *, offscreen: bool = False) -> None:
        self._arguments, self._offscreen = arguments, offscreen
        self._app, self._crashes, self._seen = opening.app, opening.crashes, opening.seen
        self.window = opening.window
        self._code = opening.code
        self._ended: asyncio.Event | None = None
        logs.bound()
        self._models = Models(arguments, self._failed)
        dispatch = Dispatch(self._models, self._failed)
        self._furnishing = Furnishing(self._models, self.window, opening.themes, dispatch, self.quit)
        self._closers = contextlib.ExitStack()
        for trouble in filter(None, (*opening.troubles, *self._models.troubles)):
            self.window.say(trouble, bad=True)
        opening.ends = self.quit
        self._models.clusters.notice.connect(_log.info)

    # The run

    def run(self) -> int:
        """Until the window is closed; gives the exit status."""
        self._models.start()
        loop = qasync.QEventLoop(self._app)
        self._crashes.install_loop(loop)
        asyncio.set_event_loop(loop)
        with contextlib.closing(loop):
            loop.run_until_complete(self._live())
            self._end()
            loop.run_until_complete(_settled(_SETTLE_S))
            self._wait()
        asyncio.set_event_loop(None)
        return self._code or 0

    def quit(self, code: int = 0) -> None:
        """End the program; the first one who asks decides the status."""
        if self._code is None:
            self._code = code
        if self._ended is not None:
            self._ended.set()

    async def _live(self) -> None:
        self._ended = asyncio.Event()
        if self._code is None:
            self._models.tasks.start(self._begin(), "Starting")
            await self._ended.wait()

    async def _begin(self) -> None:
        models, arguments, done = self._models, self._arguments, False
        try:
            # The files are read in the pool while widgets are made.
            _, works = await asyncio.gather(self._read(), self._furnished())
            models.tasks.start(_step(later()), "Loading")
            names = at_start(models.clusters, arguments, models.settings.open_at_start)
            await open_all(models.clusters, names)
            await works.snapshots.open_all(arguments.snapshots)
            if arguments.shows_last:
                await works.layouts.resume(models.state)
            done = await run_script(models.commands, arguments.commands, lambda: self._code is not None)
            if done and self._offscreen and self._code is None:
                await self._work_offscreen()
        except (KubeError, OSError) as error:
            complain(sentence(error))
            self.window.say(sentence(error), bad=True, stay=True)
        finally:
            if not done and (arguments.commands or not self._seen):
                self.quit(1)  # other programs wait for an end, and nobody sees what is said

    async def _furnished(self) -> Works:
        waiting_for = "Starting the demo clusters." if self._arguments.demo else ""
        return await self._furnishing.furnish(self._app, placed=self._seen, waiting_for=waiting_for)

    async def _read(self) -> None:
        await self._models.origins.find()
        await self._models.clusters.load()

    async def _work_offscreen(self) -> None:
        from kdesk.app import headless

        models = self._models
        printer = await headless.work(
            models.clusters,
            models.commands,
            models.clock,
            self.window,
            with_commands=bool(self._arguments.commands),
        )
        self._closers.callback(printer.close)

    def _end(self) -> None:
        """Nothing is left: watches, threads, sockets, the demo's process."""
        if self._seen:
            self.window.remember(self._models.state)
        works = self._furnishing.works
        if works is not None:
            works.layouts.remember(self._models.state)
        self.window.vanish()
        self._models.stop()
        self._closers.close()
        if works is not None:
            works.close()
        self._models.close()

    def _wait(self) -> None:
        """Until everything has ended; what is to be remembered is saved, and the window goes."""
        self._models.wait_closed(_END_S)
        trouble = self._models.keep()
        if trouble:
            complain(trouble)
        self.window.close()

    def _failed(self, title: str, text: str) -> None:
        self.window.say(f"{title}: {text}", bad=True)


async def _step(parts: Iterator[None]) -> None:
    """One part in each turn of the event loop."""
    for _ in parts:
        await asyncio.sleep(0)


async def _settled(limit: float) -> None:
    """Cancel what is still under way, and let it end in order."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=limit)
