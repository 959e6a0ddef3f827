"""Recording in the window: the command that turns it on and off for a cluster, and the word in the status bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import platformdirs

from kdesk.app.work import Work
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.main_window import MainWindow
from kdesk.ui.window.recorder_word import RecorderWord
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.clusters.recorders import Days, Megabytes, Recorders, RecorderSettings
from kdesk.viewmodel.commands import Command, CommandError, CommandSet

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.engine.recorder import Recorder
    from kdesk.kube.engine.session import ClusterSession

_DAY = 86_400.0


class RecordingWork(Work):
    """Made once; ``register`` its command."""

    def __init__(
        self,
        clusters: Clusters,
        pulse: Pulse,
        window: MainWindow,
        theme: Theme,
        settings: RecorderSettings,
        save: Callable[[], None],
        *,
        namespaces: Callable[[str], Sequence[str]],
    ) -> None:
        """``save`` asks for the settings to be written; ``namespaces`` gives those known of an open cluster."""
        self._clusters, self._settings = clusters, settings
        self.recorders = Recorders(clusters, pulse, settings, make_recorder, save)
        self.word = RecorderWord(self.recorders, theme, namespaces)
        window.status.add_part(self.word)

    def register(self, commands: CommandSet) -> None:
        commands.add(
            Command(
                "context.record",
                "Record this cluster",
                self._switch,
                "Clusters",
                (),
                "[NAME] [on|off]",
                self._needs_active,
                icon="database",
                checked=lambda: self.recorders.is_on(self._clusters.active),
            ),
            Command(
                "context.record-namespaces",
                "Choose the namespaces to record",
                self._choose,
                "Clusters",
                (),
                "[NAMESPACE|*...]",
                lambda: "" if self.recorders.chosen else "No cluster is recorded.",
                icon="folder",
            ),
            Command(
                "context.record-limits",
                "Limit what is recorded",
                self._limit,
                "Clusters",
                (),
                "MB [DAYS]",
                ask="text",
                icon="database",
            ),
        )

    def _switch(self, args: Sequence[str]) -> None:
        name = self._clusters.context(args[0]).name if args else self._clusters.active
        if len(args) > 1 and args[1] not in ("on", "off"):
            raise CommandError(f"{args[1]!r} is neither on nor off")
        on = args[1] == "on" if len(args) > 1 else not self.recorders.is_on(name)
        self.recorders.switch(name, on=on)

    def _choose(self, args: Sequence[str]) -> None:
        if args:
            self.recorders.choose(self.recorders.chosen, () if "*" in args else args)
        else:
            self.word.choose()

    def _limit(self, args: Sequence[str]) -> None:
        """Of each cluster: the size of its file, the age of what is in it."""
        size, days = args[0], args[1] if len(args) > 1 else f"{self._settings.max_age_days}"
        try:
            limits = msgspec.convert((size, days), tuple[Megabytes, Days], strict=False)
        except msgspec.ValidationError:
            raise CommandError(
                f"{' '.join(args)!r} is no limit: whole megabytes, and days if these are to change (512 14)"
            ) from None
        self.recorders.limit(*limits)

    def _needs_active(self) -> str:
        return "" if self._clusters.active else "No cluster is open."


def make_recorder(session: ClusterSession, settings: RecorderSettings) -> Recorder:
    """Not started yet. What is recorded belongs to the person, not to the program's caches."""
    from kdesk.kube.engine.recorder import Recorder
    from kdesk.kube.history.archive import Limits

    limits = Limits(settings.max_size_mb << 20, settings.max_age_days * _DAY)
    namespaces = settings.namespaces.get(session.name, ())
    return Recorder(session, settings.kinds, _folder(), limits, namespaces=namespaces)


def recording_of(session: ClusterSession) -> Path:
    """The file that a cluster is recorded in, whether it is there or not."""
    from kdesk.kube.history.folder import HistoryFolder

    return HistoryFolder(_folder()).database(session.name, session.context.server)


def _folder() -> Path:
    return platformdirs.user_data_path("kdesk", appauthor=False) / "history"
