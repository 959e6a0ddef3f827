"""Whether there is anything to show a window on; asked before Qt is loaded."""

from __future__ import annotations

import os
import sys


def no_display() -> bool:
    """Whoever names a platform for Qt has chosen it."""
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform.startswith("linux") and not any(os.environ.get(name) for name in wanted)
