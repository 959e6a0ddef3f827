"""What comes before everything else: log, colours, a bare window that is painted at once; then the rest is loaded.

Whatever is imported here delays the first paint (tests/tooling/test_lazy.py names what must not be).
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from kdesk import __version__
from kdesk.app import logs
from kdesk.ui.look.theme import STYLE, SYSTEM, THEMES, ThemeManager
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.program.places import config_path, state_path

# A window that nobody can see (another desktop, a locked screen) may never be painted.
_UNSEEN_MS = 250
_log = logging.getLogger(__name__)
T = TypeVar("T", str, int)


class _Voice(QObject):
    """Brings sentences from any thread, and from the middle of anything, to whoever shows them."""

    said = Signal(str)

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show
        self.said.connect(self._heard)

    def _heard(self, sentence: str) -> None:
        QTimer.singleShot(0, lambda: self._show(sentence))


class Opening:
    """The application and its window, shown and bare. ``troubles``: sentences for whoever can show them."""

    def __init__(self) -> None:
        self.code: int | None = None
        #: Who ends the program, as soon as there is one: is told the status.
        self.ends: Callable[[int], None] | None = None
        self.app = _application()
        self._voice = _Voice(lambda sentence: self.window.say(sentence, bad=True))
        self.crashes = logs.Crashes(self._voice.said.emit)
        self.troubles = [logs.set_up(logs.log_file())]
        self.crashes.install()
        # Only what the first paint shows: all is read again, and checked, when what checks it is loaded.
        settings, state = _glance(config_path() / "settings.toml"), _glance(state_path() / "window.toml")
        theme = _value(settings, "theme", SYSTEM)
        self.themes = ThemeManager(theme if theme in THEMES else SYSTEM, self.app)
        self.themes.begin(self.app)
        # The screen of an offscreen platform is small, and nobody's.
        self.seen = self.app.platformName() != "offscreen"
        self.window = MainWindow(
            self.themes.theme,
            _value(state, "geometry", "") if self.seen else "",
            _value(state, "side", 0) if self.seen else 0,
        )
        self.window.closing.connect(self.end)

    def show(self) -> None:
        """Returns when the window was painted, or seems not to be seen by anybody."""
        loop = QEventLoop()
        self.window.sketch.painted.connect(lambda: QTimer.singleShot(0, loop.quit))
        QTimer.singleShot(_UNSEEN_MS, loop.quit)
        self.window.show()
        loop.exec()

    def load(self) -> None:
        """Import the rest while events are served; ``code`` is not None when it is not wanted any more.

        Raises what importing raised.
        """
        from kdesk.app.loading import Loading

        Loading().wait(lambda: self.code is None)

    def fail(self, error: BaseException, *, wait: bool) -> None:
        """Nothing can begin: into the log and the window with it. ``wait``: until a person has closed the window."""
        _log.error("kdesk cannot start", exc_info=error)
        self.window.say(f"kdesk cannot start ({error}); the log has the details.", bad=True)
        if wait and self.seen and self.code is None:
            loop = QEventLoop()
            self.window.closing.connect(loop.quit)
            loop.exec()

    def end(self, code: int = 0) -> None:
        """A person has had enough already; the first one who asks decides the status."""
        if self.code is None:
            self.code = code
        if self.ends is not None:
            self.ends(code)


def _glance(path: Path) -> dict[str, object]:
    """A TOML file; nothing when there is none that can be read, whatever the reason."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _value(document: dict[str, object], key: str, default: T) -> T:
    found = document.get(key)
    return found if type(found) is type(default) else default


def _application() -> QApplication:
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["kdesk", *STYLE])
    app.setApplicationName("kdesk")
    app.setApplicationDisplayName("kdesk")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("kdesk")
    app.setQuitOnLastWindowClosed(False)  # the end is ours: watches and the demo come first
    return app
