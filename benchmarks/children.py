"""Programs to compare with, as processes of their own; what they take is read from the system meanwhile (Linux)."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_LOOK_S = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")
_PEAK = re.compile(r"VmHWM:\s*(\d+) kB")
_END_S = 5.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What a contender took. Seconds since its start, None where it cannot be seen; bytes; parts of a core."""

    all_s: float
    first_s: float | None = None
    peak: int = 0
    resident: int | None = None
    idle: float | None = None
    cpu_s: float = 0.0


class Child:
    """A running process. A context manager, which ends it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.started = time.perf_counter()
        self.peak, self.cpu_s = 0, 0.0
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._watching.join()

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.perf_counter() - self.started

    def resident(self) -> int:
        """Bytes in memory now; 0 when it has ended."""
        try:
            return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf(
                "SC_PAGE_SIZE"
            )
        except (FileNotFoundError, ProcessLookupError):
            return 0

    def idle(self, seconds: float) -> float:
        """The part of a core that it uses in the next so many seconds."""
        before, started = self._cpu(), time.perf_counter()
        time.sleep(seconds)
        return (self._cpu() - before) / (time.perf_counter() - started)

    def _cpu(self) -> float:
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return self.cpu_s
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def _watch(self) -> None:
        while self.process.poll() is None:
            self.peak = max(self.peak, peak_of(self.process.pid))
            self.cpu_s = self._cpu()
            time.sleep(_LOOK_S)


def start(command: Sequence[str], environment: dict[str, str] | None = None) -> Child:
    """With its output in a pipe, its errors let through, and an input that stays open until it is ended."""
    return Child(
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, bufsize=0)
    )


def peak_of(pid: int) -> int:
    """The greatest resident memory of a process so far in bytes; 0 when it has ended."""
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found[1]) * 1024 if found else 0
