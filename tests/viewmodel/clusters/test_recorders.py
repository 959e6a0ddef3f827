"""Which clusters are recorded follows the settings and what is open; how it goes is said in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QObject, Signal

from kdesk.kube.engine.recorder import Recorder
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.history.recording import RecorderState, RecorderStatus
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.clusters.recorders import KINDS, Recorders, RecorderSettings, RecorderWords
from kdesk.viewmodel.program.settings import Settings, TomlFile
from tests.viewmodel.problem_doubles import FakePulse


class RecorderDouble:
    """``status`` and ``trouble`` are what a test says."""

    def __init__(self, name: str) -> None:
        self.status = RecorderStatus(RecorderState.RECORDING, Path(f"/history/{name}.sqlite"))
        self.trouble = ""
        self.unserved = ("cronjobs.batch",)
        self.started = 0

    def start(self) -> None:
        self.started += 1


class SessionDouble:
    def __init__(self, name: str) -> None:
        self.name, self.catalogue = name, object()
        self.dismissed: list[object] = []

    def dismiss(self, recorder: object) -> None:
        self.dismissed.append(recorder)


class ClustersDouble(QObject):
    opened, retired = Signal(object), Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, SessionDouble] = {}
        self.active = ""

    def open(self, name: str) -> SessionDouble:
        session = self.sessions[name] = SessionDouble(name)
        self.opened.emit(session)
        return session

    def close(self, name: str) -> None:
        self.retired.emit(self.sessions.pop(name))


class World:
    def __init__(self, *on: str) -> None:
        self.clusters, self.pulse = ClustersDouble(), FakePulse()
        self.settings = RecorderSettings(clusters=list(on))
        self.made: list[RecorderDouble] = []
        self.saved = self.changes = 0
        self.recorders = Recorders(
            cast(Clusters, self.clusters), cast(Pulse, self.pulse), self.settings, self._make, self._save
        )
        self.recorders.changed.connect(self._changed)

    def _make(self, session: ClusterSession, settings: RecorderSettings) -> Recorder:
        self.made.append(RecorderDouble(session.name))
        return cast(Recorder, self.made[-1])

    def _save(self) -> None:
        self.saved += 1

    def _changed(self) -> None:
        self.changes += 1


def test_off_by_default() -> None:
    world = World()
    world.clusters.open("prod")
    assert world.made == []
    assert world.recorders.words == RecorderWords()
    assert not world.recorders.is_on("prod")


def test_what_the_settings_name_is_recorded_when_it_opens() -> None:
    world = World("prod")
    world.clusters.open("dev")
    session = world.clusters.open("prod")
    world.clusters.opened.emit(session)  # discovered once more
    [recorder] = world.made
    assert recorder.started == 1
    assert world.recorders.recorder("prod") is cast(Any, recorder)
    assert world.recorders.words.text == "Recording prod"
    world.clusters.close("prod")
    assert world.recorders.words.text == ""
    assert session.dismissed == [], "the session ends it itself"
    world.clusters.open("prod")
    assert len(world.made) == 2
    assert world.saved == 0


def test_on_and_off() -> None:
    world = World()
    session = world.clusters.open("prod")
    world.recorders.switch("prod", on=True)
    world.recorders.switch("prod", on=True)
    assert world.settings.clusters == ["prod"]
    assert len(world.made) == world.saved == 1
    world.recorders.switch("later", on=True)
    assert world.settings.clusters == ["later", "prod"], "it begins when it is opened"
    assert len(world.made) == 1
    world.recorders.switch("prod", on=False)
    assert session.dismissed == world.made
    assert world.settings.clusters == ["later"]
    assert world.recorders.words.text == ""


def test_words() -> None:
    world = World("prod", "dev")
    for name in ("prod", "dev"):
        world.clusters.open(name)
    prod, dev = world.made
    assert world.recorders.words.text == "Recording 2 clusters"
    assert world.recorders.words.tone == "text2"
    changes = world.changes
    world.pulse.beat.emit()
    assert world.changes == changes, "nothing new"
    dev.trouble = "pods are not recorded: forbidden"
    world.pulse.beat.emit()
    assert (world.recorders.words.text, world.recorders.words.tone) == ("Recording 2 clusters", "warn")
    assert "pods are not recorded: forbidden" in world.recorders.words.details
    dev.status = replace(dev.status, bytes=12 << 20)
    world.pulse.beat.emit()
    assert "12 MB of 256 MB at most, the last 7 days" in world.recorders.words.details
    prod.trouble = "the disk is full"
    prod.status = replace(prod.status, state=RecorderState.WAITING, missed=1_200)
    world.pulse.beat.emit()
    words = world.recorders.words
    assert (words.text, words.tone) == ("Not recording prod", "bad")
    assert "/history/prod.sqlite\nthe disk is full\n1,200 changes could not be written" in words.details


def test_some_namespaces_only() -> None:
    world = World("prod")
    world.recorders.choose("dev", ["team-1"])  # before it is recorded
    session = world.clusters.open("prod")
    assert world.recorders.words.details.endswith("\nof all namespaces")
    assert "cronjobs.batch" not in world.recorders.words.details, "it is not served here"
    world.recorders.choose("prod", ["shop", "web", "shop"])
    assert world.settings.namespaces == {"dev": ["team-1"], "prod": ["shop", "web"]}
    assert session.dismissed == world.made[:1]
    assert [one.started for one in world.made] == [1, 1]
    assert world.recorders.words.text == "Recording prod  ·  2 namespaces"
    assert world.recorders.words.details.endswith("\nof shop, web")
    world.recorders.choose("prod", ["shop", "web"])
    assert (len(world.made), world.saved) == (2, 2), "nothing new"
    world.recorders.choose("prod", ["shop"])
    assert world.recorders.words.text == "Recording prod  ·  shop"
    world.recorders.choose("prod", [])
    assert world.settings.namespaces == {"dev": ["team-1"]}
    assert world.recorders.words.text == "Recording prod"


def test_the_active_cluster_is_meant_where_it_is_recorded() -> None:
    world = World("prod", "dev")
    assert world.recorders.chosen == ""
    for name in ("prod", "dev", "lab"):
        world.clusters.open(name)
    assert world.recorders.chosen == "dev"
    world.clusters.active = "prod"
    assert world.recorders.chosen == "prod"
    world.clusters.active = "lab"
    assert world.recorders.chosen == "dev"


def test_settings_are_readable(tmp_path: Path) -> None:
    file = TomlFile(tmp_path / "settings.toml", Settings)
    settings = Settings()
    settings.recorder.clusters.append("prod")
    file.save(settings)
    text = file.path.read_text()
    assert "[recorder]" in text
    assert 'clusters = ["prod"]' in text or '"prod",' in text
    assert file.load().recorder == RecorderSettings(["prod"], list(KINDS), {}, 256, 7.0)
    assert Settings().recorder.clusters == [], "defaults are not shared"
    file.path.write_text("[recorder]\nmax_size_mb = -3\n")
    assert file.load().recorder == RecorderSettings()
    assert "max_size_mb" in file.problem
