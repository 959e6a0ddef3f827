"""Whether states are compared in one column or side by side: one choice for every comparison on the screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal


class DiffColumns(QObject):
    """``changed(two)`` after a choice; ``remember(two)`` is told it, too."""

    changed = Signal(bool)

    def __init__(self, two: bool = False, remember: Callable[[bool], None] | None = None) -> None:
        super().__init__()
        self.two = two
        self._remember = remember

    def choose(self, two: bool) -> None:
        if two == self.two:
            return
        self.two = two
        if self._remember is not None:
            self._remember(two)
        self.changed.emit(two)
