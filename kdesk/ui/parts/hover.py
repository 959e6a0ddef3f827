"""A table that knows the row under the pointer, for views that paint their rows themselves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTableView, QWidget


class HoverTable(QTableView):
    """``hovered`` is the row under the pointer, -1 for none; a change of it repaints."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hovered = -1
        self.setMouseTracking(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(event.position().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(QPoint(-1, -1))

    def _hover(self, at: QPoint) -> None:
        row = self.rowAt(at.y()) if at.y() >= 0 else -1
        if row != self.hovered:
            self.hovered = row
            self.viewport().update()
