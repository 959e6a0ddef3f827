"""The simulated clusters as a child process of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdesk.kube.errors import KubeError
from kdesk.viewmodel.tasks import Tasks

if TYPE_CHECKING:  # loaded by need: most people never start it
    from kdesk.demo.launch import DemoProcess

CLUSTERS, PODS, EVENTS_PER_SECOND = 2, 240, 6.0
_START_S = 60.0


class DemoError(KubeError):
    """The simulated clusters did not come up."""


class Demo:
    """At most one. ``start`` gives the path of its kubeconfig; ``stop`` ends the child."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._process: DemoProcess | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    async def start(self) -> str:
        """Raises KubeError with a sentence when it does not come up."""
        if self._process is None:
            self._process = await self._tasks.run(_begin, timeout=_START_S, what="starting the demo clusters")
        process = self._process
        ready = await self._tasks.run(
            lambda: process.wait_ready(_START_S),
            timeout=_START_S + 1,
            what="starting the demo clusters",
            cancel=self.stop,
        )
        if not ready:
            said = process.complaint().splitlines()
            self.stop()
            raise DemoError(f"The demo clusters did not start: {said[-1] if said else 'no word from them'}")
        return str(process.kubeconfig)

    def stop(self) -> None:
        """Ends the child and waits for it, briefly."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()


def _begin() -> DemoProcess:
    from kdesk.demo import launch

    return launch.start(CLUSTERS, PODS, EVENTS_PER_SECOND)
