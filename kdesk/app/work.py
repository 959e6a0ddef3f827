"""One kind of work that the program can do: its commands, what it needs of the core, its end."""

from __future__ import annotations

from kdesk.viewmodel.commands import CommandSet


class Work:
    """Made with a window; then ``register``, ``prepare``, ``attach`` and at the end ``close``, once each.

    What a kind of work has no need of, it leaves out.
    """

    def register(self, commands: CommandSet) -> None:
        """Add its commands."""

    def prepare(self) -> None:
        """In the pool: import and read what it needs, as far as that knows nothing of Qt."""

    def attach(self) -> None:
        """Make what needs the core, which is loaded by now; no table has been opened yet."""

    def close(self) -> None:
        """The program ends. Prompt; also when nothing was attached."""
