"""Where contexts come from: kubeconfig files as kubectl has them, those that a person adds, simulated clusters."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kdesk.app import core
from kdesk.app.arguments import Arguments
from kdesk.app.demo import Demo
from kdesk.viewmodel.commands import CommandError

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.engine.fleet import Fleet, FleetChange
    from kdesk.viewmodel.clusters.clusters import Clusters
    from kdesk.viewmodel.program.settings import Settings


class Origins:
    """``find`` says which files are read at the start; the rest adds to them."""

    def __init__(
        self, arguments: Arguments, settings: Settings, demo: Demo, save: Callable[[], None]
    ) -> None:
        """``save`` asks for the settings to be written."""
        self._arguments, self._settings, self._demo, self._save = arguments, settings, demo, save
        self._usual = not arguments.demo and not arguments.kubeconfigs
        self._explicit: Sequence[str] = arguments.kubeconfigs

    async def find(self) -> None:
        """Start the simulated clusters, where they were asked for. Raises KubeError."""
        if self._arguments.demo:
            self._explicit = [await self._demo.start()]

    def make_fleet(self, on_change: Callable[[FleetChange], None]) -> Fleet:
        """In the pool."""
        return core.make_fleet(self._explicit, self._settings.kubeconfigs if self._usual else (), on_change)

    async def add(self, clusters: Clusters, paths: Sequence[str]) -> None:
        """Read more files, now and the next time. Raises KubeError."""
        files = [os.path.abspath(os.path.expanduser(path)) for path in paths]
        for file in files:
            if not os.path.isfile(file):
                raise CommandError(f"{file} is not a file")
        await self._read_also(clusters, files)
        if self._usual:
            known = self._settings.kubeconfigs
            self._settings.kubeconfigs = [*known, *(file for file in files if file not in known)]
            self._save()

    async def add_demo(self, clusters: Clusters) -> str:
        """Start the simulated clusters; the name of the first, "" where there is none. Raises KubeError."""
        path = await self._demo.start()
        await self._read_also(clusters, [path])
        return next((context.name for context in clusters.contexts if context.file == path), "")

    async def _read_also(self, clusters: Clusters, paths: Sequence[str]) -> None:
        from kdesk.viewmodel.clusters.sources import with_added

        sources = clusters.sources
        if sources is not None:
            await clusters.use(with_added(sources, paths))
