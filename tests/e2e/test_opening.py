"""Between the first paint and the program: little is loaded before, and closing, a signal and an error are seen to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

#: Not before the first paint: each takes about as long as the paint itself, or brings what does.
LATE = (
    "asyncio", "concurrent.futures", "hashlib", "logging.handlers", "msgspec", "platformdirs", "qasync", "socket",
    "ssl", "urllib3", "yaml", "PySide6.QtSvg", "kdesk.app.program", "kdesk.kube", "kdesk.ui.window.contents",
    "kdesk.viewmodel.clusters",
)  # fmt: skip

FIRST_PAINT = f"""
import sys
import kdesk.__main__
import kdesk.app.main
from kdesk.app.opening import Opening

opening = Opening()
opening.show()
print(sorted({set(LATE)!r} & sys.modules.keys()))
print("Qt" in vars(sys.modules["PySide6.QtCore"]))
opening.load()
print("kdesk.app.program" in sys.modules, opening.code)
"""

# What happens in the first turn of the event loop after the first paint, in ``act``.
AT_ONCE = """
import json, os, signal, sys
from PySide6.QtCore import QTimer
from kdesk.app import opening
from kdesk.app.main import main

class Watched(opening.Opening):
    def load(self):
        QTimer.singleShot(0, lambda: {act})
        try:
            super().load()
        finally:
            print("kdesk.app.program" in sys.modules)

opening.Opening = Watched
sys.exit(main(json.loads(sys.argv[1])))
"""

# A module that cannot be loaded, on a screen where somebody looks; the window is closed a little later.
FAILS = """
import json, sys
from PySide6.QtCore import QTimer
from kdesk.app import opening
from kdesk.app.main import main

class Watched(opening.Opening):
    def load(self):
        self.seen = True
        sys.modules[{module!r}] = None
        super().load()

    def fail(self, error, *, wait):
        if wait:
            QTimer.singleShot(0, lambda: (print(self.window.sketch.accessibleName()), self.window.close()))
        super().fail(error, wait=wait)

opening.Opening = Watched
sys.exit(main(json.loads(sys.argv[1])))
"""

# Something happens when the first of the widgets has been made; ``seen``: somebody looks.
HALF = """
import json, os, signal, sys
from PySide6.QtCore import QTimer
from kdesk.app import opening
from kdesk.app.main import main

def half(self, *args, **more):
    yield
    print("half")
    {act}
    while True:
        yield

class Watched(opening.Opening):
    def load(self):
        super().load()
        self.seen = {seen}
        from kdesk.app.furnishing import Furnishing
        Furnishing._widgets = half

opening.Opening = Watched
sys.exit(main(json.loads(sys.argv[1])))
"""


def run(program: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {f"XDG_{part}_HOME": str(home / part.lower()) for part in ("CONFIG", "STATE", "CACHE", "DATA")}
    return subprocess.run(
        [sys.executable, "-c", program, json.dumps(arguments)],
        env=os.environ | own | {"HOME": str(home), "KUBECONFIG": str(home / "none")},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def settings(home: Path, text: str) -> None:
    path = home / "config" / "kdesk" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_the_first_paint_waits_for_little_but_qt(tmp_path: Path) -> None:
    settings(tmp_path, 'theme = "light"\n')
    done = run(FIRST_PAINT, tmp_path)
    assert done.returncode == 0, done.stderr
    early, enumerations, rest = done.stdout.splitlines()
    assert early == "[]"
    assert enumerations == "False", "all of Qt's own enumerations take a fifth of the time that there is"
    assert rest == "True None"


def test_a_window_that_is_closed_while_it_opens_ends_the_program(tmp_path: Path) -> None:
    done = run(AT_ONCE.format(act="self.window.close()"), tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_while_it_opens_ends_the_program(tmp_path: Path, number: signal.Signals) -> None:
    done = run(AT_ONCE.format(act=f"os.kill(os.getpid(), {number:d})"), tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False\n", "")


@pytest.mark.parametrize("module", ["yaml", "kdesk.viewmodel.clusters.tree"], ids=["thread", "GUI"])
def test_what_cannot_be_loaded_is_said_in_the_window_until_it_is_closed(tmp_path: Path, module: str) -> None:
    done = run(FAILS.format(module=module), tmp_path)
    assert done.returncode == 1
    assert "kdesk cannot start (" in done.stdout
    assert module in done.stdout
    assert "Traceback" in done.stderr
    log = (tmp_path / "state" / "kdesk" / "log" / "kdesk.log").read_text()
    assert "Traceback" in log
    assert module in log


def test_with_commands_nobody_waits_for_a_window_to_be_closed(tmp_path: Path) -> None:
    done = run(FAILS.format(module="yaml"), tmp_path, "--command", "app.quit")
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    "act",
    ["self._window.close()", "os.kill(os.getpid(), signal.SIGINT)", "os.kill(os.getpid(), signal.SIGTERM)"],
    ids=["close", "SIGINT", "SIGTERM"],
)
def test_a_half_furnished_window_ends_as_well(tmp_path: Path, act: str) -> None:
    done = run(HALF.format(act=act, seen=False), tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "half\n", "")


def test_an_error_in_a_half_furnished_window_is_shown(tmp_path: Path) -> None:
    act = "QTimer.singleShot(500, lambda: (print(self._window.sketch.accessibleName()), self._window.close())) or 1 / 0"
    done = run(HALF.format(act=act, seen=True), tmp_path)
    assert done.returncode == 0
    assert "Starting: Something went wrong inside kdesk (ZeroDivisionError)" in done.stdout
    assert "ZeroDivisionError" in (tmp_path / "state" / "kdesk" / "log" / "kdesk.log").read_text()
    again = run(HALF.format(act="1 / 0", seen=True), tmp_path, "--command", "app.quit")
    assert again.returncode == 1
