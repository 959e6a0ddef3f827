"""FilesWatcher: one call for each settled change, whatever way the file changed."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kdesk.kube.config.filewatch import FilesWatcher

INTERVAL = 0.02
DEADLINE = 10.0


@contextmanager
def watching(*files: Path, changed: Callable[[], object]) -> Iterator[FilesWatcher]:
    watcher = FilesWatcher(files, changed, INTERVAL)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.stop()
        assert watcher.join(DEADLINE)


@pytest.fixture
def calls() -> queue.Queue[str]:
    return queue.Queue()


def quiet(calls: queue.Queue[str]) -> bool:
    """Nothing more is reported for a good many polls."""
    try:
        calls.get(timeout=INTERVAL * 15)
    except queue.Empty:
        return True
    return False


def rewrite(path: Path) -> None:
    path.write_text(path.read_text() + "more", "utf-8")


def replace_atomically(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_text(path.read_text(), "utf-8")  # same size: the inode tells
    other.replace(path)


def touch(path: Path) -> None:
    os.utime(path, (time.time() + 3, time.time() + 3))


def delete_and_create(path: Path) -> None:
    path.unlink()
    path.write_text("new content", "utf-8")


def swap_symlink(path: Path) -> None:
    target = path.with_name("target")
    target.write_text("elsewhere", "utf-8")
    path.unlink()
    path.symlink_to(target)


@pytest.mark.parametrize(
    "change", [rewrite, replace_atomically, touch, delete_and_create, swap_symlink, Path.unlink]
)
def test_a_change_is_reported_once(
    tmp_path: Path, calls: queue.Queue[str], change: Callable[[Path], object]
) -> None:
    path = tmp_path / "config"
    path.write_text("content", "utf-8")
    with watching(path, changed=lambda: calls.put("changed")):
        change(path)
        calls.get(timeout=DEADLINE)
        assert quiet(calls)


def test_a_file_that_comes_is_a_change(tmp_path: Path, calls: queue.Queue[str]) -> None:
    with watching(tmp_path / "config", changed=lambda: calls.put("changed")):
        assert quiet(calls)
        (tmp_path / "config").write_text("content", "utf-8")
        calls.get(timeout=DEADLINE)


def test_what_a_handler_reads_is_the_settled_content(tmp_path: Path, calls: queue.Queue[str]) -> None:
    """A file written bit by bit, faster than the poll, is reported when it is whole."""
    path = tmp_path / "config"
    path.write_text("", "utf-8")
    watcher = FilesWatcher([path], lambda: calls.put(path.read_text("utf-8")), interval=0.2)
    watcher.start()
    try:
        with path.open("a", encoding="utf-8") as file:
            for number in range(30):
                file.write(f"{number} ")
                file.flush()
                time.sleep(0.01)
        assert calls.get(timeout=DEADLINE).split()[-1] == "29"
    finally:
        watcher.stop()
        assert watcher.join(DEADLINE)


def test_the_files_can_be_replaced_while_watching(tmp_path: Path, calls: queue.Queue[str]) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    with watching(first, changed=lambda: calls.put("changed")) as watcher:
        second.write_text("was there before", "utf-8")
        watcher.watch([second])
        first.write_text("no longer watched", "utf-8")
        assert quiet(calls)
        rewrite(second)
        calls.get(timeout=DEADLINE)


def test_a_change_is_not_forgotten_when_the_files_are_replaced(
    tmp_path: Path, calls: queue.Queue[str]
) -> None:
    path = tmp_path / "1"
    path.write_text("content", "utf-8")
    watcher = FilesWatcher([path], lambda: calls.put("changed"), INTERVAL)
    rewrite(path)
    watcher.watch([path, tmp_path / "2"])
    watcher.start()
    try:
        calls.get(timeout=DEADLINE)
    finally:
        watcher.stop()
        assert watcher.join(DEADLINE)


def test_a_handler_that_raises_does_not_end_the_watch(
    tmp_path: Path, calls: queue.Queue[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "config"
    path.write_text("content", "utf-8")

    def changed() -> None:
        calls.put("changed")
        raise RuntimeError("handler")

    with (
        caplog.at_level(logging.CRITICAL + 1, "kdesk.kube.config.filewatch"),
        watching(path, changed=changed),
    ):
        for _ in range(2):
            rewrite(path)
            calls.get(timeout=DEADLINE)


def test_the_handler_may_change_what_is_watched_and_stop(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("content", "utf-8")
    done = threading.Event()

    def changed() -> None:
        watcher.watch([path, tmp_path / "other"])
        watcher.stop()
        done.set()

    watcher = FilesWatcher([path], changed, INTERVAL)
    watcher.start()
    rewrite(path)
    assert done.wait(DEADLINE)
    assert watcher.join(DEADLINE)


def test_stop_before_start_and_twice(tmp_path: Path) -> None:
    watcher = FilesWatcher([tmp_path], lambda: None)
    watcher.stop()
    watcher.stop()
    assert watcher.join(0)
    watcher.start()
    assert watcher.join(DEADLINE)
