"""What this process uses, from the system itself."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

if sys.platform != "win32":
    import resource

_PROC = Path("/proc/self")


class ProcessFigures(NamedTuple):
    """``fds`` is -1 where the system does not tell."""

    rss_bytes: int
    threads: int
    fds: int
    cpu_s: float


def process_figures() -> ProcessFigures:
    """Resident memory, threads of the operating system, open descriptors, CPU seconds used so far."""
    cpu = round(time.process_time(), 3)
    if _PROC.is_dir():
        threads = len(os.listdir(_PROC / "task"))
        # The listing itself holds one descriptor open.
        fds = len(os.listdir(_PROC / "fd")) - 1
        return ProcessFigures(rss_bytes(), threads, fds, cpu)
    return ProcessFigures(rss_bytes(), threading.active_count(), -1, cpu)


def rss_bytes() -> int:
    """Resident memory; where the present figure cannot be had without more packages, the greatest so far, or 0."""
    if _PROC.is_dir():
        return int((_PROC / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
