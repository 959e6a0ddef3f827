"""The shape of rows that are on their way is that of a table, however wide."""

from __future__ import annotations

import itertools

import pytest
from pytestqt.qtbot import QtBot

from kdesk.ui.look.theme import ThemeManager
from kdesk.ui.tables.skeleton import TableSkeleton


@pytest.mark.parametrize("width", [200, 352, 700, 1400, 3000])
def test_the_columns_take_all_of_the_width(qtbot: QtBot, width: int) -> None:
    manager = ThemeManager()
    skeleton = TableSkeleton(manager.theme)
    qtbot.addWidget(skeleton)
    skeleton.resize(width, 400)
    bars = [bar for bar, _ in skeleton.bars()]
    assert all(bar.right() <= width for bar in bars)
    assert max(bar.right() for bar in bars) > width - 130, "nothing is missing at the right"
    first = [bar for bar in bars if bar.top() == bars[0].top()]
    assert all(left.right() < right.left() for left, right in itertools.pairwise(first))
