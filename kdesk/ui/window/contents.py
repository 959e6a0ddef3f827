"""What is inside the main window: the tree at the left, tabs in the middle, detail at the right, activity below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from kdesk.ui.clusters.tree import ClusterTree
from kdesk.ui.docks.docks import Docks
from kdesk.ui.docks.group import Label
from kdesk.ui.look.icons import kind_icon
from kdesk.ui.parts.focus_steps import step_focus
from kdesk.ui.window.centre import Centre
from kdesk.ui.window.packed import bytes_of, text_of
from kdesk.ui.window.status_bar import StatusBar

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.viewmodel.tables.controller import TableController

_SIZES = (280, 1160)
_ACTIVITY_SIZES, _DETAIL = (560, 260), 420


class _Across(QSplitter):
    def focusNextPrevChild(self, forward: bool) -> bool:
        """For all that is in it: Qt asks upwards."""
        return step_focus(self.window(), forward=forward)


class Contents:
    """Lays out the widgets; who is told of what is the window's affair."""

    def __init__(self, tree: ClusterTree, docks: Docks, centre: Centre, status: StatusBar) -> None:
        self.tree, self.docks, self.centre, self.status = tree, docks, centre, status
        self.side = _titled("Clusters", self.tree)
        self._middle = QSplitter(Qt.Orientation.Vertical)
        self._middle.addWidget(self.centre)
        self.across: QSplitter = _Across(Qt.Orientation.Horizontal)
        self.across.addWidget(self.side)
        self.across.addWidget(self._middle)
        for splitter in (self.across, self._middle):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        self.across.setStretchFactor(1, 1)
        self.across.setSizes(list(_SIZES))
        self.side.setVisible(False)

    def add_activity(self, panel: QWidget) -> None:
        """Below the tabs, hidden."""
        panel.hide()
        self._middle.addWidget(panel)
        self._middle.setStretchFactor(0, 1)
        self._middle.setSizes(list(_ACTIVITY_SIZES))

    def add_detail(self, pane: QWidget) -> None:
        """At the right, hidden."""
        pane.hide()
        self.across.addWidget(pane)
        self.across.setStretchFactor(1, 1)
        sizes = self.across.sizes()
        self.across.setSizes([sizes[0], sizes[1] - _DETAIL, _DETAIL])

    def open_page(self, page: QWidget, title: str, symbol: str) -> None:
        """A tab for a page that is no table, in front."""
        self.docks.insert(page, Label(title, symbol=symbol))

    def open_table(self, page: QWidget, view: TableController) -> None:
        """A tab for the page of a table, in front."""
        self.docks.insert(page, _label(view))

    def name_table(self, page: QWidget, view: TableController) -> None:
        """Say anew what its tab says of it."""
        self.docks.name(page, _label(view))

    def splitters(self) -> dict[str, str]:
        """As they stand, for ``restore``."""
        return {"across": text_of(self.across.saveState()), "middle": text_of(self._middle.saveState())}

    def restore(self, splitters: Mapping[str, str]) -> None:
        """As ``splitters`` once gave them; what does not fit is ignored by Qt, and what is hidden stays so."""
        for name, splitter in (("across", self.across), ("middle", self._middle)):
            if name in splitters:
                parts = [part for i in range(splitter.count()) if (part := splitter.widget(i)) is not None]
                hidden = [part for part in parts if part.isHidden()]
                splitter.restoreState(bytes_of(splitters[name]))
                splitter.setChildrenCollapsible(False)
                for part in hidden:
                    part.hide()


def _label(view: TableController) -> Label:
    spaces = ", ".join(view.namespaces) or ("all namespaces" if view.resource.namespaced else "")
    tip = " · ".join(filter(None, (view.resource.label, view.cluster, spaces, view.freshness.word)))
    name = view.resource.gvr.resource
    title = f"{name} · {view.cluster}" if view.cluster else name
    return Label(title, tuple(view.clusters), kind_icon(view.resource) if view.live else "hourglass", tip)


def _titled(title: str, inside: QWidget) -> QWidget:
    box = QWidget()
    label = QLabel(title)
    label.setProperty("tone", "text2")
    label.setContentsMargins(12, 0, 8, 0)
    label.setFixedHeight(32)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(label)
    column.addWidget(inside)
    return box
