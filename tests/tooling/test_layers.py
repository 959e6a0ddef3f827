"""Every layer contract fails when broken: shown on a copy of the layers with one forbidden import planted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.interpreters import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")
# The smallest program that has every layer and keeps every contract.
LAYERS = {
    "__init__.py": "",
    "__main__.py": "import kdesk.app\nimport kdesk.cli\n",
    "app/__init__.py": "import kdesk.demo.server\nimport kdesk.ui.window\nimport qasync\n",
    "ui/__init__.py": "",
    "ui/window/main.py": "import PySide6.QtWidgets\nimport kdesk.viewmodel.rows.model\n",
    "viewmodel/__init__.py": "",
    "viewmodel/rows/model.py": "import PySide6.QtCore\nimport kdesk.kube.engine.store\n",
    "kube/__init__.py": "",
    "kube/engine/store.py": "import kdesk.kube.table.rows\n",
    "kube/engine/informer.py": "import kdesk.kube.engine.store\n",
    "kube/table/rows.py": "import msgspec\n",
    "cli/__init__.py": "import kdesk.demo.server\nimport kdesk.kube.engine.store\n",
    "demo/__init__.py": "",
    "demo/server.py": "import aiohttp\n",
}
ROOMS = {
    "kube": "api config diff engine errors gvk history login redact saving stop table wire",
    "viewmodel": "clusters commands events frame moments objects operations problems program rows tables tasks",
    "ui": "clusters docks events look objects parts problems tables window",
}
LAYERS |= {f"{layer}/{room}/__init__.py": "" for layer, rooms in ROOMS.items() for room in rooms.split()}
RIGHT = "Imports point right only"
COMMAND_LINE = "The command line uses the core"
NO_QT = "run where no Qt is installed"
CYCLES = "No cycles"
DEMO = "The demo is a server on its own"
CORE = "Rooms of the core"
MODELS = "Rooms of the models"
WIDGETS = "Rooms of the widgets"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the project's contracts on the package in ``folder``."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        [LINTER, "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / "kdesk" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_kept(tmp_path: Path) -> None:
    write(tmp_path, LAYERS)
    done = lint(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "planted", "broken"),
    [
        ("kube/engine/store.py", "import kdesk.viewmodel.rows.model", RIGHT),
        ("kube/engine/store.py", "import kdesk.cli", RIGHT),
        ("kube/engine/store.py", "import kdesk.demo.server", DEMO),
        ("kube/engine/store.py", "import PySide6.QtCore", NO_QT),
        ("kube/engine/store.py", "def late():\n    import qasync", NO_QT),
        ("viewmodel/rows/model.py", "import kdesk.ui.window.main", RIGHT),
        ("viewmodel/rows/model.py", "import kdesk.demo.server", DEMO),
        ("ui/window/main.py", "import kdesk.app", RIGHT),
        ("ui/window/main.py", "import kdesk.demo.server", DEMO),
        ("app/__init__.py", "import kdesk.cli", RIGHT),
        ("cli/__init__.py", "import kdesk.app", RIGHT),
        ("cli/__init__.py", "import kdesk.ui.window.main", COMMAND_LINE),
        ("cli/__init__.py", "import kdesk.viewmodel.rows.model", COMMAND_LINE),
        ("cli/__init__.py", "import qasync", COMMAND_LINE),
        ("demo/server.py", "import kdesk.kube.engine.store", RIGHT),
        ("demo/server.py", "import kdesk.cli", RIGHT),
        ("demo/server.py", "import PySide6.QtCore", NO_QT),
        ("kube/engine/store.py", "def late():\n    import kdesk.kube.engine.informer", CYCLES),
        ("kube/table/rows.py", "def late():\n    import kdesk.kube.engine.store", CORE),
        ("viewmodel/rows/model.py", "import kdesk.viewmodel.tables", MODELS),
        ("ui/parts/__init__.py", "import kdesk.ui.tables", WIDGETS),
        ("kube/strays/__init__.py", "", CORE),
        ("strays/__init__.py", "", RIGHT),
    ],
)
def test_broken(tmp_path: Path, file: str, planted: str, broken: str) -> None:
    write(tmp_path, LAYERS | {file: LAYERS.get(file, "") + planted + "\n"})
    done = lint(tmp_path)
    assert done.returncode != 0, done.stdout
    verdicts = [
        line for line in done.stdout.splitlines() if broken in line and line.rstrip().endswith("BROKEN")
    ]
    assert verdicts, done.stdout
