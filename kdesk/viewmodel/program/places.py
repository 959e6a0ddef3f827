"""Where files of the program's own lie: settings, what is remembered, the log."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def config_path() -> Path:
    """The folder of what a person edits."""
    return _xdg("XDG_CONFIG_HOME", ".config") or _platform("user_config_path")


def state_path() -> Path:
    """The folder of what the window remembers by itself."""
    return _xdg("XDG_STATE_HOME", ".local/state") or _platform("user_state_path")


def log_path() -> Path:
    """The folder of the log."""
    state = _xdg("XDG_STATE_HOME", ".local/state")
    return state / "log" if state else _platform("user_log_path")


def _xdg(variable: str, usual: str) -> Path | None:
    """What platformdirs says on Linux, without it: this is asked before the first paint. None on other systems."""
    if not sys.platform.startswith("linux"):
        return None
    named = os.environ.get(variable, "").strip()
    return (Path(named) if os.path.isabs(named) else Path.home() / usual) / "kdesk"


def _platform(name: str) -> Path:
    import platformdirs  # noqa: PLC0415 (only where it is needed: see above)

    found: Path = getattr(platformdirs, name)("kdesk", appauthor=False)
    return found
