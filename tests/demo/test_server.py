"""The program: started as a child, ready when it says so, gone with its parent."""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from kdesk.demo import command, kubeconfig, launch
from kdesk.demo.kubeconfig import Entry
from kdesk.demo.launch import DemoProcess

READY_S = 40.0


@pytest.fixture
def demo() -> Iterator[DemoProcess]:
    """Two small clusters in a child process."""
    process = launch.start(2, 12, 50)
    yield process
    process.stop()


def fetch(config: dict[str, Any], number: int, path: str) -> Any:
    """GET as the kubeconfig's n-th context says: over TLS, with its authority and its token."""
    cluster = config["clusters"][number]["cluster"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    token = config["users"][number]["user"]["token"]

    async def get() -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(cluster["server"] + path, ssl=context) as answer,
        ):
            assert answer.status == 200
            return await answer.json()

    return asyncio.run(get())


def wait_until_gone(process: DemoProcess) -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None:
        assert time.monotonic() < deadline, "the child is still there"
        time.sleep(0.02)


def test_clusters_are_ready_when_their_kubeconfig_is_there(demo: DemoProcess) -> None:
    assert demo.wait_ready(READY_S), demo.complaint()
    config = yaml.safe_load(demo.kubeconfig.read_text())
    assert [context["name"] for context in config["contexts"]] == ["demo-shop", "demo-edge"]
    assert config["current-context"] == "demo-shop"
    if os.name == "posix":
        assert demo.kubeconfig.stat().st_mode & 0o777 == 0o600
    for number in range(2):
        assert len(fetch(config, number, "/api/v1/pods")["items"]) >= 12
        assert fetch(config, number, "/version")["gitVersion"].startswith("v1.37")
    demo.stop()
    assert demo.poll() is not None
    assert not demo.kubeconfig.exists()
    demo.stop()


def test_the_child_goes_when_its_parent_does(demo: DemoProcess) -> None:
    assert demo.wait_ready(READY_S), demo.complaint()
    # What the system does to a pipe whose other end has died.
    assert demo._process.stdin is not None
    demo._process.stdin.close()
    wait_until_gone(demo)
    assert demo.poll() == 0
    assert demo.complaint() == ""


def test_waiting_ends_when_the_child_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "_program", lambda: [sys.executable, "-c", "raise SystemExit('no luck')"])
    process = launch.start(1)
    try:
        assert process.wait_ready(READY_S) is False
        assert process.poll() == 1
        assert process.complaint() == "no luck"
    finally:
        process.stop()


def test_waiting_ends_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "_program", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    process = launch.start(1)
    try:
        assert process.wait_ready(0.1) is False
        assert process.poll() is None
    finally:
        process.stop()
    assert process.poll() is not None


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert launch._program() == [sys.executable, "demo-server"]


def test_interrupted_in_the_foreground_it_leaves_nothing_behind(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kdesk.demo", "--clusters", "1", "--pods", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    try:
        assert process.stdout is not None
        shown = [process.stdout.readline(), process.stdout.readline()]
        assert shown[0].startswith("demo-shop: https://127.0.0.1:")
        assert Path(shown[1].removeprefix("kubeconfig: ").strip()).exists()
        process.terminate()
        _, complaint = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, complaint) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_kubeconfig_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "config"
    target.write_text("old")
    kubeconfig.write(target, "new")
    assert target.read_text() == "new"
    with pytest.raises(OSError, match="No such file"):
        kubeconfig.write(tmp_path / "missing" / "config", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["config"]


def test_tokens_are_not_shown() -> None:
    assert "secret" not in repr(Entry("demo-shop", "https://127.0.0.1:1", "secret"))


def test_a_kubeconfig_needs_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--kubeconfig-out", str(tmp_path / "missing" / "config")]) == 1
    assert "there is no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--clusters", "0"], ["--pods", "-1"], ["--events-per-second", "inf"]])
def test_impossible_wishes_are_refused(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        command.main(option)
    assert refused.value.code == 2
    assert option[0] in capsys.readouterr().err
