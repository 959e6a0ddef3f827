"""The menu bar and the keys, made from the list of commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMenu

from kdesk.ui.window.keys_page import keys_text
from kdesk.ui.window.main_window import MENUS
from kdesk.viewmodel.commands import Command, CommandSet
from kdesk.viewmodel.program.palette import Entry

#: Each begins a part of its menu.
_LINES = frozenset(
    (
        *("problems.save", "snapshot.save", "app.screenshot", "app.quit"),
        *("context.record", "start.open-current"),
        *("view.close", "view.next", "view.split-right", "layout.save", "panel.clusters"),
        *(
            "view.select",
            "view.clusters",
            "view.columns",
            "view.filter-save",
            "view.new-column",
            "past.enter",
        ),
        *("object.copy-name", "object.export"),
        *("events.choose", "events.watch", "events.pause", "events.bookmark", "events.clear"),
        "rows.compact",
    )
)

Call = Callable[[str, Sequence[str]], None]


class Menus:
    """Fills a window's menu bar. ``call`` runs a command by its id; what is not allowed is greyed when a menu opens."""

    def __init__(
        self,
        window: QMainWindow,
        commands: CommandSet,
        call: Call,
        search: Callable[[str], None],
        ask: Callable[[Entry], None],
    ) -> None:
        """``search`` opens the palette with something typed already, ``ask`` for the arguments of one command."""
        self._window, self._call = window, call
        self._search, self._ask_for = search, ask
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
        """Run it; what it needs to know is asked first, of files by the system and of the rest by the palette."""
        match command.ask if command.required else "":
            case "":
                self._call(command.id, [])
            case "palette":
                self._search("")
            case "context":
                # There is a line for each of them: "Switch to prod".
                self._search(f"{command.title.partition(' ')[0]} ")
            case "save":
                self._call_with(command, self._file_to_save(command))
            case "open":
                self._call_with(command, QFileDialog.getOpenFileName(self._window, command.title)[0])
            case _:
                self._ask_for(Entry(command.title, "Command", command.id, usage=command.usage))

    def _call_with(self, command: Command, path: str) -> None:
        """ "" when a person thought better of it."""
        if path:
            self._call(command.id, [path])

    def _file_to_save(self, command: Command) -> str:
        """A path, with the chosen ending where a person typed none; "" for none."""
        endings = {f"{words} (*{ending})": ending for words, ending in command.files}
        path, chosen = QFileDialog.getSaveFileName(self._window, command.title, "", ";;".join(endings))
        if not path or not endings or PurePath(path).suffix:
            return path
        return path + endings.get(chosen, "")
