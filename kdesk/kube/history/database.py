"""The database of what is recorded of one cluster: how it is opened, what is in it, and what its errors mean.

SQLite with a write-ahead log: a crash at any moment leaves the last complete transaction, several programs may write,
and nobody waits for a reader.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kdesk.kube.errors import KubeError
from kdesk.kube.history.folder import FolderError, HistoryFolder, make_private

_APPLICATION: Final = 0x6B646831  # "kdh1"
#: Grows with every change of the tables: a file of a newer program is left alone.
VERSION: Final = 1
_BUSY_SECONDS = 5.0
_PAGE = 4096
_LOG_BYTES = 4 << 20

# Of each object the newest revision stands whole in ``heads``, and the older ones in ``revisions`` as what makes them
# of the next one; their ids are in the order in which they became old, at ``until``. Moments are milliseconds since
# 1970 (``until`` and ``server_at``: seconds). ``run``: differences since the last revision that stands alone.
_TABLES = f"""
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE kinds (
  id INTEGER PRIMARY KEY, grp TEXT NOT NULL, version TEXT NOT NULL, plural TEXT NOT NULL, kind TEXT NOT NULL,
  namespaced INTEGER NOT NULL, UNIQUE (grp, plural)
);
CREATE TABLE managers (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, subresource TEXT NOT NULL, UNIQUE (name, subresource)
);
CREATE TABLE objects (
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL,
  dropped INTEGER NOT NULL DEFAULT 0, UNIQUE (uid, kind)
);
CREATE TABLE heads (
  object INTEGER PRIMARY KEY, at INTEGER NOT NULL, mark INTEGER NOT NULL, run INTEGER NOT NULL,
  server_at INTEGER NOT NULL, rv TEXT NOT NULL, who INTEGER NOT NULL, size INTEGER NOT NULL, crc INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX heads_by_age ON heads (at);
CREATE INDEX heads_gone ON heads (at) WHERE mark % 8 = 3;
CREATE TABLE revisions (
  id INTEGER PRIMARY KEY, object INTEGER NOT NULL, until INTEGER NOT NULL, at INTEGER NOT NULL, mark INTEGER NOT NULL,
  server_at INTEGER NOT NULL, rv TEXT NOT NULL, who INTEGER NOT NULL, size INTEGER NOT NULL, crc INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX revisions_by_object ON revisions (object);
"""


class StoreError(KubeError):
    """What is recorded cannot be read or written now. ``passing``: it is worth another try."""

    def __init__(self, message: str, *, passing: bool = True) -> None:
        super().__init__(message)
        self.passing = passing


class DamagedStore(StoreError):
    """The file is no database any more, or one with a hole."""


class FullStore(StoreError):
    """There is no room: on the disk, or within the bound that was set."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The database, made if there is none. Raises StoreError."""
    with told(path):
        make_private(path)
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _check_origin(database, path)
            database.execute(f"PRAGMA page_size = {_PAGE}")
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
            database.execute("PRAGMA synchronous = NORMAL")
            with transaction(database):  # of two programs that start at once, one makes it
                if not _number(database, "application_id"):
                    for statement in _TABLES.split(";"):
                        database.execute(statement)
            [[verdict]] = database.execute("PRAGMA quick_check(1)")
            if verdict != "ok":
                raise DamagedStore(f"{path} is damaged: {verdict.splitlines()[-1]}")
        except BaseException:
            database.close()
            raise
    return database


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Raises StoreError, also where there is no file."""
    with told(path):
        if not path.exists():
            raise StoreError(f"nothing is recorded in {path}", passing=False)
        # The log's index is a file beside it: where that cannot be made, nobody writes either.
        effective = os.access in os.supports_effective_ids
        writable = os.access(path.parent, os.W_OK, effective_ids=effective)
        mode = "mode=ro" if writable else "mode=ro&immutable=1"
        database = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=_BUSY_SECONDS, check_same_thread=False
        )
        try:
            _check_origin(database, path)
            if not _number(database, "application_id"):
                raise StoreError(f"nothing is recorded in {path}", passing=False)
        except BaseException:
            database.close()
            raise
    return database


def mend(folder: HistoryFolder, path: Path) -> Path | None:
    """Move a damaged database aside; None when it is not (any more): another program was faster. Raises StoreError."""
    try:
        with folder.locked():
            try:
                open_for_writing(path).close()
            except DamagedStore:
                return folder.move_aside(path)
            return None
    except FolderError as error:
        raise StoreError(str(error)) from None


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of the body, or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """The errors of the body as StoreErrors, each a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise _meaning(error, path) from error
    except OSError as error:
        reason = (error.strerror or "the system refused").lower()
        kind = FullStore if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else StoreError
        raise kind(f"{path} cannot be used: {reason}") from error


def used_bytes(database: sqlite3.Connection) -> int:
    """What is in use of the file."""
    return (_number(database, "page_count") - _number(database, "freelist_count")) * _PAGE


def limit(database: sqlite3.Connection, max_bytes: int) -> None:
    """The file never grows beyond this: writing raises FullStore instead."""
    database.execute(f"PRAGMA max_page_count = {max(max_bytes // _PAGE, 64)}")


def give_back(database: sqlite3.Connection, at_least: int) -> None:
    """Shorten the file when so many of its bytes are free."""
    free = _number(database, "freelist_count")
    if free * _PAGE >= at_least:
        # One page for each step: ``execute`` takes one step of a statement without columns, this takes all.
        database.executescript(f"PRAGMA incremental_vacuum({free})")


def _check_origin(database: sqlite3.Connection, path: Path) -> None:
    application, version = _number(database, "application_id"), _number(database, "user_version")
    [[tables]] = database.execute("SELECT count(*) FROM sqlite_master")
    if application != _APPLICATION and (application or tables):
        raise StoreError(f"{path} is a database of another program: it is left alone", passing=False)
    if version > VERSION:
        raise StoreError(f"{path} was written by a newer kdesk: it is left alone", passing=False)


def _number(database: sqlite3.Connection, pragma: str) -> int:
    [[value]] = database.execute(f"PRAGMA {pragma}")
    return int(value)


def _meaning(error: sqlite3.Error, path: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None) or 0
    match code & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DamagedStore(f"{path} is damaged ({error})")
        case sqlite3.SQLITE_FULL:
            return FullStore(f"{path} cannot grow: the disk is full, or the bound is reached")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return StoreError(f"{path} cannot be written: no right to, or the disk is read-only")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(f"{path} is in use by another program that does not let go of it")
        case sqlite3.SQLITE_IOERR:
            return StoreError(f"{path} cannot be read or written: the disk reports an error or is full")
    return StoreError(f"{path} cannot be used: {error}")
