"""Recording in the window: a command that turns it on and off, a word in the status bar, files on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import platformdirs
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kdesk.app.recording import RecordingWork
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.history import recording
from kdesk.kube.history.archive_reader import ArchiveReader
from kdesk.kube.history.recording import RecorderState
from kdesk.ui.parts.picker import PickerPopup
from kdesk.viewmodel.clusters.recorders import RecorderSettings
from kdesk.viewmodel.commands import CommandError, CommandSet
from tests.fakes.server import ApiServer
from tests.ui.shell import Shell


class Wired(Shell):
    """One open cluster behind a scripted server."""

    def __init__(self, server: ApiServer) -> None:
        super().__init__()
        info = ConnectionInfo(server.url)
        context = Context("prod", "prod", "config", "c", server.url, "u", "default", True, None, info)
        self.reaper = Reaper()
        self.session = ClusterSession(context, 1, self.reaper)
        self.session.open()
        self.settings, self.saved = RecorderSettings(kinds=["pods"]), 0
        self.commands = CommandSet()
        self.recording = RecordingWork(
            self.clusters,
            self.pulse,
            self.window,
            self.theme,
            self.settings,
            self._save,
            namespaces=lambda name: ["default", "shop"],
        )
        self.recording.register(self.commands)

    def open_prod(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The session is among those of the clusters."""
        monkeypatch.setattr(type(self.clusters), "sessions", property(lambda _: {"prod": self.session}))

    def _save(self) -> None:
        self.saved += 1

    def command(self, line: str) -> None:
        asyncio.run(self.commands.run(line))

    def end(self) -> None:
        self.session.retire()
        self.reaper.close()
        assert self.reaper.join(10)
        super().end()


@pytest.fixture
def wired(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    monkeypatch.setattr(recording, "FLUSH_SECONDS", 0.02)
    with ApiServer() as server:
        server.cluster.create("pods", "web")
        one = Wired(server)
        one.window.show()
        yield one
        one.end()


def test_on_a_word_and_off(wired: Wired, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    clusters = wired.clusters
    wired.open_prod(monkeypatch)
    word, record = wired.recording.word, wired.commands.get("context.record")
    assert word.sentence == ""
    with pytest.raises(CommandError, match="No cluster is open"):
        wired.command("context.record")
    clusters.active = "prod"
    assert record.checked is not None
    assert not record.checked()
    wired.command("context.record")
    assert record.checked()
    assert wired.saved == 1
    recorder = wired.recording.recorders.recorder("prod")
    assert recorder is not None
    qtbot.waitUntil(lambda: recorder.status.revisions == 1)
    wired.pulse.beat.emit()
    assert word.sentence == "Recording prod"
    path = recorder.status.path
    assert str(path) in word.toolTip()
    folder = platformdirs.user_data_path("kdesk", appauthor=False) / "history"
    assert path.parent == Path(folder)
    wired.command("context.record")
    assert word.sentence == ""
    assert recorder.join(10)
    with closing(ArchiveReader(path)) as reader:
        assert [one.object.name for one in reader.objects()] == ["web"]


def test_namespaces_are_chosen_over_the_word(
    wired: Wired, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    clusters, word = wired.clusters, wired.recording.word
    wired.open_prod(monkeypatch)
    clusters.active = "prod"
    with pytest.raises(CommandError, match="No cluster is recorded"):
        wired.command("context.record-namespaces shop")
    wired.command("context.record")
    word.click()
    [popup] = word.findChildren(PickerPopup)
    assert popup.frameGeometry().bottom() < word.mapToGlobal(word.rect().topLeft()).y()
    assert [popup.list.item(at).text() for at in range(popup.list.count())] == [
        "all namespaces",
        "default",
        "shop",
    ]
    QTest.keyClicks(popup.search, "sho")
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert wired.settings.namespaces == {"prod": ["shop"]}
    assert word.sentence == "Recording prod  ·  shop"
    assert "of shop" in word.toolTip()
    recorder = wired.recording.recorders.recorder("prod")
    assert recorder is not None
    assert recorder.namespaces == ("shop",)
    wired.command("context.record-namespaces *")
    assert wired.settings.namespaces == {}
    assert word.sentence == "Recording prod"


def test_limits_are_set_and_hold_for_what_is_recorded_now(
    wired: Wired, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    clusters, word = wired.clusters, wired.recording.word
    wired.open_prod(monkeypatch)
    clusters.active = "prod"
    wired.command("context.record")
    first = wired.recording.recorders.recorder("prod")
    assert first is not None
    qtbot.waitUntil(lambda: first.status.revisions == 1)
    wired.command("context.record-limits 512")
    assert (wired.settings.max_size_mb, wired.settings.max_age_days) == (512, 7.0)
    wired.command("context.record-limits 512 0.5")
    assert (wired.settings.max_size_mb, wired.settings.max_age_days) == (512, 0.5)
    assert "of 512 MB at most, the last 0.5 days" in word.toolTip()
    saved, now = wired.saved, wired.recording.recorders.recorder("prod")
    assert now is not first
    assert now is not None
    qtbot.waitUntil(lambda: now.status.state is RecorderState.RECORDING, timeout=10_000)
    assert now.trouble == ""
    with closing(ArchiveReader(now.status.path)) as reader:
        assert [one.object.name for one in reader.objects()] == ["web"], "what was recorded stays"
    wired.command("context.record-limits 512 0.5")
    assert wired.saved == saved
    assert wired.recording.recorders.recorder("prod") is now


@pytest.mark.parametrize("limits", ["0", "-1", "1.5", "lots", "512 0", "512 nan", "512 inf", "512 soon"])
def test_limits_that_are_none(wired: Wired, limits: str) -> None:
    with pytest.raises(CommandError, match="is no limit"):
        wired.command(f"context.record-limits {limits}")
    assert (wired.settings.max_size_mb, wired.settings.max_age_days) == (256, 7.0)
    assert wired.saved == 0


def test_neither_on_nor_off(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    clusters = wired.clusters
    clusters.active = "prod"
    monkeypatch.setattr(type(clusters), "context", lambda self, name: wired.session.context)
    with pytest.raises(CommandError, match="neither on nor off"):
        wired.command("context.record prod perhaps")
    wired.command("context.record prod on")
    wired.command("context.record prod on")
    assert wired.settings.clusters == ["prod"]
    assert wired.saved == 1
