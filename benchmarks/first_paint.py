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
    """Sees the events of a window until it was painted; whoever comes in the next turn finds it on the screen."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._say)
        return False

    def _say(self) -> None:
        os.write(1, f"{time.monotonic()}\n".encode())
        os._exit(0)


def main(arguments: list[str]) -> int:
    seen = FirstPaint()
    if arguments[0] == "empty":
        app = QApplication(["first paint"])
        window = QMainWindow()
        window.installEventFilter(seen)
        window.show()
        return app.exec()
    # It is what is measured.
    from kdesk.app import main as program  # noqa: PLC0415
    from kdesk.app import opening  # noqa: PLC0415

    class Watched(opening.Opening):
        def show(self) -> None:
            self.window.installEventFilter(seen)
            super().show()

    opening.Opening = Watched  # type: ignore[misc]
    return program.main([])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
