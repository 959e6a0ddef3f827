"""What nobody caught is logged with its traceback and told in the window, and the program goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys, threading
from PySide6.QtCore import QTimer
from kdesk.app.arguments import Arguments
from kdesk.app.opening import Opening

opening = Opening()
opening.show()
opening.load()
from kdesk.app.program import Program

program = Program(Arguments(), opening)

def slot():
    {fault}

def look():
    print(program.window.status.sentence, flush=True)
    program.quit(0)

QTimer.singleShot(100, slot)
QTimer.singleShot(1500, look)
sys.exit(program.run())
"""


@pytest.mark.parametrize(
    "fault",
    [
        "raise ZeroDivisionError('lost')",
        "threading.Thread(target=lambda: 1 / 0).start()",
        "import asyncio; asyncio.get_event_loop().call_soon(lambda: 1 / 0)",
    ],
    ids=["slot", "thread", "loop"],
)
def test_an_uncaught_error_is_not_lost(tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    line = [sys.executable, "-c", SCRIPT.format(fault=fault)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    assert "Something went wrong inside kdesk (ZeroDivisionError)" in done.stdout
    assert "Traceback" not in done.stderr
    log = "".join(path.read_text() for path in tmp_path.rglob("kdesk.log"))
    assert "Traceback" in log
    assert "ZeroDivisionError" in log
