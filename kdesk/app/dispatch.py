"""What widgets ask for, run as commands beside everything else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kdesk.app.models import Models
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.viewmodel.commands import Command
from kdesk.viewmodel.tasks import sentence


class Dispatch:
    """``failed`` is told of what goes wrong: a title and a sentence. For the running loop only."""

    def __init__(self, models: Models, failed: Callable[[str, str], None]) -> None:
        self._commands, self._tasks = models.commands, models.tasks
        self._clusters, self._views, self._failed = models.clusters, models.views, failed
        #: Runs a command that a person has to be asked about first.
        self.ask: Callable[[Command], None] = lambda command: self.call(command.id)

    def call(self, name: str, args: Sequence[str] = ()) -> None:
        """A command by its id."""
        command = self._commands.get(name)
        self._tasks.start(self._commands.call(name, args), command.title)

    def run(self, line: str) -> None:
        """A command line; a bare name that needs arguments is asked about."""
        name = line.split(maxsplit=1)[0]
        command = self._commands.get(name)
        if line == name and command.required and command.ask:
            self.ask(command)
        else:
            self._tasks.start(self._commands.run(line), command.title)

    def open_kind(self, context: str, resource: Resource) -> None:
        """By the resource itself: a name may be ambiguous, a line of the tree is not."""
        try:
            self._clusters.activate(context)
            self._views.open(resource)
        except KubeError as error:
            self._failed(f"Open {resource.label}", sentence(error))
