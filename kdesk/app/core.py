"""The parts that need the Kubernetes core, made by need.

Importing the core takes longer than painting the first window (TLS, YAML, HTTP): it happens after that (see
``loading``), or here, in the pool, for whatever is still missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtGui import QGuiApplication

from kdesk.kube.gvk import Resource

if TYPE_CHECKING:
    from pathlib import Path

    from kdesk.kube.engine.fleet import Fleet, FleetChange
    from kdesk.kube.engine.journal import Budget
    from kdesk.kube.engine.session import ClusterSession
    from kdesk.ui.look.theme import Theme
    from kdesk.ui.tables.page import TablePage
    from kdesk.viewmodel.frame import FrameClock
    from kdesk.viewmodel.rows.memory import TableMemory
    from kdesk.viewmodel.tables.controller import TableController


def make_fleet(
    explicit: Sequence[str | Path], added: Sequence[str | Path], on_change: Callable[[FleetChange], None]
) -> Fleet:
    """In the pool: it may have to import. ``explicit``: instead of what kubectl reads."""
    from kdesk.kube.api.remembered import CatalogueCache
    from kdesk.kube.config.kubeconfig import Sources
    from kdesk.kube.engine.fleet import Fleet
    from kdesk.kube.login.credentials import Credentials
    from kdesk.kube.login.loginenv import LoginEnvironment, started_from_desktop
    from kdesk.viewmodel.clusters.sources import with_added

    sources = Sources.explicit(explicit) if explicit else Sources.default()
    # Started from an icon, the program lacks what a shell's profile adds to PATH: plugins would not be found.
    on_desktop = QGuiApplication.platformName() not in ("offscreen", "minimal")
    environment = LoginEnvironment(ask_shell=on_desktop and started_from_desktop())
    environment.start()
    return Fleet(
        with_added(sources, added),
        on_change=on_change,
        credentials=lambda info: Credentials(info, environment),
        cache=CatalogueCache(platformdirs.user_cache_path("kdesk", appauthor=False) / "discovery"),
    )


def categorize(resource: Resource) -> str:
    from kdesk.kube.api.discovery import category

    return category(resource)


class TableMaker:
    """Makes the tables' controllers, which share what may be kept of their past."""

    def __init__(self, clock: FrameClock) -> None:
        self._clock = clock
        self._budget: Budget | None = None

    def __call__(
        self, session: ClusterSession | None, resource: Resource, namespaces: tuple[str, ...]
    ) -> TableController:
        from kdesk.kube.engine.journal import Budget
        from kdesk.viewmodel.tables.controller import TableController

        self._budget = self._budget or Budget()
        return TableController(session, resource, namespaces, self._clock, budget=self._budget)


def make_page(
    view: TableController,
    theme: Theme,
    namespaces: Callable[[], Sequence[str]],
    clusters: Callable[[], Sequence[str]],
    memory: TableMemory,
) -> TablePage:
    from kdesk.ui.tables.page import TablePage
    from kdesk.viewmodel.tables.snapshot_table import SnapshotController

    if isinstance(view, SnapshotController):
        return TablePage(view, theme, view.known_namespaces)  # its columns are the file's
    return TablePage(view, theme, namespaces, clusters, memory)
