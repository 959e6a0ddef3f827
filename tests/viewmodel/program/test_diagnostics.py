"""The answer of ``app.diagnostics``: its shape is a contract."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QTimer
from pytestqt.qtbot import QtBot

from kdesk.kube.errors import ConnectionLost
from kdesk.viewmodel.clusters.opener import ContextError
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.program.diagnostics import Diagnostics
from kdesk.viewmodel.program.lateness import LatenessMeter, Reader
from kdesk.viewmodel.program.process import process_figures, rss_bytes
from tests.viewmodel.doubles import PODS, FakeSession, report
from tests.viewmodel.stages import Tables


@pytest.fixture
def tables(qapp: QCoreApplication) -> Iterator[Tables]:
    tables = Tables()
    yield tables
    tables.tasks.cancel()
    tables.clusters.shut_down()
    assert tables.tasks.wait_closed(5)


def test_every_field_is_there_under_its_name(tables: Tables) -> None:
    async def work() -> None:
        await tables.clusters.open("a")
        tables.fleet.made[0].informers = [
            report(last_error="reset by peer", age_s=1.23456, odd=2, last_odd="a blank line")
        ]
        tables.views.open(PODS, ())

    tables.run(work)
    answer = json.loads(Diagnostics(tables.clusters, tables.views, Reader()).text())
    assert answer["epoch"] == 0
    assert [(cluster["name"], cluster["state"], cluster["session"]) for cluster in answer["clusters"]] == [
        ("a", "LIVE", "OPEN"),
        ("b", "STOPPED", "IDLE"),
        ("c", "STOPPED", "IDLE"),
    ]
    assert answer["clusters"][0]["watches"] == [
        {
            "resource": "pods",
            "namespace": "",
            "whole": False,
            "selector": "",
            "state": "LIVE",
            "objects": 3,
            "resourceVersion": "7",
            "events": 5,
            "lists": 1,
            "relists": 0,
            "last_error": "reset by peer",
            "age_s": 1.235,
            "odd": 2,
            "last_odd": "a blank line",
        }
    ]
    [view] = answer["views"]
    assert {key: view[key] for key in ("resource", "rows", "state", "first_row_ms", "synced_ms")} == {
        "resource": "pods",
        "rows": 3,
        "state": "LIVE",
        "first_row_ms": 12.3,
        "synced_ms": None,
    }
    assert set(answer["process"]) == {"rss_bytes", "threads", "fds", "cpu_s"}
    assert set(answer["gui"]["lateness_ms"]) == {"p50", "p99", "max"}


def test_a_context_that_failed_says_why(tables: Tables) -> None:
    def prepare(session: FakeSession) -> None:
        session.failure = ConnectionLost("no route")

    tables.prepare = prepare

    async def work() -> None:
        with pytest.raises(ContextError):
            await tables.clusters.open("a")

    tables.run(work)
    first = Diagnostics(tables.clusters, tables.views, Reader()).read()["clusters"][0]
    assert (first["state"], first["detail"], first["watches"]) == ("BACKOFF", "no route", [])


def test_the_process_is_this_one() -> None:
    figures = process_figures()
    assert figures.rss_bytes > 10_000_000
    assert figures.threads >= 1
    assert figures.cpu_s > 0
    assert rss_bytes() > 10_000_000


def test_lateness_is_since_the_last_reading_of_each_reader() -> None:
    one = Reader()
    for late in [*range(100), 1000]:
        one.note(float(late))
    assert one.read() == (50.0, 99.0, 1000.0)
    assert one.read() == (0.0, 0.0, 0.0)


def test_the_memory_of_a_reader_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kdesk.viewmodel.program.lateness._MOST", 10)
    reader = Reader()
    for late in range(100):
        reader.note(float(late))
    assert reader.read().max == 99.0


def test_the_meter_notes_frames_until_it_is_stopped(qtbot: object, qapp: QCoreApplication) -> None:
    meter = LatenessMeter()
    first, second = meter.reader(), meter.reader()
    meter.start()
    while not (first._samples and second._samples):
        qapp.processEvents()
    meter.stop()
    assert first.read() == second.read()


def test_frames_that_came_on_time_count() -> None:
    reader = Reader()
    reader.note_on_time(98)
    reader.note(5.0)
    reader.note(7.0)
    assert reader.read() == (0.0, 5.0, 7.0)
    assert reader.read() == (0.0, 0.0, 0.0)


def test_the_meter_rests_while_nothing_happens_and_misses_nothing(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("kdesk.viewmodel.program.lateness._LOOK_FRAMES", 3)
    monkeypatch.setattr("kdesk.viewmodel.program.lateness._QUIET_TURNS", 10_000)
    monkeypatch.setattr("kdesk.viewmodel.program.lateness._BUSY_TURNS", 10_000)
    meter = LatenessMeter()
    reader = meter.reader()
    meter.start()
    qtbot.waitUntil(lambda: meter.resting, timeout=10_000)
    reader.read()

    def work() -> None:
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass

    QTimer.singleShot(0, work)
    qtbot.waitUntil(lambda: reader._max > 0 and not meter.resting, timeout=10_000)
    meter.stop()
    assert reader.read().max > 150  # but for one frame, all that it took


def test_the_meter_does_not_rest_while_something_happens(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("kdesk.viewmodel.program.lateness._LOOK_FRAMES", 3)
    monkeypatch.setattr("kdesk.viewmodel.program.lateness._QUIET_TURNS", 40)
    meter = LatenessMeter()
    reader = meter.reader()
    busy = QTimer(interval=0)
    busy.start()
    meter.start()
    qtbot.waitUntil(lambda: len(reader._samples) > 10, timeout=10_000)
    assert not meter.resting
    busy.stop()
    qtbot.waitUntil(lambda: meter.resting, timeout=10_000)
    meter.stop()


def test_the_pulse_beats_only_while_something_is_open(tables: Tables) -> None:
    pulse = Pulse(tables.clusters)
    timer = pulse._timer

    async def work() -> None:
        assert not timer.isActive()
        await tables.clusters.open("a")
        assert timer.isActive()
        tables.fleet.made[0].informers = [report(events=10)]
        pulse.read()
        tables.fleet.made[0].informers = [report(events=14), report("nodes", state="BACKOFF")]
        pulse.read()
        assert pulse.watches == 2
        assert pulse.live_clusters == 0
        assert pulse.rate > 0
        tables.clusters.close("a")

    tables.run(work)
    assert not timer.isActive()
    assert pulse.reports == {}
