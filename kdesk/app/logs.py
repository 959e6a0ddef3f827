"""Where errors go: the log file with their traceback, and a sentence for whoever looks at the window."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from kdesk.viewmodel.program.places import log_path

if TYPE_CHECKING:  # loaded after the first paint
    import asyncio

_log = logging.getLogger("kdesk")
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
# Said of every window where there is no desktop; nothing can be done about it and nothing is wrong.
_IDLE_TALK = ("This plugin does not support", "propagateSizeHints")


def log_file() -> Path:
    return log_path() / "kdesk.log"


def set_up(path: Path) -> str:
    """Log to a file. A sentence when it cannot be written (then nothing is logged), else ""."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _use(logging.FileHandler(path, encoding="utf-8"))
    except OSError as error:
        logging.getLogger().addHandler(logging.NullHandler())
        return f"No log is kept: {path} cannot be written ({error.strerror})."
    return ""


def bound() -> None:
    """From now on the file's size has a bound. What sees to that takes longer to load than a window to paint."""
    from logging.handlers import RotatingFileHandler

    for plain in [one for one in logging.getLogger().handlers if type(one) is logging.FileHandler]:
        _use(RotatingFileHandler(plain.baseFilename, maxBytes=1_000_000, backupCount=3, encoding="utf-8"))
        logging.getLogger().removeHandler(plain)
        plain.close()


def _use(handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


class Crashes:
    """Catches what nobody else did. ``say`` is told a sentence, from whatever thread it happened in."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def install(self) -> None:
        """For slots and everything else on the main thread, for other threads, and for Qt's own messages."""
        sys.excepthook = self._caught
        threading.excepthook = lambda args: self._caught(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )
        qInstallMessageHandler(_qt_said)

    def install_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """For coroutines and callbacks of the loop."""
        loop.set_exception_handler(self._in_loop)

    def _in_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._caught(type(error), error, error.__traceback__)
        else:
            _log.error("the loop reports: %s", context.get("message"))
            self._say("Something went wrong inside kdesk; the log has the details.")

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return  # the signal handler ends the program
        _log.error("uncaught", exc_info=(kind, error, trace))
        self._say(f"Something went wrong inside kdesk ({kind.__name__}); the log has the details.")


def _qt_said(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if not any(words in message for words in _IDLE_TALK):
        logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s", message)
