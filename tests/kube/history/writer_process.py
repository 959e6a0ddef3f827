"""A process that records until it is killed: ``python -m tests.kube.history.writer_process FILE FIRST [BYTES]``.

Each version is the same for every process. Prints a version when it is committed. With BYTES, files may not grow beyond
that: prints ``error: ...`` when it was refused, lifts that bound, and ends after three more versions.
"""

from __future__ import annotations

import random
import resource
import signal
import sys
from pathlib import Path

from kdesk.kube.history.archive import Archive, Limits, Observed
from kdesk.kube.history.database import StoreError
from kdesk.kube.table.rows import Row
from tests.kube.history.making import PODS, added, modified, row

NAMES = ("a", "b", "c")
LIMITS = Limits(max_bytes=1 << 20)
KEY = b"k" * 32
LAST = 20_000


def state(name: str, version: int) -> Row:
    """What an object looks like at a version."""
    return row(name, version, data=random.Random(f"{name} {version}").randbytes(1_500).hex())


def write(archive: Archive, version: int) -> None:
    changes = [
        modified(state(name, version), state(name, version - 1)) if version > 1 else added(state(name, 1))
        for name in NAMES
    ]
    archive.write([Observed(1_000.0 + version, PODS, changes)])
    if version % 10 == 0:
        archive.prune(1_000.0 + version)
    print(version, flush=True)


def main(path: str, first: int, most: int) -> None:
    if most:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    archive = Archive(Path(path), KEY, LIMITS)
    version, last = first, LAST
    while version <= last:
        try:
            write(archive, version)
        except StoreError as error:
            print(f"error: {error}", flush=True)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            last = version + 2
        else:
            version += 1
    archive.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
