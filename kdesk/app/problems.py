"""What needs attention, in the window: the watch of problems, its page, its commands."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdesk.app.commands.clusters import seconds
from kdesk.app.panels import Panels
from kdesk.app.work import Work
from kdesk.ui.look.resources import resource
from kdesk.ui.look.theme import Theme
from kdesk.ui.window.main_window import MainWindow
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.problem_counts import ProblemCounts
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.commands import Command, CommandError, CommandSet
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.program.places import config_path
from kdesk.viewmodel.program.settings import Settings

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.ui.problems.page import ProblemsPage
    from kdesk.viewmodel.problems.list import Item
    from kdesk.viewmodel.problems.rules import RuleSet
    from kdesk.viewmodel.problems.watch import ProblemWatch

_log = logging.getLogger(__name__)
_WAIT_S = 60.0
_LOOK_S = 0.05


class Problems(Work):
    """``counts`` is there from the start, for the tree; all else from ``attach`` on."""

    def __init__(
        self,
        clusters: Clusters,
        pulse: Pulse,
        clock: FrameClock,
        window: MainWindow,
        panels: Panels,
        theme: Theme,
        counts: ProblemCounts,
        *,
        settings: Settings,
        save: Callable[[], None],
    ) -> None:
        """``save`` keeps the settings."""
        self._clusters, self._pulse, self._clock, self._counts = clusters, pulse, clock, counts
        self._window, self._panels, self._theme = window, panels, theme
        self._settings, self._keep = settings, save
        self._read: RuleSet | None = None
        self._watch: ProblemWatch | None = None

    def prepare(self) -> None:
        self._read = _rules()

    def attach(self) -> None:
        """Begin; where a person wants that, look for problems without being asked."""
        from kdesk.viewmodel.problems.watch import ProblemWatch

        rules = self._read or _rules()
        for fault in rules.faults:
            _log.warning("%s", fault)
            self._window.status.say(fault, bad=True)
        self._watch = ProblemWatch(self._clusters, self._pulse, self._clock, rules, self._counts)
        self._window.front_changed.connect(self._follow_front)
        if self._settings.watch_problems:
            self._watch.keep(True)

    def close(self) -> None:
        if self._watch is not None:
            self._watch.close()

    def register(self, commands: CommandSet) -> None:
        commands.add(
            Command(
                "problems.open",
                "Problems",
                self._open,
                "View",
                ("Ctrl+Shift+M",),
                "[FILTER...]",
                icon="bell",
            ),
            Command(
                "problems.watch",
                "Always watch for problems",
                self._toggle,
                "View",
                checked=lambda: self._settings.watch_problems,
                icon="bell",
            ),
            Command(
                "problems.save", "Save problems", self._save, "File", (), "FILE", ask="save", icon="save"
            ),
            Command(
                "problems.wait",
                "Wait until everything was looked at for problems",
                self._wait,
                "Scripts",
                (),
                "[SECONDS]",
            ),
        )

    def _toggle(self, args: Sequence[str]) -> None:
        watch = self._need()
        self._settings.watch_problems = not self._settings.watch_problems
        watch.keep(self._settings.watch_problems)
        self._keep()

    def _open(self, args: Sequence[str]) -> None:
        from kdesk.ui.problems.page import ProblemsPage

        page = self._window.show_page("problems", "Problems", "bell", "problems.open", self._page)
        if args and isinstance(page, ProblemsPage):
            page.set_filter(" ".join(args))
            if page.filter_error:
                raise CommandError(page.filter_error)

    def _page(self) -> ProblemsPage:
        from kdesk.ui.problems.page import ProblemsPage

        watch = self._need()
        page = ProblemsPage(watch, self._theme, self._open_clusters)
        watch.keep(True)
        page.destroyed.connect(lambda: watch.keep(False))
        page.opened.connect(self._show)
        page.selected.connect(self._follow)
        page.table_wanted.connect(
            lambda item: self._window.kind_wanted.emit(item.id.cluster, item.trouble.resource)
        )
        return page

    def _open_clusters(self) -> int:
        return sum(session.catalogue is not None for session in self._clusters.sessions.values())

    def _show(self, item: Item) -> None:
        session = self._clusters.sessions.get(item.id.cluster)
        if session is not None:
            self._panels.show_row(session, item.trouble.resource, item.trouble.problem.row)

    def _follow(self, item: Item) -> None:
        """An open pane follows the selection; a closed one stays closed."""
        if self._window.detail is not None and self._window.detail.isVisible():
            self._show(item)

    def _follow_front(self, page: Any) -> None:
        from kdesk.ui.problems.page import ProblemsPage

        item = page.current_item() if isinstance(page, ProblemsPage) else None
        if item is not None:
            self._follow(item)

    async def _wait(self, args: Sequence[str]) -> None:
        watch = self._need()
        deadline = time.monotonic() + (seconds(args[0]) if args else _WAIT_S)
        while not watch.complete:
            if time.monotonic() > deadline:
                missing = [f"{p.label} on {p.cluster}" for p in watch.parts() if not p.complete]
                raise CommandError(f"not everything was looked at in time: {', '.join(missing)}")
            await asyncio.sleep(_LOOK_S)

    def _save(self, args: Sequence[str]) -> None:
        from kdesk.viewmodel.problems.list import snapshot

        path = Path(args[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [_line(item) for item in snapshot(self._need())]
        path.write_text(json.dumps(lines, indent=2, ensure_ascii=False) + "\n", "utf-8")

    def _need(self) -> ProblemWatch:
        if self._watch is None:
            raise CommandError("the kubeconfig files have not been read yet")
        return self._watch


def _rules() -> RuleSet:
    """Reads files. A person's own come after the program's."""
    from kdesk.viewmodel.problems.rules import load_rules

    own = config_path() / "rules" / "problems.toml"
    return load_rules(resource("rules", "problems.toml"), own)


def _line(item: Item) -> dict[str, Any]:
    problem, now = item.trouble.problem, time.time()
    worst = problem.findings[0]
    return {
        "tone": item.tone,
        "cluster": item.id.cluster,
        "resource": item.id.label,
        "kind": item.trouble.resource.kind,
        "namespace": problem.row.namespace,
        "name": problem.row.name,
        "problems": problem.all_words(now),
        "rules": [finding.rule.id for finding in problem.findings],
        "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(worst.since)),
        "sinceAtLeast": worst.at_least,
    }
