"""The menu bar and the keys, made from the list of commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMainWindow, QMenu

from kdesk.ui.window.keys_page import keys_text
from kdesk.ui.window.main_window import MENUS
from kdesk.viewmodel.commands import Command, CommandSet

#: Each begins a part of its menu.
_LINES = ("app.quit", "view.close", "view.next", "view.split-right", "layout.save", "view.filter")

Call = Callable[[str, Sequence[str]], None]


class Menus:
    """Fills a window's menu bar. ``call`` runs a command by its id; what is not allowed is greyed when a menu opens."""

    def __init__(
        self,
        window: QMainWindow,
        commands: CommandSet,
        call: Call,
        contexts: Callable[[], Sequence[str]],
        open_palette: Callable[[], None],
    ) -> None:
        """``contexts`` gives the names to choose from; ``open_palette`` serves commands that ask for anything."""
        self._window, self._call = window, call
        self._contexts, self._open_palette = contexts, open_palette
        self._actions: list[tuple[QAction, Command]] = []
        bar = window.menuBar()
        bar.clear()  # of the bare names
        for title in MENUS:
            listed = commands.category(title)
            if not listed:
                continue
            menu = bar.addMenu(f"&{title}")
            menu.setToolTipsVisible(True)
            for command in listed:
                action = self._action(command)
                if command.id in _LINES:
                    menu.addSeparator()
                menu.addAction(action)
            menu.aboutToShow.connect(self.refresh)

    def refresh(self) -> None:
        """Grey what is not allowed now, tick what is on."""
        for action, command in self._actions:
            reason = command.enabled()
            # Its key keeps working, and says why it did nothing: a greyed action would swallow it.
            action.setProperty("refused", reason)
            action.setToolTip(reason or command.title)
            if command.checked is not None:
                action.setChecked(command.checked())

    def open_menu(self, names: Sequence[str], at: QPoint) -> QMenu:
        """A context menu of these commands, by their ids ("" is a line), at a point of the screens."""
        by_name = {command.id: action for action, command in self._actions}
        self.refresh()
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for name in names:
            if name:
                menu.addAction(by_name[name])
            else:
                menu.addSeparator()
        menu.popup(at)
        return menu

    def _action(self, command: Command) -> QAction:
        dots = "…" if command.ask and command.required else ""
        action = QAction(command.title + dots, self._window)
        if command.bound:
            action.setShortcuts([QKeySequence(key) for key in command.keys])
        else:
            action.setText(f"{action.text()}\t{keys_text(command)}")
        action.setCheckable(command.checked is not None)
        action.triggered.connect(lambda: self.ask_and_call(command))
        self._window.addAction(action)
        self._actions.append((action, command))
        return action

    def ask_and_call(self, command: Command) -> None:
        """Run it; what it needs to know is asked first."""
        if command.ask == "palette":
            self._open_palette()
            return
        args = self._ask(command)
        if args is not None:
            self._call(command.id, args)

    def _ask(self, command: Command) -> list[str] | None:
        """The arguments of a command, from a person; None when that person thought better of it."""
        if not command.ask or not command.required:
            return []
        said = True
        match command.ask:
            case "save":
                text = self._file_to_save(command)
            case "open":
                text, _ = QFileDialog.getOpenFileName(self._window, command.title)
            case "context":
                names = list(self._contexts())
                text, said = QInputDialog.getItem(self._window, command.title, "Context", names, 0, False)
            case _:
                text, said = QInputDialog.getText(self._window, command.title, command.usage)
        return [text] if said and text else None

    def _file_to_save(self, command: Command) -> str:
        """A path, with the chosen ending where a person typed none; "" for none."""
        endings = {f"{words} (*{ending})": ending for words, ending in command.files}
        path, chosen = QFileDialog.getSaveFileName(self._window, command.title, "", ";;".join(endings))
        if not path or not endings or PurePath(path).suffix:
            return path
        return path + endings.get(chosen, "")
