"""Classes of Qt's are made on the GUI thread only.

PySide keeps what it knows of classes in tables without a lock: one that is made in the pool while the GUI thread
delivers a signal ends the program now and then, with a segmentation fault and without a word.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.e2e.program import names

_WATCHED = """
import json, sys, threading

late = []

class Watch:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread():
            late.append(name)

sys.meta_path.insert(0, Watch())
from kdesk.app.main import main

code = main(json.loads(sys.argv[1]))
from PySide6.QtCore import QObject

def makes_classes(name):
    module = sys.modules.get(name)
    found = vars(module).values() if module is not None else ()
    return any(isinstance(one, type) and issubclass(one, QObject) and one.__module__ == name for one in found)

print(json.dumps({"pool": len(late), "qt": [name for name in late if makes_classes(name)]}))
sys.exit(code)
"""


def test_none_is_made_in_the_pool(clusters: Path, tmp_path: Path) -> None:
    first = names(clusters)[0]
    commands = (
        f"context.open {first}",
        "view.open pods *",
        "view.wait-synced",
        "view.select *",
        f"object.export {tmp_path / 'rows.yaml'}",
        "events.open pods",
        "events.rates",
        "app.wait 1",
        "problems.open",
        f"snapshot.save {tmp_path / 'all.kdesk'}",
        f"snapshot.open {tmp_path / 'all.kdesk'}",
        "app.quit",
    )
    arguments = ["--kubeconfig", str(clusters), *(word for line in commands for word in ("--command", line))]
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, json.dumps(arguments)],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["pool"] > 20, "the core is imported in the pool"
    assert found["qt"] == []


def test_a_library_that_ends_the_program_says_where_it_was(tmp_path: Path) -> None:
    code = (
        "import os, signal, threading\n"
        "from kdesk.app.main import main\n"
        "threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGSEGV)).start()\n"
        "main([])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in done.stderr
    assert "kdesk/app/main.py" in done.stderr
