"""Saved filters of a kind: a pin in the filter box keeps what is typed, a list brings it back."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLineEdit, QMenu

from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.line_popup import LinePopup
from kdesk.viewmodel.rows.memory import TableMemory

_WIDEST = 60
_HINT = "Enter saves the filter under this name."


class SavedFilters(QObject):
    """At one filter box, for the tables of one kind."""

    def __init__(self, edit: QLineEdit, memory: TableMemory, kind: str, theme: Theme) -> None:
        super().__init__(edit)
        self._edit, self._memory, self._kind, self._theme = edit, memory, kind, theme
        self._valid = True
        self._list = QAction("Saved filters (Alt+Down)", edit)
        self._list.setShortcut(QKeySequence("Alt+Down"))
        self._list.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._list.triggered.connect(self.open)
        self._pin = QAction(edit)
        self._pin.triggered.connect(self._pinned)
        for action in (self._list, self._pin):
            edit.addAction(action, QLineEdit.ActionPosition.TrailingPosition)
        edit.textChanged.connect(self._restyle)
        memory.filters_changed.connect(self._restyle)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def names(self) -> list[str]:
        return list(self._memory.filters(self._kind))

    def set_valid(self, valid: bool) -> None:
        """What is typed is a filter: only that can be kept."""
        self._valid = valid
        self._restyle()

    def save(self, name: str) -> bool:
        """Keep what is typed; False where that is nothing, or no filter."""
        text = self._edit.text().strip()
        if not text or not self._valid:
            return False
        self._memory.save_filter(self._kind, name.strip() or text, text)
        return True

    def use(self, name: str) -> bool:
        """Type it; False where there is none of this name."""
        text = self._memory.filters(self._kind).get(name)
        if text is not None:
            self._edit.setText(text)
        return text is not None

    def forget(self, name: str) -> bool:
        """False where there is none of this name."""
        known = name in self.names
        if known:
            self._memory.forget_filter(self._kind, name)
        return known

    def open(self) -> None:
        """The list, under the filter box."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._edit.mapToGlobal(QPoint(0, self._edit.height() + 4)))

    def menu(self) -> QMenu:
        """Each with its words behind it; and a way to let one go."""
        menu = QMenu(self._edit)
        filters = self._memory.filters(self._kind)
        for name, text in filters.items():
            words = text if len(text) < _WIDEST else f"{text[:_WIDEST]}…"
            action = menu.addAction(_plain(name if name == text else f"{name}\t{words}"))
            action.setCheckable(True)
            action.setChecked(text == self._edit.text().strip())
            action.triggered.connect(lambda _=False, name=name: self.use(name))
        if filters:
            menu.addSeparator()
            forget = menu.addMenu("Forget")
            forget.setIcon(icon("trash-2", "text2", self._theme))
            for name in filters:
                forget.addAction(_plain(name)).triggered.connect(lambda _=False, name=name: self.forget(name))
        return menu

    def _pinned(self) -> None:
        """What is saved is let go; what is not gets a name first."""
        name = self._name_of_typed()
        if name is not None:
            self.forget(name)
            return
        popup = LinePopup("Name of the filter", self._edit.text().strip(), _HINT, self._edit)
        popup.taken.connect(self.save)
        popup.open_at(self._edit.mapToGlobal(QPoint(0, self._edit.height() + 4)))

    def _name_of_typed(self) -> str | None:
        typed = self._edit.text().strip()
        return next((name for name, text in self._memory.filters(self._kind).items() if text == typed), None)

    def _restyle(self) -> None:
        name = self._name_of_typed()
        self._pin.setText("Save this filter" if name is None else f"Forget the saved filter “{name}”")
        self._pin.setIcon(icon("pin", "text2" if name is None else "accent", self._theme))
        self._pin.setVisible(bool(self._edit.text().strip()) and self._valid)
        self._list.setIcon(icon("chevron-down", "text2", self._theme))
        self._list.setVisible(bool(self.names))


def _plain(text: str) -> str:
    """Qt takes a single & for the mark of a key."""
    return text.replace("&", "&&")
