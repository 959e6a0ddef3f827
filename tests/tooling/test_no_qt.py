"""The core, the command line and the demo run where Qt is not installed at all."""

from __future__ import annotations

import subprocess
import sys

from tools.interpreters import ROOT

# Imports every module of three packages, while the import of anything of Qt fails as if it were not there.
PROGRAM = """
import importlib, pkgutil, sys
for name in ("PySide6", "shiboken6", "qasync"):
    sys.modules[name] = None
count = 0
for root in ("kdesk.kube", "kdesk.cli", "kdesk.demo"):
    package = importlib.import_module(root)
    for found in pkgutil.walk_packages(package.__path__, root + "."):
        if not found.name.endswith(".__main__"):
            importlib.import_module(found.name)
            count += 1
print(count)
"""


def test_every_module_is_imported_without_qt() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20
