"""A word in the status bar while a cluster is recorded, or cannot be; a click chooses the namespaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.picker import PickerPopup, PickerWords
from kdesk.viewmodel.clusters.recorders import Recorders

_ICON = QSize(14, 14)


class RecorderWord(QToolButton):
    """Hidden while nothing is recorded; the tooltip says what, where to, and what is wrong."""

    def __init__(
        self,
        recorders: Recorders,
        theme: Theme,
        namespaces: Callable[[str], Sequence[str]],
        parent: QWidget | None = None,
    ) -> None:
        """``namespaces`` gives those known of an open cluster."""
        super().__init__(parent)
        self._recorders, self._theme, self._namespaces = recorders, theme, namespaces
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(_ICON)
        self.clicked.connect(self.choose)
        recorders.changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    @property
    def sentence(self) -> str:
        """What is said; "" while nothing is."""
        return self.text().strip() if not self.isHidden() else ""

    def choose(self) -> None:
        """Which namespaces are to be recorded, over this."""
        name = self._recorders.chosen
        words = PickerWords(
            "Namespaces to record", "all namespaces", f"Search, or type one of {name}", typed=True
        )
        popup = PickerPopup(self._namespaces(name), self._recorders.namespaces(name), words, self)
        popup.chosen.connect(partial(self._recorders.choose, name))
        popup.open_at(self)

    def refresh(self) -> None:
        words = self._recorders.words
        shape = "triangle-alert" if words.tone != "text2" else "database"
        self.setIcon(icon(shape, words.tone, self._theme))
        self.setText(f" {words.text}")  # apart from the sign
        ink = self._theme.color("bad" if words.tone == "bad" else "text2").name()
        self.setStyleSheet(f"QToolButton {{ padding: 0 4px; color: {ink}; }}")
        self.setAccessibleName(words.text)
        self.setToolTip(f"{words.details}\n\nClick to choose the namespaces.")
        self.setVisible(bool(words.text))
