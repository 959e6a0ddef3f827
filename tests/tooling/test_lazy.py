"""What only live events need is not loaded by a window without them."""

from __future__ import annotations

import os
import subprocess
import sys

from tools.interpreters import ROOT

PROGRAM = """
import sys
import kdesk.app.program
from kdesk.kube.engine import fleet
from kdesk.ui.objects import detail_pane
from kdesk.ui.tables import page
from kdesk.viewmodel.tables import controller
assert not {"numpy", "pyqtgraph"} & sys.modules.keys()
from kdesk.ui.events import panel
from kdesk.viewmodel.events import log
assert "pyqtgraph" not in sys.modules
"""


def test_numpy_comes_with_live_events_and_pyqtgraph_with_their_strip() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
