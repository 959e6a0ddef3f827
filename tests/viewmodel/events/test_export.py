"""The log on disk: JSON lines in the format of the command line, whole or not at all."""

from __future__ import annotations

import asyncio
import base64
import errno
import json
import os
import stat
import tempfile
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.saving import SaveError
from kdesk.viewmodel.events.book import Book
from kdesk.viewmodel.events.export import save_lines as save_book
from kdesk.viewmodel.events.lines import DROPPED, EventLine, Origin
from kdesk.viewmodel.events.log import EventLog
from kdesk.viewmodel.frame import FrameClock
from tests.viewmodel.stub_cluster import DEPLOYMENTS, PODS, SECRETS, StubSession, added, row, watch

AT = 1_700_000_000.25
VALUE = base64.b64encode(b"hunter2-the-value").decode()


def line(**fields: object) -> EventLine:
    return EventLine(
        1, AT, "MODIFIED", Origin("prod", DEPLOYMENTS, ""), row("web", version="9", spec={"n": 1})
    )


def save_lines(lines: list[EventLine], path: Path) -> int:
    book = Book(1_000, 1 << 30)
    book.extend(lines)
    return save_book(book, range(book.first, book.end), {}, path)


def saved(path: Path) -> list[dict[str, object]]:
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_an_event_is_saved_as_the_command_line_prints_it_with_time_and_object(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert save_lines([line()], path) == 1
    assert saved(path) == [
        {
            "at": "2023-11-14T22:13:20.250Z",
            "cluster": "prod",
            "type": "MODIFIED",
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "resource": "deployments.apps",
            "namespace": "shop",
            "name": "web",
            "uid": "uid-web",
            "resourceVersion": "9",
            "creationTimestamp": "2023-04-04T10:41:05Z",
            "finalStateUnknown": False,
            "who": None,
            "changes": [],
            "object": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web", "uid": "uid-web", "resourceVersion": "9", "namespace": "shop"},
                "spec": {"n": 1},
            },
        }
    ]


def test_a_modification_is_saved_with_what_it_changed_and_who_did_it(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    before, after = row(spec={"n": 1}), row(version="2", manager="kubectl-set", spec={"n": 2})
    modified = EventLine(1, AT, "MODIFIED", Origin("prod", DEPLOYMENTS, ""), after, old=before.raw)
    save_lines([modified], path)
    [entry] = saved(path)
    assert entry["changes"] == [{"path": "spec.n", "before": 1, "after": 2}]
    assert entry["who"] == "kubectl-set"


def test_states_and_losses_are_saved_too(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    origin = Origin("prod", PODS, "shop")
    state = EventLine(1, AT, "BACKOFF", origin, note="refused", count=7)
    save_lines([state, EventLine(2, AT, DROPPED, origin, count=12)], path)
    first, second = saved(path)
    assert first == {
        "at": "2023-11-14T22:13:20.250Z",
        "cluster": "prod",
        "resource": "pods",
        "kind": "Pod",
        "namespace": "shop",
        "state": "BACKOFF",
        "objects": 7,
        "error": "refused",
    }
    assert second["dropped"] == 12


def test_secret_values_are_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    secret = row("db", data={"password": VALUE})
    save_lines([EventLine(1, AT, "ADDED", Origin("prod", SECRETS, ""), secret)], path)
    assert VALUE not in path.read_text()
    assert "<masked, 17 bytes>" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    other = row("db", version="2", data={"password": "b3RoZXI="})
    save_lines([EventLine(1, AT, "MODIFIED", Origin("prod", SECRETS, ""), other, old=secret.raw)], path)
    assert "data.password" in path.read_text()
    assert VALUE not in path.read_text()
    assert "b3RoZXI=" not in path.read_text()


def test_an_object_that_cannot_be_read_does_not_cost_the_others(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    broken = line()
    assert broken.row is not None
    broken.row = type(broken.row)("shop/bad", "u", "1", 0, (), raw=b'{"half')
    save_lines([broken, line()], path)
    first, second = saved(path)
    assert first["object"] is None
    assert first["problem"]
    assert second["object"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("before\n")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveError, match="the disk is full"):
        save_lines([line()], path)
    assert path.read_text() == "before\n"
    assert os.listdir(tmp_path) == ["events.jsonl"]


def test_why_a_place_cannot_be_written_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SaveError, match="there is no folder"):
        save_lines([line()], tmp_path / "missing" / "events.jsonl")
    with pytest.raises(SaveError, match="it is a folder"):
        save_lines([line()], tmp_path)

    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(SaveError, match="no right to write in"):
        save_lines([line()], tmp_path / "events.jsonl")


def test_the_log_saves_what_it_shows(qtbot: QtBot, tmp_path: Path) -> None:
    clock = FrameClock(interval=0.002)
    log = EventLog(clock)
    prod = StubSession()
    watch(log, prod, PODS)
    prod.leases[0].tell(added(row("web")), added(row("api")))
    log.set_filter("name:web")
    qtbot.waitUntil(lambda: clock.idle)
    path = tmp_path / "events.jsonl"
    assert asyncio.run(log.save(path)) == 1
    assert [entry["name"] for entry in saved(path)] == ["web"]
    log.close()
