"""Which clusters are recorded: as the settings say, as long as they are open; and how that goes, in words."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from PySide6.QtCore import QObject, Signal

from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.pulse import Pulse

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.engine.recorder import Recorder
    from kdesk.kube.engine.session import ClusterSession

_WIDEST = 80  # characters of a tooltip
#: What most questions are about. Secrets are not among them; whoever adds them finds digests for their values.
#: ReplicaSets change little, and without them nobody can tell which pods a Deployment owned.
KINDS = (
    "pods",
    "services",
    "configmaps",
    "nodes",
    "persistentvolumeclaims",
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "ingresses.networking.k8s.io",
)


Megabytes = Annotated[int, msgspec.Meta(ge=1)]
Days = Annotated[float, msgspec.Meta(gt=0, le=36_500)]


class RecorderSettings(msgspec.Struct):
    """``[recorder]`` of settings.toml.

    ``clusters``: contexts that are recorded whenever they are open. ``kinds`` as people write them (``pods``,
    ``deployments.apps``). ``namespaces``: by context, those that are recorded where they are not all; kinds that are in
    none are recorded all the same. For each cluster: ``max_size_mb`` of its file, ``max_age_days`` of what is in it.
    """

    clusters: list[str] = []
    kinds: list[str] = msgspec.field(default_factory=lambda: list(KINDS))
    namespaces: dict[str, list[str]] = {}
    max_size_mb: Megabytes = 256
    max_age_days: Days = 7.0


@dataclass(frozen=True, slots=True)
class RecorderWords:
    """What the status bar says: ``text`` "" for nothing; ``details`` for a tooltip, some lines."""

    text: str = ""
    tone: Literal["text2", "warn", "bad"] = "text2"
    details: str = ""


Make = Callable[["ClusterSession", RecorderSettings], "Recorder"]


class Recorders(QObject):
    """``changed`` when ``words`` says something else. ``make`` builds a recorder that is not started yet."""

    changed = Signal()

    def __init__(
        self,
        clusters: Clusters,
        pulse: Pulse,
        settings: RecorderSettings,
        make: Make,
        save: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        """``save`` asks for the settings to be written."""
        super().__init__(parent)
        self._clusters, self._settings, self._make, self._save = clusters, settings, make, save
        self._running: dict[str, tuple[ClusterSession, Recorder]] = {}
        self.words = RecorderWords()
        clusters.opened.connect(self._opened)
        clusters.retired.connect(self._retired)
        pulse.beat.connect(self._look)

    def is_on(self, name: str) -> bool:
        """Whether the context is to be recorded."""
        return name in self._settings.clusters

    def switch(self, name: str, *, on: bool) -> None:
        """Record a context from now on, or no more. What was recorded stays."""
        if on != self.is_on(name):
            kept = [other for other in self._settings.clusters if other != name]
            self._settings.clusters = sorted([*kept, name]) if on else kept
            self._save()
        session = self._clusters.sessions.get(name)
        if on and session is not None and session.catalogue is not None:
            self._start(session)
        elif not on and name in self._running:
            running, recorder = self._running.pop(name)
            running.dismiss(recorder)
        self._look()

    def namespaces(self, name: str) -> tuple[str, ...]:
        """Those of a context that are recorded; () is all."""
        return tuple(self._settings.namespaces.get(name, ()))

    def choose(self, name: str, namespaces: Sequence[str]) -> None:
        """Record these namespaces of a context from now on; () is all. What was recorded of others stays."""
        chosen = list(dict.fromkeys(namespaces))
        if chosen == list(self.namespaces(name)):
            return
        self._settings.namespaces = {
            other: names for other, names in self._settings.namespaces.items() if other != name
        } | ({name: chosen} if chosen else {})
        self._save()
        self._restart(name)

    def limit(self, max_size_mb: int, max_age_days: float) -> None:
        """Keep no more than this of each cluster from now on; what is over it goes."""
        settings = self._settings
        if (max_size_mb, max_age_days) == (settings.max_size_mb, settings.max_age_days):
            return
        settings.max_size_mb, settings.max_age_days = max_size_mb, max_age_days
        self._save()
        self._restart(*self._running)

    @property
    def chosen(self) -> str:
        """The context that is meant where none is named: the active one, or else the first that is recorded; ""."""
        active = self._clusters.active
        return active if active in self._running else next(iter(sorted(self._running)), "")

    def recorder(self, name: str) -> Recorder | None:
        """The one that runs for a context."""
        return self._running[name][1] if name in self._running else None

    def _opened(self, session: ClusterSession) -> None:
        if self.is_on(session.name):
            self._start(session)
            self._look()

    def _retired(self, session: ClusterSession) -> None:
        """The session has ended its recorder."""
        running = self._running.get(session.name)
        if running is not None and running[0] is session:
            del self._running[session.name]
            self._look()

    def _start(self, session: ClusterSession) -> None:
        running = self._running.get(session.name)
        if running is not None and running[0] is session:
            return  # discovered once more
        recorder = self._make(session, self._settings)
        recorder.start()
        self._running[session.name] = (session, recorder)

    def _restart(self, *names: str) -> None:
        """What it was made with has changed."""
        for name in names:
            if name in self._running:
                session, recorder = self._running.pop(name)
                session.dismiss(recorder)
                self._start(session)
        self._look()

    def _look(self) -> None:
        words = self._read()
        if words != self.words:
            self.words = words
            self.changed.emit()

    def _read(self) -> RecorderWords:
        if not self._running:
            return RecorderWords()
        details: list[str] = []
        failed: list[str] = []
        troubled: list[str] = []
        for name, (_, recorder) in sorted(self._running.items()):
            status, trouble = recorder.status, recorder.trouble
            lost = status.state.value in ("WAITING", "FAILED")
            (failed if lost else troubled if trouble else []).append(name)
            state = "not recorded" if lost else "recorded"
            details.append(f"{name}: {state} in {status.path}" + (f"\n{trouble}" if trouble else ""))
            if status.missed:
                details.append(f"{status.missed:,} changes could not be written")
            details.append(self._room(status.bytes))
            details.append(self._what(name, recorder))
        lines = "\n".join(details)
        if failed:
            return RecorderWords(f"Not recording {_named(failed)}", "bad", lines)
        text = f"Recording {_named(list(self._running))}"
        if len(self._running) == 1 and (names := self.namespaces(*self._running)):
            text += f"  ·  {names[0] if len(names) == 1 else f'{len(names)} namespaces'}"
        return RecorderWords(text, "warn" if troubled else "text2", lines)

    def _room(self, used: int) -> str:
        """What it takes, and may take."""
        settings = self._settings
        days = f"{settings.max_age_days:g} day{'' if settings.max_age_days == 1 else 's'}"
        return f"{used >> 20:,} MB of {settings.max_size_mb:,} MB at most, the last {days}"

    def _what(self, name: str, recorder: Recorder) -> str:
        """Which kinds, of where."""
        kinds = [kind for kind in self._settings.kinds if kind not in recorder.unserved]
        places = ", ".join(self.namespaces(name)) or "all namespaces"
        return "\n".join(textwrap.fill(line, _WIDEST) for line in (", ".join(kinds), f"of {places}"))


def _named(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} clusters"
