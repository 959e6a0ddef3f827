"""A recording survives what happens to programs: killed in the middle of a write, two at once, no room on the disk."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from kdesk.kube.history.archive import Archive
from kdesk.kube.history.archive_reader import ArchiveReader
from tests.kube.history.writer_process import KEY, LAST, LIMITS, NAMES, state
from tools.interpreters import ROOT

KILLS = int(os.environ.get("KDESK_TEST_KILLS", "6"))


def writer(path: Path, first: int, most: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.kube.history.writer_process", str(path), str(first), str(most)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def recorded(path: Path) -> dict[str, list[int]]:
    """The versions of each object; every document is looked at."""
    found: dict[str, list[int]] = {}
    with closing(ArchiveReader(path)) as reader:
        for name in NAMES:
            versions = found[name] = []
            for one in reader.revisions(f"uid-{name}"):
                versions.append(int(one.version))
                assert reader.document(f"uid-{name}", one.number) == state(name, versions[-1]).raw
    return found


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """What was committed is there, what was not is not half there, and the next run goes on."""
    path = tmp_path / "cluster.sqlite"
    pick = random.Random(20_261_123)
    first = 1
    for _ in range(KILLS):
        with writer(path, first) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(pick.randrange(1, 40))]
            time.sleep(pick.random() * 0.02)  # somewhere within a transaction, a prune or a checkpoint
            process.kill()
            lines += process.stdout.read().splitlines()
        told = max(int(line) for line in lines if line.strip())
        assert told < LAST
        with closing(Archive(path, KEY, LIMITS)):  # looks for damage
            found = recorded(path)
        for versions in found.values():
            assert versions[-1] in (told, told + 1)
            assert versions == list(range(versions[0], versions[-1] + 1))
        assert len({versions[-1] for versions in found.values()}) == 1, "a transaction is whole"
        first = found["a"][-1] + 1
    assert path.stat().st_size <= LIMITS.max_bytes


def test_two_programs_record_one_cluster(tmp_path: Path) -> None:
    path = tmp_path / "cluster.sqlite"
    with writer(path, 1) as one, writer(path, 1) as other:
        assert one.stdout is not None
        assert other.stdout is not None
        for _ in range(60):
            one.stdout.readline()
            other.stdout.readline()
        for process in (one, other):
            process.kill()
    found = recorded(path)
    for versions in found.values():
        assert versions == list(range(versions[0], versions[-1] + 1)), "each once, in order"
        assert versions[-1] >= 60


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_no_room_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "cluster.sqlite"
    with writer(path, 1, 600_000) as process:
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
    assert process.returncode == 0, lines
    [at] = [number for number, line in enumerate(lines) if line.startswith("error: ")]
    assert "full" in lines[at]
    assert str(path) in lines[at]
    assert at > 5
    assert [int(line) for line in lines[:at] + lines[at + 1 :]] == list(range(1, len(lines)))
    assert all(versions[-1] == len(lines) - 1 for versions in recorded(path).values())
