"""What the palette lists beside commands and kinds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from kdesk.app.palette_entries import entries
from kdesk.viewmodel.commands import CommandSet
from tests.ui.shell import Shell


@pytest.fixture
def shell(qtbot: QtBot) -> Iterator[Shell]:
    made = Shell()
    yield made
    made.end()


def test_the_saved_filters_of_the_table_in_front_are_there(shell: Shell) -> None:
    saved = {"crash loops": "status:crash", "web": "tier=web"}
    found = entries(CommandSet(), shell.clusters, shell.views, list, (), saved)
    assert [(one.text, one.line, one.detail) for one in found if one.kind == "Filter"] == [
        ("Filter crash loops", "view.filter-use 'crash loops'", "status:crash"),
        ("Filter web", "view.filter-use web", "tier=web"),
    ]
    assert not [
        one for one in entries(CommandSet(), shell.clusters, shell.views, list) if one.kind == "Filter"
    ]
