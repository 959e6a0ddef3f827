"""The live-event log as JSON lines on disk: written beside the target, moved into its place when whole."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from kdesk.kube.errors import KubeError
from kdesk.viewmodel.event_lines import EventLine, record


class SaveError(KubeError):
    """The file could not be written; what was there before is untouched."""


_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota of disk space is used up",
    errno.EROFS: "the disk is read-only",
    errno.EISDIR: "it is a folder",
    errno.ENAMETOOLONG: "the name is too long",
}


def save_lines(lines: Sequence[EventLine], path: Path) -> int:
    """Write one JSON object a line, Secret values masked; the number of lines written. Blocks.

    The file is readable by its owner only, as objects of a cluster are nobody else's business. Raises
    SaveError with a sentence.
    """
    target = path.expanduser()
    try:
        _write(lines, target)
    except OSError as error:
        raise SaveError(f"{target} was not saved: {_reason(error, target)}") from error
    return len(lines)


def _write(lines: Sequence[EventLine], target: Path) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:64]}.", suffix=".part", dir=target.parent)
    try:
        encoder = msgspec.json.Encoder()
        with os.fdopen(handle, "wb") as file:
            for line in lines:
                file.write(encoder.encode(_record(line)))
                file.write(b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _record(line: EventLine) -> dict[str, object]:
    try:
        return record(line)
    except KubeError as error:  # one object that cannot be read does not cost the others
        row = msgspec.structs.replace(line.row, raw=b"") if line.row is not None else None
        return {**record(msgspec.structs.replace(line, row=row)), "problem": str(error)}


def _reason(error: OSError, target: Path) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"no right to write in {target.parent}"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"there is no folder {target.parent}"
    return _REASONS.get(error.errno or 0) or (error.strerror or "the system refused").lower()
