"""Commands: how a line is read, how arguments are counted, what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from kdesk.viewmodel.commands import Command, CommandError, CommandSet, UnknownCommand, quote, split


class Ran:
    def __init__(self) -> None:
        self.args: list[list[str]] = []

    def now(self, args: Sequence[str]) -> None:
        self.args.append(list(args))

    async def later(self, args: Sequence[str]) -> None:
        await asyncio.sleep(0)
        self.args.append(list(args))


@pytest.fixture
def ran() -> Ran:
    return Ran()


def made(ran: Ran, usage: str = "", reason: str = "") -> CommandSet:
    commands = CommandSet()
    commands.add(Command("a.now", "Now", ran.now, "File", usage=usage, enabled=lambda: reason))
    commands.add(Command("a.later", "Later", ran.later, "File", usage=usage))
    return commands


@pytest.mark.parametrize("name", ["a.now", "a.later"])
def test_a_line_is_an_id_and_words_quoted_as_in_a_shell(ran: Ran, name: str) -> None:
    asyncio.run(made(ran, "A B").run(f"""{name} 'two words' #2"""))
    assert ran.args == [["two words", "#2"]]


@pytest.mark.parametrize(
    ("usage", "args", "fits"),
    [
        ("", 0, True),
        ("", 1, False),
        ("NAME", 0, False),
        ("NAME", 1, True),
        ("RESOURCE [NAMESPACE|*]", 1, True),
        ("RESOURCE [NAMESPACE|*]", 2, True),
        ("RESOURCE [NAMESPACE|*]", 3, False),
        ("[RESOURCE...]", 0, True),
        ("[RESOURCE...]", 9, True),
    ],
)
def test_arguments_are_counted_by_the_usage(ran: Ran, usage: str, args: int, fits: bool) -> None:
    run = made(ran, usage).call("a.now", ["x"] * args)
    if fits:
        asyncio.run(run)
        assert ran.args == [["x"] * args]
    else:
        with pytest.raises(CommandError):
            asyncio.run(run)
        assert ran.args == []


def test_what_is_not_allowed_says_why_and_does_nothing(ran: Ran) -> None:
    with pytest.raises(CommandError, match="No table is open"):
        asyncio.run(made(ran, reason="No table is open.").run("a.now"))
    assert ran.args == []


def test_unknown_ids_empty_lines_and_open_quotes_are_refused(ran: Ran) -> None:
    commands = made(ran)
    with pytest.raises(UnknownCommand, match=r"nope\.it"):
        asyncio.run(commands.run("nope.it x"))
    with pytest.raises(CommandError):
        asyncio.run(commands.run("   "))
    with pytest.raises(CommandError, match="quotes"):
        split("a.now 'x")


def test_an_id_is_taken_once(ran: Ran) -> None:
    with pytest.raises(ValueError, match=r"a\.now"):
        made(ran).add(Command("a.now", "Again", ran.now))


@pytest.mark.parametrize("word", ["prod", "two words", "it's", "", "a#b", "arn:aws:eks:eu/c", "$HOME"])
def test_a_quoted_word_is_read_back_as_it_was(word: str) -> None:
    assert split(f"context.open {quote(word)}") == ["context.open", word]


def test_backslashes_are_part_of_a_path_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.name", "nt")
    assert split(r"app.screenshot C:\new\table.png") == ["app.screenshot", r"C:\new\table.png"]
