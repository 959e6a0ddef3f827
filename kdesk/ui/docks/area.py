"""The groups of one window: a tree of splitters with groups of tabs as its leaves."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from kdesk.ui.docks.group import Group
from kdesk.viewmodel.program.layouts import Pane, Tab

_ACROSS, _DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
#: Large beside any pixel: Qt shares what there is in proportion.
_WHOLE = 10_000


class Edge(enum.Enum):
    """Where a page goes in relation to a group: into it, or into a new group at one of its sides."""

    INSIDE = "inside"
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"


class Area(QWidget):
    """There is always at least one group. ``make`` makes a group; groups that ``discard`` takes are deleted."""

    def __init__(self, make: Callable[[], Group], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._root: QSplitter | Group = make()
        self._box.addWidget(self._root)

    @property
    def groups(self) -> list[Group]:
        """From the left and the top."""
        return list(_groups(self._root))

    def split(self, beside: Group, edge: Edge) -> Group:
        """A new group at one side of another, which gives it half of its place."""
        new = self._make()
        orientation = _ACROSS if edge in (Edge.LEFT, Edge.RIGHT) else _DOWN
        after = edge in (Edge.RIGHT, Edge.BOTTOM)
        splitter = self._splitter_of(beside)
        if splitter is None or splitter.orientation() != orientation:
            splitter = self._wrap(beside, splitter, orientation)
        at = splitter.indexOf(beside)
        sizes = splitter.sizes()
        if not any(sizes):  # it was never shown
            sizes = [_WHOLE] * len(sizes)
        half = sizes[at] // 2
        splitter.insertWidget(at + after, new)
        sizes[at : at + 1] = [half, sizes[at] - half]
        splitter.setSizes(sizes)
        return new

    def discard(self, group: Group) -> None:
        """Take an empty group away; its neighbours get its place. The last one stays."""
        splitter = self._splitter_of(group)
        if splitter is None:
            return
        group.setParent(None)
        group.deleteLater()
        if splitter.count() == 1:
            self._unwrap(splitter)

    def pane(self, describe: Callable[[QWidget], Tab | None]) -> Pane:
        """How it is; pages of which ``describe`` knows nothing are left out."""
        return _pane(self._root, describe)

    def build(self, pane: Pane, fill: Callable[[Group, Pane], None]) -> None:
        """Make it so, from one group. ``fill`` puts the pages of a pane that is a group into that group.

        Panes without tabs are left out; pages that ``fill`` has left where they were come last in the first group.
        """
        [old], root = self.groups, self._built(pane, fill)
        if root is None:
            return
        self._root = root
        self._box.addWidget(root)
        first = self.groups[0]
        shown = first.currentWidget()
        for page in old.pages:
            first.put(page, old.take(page))
        if shown is not None:
            first.setCurrentWidget(shown)
        old.setParent(None)
        old.deleteLater()
        _share(root, pane)

    # Inside

    def _splitter_of(self, group: QWidget) -> QSplitter | None:
        parent = group.parentWidget()
        return parent if isinstance(parent, QSplitter) else None

    def _wrap(self, group: Group, splitter: QSplitter | None, orientation: Qt.Orientation) -> QSplitter:
        """A splitter of its own in the place of a group."""
        own = _splitter(orientation)
        size = group.width() if orientation == _ACROSS else group.height()
        if splitter is None:
            own.addWidget(group)
            self._box.addWidget(own)
            self._root = own
        else:
            at, sizes = splitter.indexOf(group), splitter.sizes()
            own.addWidget(group)
            splitter.insertWidget(at, own)
            splitter.setSizes(sizes)
        own.setSizes([size])
        return own

    def _unwrap(self, splitter: QSplitter) -> None:
        """A splitter of one: that one takes its place."""
        [only] = _parts(splitter)
        outer = self._splitter_of(splitter)
        if outer is None:
            self._box.addWidget(only)
            self._root = only
            splitter.setParent(None)
        else:
            at, sizes = outer.indexOf(splitter), outer.sizes()
            outer.insertWidget(at, only)
            splitter.setParent(None)
            outer.setSizes(sizes)
        splitter.deleteLater()
        if outer is not None and isinstance(only, QSplitter) and only.orientation() == outer.orientation():
            self._merge(outer, only)

    def _merge(self, outer: QSplitter, inner: QSplitter) -> None:
        """Two splitters in the same direction are one."""
        at, sizes, own = outer.indexOf(inner), outer.sizes(), inner.sizes()
        for place, part in enumerate(_parts(inner)):
            outer.insertWidget(at + place, part)
        inner.setParent(None)
        inner.deleteLater()
        sizes[at : at + 1] = own
        outer.setSizes(sizes)

    def _built(self, pane: Pane, fill: Callable[[Group, Pane], None]) -> QSplitter | Group | None:
        if not pane.split:
            if not pane.tabs:
                return None
            group = self._make()
            fill(group, pane)
            return group
        made = [part for inner in pane.panes if (part := self._built(inner, fill)) is not None]
        if len(made) < 2:
            return made[0] if made else None
        splitter = _splitter(_ACROSS if pane.split == "across" else _DOWN)
        for part in made:
            splitter.addWidget(part)
        return splitter


def _splitter(orientation: Qt.Orientation) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    return splitter


def _parts(splitter: QSplitter) -> list[QSplitter | Group]:
    parts = [splitter.widget(at) for at in range(splitter.count())]
    return [part for part in parts if isinstance(part, QSplitter | Group)]


def _groups(part: QSplitter | Group) -> Iterator[Group]:
    if isinstance(part, Group):
        yield part
        return
    for inner in _parts(part):
        yield from _groups(inner)


def _pane(part: QSplitter | Group, describe: Callable[[QWidget], Tab | None]) -> Pane:
    if isinstance(part, Group):
        told = [(page, tab) for page in part.pages if (tab := describe(page)) is not None]
        pages = [page for page, _ in told]
        current = part.currentWidget()
        front = pages.index(current) if current is not None and current in pages else 0
        return Pane(tabs=tuple(tab for _, tab in told), front=front)
    total = max(1, sum(part.sizes()))
    return Pane(
        split="across" if part.orientation() == _ACROSS else "down",
        shares=tuple(round(100 * size / total) for size in part.sizes()),
        panes=tuple(_pane(inner, describe) for inner in _parts(part)),
    )


def _share(part: QSplitter | Group, pane: Pane) -> None:
    """The sizes of splitters, where those of the pane fit them."""
    if not isinstance(part, QSplitter):
        return
    parts = _parts(part)
    panes = [inner for inner in pane.panes if any(True for _ in inner.all_tabs)]
    if len(parts) != len(panes):
        return  # one pane of several was left: it stands for itself
    if len(pane.shares) == len(parts) and min(pane.shares) > 0:
        part.setSizes([share * _WHOLE // 100 for share in pane.shares])
    else:
        part.setSizes([_WHOLE] * len(parts))
    for inner, of in zip(parts, panes, strict=True):
        _share(inner, of)
