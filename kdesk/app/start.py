"""What happens at the start, in order: kubeconfigs, the contexts asked for, the commands asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from kdesk.app.arguments import Arguments
from kdesk.app.script import complain
from kdesk.kube.errors import KubeError
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.program.settings import OpenAtStart
from kdesk.viewmodel.tasks import Superseded, sentence

# Commands begin when every cluster has answered or failed, but are not held up for ever by one that hangs.
_PATIENCE_S = 8.0


def at_start(clusters: Clusters, asked: Arguments, setting: OpenAtStart) -> list[str]:
    """The names of the contexts to open: those asked for, else the current one (of the demo, the first).

    Who asks for a snapshot asks for no cluster.
    """
    if asked.contexts or asked.snapshots:
        return list(asked.contexts)
    if asked.demo:
        return [context.name for context in clusters.contexts[:1]]
    return [clusters.current] if setting == "current" and clusters.current else []


async def open_all(clusters: Clusters, names: Sequence[str]) -> None:
    """Open them at once; the first is the active one. One that fails is named on standard error and in the tree."""
    if not names:
        return
    tasks = [asyncio.ensure_future(_open(clusters, name)) for name in names]
    try:
        if clusters.contexts:
            clusters.activate(clusters.context(names[0]).name)
    except KubeError:
        pass
    await asyncio.wait(tasks, timeout=_PATIENCE_S)


async def _open(clusters: Clusters, name: str) -> None:
    try:
        await clusters.open(name, activate=False)
    except Superseded:
        return
    except KubeError as error:
        complain(f"{name} could not be opened: {sentence(error)}")
        clusters.notice.emit(f"{name} could not be opened: {sentence(error)}")
