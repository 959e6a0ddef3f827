"""Files that are written whole or not at all: beside the target first, moved into its place when complete."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from kdesk.kube.errors import KubeError


class SaveError(KubeError):
    """The file could not be written; what was there before is untouched."""


_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota of disk space is used up",
    errno.EFBIG: "it would be larger than files may be there",
    errno.EROFS: "the disk is read-only",
    errno.EISDIR: "it is a folder",
    errno.ENAMETOOLONG: "the name is too long",
}


@contextmanager
def saving(path: Path) -> Iterator[BinaryIO]:
    """A file to write to; it takes the place of ``path`` when the body ends well, and is gone when it does not.

    Readable by its owner only, as objects of a cluster are nobody else's business. Raises SaveError with a sentence
    for every OSError of the body.
    """
    target = path.expanduser()
    try:
        with _replacing(target) as file:
            yield file
    except OSError as error:
        raise SaveError(f"{target} was not saved: {_reason(error, target)}") from error


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:64]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _reason(error: OSError, target: Path) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"no right to write in {target.parent}"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"there is no folder {target.parent}"
    return _REASONS.get(error.errno or 0) or (error.strerror or "the system refused").lower()
