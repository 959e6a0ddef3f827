"""Menus, keys and diagnostics: all from the one list, all from the one reading."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel, QMainWindow, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from kdesk.ui.window.diagnostics_page import DiagnosticsPage
from kdesk.ui.window.keys_page import KeysPage
from kdesk.ui.window.menus import Menus
from kdesk.viewmodel.commands import Command, CommandSet
from kdesk.viewmodel.program.diagnostics import Diagnostics
from kdesk.viewmodel.program.lateness import Reader
from kdesk.viewmodel.program.palette import Entry
from tests.ui.shell import Shell
from tests.viewmodel.doubles import report


def nothing(args: Sequence[str]) -> None:
    return


class Bar:
    def __init__(self) -> None:
        self.called: list[tuple[str, list[str]]] = []
        self.searched: list[str] = []
        self.asked: list[Entry] = []
        self.reason = ""
        self.on = False
        self.commands = CommandSet()
        self.commands.add(
            Command("file.save", "Save", nothing, "File", ("Ctrl+S",), "FILE", ask="save"),
            Command("file.text", "Name it", nothing, "File", (), "TEXT", ask="text"),
            Command("context.open", "Open context", nothing, "Clusters", (), "NAME", ask="context"),
            Command("view.open", "Open table", nothing, "View", (), "RESOURCE", ask="palette"),
            Command("view.close", "Close", nothing, "View", ("Ctrl+W",), enabled=lambda: self.reason),
            Command("view.tree", "Tree", nothing, "View", checked=lambda: self.on),
            Command("app.wait", "Wait", nothing, "Scripts"),
        )
        self.window = QMainWindow()
        self.menus = Menus(self.window, self.commands, self._call, self.searched.append, self.asked.append)

    def _call(self, name: str, args: Sequence[str]) -> None:
        self.called.append((name, list(args)))

    def trigger(self, text: str) -> None:
        next(action for action in self.window.actions() if action.text() == text).trigger()


@pytest.fixture
def bar(qtbot: QtBot) -> Bar:
    bar = Bar()
    qtbot.addWidget(bar.window)
    return bar


def test_menus_hold_every_command_of_their_category_and_scripts_have_none(bar: Bar) -> None:
    titles = [action.text() for action in bar.window.menuBar().actions()]
    assert titles == ["&File", "&Clusters", "&View"]
    texts = [action.text() for action in bar.window.actions()]
    assert texts == ["Save…", "Name it…", "Open context…", "Open table…", "Close", "Tree"]


def test_what_a_command_needs_is_asked_first(bar: Bar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/tmp/x", ""))
    for text in ("Save…", "Name it…", "Open context…", "Close", "Open table…"):
        bar.trigger(text)
    assert bar.called == [("file.save", ["/tmp/x"]), ("view.close", [])]
    assert bar.searched == ["Open ", ""]
    assert [(entry.line, entry.usage) for entry in bar.asked] == [("file.text", "TEXT")]


def test_thinking_better_of_it_does_nothing(bar: Bar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    bar.trigger("Save…")
    assert bar.called == []


def test_what_is_on_is_ticked_and_what_is_not_allowed_says_why(bar: Bar) -> None:
    bar.reason, bar.on = "No page is open.", True
    bar.menus.refresh()
    actions = {action.text(): action for action in bar.window.actions()}
    assert actions["Close"].toolTip() == "No page is open."
    assert actions["Tree"].isChecked()


def test_the_keys_page_lists_every_command_and_narrows(bar: Bar, qtbot: QtBot) -> None:
    page = KeysPage(bar.commands)
    qtbot.addWidget(page)
    lines = [item.text(2) for _, items in page._groups.values() for item in items]
    assert {"file.save FILE", "app.wait", "view.close"} <= set(lines)
    page._filter.setText("ctrl+w")
    visible = [name for name, (parent, _) in page._groups.items() if not parent.isHidden()]
    assert visible == ["View"]


@pytest.fixture
def shell(qtbot: QtBot) -> Iterator[Shell]:
    shell = Shell()
    yield shell
    shell.end()


def test_the_diagnostics_page_shows_what_the_command_answers(shell: Shell, qtbot: QtBot) -> None:
    async def work() -> None:
        await shell.clusters.open("a")

    shell.run(work)
    shell.fleet.made[0].informers = [report(last_error="reset"), report("nodes", state="BACKOFF", age_s=None)]
    shell.fleet.made[0].informers += [report("events", odd=1_200, last_odd="a blank line")]
    shell.fleet.made[0].informers += [report(whole=True, selector="-l app=web")]
    page = DiagnosticsPage(Diagnostics(shell.clusters, shell.views, Reader()), shell.theme)
    qtbot.addWidget(page)
    page.resize(1000, 500)
    page.show()
    qtbot.waitExposed(page)
    [tree] = page.findChildren(QTreeWidget)

    def column(number: int) -> list[str]:
        return [
            item.text(number).strip()
            for at in range(tree.topLevelItemCount())
            if (item := tree.topLevelItem(at))
        ]

    assert column(0) == ["a", "pods", "nodes", "events", "pods", "b", "c"]
    assert column(2) == ["", "rows", "rows", "rows", "whole objects -l app=web", "", ""], (
        "two watches of one kind differ"
    )
    assert column(3) == ["BACKOFF", "LIVE", "BACKOFF", "LIVE", "LIVE", "STOPPED", "STOPPED"]
    assert column(9) == ["", "0", "0", "1,200", "0", "", ""]
    events = tree.topLevelItem(3)
    assert events is not None
    assert "a blank line" in events.toolTip(9)
    assert "MB" in "".join(label.text() for label in page.findChildren(QLabel))
    shell.fleet.made[0].informers = []
    page.refresh()
    assert column(0) == ["a", "b", "c"]
    page.findChildren(QPushButton)[0].click()
    assert '"rss_bytes"' in QGuiApplication.clipboard().text()
    page.hide()
    assert not page._timer.isActive()
    asyncio.set_event_loop(None)


def test_keys_that_a_widget_sees_to_are_shown_and_not_bound(qtbot: QtBot) -> None:
    commands = CommandSet()
    commands.add(Command("view.filter", "Filter rows", nothing, "View", ("Ctrl+F",), bound=False))
    window = QMainWindow()
    qtbot.addWidget(window)
    menus = Menus(window, commands, lambda name, args: None, print, print)
    [action] = window.actions()
    assert action.text() == "Filter rows\tCtrl+F"
    assert action.shortcuts() == []
    menus.refresh()
