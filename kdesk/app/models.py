"""What the window shows and works with, before any widget: settings, clusters, tables, commands, clocks."""

from __future__ import annotations

from collections.abc import Callable

from kdesk.app import core
from kdesk.app.arguments import Arguments
from kdesk.app.collector import Collector
from kdesk.app.demo import Demo
from kdesk.app.origins import Origins
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.problem_counts import ProblemCounts
from kdesk.viewmodel.clusters.pulse import Pulse
from kdesk.viewmodel.clusters.tree import ClusterTreeModel
from kdesk.viewmodel.commands import CommandSet
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.operations import Operations
from kdesk.viewmodel.program.lateness import LatenessMeter
from kdesk.viewmodel.program.palette import Recent
from kdesk.viewmodel.program.settings import settings_file, window_file
from kdesk.viewmodel.program.settings_saver import SettingsSaver
from kdesk.viewmodel.rows.memory import TableMemory
from kdesk.viewmodel.tables.views import Views
from kdesk.viewmodel.tasks import Tasks, sentence


class Models:
    """One of each. ``troubles``: what was wrong with the files, as sentences."""

    def __init__(self, arguments: Arguments, failed: Callable[[str, str], None]) -> None:
        """``failed`` is told of every task that fails: its title and a sentence."""
        settings, self._window_file = settings_file(), window_file()
        self.settings, self.state = settings.load(), self._window_file.load()
        self.clock, self.lateness = FrameClock(), LatenessMeter()
        self.collector = Collector(lambda: self.clock.idle)
        self.clock.worked.connect(self.collector.look_at_young)
        self.tasks, self.operations, self.commands = Tasks(failed), Operations(), CommandSet()
        self._saver = SettingsSaver(settings, self.settings, self.tasks)
        self.save = self._saver.soon
        self.memory = TableMemory(self.settings.tables, self.save)
        self._demo = Demo(self.tasks)
        self.origins = Origins(arguments, self.settings, self._demo, self.save)
        self.clusters = Clusters(self.tasks, self.origins.make_fleet)
        self.views = Views(self.clusters, core.TableMaker(self.clock))
        self.pulse, self.counts = Pulse(self.clusters), ProblemCounts()
        self.tree = ClusterTreeModel(self.clusters, self.pulse, core.categorize, self.counts)
        self.recent = Recent(self.state.recent)
        self.troubles = [settings.problem, self._window_file.problem, *self.memory.problems]
        self.views.closed.connect(lambda _: self.collector.soon())

    def start(self) -> None:
        """What runs by itself."""
        self.lateness.start()
        self.collector.start()

    def stop(self) -> None:
        """What runs by itself does so no longer."""
        self.state.recent = self.recent.lines
        self.pulse.stop()
        self.lateness.stop()
        self.collector.stop()

    def close(self) -> None:
        """Nothing of a cluster is left: no watch, no thread, no process of the demo. Prompt."""
        self.views.close_all()
        self.operations.cancel_all()
        self.tasks.cancel()
        self.clusters.shut_down()
        self._demo.stop()

    def wait_closed(self, limit: float) -> None:
        """Blocks up to twice ``limit`` seconds, until every thread has ended."""
        self.clusters.wait_closed(limit)
        self.tasks.wait_closed(limit)

    def keep(self) -> str:
        """Write what is to be remembered; a sentence where that cannot be done, else "". Blocks."""
        problems = []
        for save in (self._saver.flush, lambda: self._window_file.save(self.state)):
            try:
                save()
            except OSError as error:
                problems.append(sentence(error))
        what = "the settings or the window's state could not be saved"
        return f"{what}: {'; '.join(dict.fromkeys(problems))}" if problems else ""
