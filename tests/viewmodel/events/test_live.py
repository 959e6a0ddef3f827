"""Live events and one object's detail against a simulated cluster: the real way from the socket to the line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.config.kubeconfig import Sources
from kdesk.kube.engine.fleet import Fleet
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.detail import Detail, DetailState

_READY_S = 30.0


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    """Of a simulated cluster in a process of its own, with fifty changes a second."""
    path = tmp_path / "config"
    command = [
        sys.executable,
        "-m",
        "kdesk.demo",
        "--clusters",
        "1",
        "--pods",
        "60",
        "--events-per-second",
        "50",
    ]
    with subprocess.Popen([*command, "--kubeconfig-out", str(path)], stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + _READY_S
        while not path.exists():
            assert process.poll() is None, "the simulated cluster has ended"
            assert time.monotonic() < deadline, "the simulated cluster does not come up"
            time.sleep(0.05)
        yield path
        process.terminate()


@pytest.fixture
def session(kubeconfig: Path) -> Iterator[ClusterSession]:
    fleet = Fleet(Sources.explicit([kubeconfig]), on_change=lambda change: None)
    [context] = fleet.load().contexts
    one = fleet.start(context.name)
    one.open()
    yield one
    fleet.close()
    assert fleet.wait_closed(10)


def test_events_of_a_cluster_become_lines_and_an_object_is_followed(
    qtbot: QtBot, session: ClusterSession
) -> None:
    assert session.catalogue is not None
    pods, secrets = (session.catalogue.resolve(name) for name in ("pods", "secrets"))
    clock = FrameClock()
    log, detail = EventLog(clock), Detail(clock)
    log.feed.rebind([session])
    log.feed.choose(pods)
    qtbot.waitUntil(lambda: log.model.rowCount() > 40, timeout=15_000)
    lines = log.model.lines()
    assert [line.type for line in lines if line.row is None][-1] == WatchState.LIVE
    events = [line for line in lines if line.row is not None]
    assert {line.type for line in events} <= {"ADDED", "MODIFIED", "DELETED"}
    assert not any(line.initial for line in events)
    versions = [int(line.row.version) for line in events if line.row is not None]
    assert versions == sorted(versions)
    latest = events[-1].row
    assert latest is not None
    assert json.loads(latest.raw)["metadata"]["name"] == latest.name
    log.inspector.show(events[-1])
    qtbot.waitUntil(lambda: log.inspector.document is not None)
    assert log.inspector.document is not None
    assert log.inspector.document.text.startswith("apiVersion: v1\nkind: Pod\nmetadata:\n  name: ")
    assert "managedFields" not in log.inspector.document.text

    detail.show(session, pods, latest)
    qtbot.waitUntil(lambda: detail.document is not None, timeout=10_000)
    assert detail.document is not None
    assert f"  name: {latest.name}\n  " in detail.document.text
    assert detail.state in (DetailState.LIVE, DetailState.DELETED)

    log.feed.remove("pods")
    log.clear()
    log.feed.choose(secrets)
    log.show_existing(True)
    qtbot.waitUntil(lambda: any(line.row is not None for line in log.model.lines()), timeout=10_000)
    secret = next(line.row for line in log.model.lines() if line.row is not None)
    values = [value for value in json.loads(secret.raw).get("data", {}).values() if value]
    assert values
    detail.show(session, secrets, secret)
    qtbot.waitUntil(lambda: detail.document is not None, timeout=10_000)
    assert detail.document is not None
    assert "<masked, " in detail.document.text
    assert not any(value in detail.document.text for value in values)
    log.close()
    detail.dispose()


def test_a_missing_object_is_told_from_one_that_loads(qtbot: QtBot, session: ClusterSession) -> None:
    assert session.catalogue is not None
    detail = Detail(FrameClock())
    ghost = Row("default/no-such-pod", "uid", "1", 0, ())
    detail.show(session, session.catalogue.resolve("pods"), ghost)
    qtbot.waitUntil(lambda: detail.state is DetailState.DELETED, timeout=10_000)
    detail.dispose()
