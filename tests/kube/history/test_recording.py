"""The thread that records: what goes wrong is said and survived, nothing waits for it, and nothing is lost quietly."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kdesk.kube.history import recording as recording_module
from kdesk.kube.history.archive import Archive, Limits, Observed
from kdesk.kube.history.archive_reader import ArchiveReader
from kdesk.kube.history.database import DamagedStore, FullStore
from kdesk.kube.history.folder import HistoryFolder
from kdesk.kube.history.recording import RecorderState, Recording
from tests.kube.history.making import PODS, added, deleted, lives, modified, row

DEADLINE_S = 15.0
Record = Callable[..., Recording]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_module, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(recording_module, "RETRY_SECONDS", 0.1)


@pytest.fixture
def folder(tmp_path: Path) -> HistoryFolder:
    return HistoryFolder(tmp_path / "history")


@pytest.fixture
def path(folder: HistoryFolder) -> Path:
    return folder.database("prod", "https://prod.invalid")


@pytest.fixture
def record(folder: HistoryFolder, path: Path) -> Iterator[Record]:
    made: list[Recording] = []

    def recording(limits: Limits = Limits(), on_change: Callable[[], None] | None = None) -> Recording:  # noqa: B008
        made.append(Recording(folder, path, limits, on_change=on_change))
        made[-1].start()
        return made[-1]

    yield recording
    for one in made:
        one.stop()
        assert one.join(DEADLINE_S)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.01)


def versions(path: Path, uid: str = "uid-web") -> list[str]:
    with closing(ArchiveReader(path)) as reader:
        return [one.version for one in reader.revisions(uid)]


def test_what_is_told_is_written(record: Record, path: Path) -> None:
    said: list[RecorderState] = []
    recording: Recording
    recording = record(on_change=lambda: said.append(recording.status.state))
    _, changes = lives("web", range(1, 30))
    for change in changes:
        recording.put(PODS, [change])
    until(lambda: recording.status.revisions == 29)
    assert versions(path) == [str(version) for version in range(1, 30)]
    status = recording.status
    assert (status.state, status.message, status.path, status.missed) == (
        RecorderState.RECORDING,
        "",
        path,
        0,
    )
    assert status.bytes > 0
    recording.stop()
    assert recording.join(DEADLINE_S)
    assert said == [RecorderState.RECORDING, RecorderState.STOPPED]


def test_what_is_queued_at_the_end_is_written(
    record: Record, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "FLUSH_SECONDS", 60.0)
    recording = record()
    until(lambda: recording.status.state is RecorderState.RECORDING)
    recording.put(PODS, lives("web", range(1, 9))[1])
    recording.stop()
    assert recording.join(DEADLINE_S)
    assert versions(path)[-1] == "8"
    recording.put(PODS, [added(row("late", 1))])
    assert versions(path, "uid-late") == []


def test_a_complete_list_tells_what_went(record: Record, path: Path) -> None:
    recording = record()
    recording.put(PODS, [added(row("web", 1)), added(row("db", 1))])
    recording.absent(PODS, ["uid-db"])
    recording.put(PODS, [added(row("new", 3))])
    until(lambda: recording.status.revisions == 4)
    assert versions(path) == ["1", "1"]
    assert versions(path, "uid-db") == ["1"]
    assert versions(path, "uid-new") == ["3"]


def test_a_damaged_file_is_kept_aside(record: Record, folder: HistoryFolder, path: Path) -> None:
    folder.prepare()
    damaged = b"this was a database once, and is none any more. " * 300
    path.write_bytes(damaged)
    recording = record()
    recording.put(PODS, [added(row("web", 1))])
    until(lambda: recording.status.revisions == 1)
    [aside] = folder.path.glob("*.damaged-*")
    assert aside.read_bytes() == damaged
    message = recording.status.message
    assert recording.status.state is RecorderState.RECORDING
    assert aside.name in message
    assert "damaged" in message
    assert versions(path) == ["1"]


def test_an_alarm_that_was_false(
    record: Record, folder: HistoryFolder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program mended the file meanwhile: it is looked at again before anything is moved."""
    real, alarms = Archive.write, iter([True])

    def write(self: Archive, observed: Iterable[Observed]) -> int:
        if next(alarms, False):
            raise DamagedStore(f"{path} is damaged")
        return real(self, observed)

    monkeypatch.setattr(Archive, "write", write)
    recording = record()
    recording.put(PODS, lives("web", range(1, 6))[1])
    until(lambda: recording.status.revisions == 5)
    assert recording.status.message == ""
    assert not list(folder.path.glob("*.damaged-*"))
    assert versions(path)[-1] == "5", "what could not be written is not lost"


def test_no_folder_and_then_one(record: Record, folder: HistoryFolder, path: Path) -> None:
    folder.path.write_text("in the way")
    recording = record()
    recording.put(PODS, [added(row("web", 1))])
    until(lambda: recording.status.state is RecorderState.WAITING)
    assert str(folder.path) in recording.status.message
    folder.path.unlink()
    until(lambda: recording.status.revisions == 1)
    assert (recording.status.state, recording.status.message) == (RecorderState.RECORDING, "")
    assert versions(path) == ["1"]


def test_a_file_of_another_program_is_left_alone(record: Record, folder: HistoryFolder, path: Path) -> None:
    folder.prepare()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    recording = record()
    until(lambda: recording.status.state is RecorderState.FAILED)
    assert "another program" in recording.status.message
    recording.put(PODS, [added(row("web", 1))])
    assert recording.join(DEADLINE_S)
    assert recording.status.state is RecorderState.FAILED
    assert [file.name for file in folder.path.glob("*.sqlite*")] == [path.name]


def test_a_full_disk_keeps_what_fits_in_the_queue(
    record: Record, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "_QUEUE_BYTES", 3_000)
    real, full = Archive.write, True

    def write(self: Archive, observed: Iterable[Observed]) -> int:
        if full:
            raise FullStore(f"{path} cannot grow: the disk is full, or the bound is reached")
        return real(self, observed)

    monkeypatch.setattr(Archive, "write", write)
    recording = record()
    rows, changes = lives("web", range(1, 100))
    for change in changes:
        recording.put(PODS, [change])
    until(lambda: recording.status.state is RecorderState.WAITING)
    assert "the disk is full" in recording.status.message
    full = False
    until(lambda: recording.status.state is RecorderState.RECORDING)
    recording.put(PODS, [modified(row("web", 100), rows[-1])])
    until(lambda: recording.status.revisions and versions(path)[-1] == "100")
    assert recording.status.missed > 0
    assert recording.status.missed + recording.status.revisions == 100


def test_bounds_are_kept(record: Record, path: Path) -> None:
    limits = Limits(max_bytes=1 << 20)
    recording = record(limits)
    for version in range(1, 60):
        recording.put(PODS, [added(row(f"p{version}", version, data=os.urandom(20_000).hex()))])
    until(lambda: recording.status.revisions == 59)
    assert path.stat().st_size <= limits.max_bytes
    assert versions(path, "uid-p59") == ["59"]
    assert versions(path, "uid-p1") == []


def test_a_fault_of_ours_is_no_recording(
    record: Record, expect_log: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log(r"recording to .* failed")
    monkeypatch.setattr(Archive, "write", lambda self, observed: 1 // 0)
    recording = record()
    recording.put(PODS, [deleted(row("web", 1))])
    until(lambda: recording.status.state is RecorderState.FAILED)
    assert "log file" in recording.status.message
