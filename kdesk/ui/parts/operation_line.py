"""What runs and takes a while, in the status bar: how far it is, and a button that cancels it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from kdesk.ui.look.theme import Theme, tabular
from kdesk.viewmodel.operations import Operation, Operations

#: No word of what is over at once; then so many looks a second.
_PATIENCE_MS = 150
_LOOK_MS = 100


class OperationLine(QWidget):
    """The newest operation that runs; hidden while there is none."""

    def __init__(self, operations: Operations, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._operations, self._theme = operations, theme
        self._label = QLabel()
        self._label.setFont(tabular(self._label.font()))
        self._bar = QProgressBar()
        self._bar.setFixedSize(96, 4)
        self._bar.setTextVisible(False)
        self._cancel = QToolButton()
        self._cancel.setAutoRaise(True)
        self._cancel.setText("Cancel")
        self._cancel.setStyleSheet("padding: 0 6px")
        self._cancel.setAccessibleName("Cancel the operation")
        self._cancel.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        for part in (self._label, self._bar, self._cancel):
            row.addWidget(part)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        operations.changed.connect(self._changed)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    @property
    def sentence(self) -> str:
        """What is said; "" while nothing is."""
        return self._label.text() if not self.isHidden() else ""

    def _newest(self) -> Operation | None:
        running = self._operations.running
        return running[-1] if running else None

    def _changed(self) -> None:
        if self._newest() is None:
            self._timer.stop()
            self.hide()
        elif not self._timer.isActive():
            self._timer.start(_PATIENCE_MS)
        elif not self.isHidden():
            self._look()

    def _look(self) -> None:
        operation = self._newest()
        if operation is None:
            return
        self._timer.setInterval(_LOOK_MS)
        more = len(self._operations.running) - 1
        self._label.setText(operation.sentence + (f"  (and {more} more)" if more else ""))
        self._bar.setRange(0, operation.total)
        self._bar.setValue(operation.done)
        self._cancel.setEnabled(not operation.cancelled)
        self._cancel.setToolTip(f"Stop: {operation.title}")
        self.show()

    def _stop(self) -> None:
        operation = self._newest()
        if operation is not None:
            operation.cancel()
            self._look()

    def _restyle(self) -> None:
        theme = self._theme
        track, fill = theme.color("border").name(), theme.color("accent").name()
        self._bar.setStyleSheet(
            f"QProgressBar {{ background: {track}; border: none; border-radius: 2px; }}"
            f"QProgressBar::chunk {{ background: {fill}; border-radius: 2px; }}"
        )
