"""What is remembered of tables: readable in the settings, and a value that makes no sense costs nothing but itself."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication

from kdesk.viewmodel.program.settings import Settings, TomlFile
from kdesk.viewmodel.program.settings_saver import SettingsSaver
from kdesk.viewmodel.rows.memory import TableLayout, TableMemory, titles
from kdesk.viewmodel.rows.order import SortBy
from kdesk.viewmodel.tasks import Tasks
from tests.viewmodel.stages import until

pytestmark = pytest.mark.usefixtures("qapp")

LAYOUT = TableLayout(
    ("NAME", "AGE"),
    frozenset(["NODE"]),
    frozenset(["READY"]),
    {"NAME": 320},
    (SortBy("AGE", descending=True), SortBy("NAME")),
)


def test_a_layout_is_read_back_from_readable_toml(tmp_path: Path) -> None:
    file, settings, saves = TomlFile(tmp_path / "settings.toml", Settings), Settings(), list[int]()
    memory = TableMemory(settings.tables, lambda: saves.append(1))
    memory.keep("deployments.apps", LAYOUT)
    memory.save_filter("deployments.apps", "not ready", "!ready=1/1")
    memory.keep("deployments.apps", LAYOUT)
    assert len(saves) == 2, "what is as it was is not written again"
    file.save(settings)
    text = file.path.read_text()
    assert '[tables."deployments.apps"]' in text
    assert "AGE desc" in text
    again = TableMemory(file.load().tables, lambda: None)
    assert again.layout("deployments.apps") == LAYOUT
    assert again.filters("deployments.apps") == {"not ready": "!ready=1/1"}
    assert again.problems == []
    assert again.layout("pods") == TableLayout()


def test_what_is_as_it_would_be_anyhow_is_forgotten() -> None:
    settings = Settings()
    memory = TableMemory(settings.tables, lambda: None)
    memory.keep("pods", LAYOUT)
    memory.keep("pods", TableLayout())
    assert settings.tables == {}


def test_saved_filters_are_told_and_outlive_a_layout() -> None:
    memory = TableMemory({}, lambda: None)
    told: list[str] = []
    memory.filters_changed.connect(told.append)
    memory.save_filter("pods", "crashing", "status:crash")
    memory.save_filter("pods", "old", "age>30d")
    memory.keep("pods", LAYOUT)
    memory.forget_filter("pods", "old")
    assert memory.filters("pods") == {"crashing": "status:crash"}
    assert memory.layout("pods") == LAYOUT
    assert told == ["pods"] * 3


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"widths": {"NAME": "wide", "AGE": 70}}, "tables.pods.widths"),
        ({"widths": {"NAME": -3}}, "tables.pods.widths.NAME"),
        ({"sort": "AGE"}, "tables.pods.sort"),
        ({"columns": [1]}, "tables.pods.columns"),
        ({"filters": ["x"]}, "tables.pods.filters"),
        (7, "tables.pods"),
    ],
)
def test_a_broken_value_is_passed_over_with_a_sentence(value: Any, place: str) -> None:
    if isinstance(value, dict):
        value["hidden"] = ["READY"]
    memory = TableMemory({"pods": value}, lambda: None)
    [sentence] = memory.problems
    assert sentence.startswith(f"The setting {place} is passed over: ")
    layout = memory.layout("pods")
    assert layout.hidden == (frozenset(["READY"]) if isinstance(value, dict) else frozenset())
    assert "NAME" not in layout.widths
    memory.save_filter("pods", "all", "web")
    assert memory.filters("pods") == {"all": "web"}
    assert len(memory.problems) == 1


def test_columns_that_the_order_does_not_know_follow_their_neighbour() -> None:
    present = ["CLUSTER", "NAMESPACE", "NAME", "READY", "AGE"]
    assert titles([], present) == present
    assert titles(["AGE", "NAME", "GONE"], present) == ["CLUSTER", "NAMESPACE", "AGE", "NAME", "READY"]


class Slow(TomlFile[Settings]):
    """Writes when it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, Settings)
        self.gate = threading.Event()
        self.threads: list[int] = []

    def write(self, data: bytes) -> None:
        self.threads.append(threading.get_ident())
        self.gate.wait(20)
        super().write(data)


@pytest.fixture
def failed() -> list[str]:
    return []


@pytest.fixture
def tasks(failed: list[str]) -> Iterator[Tasks]:
    tasks = Tasks(lambda title, text: failed.append(f"{title}: {text}"))
    yield tasks
    tasks.cancel()
    assert tasks.wait_closed(5)


def test_settings_are_written_off_the_gui_thread_one_at_a_time(
    qapp: QCoreApplication, tasks: Tasks, tmp_path: Path
) -> None:
    settings, file = Settings(), Slow(tmp_path / "settings.toml")
    saver = SettingsSaver(file, settings, tasks)

    async def work() -> None:
        for theme in ("light", "dark"):
            settings.theme = theme
            saver.soon()
        await until(lambda: file.threads)
        settings.theme = "system"
        saver.soon()
        begun = time.monotonic()
        await until(lambda: time.monotonic() - begun > 0.6)
        assert len(file.threads) == 1, "the second waits for the first"
        file.gate.set()
        await until(lambda: not saver.pending)

    asyncio.run(work())
    assert len(file.threads) == 2
    assert threading.get_ident() not in file.threads
    assert file.load().theme == "system"


def test_what_is_pending_at_the_end_is_written_then(tasks: Tasks, tmp_path: Path) -> None:
    settings, file = Settings(), TomlFile(tmp_path / "settings.toml", Settings)
    saver = SettingsSaver(file, settings, tasks)
    saver.flush()
    assert not file.path.exists()
    settings.theme = "light"
    saver.soon()
    saver.flush()
    assert file.load().theme == "light"
    assert not saver.pending


def test_what_was_cut_off_on_its_way_is_written_at_the_end(failed: list[str], tmp_path: Path) -> None:
    settings, file = Settings(), TomlFile(tmp_path / "settings.toml", Settings)
    tasks = Tasks(lambda title, text: failed.append(f"{title}: {text}"), workers=1)
    saver, gate = SettingsSaver(file, settings, tasks), threading.Event()

    async def work() -> None:
        # No thread is free before the program ends: the writing waits, and is cancelled where it waits.
        held = tasks.start(tasks.run(gate.wait, timeout=20, what="waiting"), "Waiting")
        settings.theme = "light"
        saver.soon()
        begun = time.monotonic()
        await until(lambda: time.monotonic() - begun > 0.6)
        tasks.cancel()
        await asyncio.wait([held], timeout=5)

    asyncio.run(work())
    gate.set()
    assert tasks.wait_closed(5)
    assert not file.path.exists()
    saver.flush()
    assert file.load().theme == "light"
    assert not saver.pending
    assert failed == []


def test_a_folder_that_cannot_be_written_is_told(tasks: Tasks, failed: list[str], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    saver = SettingsSaver(TomlFile(tmp_path / "taken" / "settings.toml", Settings), Settings(), tasks)

    async def work() -> None:
        saver.soon()
        await until(lambda: failed)

    asyncio.run(work())
    assert saver.pending
    with pytest.raises(OSError, match="taken"):
        saver.flush()
    assert failed[0].startswith("Saving the settings: ")
