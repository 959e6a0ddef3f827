"""Layouts: which pages stand in which group of tabs, in which windows; kept by name in the settings.

In ``settings.toml`` one reads, for a window that is split in two::

    [[layouts.morning.windows]]
    geometry = [0, 0, 1440, 900]

    [layouts.morning.windows.pane]
    split = "across"
    shares = [60, 40]

    [[layouts.morning.windows.pane.panes]]
    tabs = [{ kind = "pods", clusters = ["prod-eu"], filter = "restarts>5" }]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

Split = Literal["", "across", "down"]


class Tab(msgspec.Struct, omit_defaults=True, frozen=True):
    """A table (``kind`` as in ``deployments.apps``, on the contexts ``clusters``), or the page that ``command`` opens.

    ``namespaces``: empty for all. ``filter`` as it was typed. ``sort``: titles of columns, "RESTARTS desc" for
    descending.
    """

    kind: str = ""
    clusters: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    filter: str = ""
    sort: tuple[str, ...] = ()
    command: str = ""


class Pane(msgspec.Struct, omit_defaults=True, frozen=True):
    """A group of tabs, of which the one at ``front`` is shown; with ``split``, ``panes`` side by side.

    ``shares`` of the panes are in percent.
    """

    split: Split = ""
    shares: tuple[int, ...] = ()
    panes: tuple[Pane, ...] = ()
    tabs: tuple[Tab, ...] = ()
    front: int = 0

    @property
    def all_tabs(self) -> Iterator[Tab]:
        """Of this pane and of those in it, in order."""
        yield from self.tabs
        for pane in self.panes:
            yield from pane.all_tabs


class Window(msgspec.Struct, omit_defaults=True, frozen=True):
    """``geometry``: left, top, width, height in logical pixels of the screens; empty where it is not known."""

    pane: Pane = Pane()
    geometry: tuple[int, ...] = ()
    maximized: bool = False


class Layout(msgspec.Struct, omit_defaults=True, frozen=True):
    """``windows``: first the main one, then those that were torn off."""

    windows: tuple[Window, ...] = ()

    @property
    def tabs(self) -> list[Tab]:
        return [tab for window in self.windows for tab in window.pane.all_tabs]


class LayoutBook:
    """The named layouts in the settings; one that makes no sense is passed over and named in ``problems``."""

    def __init__(self, held: dict[str, Any], save: Callable[[], None]) -> None:
        """``held`` is the settings' own table, which is changed in place; ``save`` keeps it."""
        self._held, self._save = held, save
        self.problems: list[str] = []
        for name in held:
            try:
                self.get(name)
            except msgspec.ValidationError as error:
                self.problems.append(f"The setting layouts.{name} is passed over: {error}.")

    @property
    def names(self) -> list[str]:
        return sorted(self._held, key=str.casefold)

    def get(self, name: str) -> Layout:
        """Raises KeyError for an unknown name, msgspec.ValidationError for one that makes no sense."""
        return from_plain(self._held[name])

    def put(self, name: str, layout: Layout) -> None:
        """Under a name; one of that name is replaced."""
        self._held[name] = to_plain(layout)
        self._save()

    def forget(self, name: str) -> None:
        """Raises KeyError for an unknown name."""
        del self._held[name]
        self._save()


def to_plain(layout: Layout) -> dict[str, Any]:
    """As TOML can hold it."""
    plain: dict[str, Any] = msgspec.to_builtins(layout)
    return plain


def from_plain(value: object) -> Layout:
    """Raises msgspec.ValidationError for what makes no sense."""
    return msgspec.convert(value, Layout)
