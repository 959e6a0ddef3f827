"""The window's entry: Qt, what is painted first, the program, the signals, the end."""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence

from kdesk.app import display
from kdesk.app.arguments import parse


def main(argv: Sequence[str]) -> int:
    """Run the window until it is closed; gives the exit status."""
    try:
        arguments = parse(argv)
    except SystemExit as end:
        return int(end.code or 0)
    faulthandler.enable()  # a library that ends the program says at least where it was
    # On the thread that imports it might end objects of Qt's; the Collector sees to it as soon as there is one.
    gc.disable()
    offscreen = display.no_display()
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        # Late, so that --help and a wrong argument are answered without Qt, and a missing library in one sentence.
        from kdesk.app.opening import Opening
    except ImportError as error:
        if not _is_qt(error):
            raise
        return _without_qt(error)
    if offscreen:
        sys.stderr.write(
            "kdesk: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so it runs offscreen.\n"
        )
    opening = Opening()
    for number in (signal.SIGINT, signal.SIGTERM):  # seen at the latest with the first paint
        signal.signal(number, lambda *_: opening.end())
    opening.show()
    from kdesk.app.signals import Signals

    signals = Signals(opening.end)
    try:
        opening.load()
        if opening.code is not None:
            return opening.code
        from kdesk.app.program import Program  # loaded by now

        program = Program(arguments, opening, offscreen=offscreen)
    except Exception as error:  # noqa: BLE001 (it is shown, and the program ends)
        if isinstance(error, ImportError) and _is_qt(error):
            return _without_qt(error)
        traceback.print_exception(error)
        opening.fail(error, wait=not arguments.commands)
        return 1
    code = program.run()
    signals.close()
    sys.stdout.flush()
    stuck = [thread.name for thread in threading.enumerate() if not _ends_with_us(thread)]
    if stuck:
        # A plugin or a file system that does not answer must not keep a closed window's process alive.
        sys.stderr.flush()
        os._exit(code)
    return code


def _is_qt(error: ImportError) -> bool:
    return (error.name or "").startswith(("PySide6", "shiboken6"))


def _without_qt(error: ImportError) -> int:
    sys.stderr.write(
        f"kdesk: Qt cannot be loaded ({error}). On Debian and Ubuntu: "
        "apt install libglib2.0-0 libgl1 libegl1 libfontconfig1 libxkbcommon0 libdbus-1-3\n"
    )
    return 1


def _ends_with_us(thread: threading.Thread) -> bool:
    return thread.daemon or thread is threading.main_thread()
