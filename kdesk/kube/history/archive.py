"""What is recorded of one cluster on disk: every revision once, no Secret values, within a size and an age."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from kdesk.kube.diff.managers import NOBODY, Manager
from kdesk.kube.diff.masking import SECRET, digested, secret_text
from kdesk.kube.gvk import Resource
from kdesk.kube.history.database import (
    FullStore,
    give_back,
    limit,
    open_for_writing,
    told,
    transaction,
    used_bytes,
)
from kdesk.kube.history.delta import delta, packed, restored
from kdesk.kube.history.revisions import KEYFRAME, RevisionType, mark_of, server_time, version_number
from kdesk.kube.table.rows import Change, Row

#: Pruning begins a little before the bound, and goes on to a little below it: not every write has to.
_NEARLY, _ENOUGH = 0.95, 0.85
#: So many in one transaction: by age, and by size (where it is looked after each whether that was enough).
_MANY, _FEW = 500, 20
_DELETED = mark_of(RevisionType.DELETED)


class Limits(NamedTuple):
    """``max_bytes`` of the file; ``max_age``: seconds since a state was the newest."""

    max_bytes: int = 256 << 20
    max_age: float = 7 * 86_400.0


class Observed(NamedTuple):
    """What an informer told at ``at`` (epoch seconds)."""

    at: float
    resource: Resource
    changes: Sequence[Change]


class _Part(NamedTuple):
    """One change; ``at`` in milliseconds."""

    resource: Resource
    change: Change
    at: int


class _Head(NamedTuple):
    at: int
    mark: int
    run: int
    server_at: int
    rv: str
    who: int
    size: int
    crc: int
    body: bytes


class Archive:
    """For one thread. ``key``: what digests of Secret values are made with. Every method raises StoreError."""

    def __init__(self, path: Path, key: bytes, limits: Limits) -> None:
        self.path = path
        self._key, self._limits = key, limits
        self._database = open_for_writing(path)
        self._kinds: dict[Resource, int] = {}
        self._managers: dict[Manager, int] = {}
        with told(path):
            limit(self._database, limits.max_bytes)

    def close(self) -> None:
        """Idempotent; what is written is written."""
        with told(self.path):
            self._database.close()

    @property
    def used(self) -> int:
        """Bytes of the file that something is in."""
        with told(self.path):
            return used_bytes(self._database)

    def write(self, observed: Iterable[Observed]) -> int:
        """All of it or nothing, as long as it fits within the bound at once; how many revisions were new."""
        parts = [
            _Part(resource, change, round(at * 1000))
            for at, resource, changes in observed
            for change in changes
        ]
        return self._write_bounded(parts) if parts else 0

    def missing(self, resource: Resource, there: Iterable[str], at: float, *, namespace: str = "") -> int:
        """Of a kind, all but these uids are gone, though nobody saw them go; how many those were.

        ``namespace``: that is known of this one only.
        """
        known = set(there)
        mark = mark_of(RevisionType.DELETED, final_unknown=True)
        with told(self.path), transaction(self._database):
            kind = self._kind(resource)
            query = (
                "SELECT objects.id, uid FROM objects JOIN heads ON object = objects.id"
                " WHERE kind = ? AND mark % 8 != ? AND ? IN ('', namespace)"
            )
            values = (kind, _DELETED, namespace)
            gone = [number for number, uid in self._database.execute(query, values) if uid not in known]
            for number in gone:
                head = self._head(number)
                assert head is not None
                run = self._supersede(number, head, restored(b"", head.body), round(at * 1000))
                self._database.execute(
                    "UPDATE heads SET at = ?, mark = ?, server_at = 0, who = ?, run = ? WHERE object = ?",
                    (round(at * 1000), mark, self._manager(NOBODY), run, number),
                )
        return len(gone)

    def prune(self, now: float, *, urgent: bool = False) -> int:
        """Drop what is too old, and the oldest while there is too much; how many revisions went."""
        with told(self.path):
            oldest_until = int(now - self._limits.max_age)
            too_much = urgent or used_bytes(self._database) > self._limits.max_bytes * _NEARLY
            enough = self._limits.max_bytes * _ENOUGH
            went = 0
            while dropped := self._drop_revisions(None if too_much else oldest_until):
                went += dropped
                too_much = too_much and used_bytes(self._database) > enough
            while dropped := self._drop_heads(oldest_until, anything=too_much):
                went += dropped
                too_much = too_much and used_bytes(self._database) > enough
            give_back(self._database, self._limits.max_bytes // 4)
        return went

    def _write_bounded(self, parts: Sequence[_Part]) -> int:
        try:
            return self._write(parts)
        except FullStore:
            size = sum(len(part.change.row.raw) for part in parts)
            if self.used + size < self._limits.max_bytes * _ENOUGH:
                raise  # it is the disk: dropping what there is would not help
        self.prune(parts[-1].at / 1000, urgent=True)
        try:
            return self._write(parts)
        except FullStore:
            half = len(parts) // 2
            # One that is larger than all there may be is left out.
            return self._write_bounded(parts[:half]) + self._write_bounded(parts[half:]) if half else 0

    def _write(self, parts: Iterable[_Part]) -> int:
        with told(self.path):
            try:
                with transaction(self._database):
                    return sum([self._put(*part) for part in parts])
            except BaseException:
                self._kinds.clear()  # what was numbered in vain
                self._managers.clear()
                raise

    def _put(self, resource: Resource, change: Change, at: int) -> bool:
        row, kind = change.row, self._kind(resource)
        text = self._text(row, resource)
        if not text:
            return False
        deletion = change.type == "DELETED"
        number = self._object(kind, row)
        head = self._head(number)
        if head is not None and not _is_news(head, change):
            return False
        type_ = RevisionType.MODIFIED
        if deletion:
            type_ = RevisionType.DELETED
        elif change.initial:
            type_ = RevisionType.INITIAL
        elif change.type == "ADDED":
            type_ = RevisionType.ADDED
        run = self._supersede(number, head, text, at) if head is not None else 0
        self._database.execute(
            "REPLACE INTO heads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                at,
                mark_of(type_, final_unknown=change.final_unknown),
                run,
                server_time(type_, change),
                row.version,
                self._manager(NOBODY if deletion else row.manager),
                len(text),
                zlib.crc32(text),
                packed(text),
            ),
        )
        return True

    def _supersede(self, number: int, head: _Head, text: bytes, until: int) -> int:
        """What was newest becomes what makes it of ``text``; how many such there are in a row."""
        run = head.run + 1
        body = head.body
        if run < KEYFRAME:
            body = delta(text, restored(b"", head.body))
        else:
            run = 0
        self._database.execute(
            "INSERT INTO revisions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                until // 1000,
                head.at,
                head.mark,
                head.server_at,
                head.rv,
                head.who,
                head.size,
                head.crc,
                body,
            ),
        )
        return run

    def _text(self, row: Row, resource: Resource) -> bytes:
        """What is written of an object: never the values of a Secret. Nothing of one that cannot be read."""
        if resource.kind != SECRET:
            return row.raw
        try:
            return secret_text(row.raw, partial(digested, key=self._key))
        except msgspec.MsgspecError:
            return b""

    def _kind(self, resource: Resource) -> int:
        number = self._kinds.get(resource)
        if number is None:
            group, version, plural = resource.gvr
            key = (group, plural)
            values = (group, version, plural, resource.kind, resource.namespaced)
            self._database.execute("INSERT OR IGNORE INTO kinds VALUES (NULL, ?, ?, ?, ?, ?)", values)
            [[number]] = self._database.execute("SELECT id FROM kinds WHERE grp = ? AND plural = ?", key)
            self._kinds[resource] = number
        return number

    def _manager(self, manager: Manager) -> int:
        number = self._managers.get(manager)
        if number is None:
            self._database.execute("INSERT OR IGNORE INTO managers VALUES (NULL, ?, ?)", manager)
            query = "SELECT id FROM managers WHERE name = ? AND subresource = ?"
            [[number]] = self._database.execute(query, manager)
            self._managers[manager] = number
        return number

    def _object(self, kind: int, row: Row) -> int:
        uid = row.uid or row.key
        found = self._database.execute(
            "SELECT id FROM objects WHERE uid = ? AND kind = ?", (uid, kind)
        ).fetchone()
        if found is not None:
            return int(found[0])
        self._database.execute(
            "INSERT INTO objects (kind, namespace, name, uid) VALUES (?, ?, ?, ?)",
            (kind, row.namespace, row.name, uid),
        )
        [[number]] = self._database.execute("SELECT last_insert_rowid()")
        return int(number)

    def _head(self, number: int) -> _Head | None:
        query = "SELECT at, mark, run, server_at, rv, who, size, crc, body FROM heads WHERE object = ?"
        found = self._database.execute(query, (number,)).fetchone()
        return _Head(*found) if found is not None else None

    def _drop_revisions(self, oldest_until: int | None) -> int:
        """Some of the oldest: those that were superseded before, or any."""
        with transaction(self._database):
            query = "SELECT id, object, until FROM revisions ORDER BY id LIMIT ?"
            most = _FEW if oldest_until is None else _MANY
            found = [
                (number, owner)
                for number, owner, until in self._database.execute(query, (most,))
                if oldest_until is None or until < oldest_until
            ]
            self._database.executemany("DELETE FROM revisions WHERE id = ?", [(one,) for one, _ in found])
            self._count_dropped([owner for _, owner in found])
        return len(found)

    def _drop_heads(self, oldest: int, *, anything: bool) -> int:
        """Some of the oldest that are nobody's past: of deleted objects, or any when all else has gone."""
        with transaction(self._database):
            mine = "1" if anything else f"at < {oldest * 1000} AND mark % 8 = {_DELETED}"
            query = (
                f"SELECT object FROM heads WHERE {mine}"
                " AND NOT EXISTS (SELECT 1 FROM revisions WHERE revisions.object = heads.object)"
                " ORDER BY at LIMIT ?"
            )
            found = self._database.execute(query, (_FEW if anything else _MANY,)).fetchall()
            self._database.executemany("DELETE FROM heads WHERE object = ?", found)
            self._database.executemany("DELETE FROM objects WHERE id = ?", found)
        return len(found)

    def _count_dropped(self, owners: Iterable[int]) -> None:
        query = "UPDATE objects SET dropped = dropped + 1 WHERE id = ?"
        self._database.executemany(query, [(owner,) for owner in owners])


def _is_news(head: _Head, change: Change) -> bool:
    """Whether it comes after what is known; several programs, and each start of one, tell the same."""
    gone, final_unknown = head.mark % 8 == _DELETED, head.mark >= 8
    if change.type == "DELETED":
        return not gone or (final_unknown and not change.final_unknown)
    if gone and final_unknown:
        return change.type == "ADDED"
    if change.row.version == head.rv:
        return False
    version, old = version_number(change.row.version), change.old
    went_back = old is not None and version < version_number(old.version)
    return went_back or version < 0 or version > version_number(head.rv)
