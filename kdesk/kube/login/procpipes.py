"""Reading a child process to its end, and not to the end of whoever inherited its pipes.

A login plugin starts a browser, which keeps the plugin's standard output and error open long after the plugin
has ended; waiting for the end of the pipes would wait for the browser.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import time

from kdesk.kube.stop import Stop

MAX_OUTPUT = 4 << 20
KEPT_OF_STDERR = 8 << 10
_CHUNK = 64 << 10
_LOOK_AT_PROCESS = 0.05  # seconds between looks at a process whose pipes say nothing


class TimedOut(Exception):
    """The time was up; ``said`` is the end of standard error until then: often what the person was to do."""

    def __init__(self, said: bytes) -> None:
        super().__init__("timed out")
        self.said = said


def read_output(process: subprocess.Popen[bytes], time_limit: float, stop: Stop) -> tuple[bytes, bytes]:
    """All of standard output and the last ``KEPT_OF_STDERR`` bytes of standard error, once the process ended.

    Both must be pipes. Raises ``TimedOut`` after ``time_limit`` seconds, ``ValueError`` (the end of a
    sentence) for more than ``MAX_OUTPUT`` bytes, ``Stopped`` when ``stop`` is set; the caller then
    has to end the process.
    """
    if os.name != "posix":  # no waiting for pipes there: accept to wait for those who inherited them
        try:
            output, errors = process.communicate(timeout=time_limit)
        except subprocess.TimeoutExpired as error:
            raise TimedOut((error.stderr or b"")[-KEPT_OF_STDERR:]) from None
        return output, errors[-KEPT_OF_STDERR:]
    return _read_pipes(process, time.monotonic() + time_limit, stop)


def _read_pipes(process: subprocess.Popen[bytes], deadline: float, stop: Stop) -> tuple[bytes, bytes]:
    if process.stdout is None or process.stderr is None:
        raise TypeError("standard output and error must be pipes")
    output, errors = bytearray(), bytearray()
    into = {process.stdout.fileno(): output, process.stderr.fileno(): errors}
    with selectors.DefaultSelector() as selector:
        for fd in into:
            os.set_blocking(fd, False)
            selector.register(fd, selectors.EVENT_READ)
        while True:
            stop.check()
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimedOut(bytes(errors))
            ended = (
                process.poll() is not None
            )  # looked at before reading: what it wrote is in the pipes by then
            if not selector.get_map():
                if ended:
                    break
                stop.wait(min(left, _LOOK_AT_PROCESS / 5))
                continue
            ready = selector.select(0 if ended else min(left, _LOOK_AT_PROCESS))
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fd)
                into[key.fd] += chunk
            if len(output) > MAX_OUTPUT:
                raise ValueError(f"answered with more than {MAX_OUTPUT >> 20} MiB")
            del errors[:-KEPT_OF_STDERR]
            if ended and not ready:
                break
    return bytes(output), bytes(errors)
