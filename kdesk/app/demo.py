"""The simulated clusters as a child process of the window."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kdesk.kube.errors import KubeError, Stopped
from kdesk.viewmodel.tasks import Tasks

if TYPE_CHECKING:  # loaded by need: most people never start it
    from kdesk.demo.launch import DemoProcess

CLUSTERS, PODS, EVENTS_PER_SECOND = 2, 240, 6.0
_START_S = 60.0


class DemoError(KubeError):
    """The simulated clusters did not come up."""


class Demo:
    """At most one. ``start`` gives the path of its kubeconfig; ``stop`` ends the child, whenever it comes up."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._lock = threading.Lock()
        self._process: DemoProcess | None = None
        self._stopped = False

    async def start(self) -> str:
        """Raises KubeError with a sentence when it does not come up."""
        what = "starting the demo clusters"
        process = await self._tasks.run(self._launch, timeout=_START_S, what=what)
        ready = await self._tasks.run(
            lambda: process.wait_ready(_START_S), timeout=_START_S + 1, what=what, cancel=self._drop
        )
        if not ready:
            said = process.complaint().splitlines()
            self._drop()
            raise DemoError(f"The demo clusters did not start: {said[-1] if said else 'no word from them'}")
        return str(process.kubeconfig)

    def stop(self) -> None:
        """For good: waits for the child, briefly; one that is just being started ends too."""
        with self._lock:
            self._stopped = True
        self._drop()

    def _launch(self) -> DemoProcess:
        """In the pool."""
        from kdesk.demo import launch

        with self._lock:
            if self._stopped:
                raise Stopped("the program is ending")
            if self._process is None:
                self._process = launch.start(CLUSTERS, PODS, EVENTS_PER_SECOND)
            return self._process

    def _drop(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.stop()
