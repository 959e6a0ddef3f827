"""Plugin: a warning nobody expected fails the test.

Counted are records of WARNING and above of every Python logger, whatever handlers the code under test sets up
or removes, and Qt's own messages from warning up. A test that provokes one says so::

    def test_refused(expect_log):
        expect_log(r"watch of pods .* refused")

An expected line that never comes fails the test too.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

# Said by Qt's offscreen platform of windows that are shown, raised or opened as a menu.
_OFFSCREEN = "This plugin does not support "


@dataclass
class Expectation:
    """One declared pattern."""

    pattern: re.Pattern[str]
    optional: bool
    seen: int = 0


class LogWatch:
    """The alarming lines of one test, and those it declared."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.expected: list[Expectation] = []

    def expect(self, regex: str, *, optional: bool = False) -> Expectation:
        """Allow lines that ``regex`` finds; one must come, unless ``optional`` (for lines that race)."""
        expectation = Expectation(re.compile(regex), optional)
        self.expected.append(expectation)
        return expectation

    def verdict(self) -> str:
        """What was wrong, or an empty string."""
        unexpected = []
        for line in self.lines:
            matching = [expectation for expectation in self.expected if expectation.pattern.search(line)]
            for expectation in matching:
                expectation.seen += 1
            if not matching:
                unexpected.append(line)
        wrong = [f"unexpected log line: {line}" for line in unexpected]
        wrong += [
            f"expected log line never came: {expectation.pattern.pattern}"
            for expectation in self.expected
            if not expectation.seen and not expectation.optional
        ]
        return "\n".join(wrong)


class _Recorder:
    """Sees every record at its making: code under test can change handlers and propagation, but not this."""

    def __init__(self) -> None:
        self.watch: LogWatch | None = None
        self._make: Callable[..., logging.LogRecord] = logging.getLogRecordFactory()

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        watch = self.watch
        level: Any = record.levelno  # None when a record is rebuilt from a dict, as queue handlers do
        if watch is not None and level is not None and level >= logging.WARNING:
            watch.lines.append(
                f"{record.levelname} {record.name}: {record.getMessage()} ({record.pathname}:{record.lineno})"
            )
        return record


_recorder = pytest.StashKey[_Recorder]()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    recorder = _Recorder()
    logging.setLogRecordFactory(recorder)
    config.stash[_recorder] = recorder
    # pytest-qt's own capture ends before the fixtures are torn down; _qt_messages goes on to the end.
    if config.pluginmanager.has_plugin("_qt_logging"):
        config.pluginmanager.unregister(name="_qt_logging")


@pytest.fixture(autouse=True)
def _log_watch(request: pytest.FixtureRequest) -> Iterator[LogWatch]:
    recorder = request.config.stash[_recorder]
    watch = recorder.watch = LogWatch()
    with _qt_messages(watch):
        yield watch
    recorder.watch = None
    verdict = watch.verdict()
    if verdict:
        pytest.fail(verdict, pytrace=False)


@pytest.fixture
def expect_log(_log_watch: LogWatch) -> Callable[..., Expectation]:
    """Declare a log line of WARNING or above: ``expect_log(regex, optional=False)``."""
    return _log_watch.expect


@contextmanager
def _qt_messages(watch: LogWatch) -> Iterator[None]:
    """Note Qt's messages, where something else has imported Qt, until the code under test takes them over."""
    core: Any = sys.modules.get("PySide6.QtCore")
    if core is None:
        yield
        return

    def note(kind: Any, context: Any, text: str) -> None:
        if kind not in (core.QtMsgType.QtDebugMsg, core.QtMsgType.QtInfoMsg) and not text.startswith(
            _OFFSCREEN
        ):
            watch.lines.append(f"{kind.name} {context.category}: {text}")

    before = core.qInstallMessageHandler(note)
    try:
        yield
    finally:
        core.qInstallMessageHandler(before)
