"""Each guard fails a test that misbehaves, says where the fault began, and leaves well-behaved tests alone.

The misbehaving tests run once, in a pytest process of their own under this project's settings; their outcomes
are looked at one by one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLAIN = """
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import warnings

import pytest


def test_fine(tmp_path):
    with (tmp_path / "file").open("w") as file:
        file.write("x")
    thread = threading.Thread(target=time.sleep, args=(0.2,))
    thread.start()  # ends by itself within the grace period
    logging.getLogger("x").info("calm")
    assert "PySide6.QtCore" not in sys.modules


def test_warning():
    logging.getLogger("x").warning("disk on fire")


def test_warning_of_a_closed_logger():
    logger = logging.getLogger("closed")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    logger.error("unheard")


def test_expected_warning(expect_log):
    expect_log("disk on .*")
    logging.getLogger("x").warning("disk on fire")


def test_expected_warning_missing(expect_log):
    expect_log("disk on .*")


def test_optional_warning_missing(expect_log):
    expect_log("disk on .*", optional=True)


def test_python_warning():
    warnings.warn("old way", DeprecationWarning, stacklevel=1)


def test_thread_exception():
    def fail():
        raise ValueError("lost in a thread")
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def test_unraisable():
    class Broken:
        def __del__(self):
            raise ValueError("lost in a finalizer")
    Broken()


RELEASE = threading.Event()
KEPT = []


def test_thread():
    threading.Thread(target=RELEASE.wait, name="stray", daemon=True).start()


def test_after_a_leak_is_not_charged():
    pass


def test_socket():
    KEPT.append(socket.socket())


def test_file(tmp_path):
    KEPT.append((tmp_path / "kept").open("w"))


def test_pipe():
    os.pipe()


def test_child():
    KEPT.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"]))


@pytest.fixture(scope="module")
def shared_socket():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_shared_fixture_is_not_charged(shared_socket):
    with socket.create_connection(shared_socket.getsockname()) as client, shared_socket.accept()[0]:
        client.send(b"x")


def test_outside():
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except OSError:
        pass  # the swallowing that the guard sees through


def test_outside_name():
    with pytest.raises(OSError):
        socket.getaddrinfo("kubernetes.example.com", 443)


def test_no_such_name():
    with pytest.raises(socket.gaierror):
        socket.create_connection(("nowhere.invalid", 80))


def test_home():
    assert "kdesk-tests-home-" in os.path.expanduser("~")
    assert "KUBECONFIG" not in os.environ


def test_stop_strays():
    for thing in KEPT:
        if isinstance(thing, subprocess.Popen):
            thing.kill()
            thing.wait()
        else:
            thing.close()
    RELEASE.set()
"""

QT = """
from PySide6.QtCore import QObject, QThread, QTimer, qWarning
from PySide6.QtWidgets import QWidget

KEPT = []


def test_fine(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    timer = QTimer(widget)
    timer.start(1000)
    QTimer.singleShot(0, widget.update)


def test_deleted_later(qtbot):
    widget = QWidget()
    widget.show()
    widget.deleteLater()


def test_qt_message(qtbot):
    qWarning("pixmap is null")


def test_expected_qt_message(qtbot, expect_log):
    expect_log("pixmap is")
    qWarning("pixmap is null")


def test_window(qtbot):
    KEPT.append(QWidget())
    KEPT[-1].setObjectName("stray-window")


def test_timer(qtbot):
    KEPT.append(QTimer())
    KEPT[-1].start(50)


def test_slot_exception(qtbot):
    def fail():
        raise ValueError("lost in a slot")
    QTimer.singleShot(0, fail)
    qtbot.wait(50)


def test_stop_strays(qtbot):
    KEPT[0].deleteLater()
    KEPT[1].stop()
"""


class Outcomes:
    """The outcome and the message of every inner test."""

    def __init__(self, output: str) -> None:
        self.output = output

    def of(self, name: str) -> set[str]:
        """Words such as PASSED, FAILED, ERROR: a test that passes and fails in its tear-down has two."""
        found = set(re.findall(rf"^(PASSED|FAILED|ERROR) \S+::{name}(?: |$)", self.output, re.MULTILINE))
        assert found, f"{name} did not run:\n{self.output}"
        return found

    def message(self, name: str) -> str:
        """The report of one failed test."""
        pattern = rf"^_+ (?:ERROR at \w+ of )?{name} _+$(.*?)^(?:_+ (?:ERROR|test_)|=+ )"
        return "\n".join(re.findall(pattern, self.output, re.MULTILINE | re.DOTALL))


def run_inner(folder: Path, tests: str, *options: str) -> Outcomes:
    """Run ``tests`` with this project's conftest and settings in a process of its own."""
    (folder / "test_inner.py").write_text(tests)
    (folder / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text())
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-rA",
        "-p",
        "no:cacheprovider",
        "-o",
        "leak_grace_s=0.7",
        *options,
    ]
    command += ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={folder}", str(folder / "test_inner.py")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=50, check=False
    )
    return Outcomes(done.stdout + done.stderr)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return run_inner(tmp_path_factory.mktemp("plain"), PLAIN, "-p", "no:pytest-qt")


@pytest.fixture(scope="module")
def qt(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return run_inner(tmp_path_factory.mktemp("qt"), QT)


@pytest.mark.parametrize(
    "name",
    [
        "test_fine",
        "test_expected_warning",
        "test_optional_warning_missing",
        "test_after_a_leak_is_not_charged",
        "test_shared_fixture_is_not_charged",
        "test_no_such_name",
        "test_home",
        "test_stop_strays",
    ],
)
def test_good_tests_pass(plain: Outcomes, name: str) -> None:
    assert plain.of(name) == {"PASSED"}, plain.output


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("test_warning", r"unexpected log line: WARNING x: disk on fire \(.*test_inner.py:\d+\)"),
        ("test_warning_of_a_closed_logger", "unexpected log line: ERROR closed: unheard"),
        ("test_expected_warning_missing", r"expected log line never came: disk on \.\*"),
        ("test_python_warning", "DeprecationWarning: old way"),
        ("test_thread_exception", "lost in a thread"),
        ("test_unraisable", "lost in a finalizer"),
        ("test_thread", r"thread 'stray', started at .*test_inner.py:\d+ \(test_thread\)"),
        ("test_socket", r"socket \d+ .*started at .*test_inner.py:\d+ \(test_socket\)"),
        ("test_file", r"file \d+ \(.*/kept\), started at .*test_inner.py:\d+ \(test_file\)"),
        ("test_pipe", r"file \d+ \(pipe:"),
        (
            "test_child",
            r"child process \d+ \(.*time.sleep.*\), started at .*test_inner.py:\d+ \(test_child\)",
        ),
        ("test_outside", r"connected to 192\.0\.2\.1:80, which is not this machine; started at .*test_inner"),
        ("test_outside_name", "connected to kubernetes.example.com, which is not this machine"),
    ],
)
def test_bad_tests_fail(plain: Outcomes, name: str, message: str) -> None:
    assert plain.of(name) & {"FAILED", "ERROR"}, plain.output
    assert re.search(message, plain.message(name)), plain.output


@pytest.mark.parametrize(
    "name", ["test_fine", "test_deleted_later", "test_expected_qt_message", "test_stop_strays"]
)
def test_good_qt_tests_pass(qt: Outcomes, name: str) -> None:
    assert qt.of(name) == {"PASSED"}, qt.output


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("test_qt_message", "unexpected log line: QtWarningMsg default: pixmap is null"),
        ("test_window", "window QWidget 'stray-window'"),
        ("test_timer", r"running timer of 50 ms, started at .*test_inner.py:\d+ \(test_timer\)"),
        ("test_slot_exception", "lost in a slot"),
    ],
)
def test_bad_qt_tests_fail(qt: Outcomes, name: str, message: str) -> None:
    assert qt.of(name) & {"FAILED", "ERROR"}, qt.output
    assert re.search(message, qt.message(name)), qt.output
