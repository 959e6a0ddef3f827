"""One-shot work: answers, time limits, cancelling, answers that come too late, and errors that must not be lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from kdesk.kube.errors import ConnectionLost
from kdesk.viewmodel.tasks import Superseded, Tasks, TookTooLong, sentence


class Heard:
    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def __call__(self, title: str, text: str) -> None:
        self.said.append((title, text))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def tasks(heard: Heard) -> Iterator[Tasks]:
    tasks = Tasks(heard)
    yield tasks
    tasks.cancel()
    assert tasks.wait_closed(5)


def test_the_function_runs_off_the_loops_thread(tasks: Tasks) -> None:
    async def main() -> int:
        return await tasks.run(threading.get_ident, timeout=5, what="asking")

    assert asyncio.run(main()) != threading.get_ident()


def test_a_time_limit_wakes_the_function_and_says_what_took_so_long(tasks: Tasks) -> None:
    gate = threading.Event()

    async def main() -> None:
        await tasks.run(lambda: gate.wait(20), timeout=0.05, what="opening prod", cancel=gate.set)

    with pytest.raises(TookTooLong, match=r"opening prod took longer than 0\.05 s"):
        asyncio.run(main())
    assert gate.is_set()


def test_the_functions_own_time_out_is_its_own_error(tasks: Tasks) -> None:
    def fails() -> None:
        raise TimeoutError("the socket")

    async def main() -> None:
        await tasks.run(fails, timeout=5, what="opening")

    with pytest.raises(TimeoutError, match="the socket"):
        asyncio.run(main())


def test_cancelling_wakes_the_function(tasks: Tasks) -> None:
    gate, running = threading.Event(), threading.Event()

    def waits() -> None:
        running.set()
        gate.wait(20)

    async def main() -> None:
        task = asyncio.ensure_future(tasks.run(waits, timeout=20, what="opening", cancel=gate.set))
        while not running.is_set():
            await asyncio.sleep(0.005)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert gate.is_set()


@pytest.mark.parametrize("function", [lambda: 1, lambda: 1 / 0], ids=["answer", "error"])
def test_what_was_overtaken_is_dropped(tasks: Tasks, function: Callable[[], object]) -> None:
    async def main() -> None:
        await tasks.run(function, timeout=5, what="opening", valid=lambda: False)

    with pytest.raises(Superseded):
        asyncio.run(main())


def test_the_failure_of_started_work_is_told_under_its_title(tasks: Tasks, heard: Heard) -> None:
    async def fails() -> None:
        raise ConnectionLost("prod does not\nanswer")

    async def main() -> None:
        await asyncio.wait([tasks.start(fails(), "Open prod")])

    asyncio.run(main())
    assert heard.said == [("Open prod", "prod does not answer")]


def test_an_unforeseen_error_is_logged_with_its_traceback_and_told(
    tasks: Tasks, heard: Heard, expect_log: Callable[[str], object]
) -> None:
    expect_log("Open prod failed")

    async def fails() -> None:
        raise ZeroDivisionError

    async def main() -> None:
        await asyncio.wait([tasks.start(fails(), "Open prod")])

    asyncio.run(main())
    assert heard.said[0][0] == "Open prod"
    assert "ZeroDivisionError" in heard.said[0][1]


def test_superseded_work_is_not_an_error(tasks: Tasks, heard: Heard) -> None:
    async def late() -> None:
        raise Superseded("x")

    async def main() -> None:
        await asyncio.wait([tasks.start(late(), "Open prod")])

    asyncio.run(main())
    assert heard.said == []


def test_after_the_end_nothing_begins(heard: Heard) -> None:
    tasks = Tasks(heard)
    tasks.cancel()

    async def main() -> None:
        await tasks.run(lambda: 1, timeout=1, what="x")

    with pytest.raises(Superseded):
        asyncio.run(main())


def test_sentences_have_one_line_and_name_the_file() -> None:
    assert sentence(ConnectionLost("a\n b")) == "a b"
    assert (
        sentence(FileNotFoundError(2, "No such file or directory", "/x")) == "No such file or directory: /x"
    )
    assert "KeyError" in sentence(KeyError("secret"))
    assert "secret" not in sentence(KeyError("secret"))
