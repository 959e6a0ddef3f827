"""Tabs of layouts: what a page is as a value, and the page for a value, as far as clusters serve it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication, QWidget

from kdesk.app.front import Front
from kdesk.kube.errors import KubeError
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.main_window import AGAIN, MainWindow
from kdesk.ui.window.pending_page import PendingPage
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.program.layouts import Tab
from kdesk.viewmodel.tables.views import Views
from kdesk.viewmodel.tasks import Superseded, Tasks, sentence

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.engine.session import ClusterSession
    from kdesk.kube.gvk import Resource
    from kdesk.viewmodel.tables.controller import TableController

_DESCENDING = " desc"


class TabWork:
    """A table that cannot be there yet has a PendingPage, which is seen to again when one of its clusters opens."""

    def __init__(
        self, clusters: Clusters, views: Views, window: MainWindow, theme: Theme, tasks: Tasks
    ) -> None:
        self._clusters, self._views, self._window = clusters, views, window
        self._theme, self._tasks = theme, tasks
        self._front = Front(views, window)
        clusters.opened.connect(self._on_opened)

    # Pages as values

    def describe(self, page: QWidget) -> Tab | None:
        """None: no layout can bring it back."""
        if isinstance(page, PendingPage):
            return page.tab
        view = self._window.view_of(page)
        if view is None:
            command = page.property(AGAIN)
            return Tab(command=command) if command else None
        if not view.live:
            return None
        shown = self._front.page_of(view)
        return Tab(
            kind=view.resource.label,
            clusters=tuple(view.clusters),
            namespaces=tuple(view.namespaces),
            filter=shown.bar.filter.text() if shown is not None else "",
            sort=tuple(f"{by.title}{_DESCENDING if by.descending else ''}" for by in view.model.order),
        )

    # Values as pages

    def page_for(self, tab: Tab, held: list[QWidget], why: str) -> QWidget:
        """The page that is there already, which is taken out of ``held``, or one that waits."""
        page = next((page for page in held if _same(self.describe(page), tab)), None)
        if page is None:
            return self._pending(tab, why)
        held.remove(page)
        view = self._window.view_of(page)
        if view is not None:
            self._adjust(view, tab)
        return page

    def _pending(self, tab: Tab, why: str) -> PendingPage:
        page = PendingPage(tab, self._theme)
        page.activated.connect(lambda: self._tasks.start(self.fill(page), "Opening a tab"))
        self._window.docks.insert(page, page.label)
        if tab.command:
            page.say_lost("This page is not there any more.", why or f"{tab.command} opens none.")
        return page

    async def fill(self, page: PendingPage) -> None:
        """Open the clusters that it needs, and put the table into its place, or say why there is none."""
        if page.busy or page.tab.command:
            return
        page.busy = True
        page.say_waiting()
        reasons = [why for why in await asyncio.gather(*map(self._open_context, page.tab.clusters)) if why]
        page.busy = False
        if not any(one is page for one in self._window.places.pages):
            return  # a person has closed it, or another layout was opened meanwhile
        names = " and ".join(page.tab.clusters) or "No cluster"
        if reasons and not self._sessions(page.tab):
            page.say_lost(
                f"{names} {'is' if len(page.tab.clusters) < 2 else 'are'} not open.", "\n".join(reasons)
            )
        elif not self._put_table(page):
            page.say_lost(f"There is no {page.tab.kind} any more.", f"{names} does not serve it.")
        elif reasons:
            self._window.status.say(" ".join(reasons), bad=True)

    async def _open_context(self, name: str) -> str:
        """Why it is not open; empty when it is."""
        if not any(context.name == name for context in self._clusters.contexts):
            return f"There is no context {name} in the kubeconfig files any more."
        try:
            await self._clusters.open(name, activate=False)
        except Superseded:
            return f"{name} was closed again."
        except KubeError as error:
            return f"{name} could not be opened: {sentence(error)}"
        return ""

    def _put_table(self, page: PendingPage) -> bool:
        """In its place; False when no open cluster serves the kind."""
        served = self._served(page.tab)
        if not served:
            return False
        places, docks = self._window.places, self._window.docks
        front, focus = places.front, QApplication.focusWidget()
        with places.steady():
            view = self._views.add([session for session, _ in served], served[0][1], page.tab.namespaces)
            made = self._window.page(view)
            if made is not None:
                docks.replace(page, made)
            places.enter(front)
        self._give_back(focus, page)
        page.deleteLater()
        self._adjust(view, page.tab)
        return True

    def _give_back(self, focus: QWidget | None, gone: QWidget) -> None:
        """The focus goes where it was: a person may be typing into the palette while tables come."""
        current = self._window.places.current
        if focus is not None and focus.isVisible() and focus is not gone and not gone.isAncestorOf(focus):
            focus.setFocus()
        elif current is not None:
            current.setFocus()

    def _adjust(self, view: TableController, tab: Tab) -> None:
        """Its filter and its order."""
        # Here: the core is loaded by now, and not before.
        from kdesk.viewmodel.rows.order import SortBy

        page = self._front.page_of(view)
        if page is not None:
            page.set_filter(tab.filter)
        order = [SortBy(by.removesuffix(_DESCENDING), by.endswith(_DESCENDING)) for by in tab.sort]
        if tuple(order) != view.model.order:
            view.model.set_order(order)

    def _sessions(self, tab: Tab) -> list[ClusterSession]:
        sessions = self._clusters.sessions
        return [sessions[name] for name in tab.clusters if self._clusters.is_open(name)]

    def _served(self, tab: Tab) -> list[tuple[ClusterSession, Resource]]:
        """The open clusters that serve its kind, each with what it calls it."""
        found = []
        for session in self._sessions(tab):
            try:
                if session.catalogue is not None:
                    found.append((session, session.catalogue.resolve(tab.kind)))
            except KubeError:
                continue
        return found

    def _on_opened(self, session: Any) -> None:
        """What waited for this cluster, for whatever reason, may come now."""
        for page in self._window.places.pages:
            if isinstance(page, PendingPage) and not page.busy and session.name in page.tab.clusters:
                self._tasks.start(self.fill(page), "Opening a tab")


def _same(held: Tab | None, wanted: Tab) -> bool:
    """They show the same objects; filter and order are adjusted."""
    return held is not None and (held.kind, set(held.clusters), set(held.namespaces), held.command) == (
        wanted.kind,
        set(wanted.clusters),
        set(wanted.namespaces),
        wanted.command,
    )
