"""The list of objects that something is kept of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kdesk.kube.history.revisions import ObjectId
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.ui.objects.kept_page import KeptPage
from kdesk.viewmodel.objects.recorded import KeptObject
from tests.ui.stub_tables import POD


def test_it_says_what_is_deleted_and_opens_by_the_keyboard(qtbot: QtBot) -> None:
    found = [
        KeptObject(ObjectId(POD, "shop", "web-2", "u2"), "7", 1e9, 3, True, True),
        KeptObject(ObjectId(POD, "shop", "web-1", "u1"), "5", 1e9, 1, False, False),
    ]
    page = KeptPage("prod", "web", found, Theme(load_theme("dark")))
    qtbot.addWidget(page)
    page.show()
    assert page.words.text().startswith("2 objects of prod with “web” in the name")
    model = page.list.model()
    cells = [[model.index(line, at).data() for at in range(model.columnCount())] for line in range(2)]
    assert [line[:3] + line[4:] for line in cells] == [
        ["Pod", "shop", "web-2", "3", "deleted, recorded"],
        ["Pod", "shop", "web-1", "1", ""],
    ]
    opened: list[KeptObject] = []
    page.opened.connect(opened.append)
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    assert opened == [found[1]]
