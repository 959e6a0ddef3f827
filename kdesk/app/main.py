"""The window's entry: Qt, the loop, the signals, the end."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
from collections.abc import Sequence

from kdesk.app.arguments import parse


def main(argv: Sequence[str]) -> int:
    """Run the window until it is closed; gives the exit status."""
    try:
        arguments = parse(argv)
    except SystemExit as end:
        return int(end.code or 0)
    faulthandler.enable()  # a library that ends the program says at least where it was
    try:
        # Late, so that --help and a wrong argument are answered without Qt, and a missing library in one sentence.
        from kdesk.app import display
        from kdesk.app.program import Program
        from kdesk.app.signals import Signals
    except ImportError as error:
        if not (error.name or "").startswith(("PySide6", "shiboken6")):
            raise
        sys.stderr.write(
            f"kdesk: Qt cannot be loaded ({error}). On Debian and Ubuntu: "
            "apt install libglib2.0-0 libgl1 libegl1 libfontconfig1 libxkbcommon0 libdbus-1-3\n"
        )
        return 1
    offscreen = display.no_display()
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        sys.stderr.write(
            "kdesk: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so it runs offscreen.\n"
        )
    program = Program(arguments, offscreen=offscreen)
    signals = Signals(lambda: program.quit(0))
    code = program.run()
    signals.close()
    sys.stdout.flush()
    stuck = [thread.name for thread in threading.enumerate() if not _ends_with_us(thread)]
    if stuck:
        # A plugin or a file system that does not answer must not keep a closed window's process alive.
        sys.stderr.flush()
        os._exit(code)
    return code


def _ends_with_us(thread: threading.Thread) -> bool:
    return thread.daemon or thread is threading.main_thread()
