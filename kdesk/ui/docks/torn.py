"""A window of torn-off tabs, and where on the screens a window may be."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QIcon, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kdesk.ui.docks.area import Area
from kdesk.ui.look.resources import resource
from kdesk.ui.parts.focus_steps import step_focus

#: So much of a window has to be on a screen to be taken hold of, in logical pixels.
_GRIP = (120, 48)


class TornWindow(QWidget):
    """Its cross closes its tabs, as theirs do: ``leaving`` is emitted before it goes. ``escaped``: Esc was pressed."""

    leaving = Signal()
    escaped = Signal()

    def __init__(self, area: Area) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.area = area
        self.setObjectName("torn")
        self.setWindowIcon(QIcon(str(resource("kdesk.svg"))))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area)

    def entitle(self, title: str) -> None:
        """By the page in front."""
        words = f"{title} – kdesk" if title else "kdesk"
        self.setWindowTitle(words)
        self.setAccessibleName(words)

    def place(self, geometry: QRect) -> None:
        """There, or where it can be seen."""
        self.setGeometry(on_screens(geometry, screens()))

    def focusNextPrevChild(self, forward: bool) -> bool:
        return step_focus(self, forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.leaving.emit()


def screens() -> list[QRect]:
    """What there is of each screen beside bars and docks, the primary one first."""
    primary = QGuiApplication.primaryScreen()
    every = sorted(QGuiApplication.screens(), key=lambda screen: screen is not primary)
    return [screen.availableGeometry() for screen in every]


def whole(wanted: QRect, available: Sequence[QRect]) -> QRect:
    """``wanted`` moved, and made smaller where it must be, so that all of it is on the screen that has most of it."""
    if not available:
        return wanted

    def share(screen: QRect) -> int:
        common = screen.intersected(wanted)
        return max(0, common.width()) * max(0, common.height())

    screen = max(available, key=share)
    moved = QRect(wanted.topLeft(), wanted.size().boundedTo(screen.size()))
    moved.moveRight(min(moved.right(), screen.right()))
    moved.moveBottom(min(moved.bottom(), screen.bottom()))
    moved.moveLeft(max(moved.left(), screen.left()))
    moved.moveTop(max(moved.top(), screen.top()))
    return moved


def on_screens(wanted: QRect, available: Sequence[QRect]) -> QRect:
    """``wanted`` where it can be taken hold of; else moved onto the first screen, and never larger than its screen."""
    if not available:
        return wanted
    width, height = _GRIP
    bar = QRect(wanted.left(), wanted.top(), wanted.width(), height)
    for screen in available:
        seen = screen.intersected(bar)
        if seen.width() >= min(width, wanted.width()) and seen.height() >= height // 2:
            return QRect(wanted.topLeft(), wanted.size().boundedTo(screen.size()))
    first = available[0]
    moved = QRect(first.topLeft(), wanted.size().boundedTo(first.size()))
    moved.moveCenter(first.center())
    return moved
