"""How often something happens to a widget."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class Counted(QObject):
    """Counts the events of one type that a widget gets from now on."""

    def __init__(self, widget: QWidget, of: QEvent.Type) -> None:
        super().__init__(widget)
        self.count = 0
        self._type = of
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is self._type
        return False
