"""What is imported between the first paint and the program: off the GUI thread where that may be, else in small parts.

PySide keeps what it knows of classes in tables without a lock: a module that defines one of Qt's is imported on the GUI
thread and nowhere else, or a signal that is delivered meanwhile may end the program. Both lists only say in which order
and in how large pieces things come; what is missing here comes with the first that needs it.
"""

from __future__ import annotations

import importlib
import linecache
import threading
from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal

#: Knows nothing of Qt: on a thread of its own.
CORE = (
    "asyncio",
    "logging.handlers",
    "platformdirs",
    "kdesk.kube.api.remembered",
    "kdesk.kube.engine.fleet",
    "kdesk.kube.engine.journal",
    "kdesk.kube.engine.recorder",
    "kdesk.kube.login.loginenv",
    "kdesk.viewmodel.clusters.freshness",
    "kdesk.viewmodel.clusters.sources",
    "kdesk.viewmodel.problems.book",
    "kdesk.viewmodel.problems.rules",
    "kdesk.viewmodel.program.layouts",
    "kdesk.viewmodel.program.palette",
    "kdesk.viewmodel.rows.order",
)
#: Defines classes of Qt's, or needs what does: on the GUI thread, one in each turn of the event loop.
WIDGETS = (
    "qasync",
    "kdesk.app.origins",
    "kdesk.viewmodel.clusters.clusters",
    "kdesk.viewmodel.clusters.tree",
    "kdesk.app.models",
    "kdesk.ui.look.icons",
    "kdesk.ui.docks.docks",
    "kdesk.ui.window.palette",
    "kdesk.ui.window.contents",
    "kdesk.ui.window.menus",
    "kdesk.app.works",
    "kdesk.viewmodel.problems.watch",
    "kdesk.app.program",
)
#: What the first table and the first object need: likewise, while nobody waits for it yet.
LATER = (
    "kdesk.viewmodel.tables.controller",
    "kdesk.ui.tables.bar",
    "kdesk.ui.tables.view",
    "kdesk.viewmodel.objects.history",
    "kdesk.ui.tables.page",
    "kdesk.viewmodel.objects.recorded",
    "kdesk.viewmodel.objects.detail",
    "kdesk.ui.objects.detail_pane",
)


def later(names: Sequence[str] = LATER) -> Iterator[None]:
    """Import them, one at each step; then what importing left behind goes."""
    for name in names:
        importlib.import_module(name)
        yield
    # PySide looks through the source of every module (for its ``__feature__``), and Python keeps those: 10 MB of lines.
    linecache.clearcache()


class Loading(QObject):
    """Imports while events are served. ``wait`` returns when all is there."""

    _loaded = Signal()

    def __init__(self, core: Sequence[str] = CORE, widgets: Sequence[str] = WIDGETS) -> None:
        super().__init__()
        self._core, self._left = core, iter(widgets)
        self._error: BaseException | None = None
        self._wanted: Callable[[], bool] = lambda: True
        self._loop = QEventLoop()
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._next)
        self._loaded.connect(self._turn.start)  # queued: it comes from another thread

    def wait(self, wanted: Callable[[], bool]) -> None:
        """Raises what importing raised. Returns early when it is not ``wanted`` any more."""
        self._wanted = wanted
        threading.Thread(target=self._import_core, name="kdesk-load", daemon=True).start()
        self._loop.exec()
        self._turn.stop()
        if self._error is not None:
            raise self._error

    def _import_core(self) -> None:
        try:
            for name in self._core:
                if self._wanted():
                    importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 (raised again where somebody waits for it)
            self._error = error
        finally:
            self._loaded.emit()

    def _next(self) -> None:
        name = next(self._left, None)
        if self._error is not None or name is None or not self._wanted():
            self._loop.quit()
            return
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 (likewise)
            self._error = error
