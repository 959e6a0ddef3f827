"""What several tests of widgets start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.docks.desk import Desk


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk()
    desk.show()
    qtbot.waitExposed(desk)
    yield desk
    desk.docks.hide_windows()
    desk.close()
    desk.deleteLater()
