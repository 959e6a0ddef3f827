"""Commands as data: everything that a person can do, in one list.

Menus, context menus, palette, keys, help and ``--command`` on the command line are made of it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from kdesk.kube.errors import KubeError

Run = Callable[[Sequence[str]], Awaitable[object] | None]


class CommandError(KubeError):
    """A command could not do what it was asked for; the message says why."""


class UnknownCommand(CommandError):
    """No command has this id."""


def always() -> str:
    """Allowed: no reason against it."""
    return ""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done.

    ``usage`` names the arguments as help texts do: ``NAME``, ``RESOURCE [NAMESPACE|*]``, ``[RESOURCE...]``. ``run``
    gets them as strings and returns an awaitable when it takes time. ``enabled`` gives the reason why it is not allowed
    now, or "". ``ask`` says how a window gets the arguments: "save" or "open" (a file), "context", "palette",
    "text", or "" (not at all). ``bound`` False: a widget sees to
    the keys itself, where they mean several things; they are only shown. ``files``: for "save", the endings a person
    may choose from, with a word for each: ``(("Table of text", ".csv"),)``.
    """

    id: str
    title: str
    run: Run = field(repr=False)
    category: str = ""
    keys: tuple[str, ...] = ()
    usage: str = ""
    enabled: Callable[[], str] = field(default=always, repr=False)
    ask: str = ""
    icon: str = ""
    checked: Callable[[], bool] | None = field(default=None, repr=False)
    bound: bool = True
    files: tuple[tuple[str, str], ...] = ()

    @property
    def required(self) -> int:
        """How many arguments it cannot do without."""
        return sum(1 for word in self.usage.split() if not word.startswith("["))

    @property
    def most(self) -> int | None:
        """How many arguments it takes; None: any number."""
        return None if "..." in self.usage else len(self.usage.split())


class CommandSet:
    """The list, in the order in which menus show it."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}

    def add(self, *commands: Command) -> None:
        """Raises ValueError where an id is taken."""
        for command in commands:
            if command.id in self._commands:
                raise ValueError(f"two commands are called {command.id}")
            self._commands[command.id] = command

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __contains__(self, name: object) -> bool:
        return name in self._commands

    def get(self, name: str) -> Command:
        """Raises UnknownCommand."""
        try:
            return self._commands[name]
        except KeyError:
            raise UnknownCommand(f"there is no command {name!r}") from None

    def category(self, name: str) -> list[Command]:
        return [command for command in self if command.category == name]

    async def run(self, line: str) -> None:
        """Run ``ID ARGS`` (quoted as in a shell) to its end. Raises CommandError, or what the command itself raises."""
        words = split(line)
        if not words:
            raise CommandError("an empty command")
        await self.call(words[0], words[1:])

    async def call(self, name: str, args: Sequence[str] = ()) -> None:
        """Run one command to its end. Raises as ``run``."""
        command = self.get(name)
        if len(args) < command.required or (command.most is not None and len(args) > command.most):
            wanted = command.usage or "no arguments"
            raise CommandError(f"it takes {wanted}")
        reason = command.enabled()
        if reason:
            raise CommandError(reason)
        result = command.run(args)
        if result is not None:
            await result


def split(line: str) -> list[str]:
    """The words of a command line; quotes as in a shell, ``#`` is nothing special. Raises CommandError."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    if os.name == "nt":
        lexer.escape = ""  # a backslash is part of a path there
    try:
        return list(lexer)
    except ValueError as error:
        raise CommandError(f"the quotes do not match ({error})") from error


def quote(word: str) -> str:
    """One word as ``split`` reads it back: in quotes where it has to be."""
    if os.name == "nt":
        return f'"{word}"' if not word or any(letter.isspace() for letter in word) else word
    return shlex.quote(word)
