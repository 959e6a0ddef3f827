"""The same job where there is no display: open, sync, save a picture, and print the live events."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession, Lease
from kdesk.kube.engine.subscription import Happening, Stream
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.commands import CommandSet
from kdesk.viewmodel.frame import FrameClock

#: What is printed: what people run, in each open cluster.
KINDS = ("pods", "deployments.apps", "jobs.batch", "nodes")
_SLICE = 200


def picture_path() -> Path:
    """A new file for a screenshot, in the folder of the program's own data."""
    folder = platformdirs.user_data_path("kdesk", appauthor=False) / "screenshots"
    return folder / time.strftime("kdesk-%Y%m%d-%H%M%S.png")


class EventPrinter(QObject):
    """Prints the changes of some kinds in every open cluster. Closing it gives the watches back."""

    def __init__(self, clusters: Clusters, clock: FrameClock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._sources: list[tuple[ClusterSession, Resource, Lease, Stream]] = []
        clock.add(self._frame)
        clusters.opened.connect(self.add)
        clusters.retired.connect(self._on_retired)
        for session in clusters.sessions.values():
            self.add(session)

    def add(self, session: ClusterSession) -> None:
        """Print this cluster too, when it is open."""
        if session.catalogue is None or any(source[0] is session for source in self._sources):
            return
        for kind in KINDS:
            try:
                resource = session.catalogue.resolve(kind)
                lease = session.watch(WatchSpec(resource))
            except KubeError:
                continue  # not every cluster serves everything
            stream = Stream(self._clock.wake)
            lease.subscribe(stream)
            self._sources.append((session, resource, lease, stream))

    def close(self) -> None:
        self._clock.remove(self._frame)
        for _, _, lease, _ in self._sources:
            lease.release()
        self._sources.clear()

    def _on_retired(self, session: ClusterSession) -> None:
        for source in [source for source in self._sources if source[0] is session]:
            source[2].release()
            self._sources.remove(source)

    def _frame(self, deadline: float) -> bool:
        more = False
        lines: list[str] = []
        for session, resource, _, stream in self._sources:
            taken = stream.take(_SLICE)
            more = more or len(taken) == _SLICE
            for happening in taken:
                lines += event_lines(session.name, resource, happening)
        if lines:
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()
        return more


async def work(
    clusters: Clusters, commands: CommandSet, clock: FrameClock, parent: QObject, *, with_commands: bool
) -> EventPrinter:
    """Tables of the pods of every open cluster, a picture when they are complete; then the events, as they come.

    ``with_commands``: what to show was said by ``--command``; only the events are printed. Close what is returned.
    """
    if not with_commands:
        for session in list(clusters.sessions.values()):
            if session.catalogue is not None:
                clusters.activate(session.name)
                await commands.run("view.open pods *")
        await commands.run("view.wait-synced")
        path = picture_path()
        await commands.call("app.screenshot", [str(path)])
        sys.stdout.write(f"{path}\n")
        sys.stdout.flush()
    if not clusters.sessions:
        sys.stderr.write("kdesk: no cluster is open; kdesk --demo shows simulated ones.\n")
    return EventPrinter(clusters, clock, parent)


def event_lines(cluster: str, resource: Resource, happening: Happening) -> Iterator[str]:
    """The lines of one event; nothing for what was there before, and for changes of state."""
    change = happening.change
    if change is None or change.initial:
        return
    at = time.strftime("%Y/%m/%d %H:%M:%S", time.localtime(happening.at))
    row = change.row
    yield f"{at} {change.type}"
    fields = {
        "cluster": cluster,
        "kind": resource.kind,
        "namespace": row.namespace,
        "name": row.name,
        "created": str(row.created),
        "resourceVersion": row.version,
    }
    for name, value in fields.items():
        if value:
            yield f"{at} {name}: {value}"
