"""Start a window and say when it was painted for the first time (monotonic seconds), then end at once.

    python -m benchmarks.first_paint kdesk|empty

``empty`` is the least that a Qt program in Python can be; ``kdesk`` is the program itself.
"""

from __future__ import annotations

import os
import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow


class FirstPaint(QObject):
    """Sees every event of the application until something was painted; whoever comes next finds it on the screen."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._say)
        return False

    def _say(self) -> None:
        os.write(1, f"{time.monotonic()}\n".encode())
        os._exit(0)


def main(arguments: list[str]) -> int:
    app = QApplication(["first paint"])
    seen = FirstPaint()
    app.installEventFilter(seen)
    if arguments[0] == "empty":
        window = QMainWindow()
        window.show()
        return app.exec()
    from kdesk.app.main import main as run  # noqa: PLC0415 (it is what is measured)

    return run([])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
