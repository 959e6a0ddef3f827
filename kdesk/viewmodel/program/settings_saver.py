"""Writes the settings a little after they changed, off the GUI thread, one writing at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from kdesk.viewmodel.program.settings import Settings, TomlFile
from kdesk.viewmodel.tasks import Tasks

_QUIET_MS = 400
_LIMIT_S = 20.0


class SettingsSaver(QObject):
    """``soon`` after each change; ``flush`` at the end. What fails goes where ``tasks`` tells of failures."""

    def __init__(
        self, file: TomlFile[Settings], settings: Settings, tasks: Tasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._file, self._settings, self._tasks = file, settings, tasks
        self._writing = False
        # The file does not hold them yet, as far as is known: a writing that was cut off has written nothing.
        self._unsaved = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_QUIET_MS)
        self._timer.timeout.connect(self._start)

    @property
    def pending(self) -> bool:
        """Something is still to be written, or is being written, or could not be."""
        return self._unsaved or self._writing

    def soon(self) -> None:
        """They changed. A column that is being dragged asks many times; it is written once."""
        self._unsaved = True
        self._timer.start()

    def flush(self) -> None:
        """Write now what is pending. Blocks; raises OSError."""
        if self.pending:
            self._timer.stop()
            self._file.save(self._settings)
            self._unsaved = False

    def _start(self) -> None:
        if self._writing:
            self._timer.start()  # never two at once: the older one might come last
            return
        self._writing, self._unsaved = True, False
        self._tasks.start(self._write(self._file.encode(self._settings)), "Saving the settings")

    async def _write(self, data: bytes) -> None:
        try:
            await self._tasks.run(
                lambda: self._file.write(data), timeout=_LIMIT_S, what="saving the settings"
            )
        except BaseException:  # the disk is full, or the program ends before a thread was free
            self._unsaved = True
            raise
        finally:
            self._writing = False
