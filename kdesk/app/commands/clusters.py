"""Commands on contexts, tables and kubeconfig files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from kdesk.app.origins import Origins
from kdesk.app.work import Work
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.tables.views import SYNC_LIMIT_S, Views

_WAIT_S = 60.0
_LOOK_S = 0.03


class ClusterCommands(Work):
    """What a person does with clusters, and the tables of them."""

    def __init__(self, clusters: Clusters, views: Views, origins: Origins, window: MainWindow) -> None:
        self._clusters, self._views = clusters, views
        self._origins, self._window = origins, window

    def register(self, commands: CommandSet) -> None:
        commands.add(
            Command(
                "kubeconfig.add",
                "Add kubeconfig file",
                self._add,
                "File",
                ("Ctrl+O",),
                "FILE",
                ask="open",
                icon="file",
            ),
            Command("demo.start", "Start demo clusters", self._start_demo, "File", icon="ship-wheel"),
            Command(
                "context.open",
                "Open context",
                self._open,
                "Clusters",
                (),
                "NAME",
                ask="context",
                icon="log-in",
            ),
            Command(
                "context.switch",
                "Switch to context",
                self._switch,
                "Clusters",
                (),
                "NAME",
                ask="context",
                icon="refresh-cw",
            ),
            Command(
                "context.close",
                "Close context",
                self._close,
                "Clusters",
                (),
                "NAME",
                ask="context",
                icon="log-out",
            ),
            Command(
                "context.login",
                "Log in again",
                self._login,
                "Clusters",
                (),
                "[NAME]",
                self._needs_active,
                icon="key-round",
            ),
            Command(
                "context.reconnect",
                "Check all connections now",
                self._reconnect,
                "Clusters",
                ("Ctrl+Shift+R",),
                "",
                self._needs_active,
                icon="wifi-off",
            ),
            Command(
                "view.open",
                "Open table",
                self._view_open,
                "View",
                ("Ctrl+T",),
                "RESOURCE [NAMESPACE|*]",
                ask="palette",
            ),
            Command(
                "view.wait-synced",
                "Wait until all tables are complete",
                self._wait_synced,
                "Scripts",
                (),
                "[SECONDS]",
            ),
        )

    async def _add(self, args: Sequence[str]) -> None:
        await self._origins.add(self._clusters, args)

    async def _start_demo(self, args: Sequence[str]) -> None:
        """Its first cluster is opened."""
        welcome = self._window.centre.welcome
        welcome.busy("Starting the demo clusters…")
        try:
            first = await self._origins.add_demo(self._clusters)
        finally:
            welcome.busy("")
        if first:
            await self._clusters.open(first)

    async def _open(self, args: Sequence[str]) -> None:
        await self._clusters.open(args[0])

    async def _switch(self, args: Sequence[str]) -> None:
        await self._clusters.switch(args[0])

    def _close(self, args: Sequence[str]) -> None:
        self._clusters.close(args[0])

    async def _login(self, args: Sequence[str]) -> None:
        await self._clusters.log_in(args[0] if args else self._clusters.active)

    def _reconnect(self, args: Sequence[str]) -> None:
        for session in self._clusters.sessions.values():
            session.reconnect()

    async def _view_open(self, args: Sequence[str]) -> None:
        await self._settled()
        _, resource = self._views.resolve(args[0])
        namespaces = None
        if len(args) > 1:
            namespaces = () if args[1] == "*" else tuple(name for name in args[1].split(",") if name)
        self._views.open(resource, namespaces)

    async def _settled(self) -> None:
        """A cluster that is being opened is waited for: nothing is open on it yet."""
        waited = 0.0
        while (session := self._clusters.sessions.get(self._clusters.active)) is not None:
            if session.state.name not in ("IDLE", "OPENING"):
                return
            if waited > _WAIT_S:
                raise CommandError(f"{session.name} is still being opened")
            waited += _LOOK_S
            await asyncio.sleep(_LOOK_S)

    async def _wait_synced(self, args: Sequence[str]) -> None:
        await self._views.wait_synced(seconds(args[0]) if args else SYNC_LIMIT_S)

    def _needs_active(self) -> str:
        return "" if self._clusters.active else "No cluster is open."


def seconds(text: str) -> float:
    """A number of seconds from a command's argument. Raises CommandError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise CommandError(f"{text!r} is not a number of seconds")
    return value
