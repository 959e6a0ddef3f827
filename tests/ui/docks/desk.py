"""A window of pages in docks, for tests of the docks alone."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLineEdit, QMainWindow, QWidget

from kdesk.ui.docks.docks import Docks
from kdesk.ui.docks.group import Label
from kdesk.ui.look.theme import Theme, load_theme


class Desk(QMainWindow):
    """A window of pages that are line edits, called by their names."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = Theme(load_theme("dark"))
        self.docks = Docks(self.theme, self.actions, self)
        self.places = self.docks.places
        self.changes: list[list[str]] = []
        self.places.changed.connect(lambda: self.changes.append(self.names(self.places.shown)))
        self.places.closing.connect(self.docks.remove)
        self.setCentralWidget(self.places.area)
        self.resize(1000, 700)

    def open(self, *names: str) -> None:
        for name in names:
            page = QLineEdit(name)
            self.docks.insert(page, Label(name, clusters=(f"of {name}",), symbol="box"))

    def page(self, name: str) -> QWidget:
        return next(page for page in self.places.pages if isinstance(page, QLineEdit) and page.text() == name)

    def names(self, pages: list[QWidget]) -> list[str]:
        return [page.text() for page in pages if isinstance(page, QLineEdit)]

    @property
    def groups(self) -> list[list[str]]:
        return [self.names(group.pages) for group in self.places.groups]

    @property
    def current(self) -> str:
        page = self.places.current
        return page.text() if isinstance(page, QLineEdit) else ""


def sweep() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
