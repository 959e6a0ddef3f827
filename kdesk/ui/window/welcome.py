"""The first page of someone without a cluster: what kdesk looked for, and the two ways on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme, fixed_font
from kdesk.ui.parts.buttons import push_button

_WIDTH = 460
_NONE_YET = (
    "There is no kubeconfig yet, so there is no cluster to show. Look around on two simulated clusters, "
    "or add a kubeconfig of your own."
)
_BROKEN = (
    "Your kubeconfig cannot be read, so there is no cluster to show. Once it is mended, its clusters appear here. "
    "Until then, look around on two simulated clusters, or add another kubeconfig."
)


class WelcomePage(QWidget):
    """``demo`` and ``add_file`` are the two buttons; files can be dropped on the window as well."""

    demo = Signal()
    add_file = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("welcome")
        self._picture = QLabel()
        self._title = QLabel("Welcome to kdesk")
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.7)
        font.setBold(True)
        self._title.setFont(font)
        self._text = QLabel(_NONE_YET)
        self._problems = QLabel()
        self._problems.setProperty("tone", "bad")
        self._problems.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._problems.hide()
        for label in (self._text, self._problems):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self._demo = push_button("Try the demo clusters")
        self._demo.setProperty("primary", True)
        self._demo.clicked.connect(self.demo)
        self._add = push_button("Add a kubeconfig file…")
        self._add.clicked.connect(self.add_file)
        self._drop = QLabel("You can also drop a kubeconfig file on this window.")
        self._drop.setProperty("tone", "text2")
        self._looked = QLabel("Looked for contexts in")
        self._looked.setProperty("tone", "text2")
        self._places = QLabel()
        self._places.setFont(fixed_font())
        self._places.setProperty("tone", "text2")
        self._places.setWordWrap(True)
        self._places.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.setFocusProxy(self._demo)
        theme.changed.connect(self._paint)
        self._paint()

    def show_places(self, places: Sequence[str], problems: Sequence[str] = ()) -> None:
        """Where kubeconfigs were looked for, a line each with what was found there; why those there are of no use."""
        self._text.setText(_BROKEN if problems else _NONE_YET)
        self._problems.setText("\n".join(problems))
        self._problems.setVisible(bool(problems))
        self._places.setText("\n".join(places))
        self._looked.setVisible(bool(places))

    def busy(self, what: str) -> None:
        """The demo is starting: ``what`` says so on its button; "" when it is over."""
        self._demo.setEnabled(not what)
        self._demo.setText(what or "Try the demo clusters")

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._demo)
        buttons.addWidget(self._add)
        buttons.addStretch()
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (self._picture, self._title, self._text, self._problems):
            widget.setFixedWidth(_WIDTH)
            column.addWidget(widget)
        column.addSpacing(4)
        column.addLayout(buttons)
        column.addWidget(self._drop)
        column.addSpacing(20)
        column.addWidget(self._looked)
        self._places.setFixedWidth(_WIDTH)
        column.addWidget(self._places)
        column.addStretch(3)
        row = QHBoxLayout(self)
        row.addStretch()
        row.addLayout(column)
        row.addStretch()

    def _paint(self) -> None:
        self._picture.setPixmap(pixmap("ship-wheel", "accent", self._theme, 48, self.devicePixelRatioF()))
