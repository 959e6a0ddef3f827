"""The folder of what is recorded: its owner's alone, with a key for digests, and what is damaged moved aside."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kdesk.kube.errors import KubeError

_KEY_FILE, _KEY_BYTES = "digest.key", 32
_LOCK_SECONDS = 10.0
_BESIDE = ("", "-wal", "-shm")  # the files that make one database


class FolderError(KubeError):
    """The folder, or a file in it, cannot be used."""


class HistoryFolder:
    """``prepare`` it before anything else. Every method blocks for the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make it, for its owner's eyes only. Raises FolderError."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.path.stat().st_mode & 0o077:
                self.path.chmod(0o700)
        except OSError as error:
            raise FolderError(f"{self.path} cannot be used: {_reason(error)}") from None

    def database(self, cluster: str, server: str) -> Path:
        """The file of one cluster: a context's name, and the address of its server."""
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", cluster).strip("-.")[:60] or "cluster"
        told_apart = hashlib.blake2b(f"{cluster}\0{server}".encode(), digest_size=5).hexdigest()
        return self.path / f"{plain}-{told_apart}.sqlite"

    def key(self) -> bytes:
        """What digests of Secret values are made with: one for all runs, made with the first. Raises FolderError."""
        path = self.path / _KEY_FILE
        try:
            with self.locked():  # two programs that start at once are to have the same
                with suppress(FileNotFoundError):
                    key = path.read_bytes()
                    if len(key) == _KEY_BYTES:
                        return key
                return self._new_key(path)
        except OSError as error:
            raise FolderError(f"{path} cannot be used: {_reason(error)}") from None

    def _new_key(self, path: Path) -> bytes:
        key = secrets.token_bytes(_KEY_BYTES)
        draft = path.with_suffix(f".{os.getpid()}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return key

    def move_aside(self, database: Path) -> Path:
        """A damaged database's new name. Raises FolderError. Call it ``locked``."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        aside = database.with_name(f"{database.stem}.damaged-{stamp}-{os.getpid()}{database.suffix}")
        try:
            for end in reversed(_BESIDE):  # the log first: it must not be taken for that of a new database
                with suppress(FileNotFoundError):
                    os.replace(f"{database}{end}", f"{aside}{end}")
        except OSError as error:
            raise FolderError(f"{database} cannot be moved aside: {_reason(error)}") from None
        return aside

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No other program does this meanwhile. Raises FolderError."""
        path = self.path / "lock"
        try:
            make_private(path)
            lock = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise FolderError(f"{path} cannot be used: {_reason(error)}") from None
        try:
            lock.execute("BEGIN EXCLUSIVE")  # an empty database is a lock on every system
            yield
        except sqlite3.Error as error:
            raise FolderError(f"{path} cannot be locked: {error}") from None
        finally:
            lock.close()


def make_private(path: Path) -> None:
    """The file is there, and nobody else's to read. Raises OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _reason(error: OSError | sqlite3.Error) -> str:
    return ((error.strerror if isinstance(error, OSError) else str(error)) or "the system refused").lower()
